//! What an open-loop trial found, in one line.

use shorttail::measure::trial::{ArmReport, Report};

use crate::others::OthersCores;
use crate::quantile::{QUANTILES, supported};
use crate::sheet::{Of, Sheet};

/// So many requests lie beyond a percentile that is printed.
const BEYOND: u64 = 100;

pub(crate) fn print_heading(drivers: usize, receivers: usize, burners: usize) {
    println!(
        "\nchannel: open loop, 20 000 requests/s Poisson, {drivers} drivers, \
         {receivers} receivers, {burners} burners, from the call of send; peer, then shorttail\n\
         peer                  p50, p99, p99.9 µs    shorttail's           \
         shorttail / peer at p50, p99 [95 % interval]   verdict"
    );
}

/// The peer is the trial's base, shorttail its candidate.
pub(crate) fn print(report: &Report, others: OthersCores, sheet: &mut Sheet) {
    let [theirs, ours] = &report.arms;
    let pairs = report.service_ratios.iter().map(|ratio| ratio.pairs).max();
    let mut ratios = Vec::new();
    for arm in [theirs, ours] {
        let of = Of {
            cell: &format!("{} against {}", report.name, theirs.name),
            contender: &arm.name,
            n: arm.service_ns.count(),
            rounds: pairs.unwrap_or(0),
        };
        for (name, q) in QUANTILES {
            if let Some(ns) = supported(&arm.service_ns, q, BEYOND) {
                sheet.add(of, name, ns as f64, "ns");
            }
        }
        if arm.name != ours.name {
            continue;
        }
        for (name, q) in QUANTILES {
            let Some(ratio) = report.service_ratios.iter().find(|ratio| ratio.q == q) else {
                continue;
            };
            sheet.add(
                of,
                &format!("{name} ratio to the peer"),
                ratio.whole.ratio,
                "",
            );
            sheet.add(of, &format!("{name} ratio low"), ratio.whole.low, "");
            sheet.add(of, &format!("{name} ratio high"), ratio.whole.high, "");
            if q < 0.999 {
                ratios.push(format!(
                    "{:.2} [{:.2} to {:.2}]",
                    ratio.whole.ratio, ratio.whole.low, ratio.whole.high
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
        theirs.service_ns.count(),
        ours.service_ns.count()
    );
}

fn micros(arm: &ArmReport) -> String {
    let words = QUANTILES.map(|(_, q)| {
        supported(&arm.service_ns, q, BEYOND)
            .map_or_else(|| "-".to_owned(), |ns| format!("{:.1}", ns as f64 / 1e3))
    });
    words.join(", ")
}
