//! A cell's contenders, a line each.

use shorttail::measure::Snapshot;

use crate::others::OthersCores;
use crate::quantile::{QUANTILES, supported};
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;

use super::contender::{Contender, Ran};

/// So many jobs lie beyond a percentile that is printed.
const BEYOND: u64 = 10;

pub(super) fn print(
    cell: &str,
    contenders: &[Contender],
    rounds: usize,
    others: OthersCores,
    sheet: &mut Sheet,
) {
    println!("\n{cell}, n = {rounds} rounds, {others}");
    println!(
        "contender                      wait, µs: p50, p99 (rounds), p99.9, max | whole, µs: p50, \
         p99, p99.9, max | allocations/submit | cores | n"
    );
    for contender in contenders {
        let mut of = Of {
            cell,
            contender: &contender.name,
            n: 0,
            rounds,
        };
        let Some(ran) = &contender.ran else {
            println!("{:<30} over the limit of 30 s in a turn", contender.name);
            sheet.add_word(of, "over the limit", "30 s");
            continue;
        };
        of.n = ran.wait_ns.count();
        line(of, ran, sheet);
    }
    sheet.add_others(cell, others);
}

fn line(of: Of<'_>, ran: &Ran, sheet: &mut Sheet) {
    let p99s = Spread::of(ran.wait_p99_ns.iter().map(|ns| *ns as f64));
    let mut waits = percentiles(of, "wait", &ran.wait_ns, sheet);
    let range = format!(" ({} to {})", micros(p99s.min), micros(p99s.max));
    waits[1].push_str(&range);
    let wholes = percentiles(of, "whole", &ran.whole_ns, sheet);
    let allocs = ran.allocs as f64 / ran.submits as f64;
    let cores = ran.cpu_ns as f64 / ran.wall_ns as f64;
    let left = ran.cold_left.iter().min().filter(|left| **left > 0);
    let left = left.map_or_else(String::new, |left| format!("; {left} cold jobs left"));
    println!(
        "{:<30} {} | {} | {allocs:.2} | {cores:.2} | {}{left}",
        of.contender,
        waits.join(", "),
        wholes.join(", "),
        of.n
    );
    sheet.add(of, "least p99 of a round, wait", p99s.min, "ns/job");
    sheet.add(of, "most p99 of a round, wait", p99s.max, "ns/job");
    sheet.add(of, "allocations", allocs, "1/submit");
    sheet.add(of, "cores", cores, "cores");
}

fn percentiles(of: Of<'_>, what: &str, values: &Snapshot, sheet: &mut Sheet) -> Vec<String> {
    let mut words = Vec::new();
    for (name, q) in QUANTILES {
        let ns = supported(values, q, BEYOND);
        words.push(ns.map_or_else(|| "-".to_owned(), |ns| micros(ns as f64)));
        if let Some(ns) = ns {
            sheet.add(of, &format!("{what} {name}"), ns as f64, "ns/job");
        }
    }
    words.push(micros(values.max() as f64));
    sheet.add(of, &format!("{what} max"), values.max() as f64, "ns/job");
    words
}

fn micros(ns: f64) -> String {
    format!("{:.1}", ns / 1e3)
}
