//! Text for a reader of ledgers: as it comes, and as rows that were written, whole or with some of
//! it changed; serde_json says what is JSON. The fuzz target `ledger` takes the same steps.

use serde_json::{Map, Value};
use shorttail::control::{MeasuredToggle, Side, Toggle};
use shorttail::measure::trial::impact_table;

static TOGGLE: Toggle = Toggle::off("a|b");

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    read(&text);
    let measured = MeasuredToggle::new(&TOGGLE, 1);
    for byte in data.iter().take(16) {
        measured.record(Side::Off, u64::from(*byte) << 10);
        measured.record(Side::On, u64::from(*byte) << 9);
    }
    let row = measured.report().ledger_row(&text);
    let written: Map<String, Value> = serde_json::from_str(&row).expect("it is JSON");
    assert_eq!(written["build"], *text, "{row}");
    assert!(impact_table(&row).is_ok(), "{row}");
    if let [at, put, ..] = data {
        let mut bytes = row.into_bytes();
        // The numbers come behind the names, texts before them.
        let at = (usize::from(*at) * 7 + usize::from(*put)) % bytes.len();
        bytes[at] = *put;
        read(&String::from_utf8_lossy(&bytes));
    }
}

/// A table has a line for each line of the ledger that is not blank, or the first that is no row is
/// told; and what is flat JSON with all that a row needs is one.
fn read(text: &str) {
    let rows = || text.lines().filter(|line| !line.trim().is_empty());
    match impact_table(text) {
        Ok(table) => assert_eq!(table.lines().count(), 2 + rows().count(), "{table}"),
        Err(error) => {
            let line = text.lines().nth(error.line - 1).expect("it is one of them");
            assert!(!is_row(line), "{line}");
            let before: Vec<&str> = text.lines().take(error.line - 1).collect();
            assert!(impact_table(&before.join("\n")).is_ok());
        }
    }
}

/// Whether it is surely a row. Pairs of surrogates, which are not written, are left out.
fn is_row(line: &str) -> bool {
    let Ok(row) = serde_json::from_str::<Map<String, Value>>(line) else {
        return false;
    };
    let texts = ["date", "build", "trial", "figure", "verdict"];
    let names = row.keys().map(|name| format!("\"{name}\""));
    let is_flat = |value: &Value| value.is_string() || value.is_number() || value.is_null();
    row.values().all(is_flat)
        && texts
            .iter()
            .all(|name| row.get(*name).is_some_and(Value::is_string))
        && row.get("ledger_version").and_then(Value::as_f64) == Some(1.0)
        && row.get("n").is_some_and(Value::is_number)
        && !line.contains(['\r', '\u{85}'])
        && !line.to_lowercase().contains("\\ud")
        && names
            .into_iter()
            .all(|name| line.matches(&name).count() == 1)
}
