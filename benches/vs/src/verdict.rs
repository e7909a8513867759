//! What an open-loop trial found, in one line.

use shorttail::measure::trial::{ArmReport, Report};

use crate::others::OthersCores;
use crate::sheet::{Of, Sheet};

const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];

pub(crate) fn print_heading(drivers: usize, receivers: usize, burners: usize) {
    println!(
        "\nchannel: open loop, 20 000 requests/s Poisson, {drivers} drivers, \
         {receivers} receivers, {burners} burners; peer, then shorttail\n\
         peer                  p50, p99, p99.9 µs    shorttail's           \
         shorttail / peer at p50, p99 [95 % interval]   verdict"
    );
}

/// The peer is the trial's base, shorttail its candidate.
pub(crate) fn print(report: &Report, others: OthersCores, sheet: &mut Sheet) {
    let [theirs, ours] = &report.arms;
    let pairs = report.ratios.iter().map(|ratio| ratio.pairs).max();
    let mut ratios = Vec::new();
    for arm in [theirs, ours] {
        let of = Of {
            cell: &format!("{} against {}", report.name, theirs.name),
            contender: &arm.name,
            n: arm.latency_ns.count(),
            rounds: pairs.unwrap_or(0),
        };
        for (name, q) in QUANTILES {
            if let Some(ns) = arm.supported(q) {
                sheet.add(of, name, ns as f64, "ns");
            }
        }
        if arm.name != ours.name {
            continue;
        }
        for (name, q) in QUANTILES {
            let Some(ratio) = report.ratios.iter().find(|ratio| ratio.q == q) else {
                continue;
            };
            sheet.add(of, &format!("{name} ratio to the peer"), ratio.ratio, "");
            sheet.add(of, &format!("{name} ratio low"), ratio.low, "");
            sheet.add(of, &format!("{name} ratio high"), ratio.high, "");
            if q < 0.999 {
                ratios.push(format!(
                    "{:.2} [{:.2} to {:.2}]",
                    ratio.ratio, ratio.low, ratio.high
                ));
            }
        }
        sheet.add_word(of, "verdict", &report.verdict.to_string());
    }
    let cell = format!("{} against {}", report.name, theirs.name);
    sheet.add_others(&cell, others);
    println!(
        "{:<20}  {:<20}  {:<20}  {}   {}, n = {} + {}, {others}",
        theirs.name,
        micros(theirs),
        micros(ours),
        ratios.join(", "),
        report.verdict,
        theirs.latency_ns.count(),
        ours.latency_ns.count()
    );
}

fn micros(arm: &ArmReport) -> String {
    let words = QUANTILES.map(|(_, q)| {
        arm.supported(q)
            .map_or_else(|| "-".to_owned(), |ns| format!("{:.1}", ns as f64 / 1e3))
    });
    words.join(", ")
}
