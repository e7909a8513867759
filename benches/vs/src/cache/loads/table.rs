//! A cell's contenders, a line each.

use crate::others::OthersCores;
use crate::quantile::{QUANTILES, supported};
use crate::sheet::{Of, Sheet};

use super::{Cell, Contender};

/// So many calls lie beyond a percentile that is printed.
const BEYOND: u64 = 10;

pub(super) fn print(
    cell: Cell,
    contenders: &[Contender],
    rounds: usize,
    others: OthersCores,
    sheet: &mut Sheet,
) {
    println!("\n{}, n = {rounds} rounds, {others}", cell.name);
    println!(
        "contender                loads/key   most in a turn   p50, p99, p99.9, max µs of a call"
    );
    for contender in contenders {
        let mut of = Of {
            cell: cell.name,
            contender: contender.name,
            n: 0,
            rounds,
        };
        let Some(ran) = &contender.ran else {
            println!("{:<22}over the limit of 10 s in a turn", contender.name);
            sheet.add_word(of, "over the limit", "10 s");
            continue;
        };
        of.n = ran.calls_ns.count();
        let loads = ran.loads as f64 / ran.keys as f64;
        sheet.add(of, "loads", loads, "1/key");
        sheet.add(of, "most loads in a turn", ran.loads_max as f64, "");
        sheet.add(of, "failed", ran.failed as f64, "");
        let mut words = Vec::new();
        for (name, q) in QUANTILES {
            let ns = supported(&ran.calls_ns, q, BEYOND);
            words.push(ns.map_or_else(|| "-".to_owned(), micros));
            if let Some(ns) = ns {
                sheet.add(of, name, ns as f64, "ns/call");
            }
        }
        words.push(micros(ran.calls_ns.max()));
        sheet.add(of, "max", ran.calls_ns.max() as f64, "ns/call");
        let failed = match (ran.failed, cell.fails) {
            (0, false) => String::new(),
            (failed, _) => format!("; {failed} without a value"),
        };
        println!(
            "{:<22}{loads:>11.3}{:>17}   {} (n = {}){failed}",
            contender.name,
            ran.loads_max,
            words.join(", "),
            of.n
        );
    }
    sheet.add_others(cell.name, others);
}

fn micros(ns: u64) -> String {
    format!("{:.1}", ns as f64 / 1e3)
}
