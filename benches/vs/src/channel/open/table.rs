//! A cell's rows: latencies, processors, switches and allocations of each contender.

use shorttail::measure::Snapshot;

use crate::quantile::supported;
use crate::sheet::{Of, Sheet};
use crate::spread::Spread;

use super::cell::{Contender, Since};

/// So many messages lie beyond a percentile that is printed.
const BEYOND: u64 = 10;

const TAIL: [(&str, f64); 3] = [("p99.9", 0.999), ("p99.99", 0.9999), ("max", 1.0)];

pub(crate) const HEADING: &str = "\
contender              from call, µs: p50 (min to max), p99 (min to max), p99.9, p99.99, max
                       | from intended: the same | n | cores (min to max) | switches a message,
                       voluntary + involuntary | allocs a message";

pub(crate) fn print(contender: &Contender, cell: &str, sheet: &mut Sheet) {
    let name = contender.name;
    let of = Of {
        cell,
        contender: name,
        n: contender.pooled(Since::Call).count(),
        rounds: contender.rounds(),
    };
    if contender.is_over_limit {
        println!("{name:<22} over the limit in a turn");
        sheet.add_word(of, "over the limit", "in a turn");
        return;
    }
    println!(
        "{name:<22} {} | {} | {} | {}",
        latencies(contender, Since::Call, of, sheet),
        latencies(contender, Since::Intended, of, sheet),
        of.n,
        costs(contender, of, sheet),
    );
}

/// Processors, switches and allocations.
fn costs(contender: &Contender, of: Of<'_>, sheet: &mut Sheet) -> String {
    let cores = Spread::of(contender.entry(Since::Call, 0.5).cores.into_iter());
    let (usage, sent) = (contender.usage(), contender.sent() as f64);
    let (voluntary, involuntary) = (usage.voluntary as f64, usage.involuntary as f64);
    let allocs = usage.allocs as f64;
    sheet.add(of, "median", cores.median, "cores");
    sheet.add(of, "min", cores.min, "cores");
    sheet.add(of, "max", cores.max, "cores");
    sheet.add(of, "voluntary switches", voluntary / sent, "1/message");
    sheet.add(of, "involuntary switches", involuntary / sent, "1/message");
    sheet.add(of, "allocs", allocs / sent, "1/message");
    format!(
        "{:.2} ({:.2} to {:.2}) | {:.3} + {:.3} | {:.3}",
        cores.median,
        cores.min,
        cores.max,
        voluntary / sent,
        involuntary / sent,
        allocs / sent
    )
}

fn latencies(contender: &Contender, since: Since, of: Of<'_>, sheet: &mut Sheet) -> String {
    let start = match since {
        Since::Call => "from call",
        Since::Intended => "from intended",
    };
    let mut words = Vec::new();
    for (name, q) in [("p50", 0.5), ("p99", 0.99)] {
        let micros = Spread::of(contender.entry(since, q).values.into_iter());
        sheet.add(of, &format!("{name} {start}"), micros.median, "us");
        sheet.add(of, &format!("{name} {start} min"), micros.min, "us");
        sheet.add(of, &format!("{name} {start} max"), micros.max, "us");
        words.push(format!(
            "{:.1} ({:.1} to {:.1})",
            micros.median, micros.min, micros.max
        ));
    }
    let pooled = contender.pooled(since);
    for (name, q) in TAIL {
        let Some(micros) = tail(&pooled, q) else {
            words.push("-".to_owned());
            continue;
        };
        sheet.add(of, &format!("{name} {start}"), micros, "us");
        words.push(format!("{micros:.0}"));
    }
    words.join(", ")
}

/// Of all rounds together; the most needs no other beyond it.
fn tail(pooled: &Snapshot, q: f64) -> Option<f64> {
    let beyond = if q < 1.0 { BEYOND } else { 0 };
    supported(pooled, q, beyond).map(|ns| ns as f64 / 1e3)
}

/// What the pacing takes without a channel.
pub(crate) fn print_alone(alone: &Contender, cell: &str, sheet: &mut Sheet) {
    let of = Of {
        cell,
        contender: alone.name,
        n: alone.sent(),
        rounds: alone.rounds(),
    };
    println!("{:<22} {}", alone.name, costs(alone, of, sheet));
}
