//! A toggle's row stands in the ledger beside those of trials.

use std::fs;
use std::path::Path;

use shorttail::control::{MeasuredToggle, Share, Side, Toggle};
use shorttail::measure::trial::impact_table;

#[test]
fn a_toggle_has_a_row_with_the_verdict_on_what_was_declared() {
    static TOGGLE: Toggle = Toggle::new("fast-parse", Share::NONE);
    let ledger = Path::new(env!("CARGO_TARGET_TMPDIR")).join("toggles.jsonl");
    let _gone = fs::remove_file(&ledger);
    let row = |declared: Option<f64>, requests: u64| {
        let mut measured = MeasuredToggle::new(&TOGGLE, 1);
        if let Some(ratio) = declared {
            measured = measured.expect_ratio(0.5, ratio).unwrap();
        }
        for _ in 0..requests {
            measured.record(Side::Off, 2_000);
            measured.record(Side::On, 1_000);
        }
        measured.report().append_to(&ledger, "v1.8.0").unwrap();
    };
    row(Some(0.6), 1_000);
    row(Some(0.4), 1_000);
    row(Some(0.4), 10);
    row(None, 1_000);
    let text = fs::read_to_string(&ledger).unwrap();
    assert!(text.contains(" processors, kernel "), "{text}");
    let table = impact_table(&text).unwrap();
    let rows: Vec<_> = table.lines().skip(2).collect();
    let verdicts = ["pass", "regression", "inconclusive", "invalid"];
    for (row, verdict) in rows.iter().zip(verdicts) {
        assert!(row.contains("| v1.8.0 | fast-parse, latency |"), "{row}");
        assert!(row.ends_with(&format!(" | {verdict} |")), "{row}");
    }
    assert_eq!(rows.len(), 4);
    assert!(
        rows[0].contains("| 2.00 → 1.00 (0.500, 0.484 to 0.516) |"),
        "{}",
        rows[0]
    );
    // Ten requests have no p99.9, and what is not known is not told.
    assert!(rows[2].contains("| n/a"), "{}", rows[2]);
}
