//! From blocks to ratios and a verdict.

use super::report::{ArmReport, Block};
use super::run::{Trial, sides};
use super::stats::supported;
use super::verdict::{QuantileRatio, Verdict, worst};
use crate::measure::Snapshot;

/// The percentiles that are compared, judged or not.
const COMPARED: [f64; 5] = [0.5, 0.95, 0.99, 0.999, 0.9999];

/// A driver later than this share of the latency has measured itself.
const LAG_SHARE_MAX: u64 = 10;

pub(super) struct Concluded {
    pub(super) arms: [ArmReport; 2],
    pub(super) ratios: Vec<QuantileRatio>,
    pub(super) verdict: Verdict,
}

/// Judges the blocks, each with the side it stands for; with a `fault` there is no verdict.
pub(super) fn conclude(
    trial: &Trial,
    names: [String; 2],
    mut blocks: Vec<(usize, Block)>,
    fault: Option<String>,
) -> Concluded {
    flag(&mut blocks);
    let mut side = 0;
    let arms = names.map(|name| {
        let arm = arm_report(name, side, &blocks);
        side += 1;
        arm
    });
    let ratios = ratios(trial, &arms, &blocks);
    let calm: Vec<_> = without_flagged(&blocks);
    let fault = fault.or_else(|| late(&arms));
    let verdict = fault.map_or_else(
        || {
            agreed(
                judge(trial, &ratios),
                judge(trial, &self::ratios(trial, &arms, &calm)),
            )
        },
        Verdict::Invalid,
    );
    Concluded {
        arms,
        ratios,
        verdict,
    }
}

/// Marks the blocks in which the machine itself was out of the ordinary.
fn flag(blocks: &mut [(usize, Block)]) {
    let worst = |block: &Block| block.hiccup_ns.quantile(0.999).unwrap_or(0);
    let mut all: Vec<u64> = blocks.iter().map(|(_, block)| worst(block)).collect();
    all.sort_unstable();
    let median = all.get(all.len() / 2).copied().unwrap_or(0);
    for (_, block) in blocks {
        block.flagged = worst(block) > 3 * median;
    }
}

/// Whole groups without a flagged block: a pair with half its blocks would compare unlike times.
fn without_flagged(blocks: &[(usize, Block)]) -> Vec<(usize, Block)> {
    let flagged = |pair| {
        blocks
            .iter()
            .any(|(_, block)| block.pair == pair && block.flagged)
    };
    blocks
        .iter()
        .filter(|(_, block)| !flagged(block.pair))
        .cloned()
        .collect()
}

fn arm_report(name: String, side: usize, blocks: &[(usize, Block)]) -> ArmReport {
    let mine = |block: &&(usize, Block)| block.0 == side && !block.1.is_aa;
    let merged = |of: fn(&Block) -> &Snapshot| {
        let mut sum = Snapshot::new();
        let counted = blocks.iter().filter(mine);
        counted.for_each(|(_, block)| sum.merge(of(block)));
        sum
    };
    // Blocks of A/A groups are the base's, on whichever side they stood.
    let ran = |(at, block): &&(usize, Block)| {
        if block.is_aa { side == 0 } else { *at == side }
    };
    ArmReport {
        name,
        latency_ns: merged(|block| &block.latency_ns),
        service_ns: merged(|block| &block.service_ns),
        send_lag_ns: merged(|block| &block.send_lag_ns),
        blocks: blocks
            .iter()
            .filter(ran)
            .map(|(_, block)| block.clone())
            .collect(),
    }
}

fn ratios(trial: &Trial, arms: &[ArmReport; 2], blocks: &[(usize, Block)]) -> Vec<QuantileRatio> {
    let mut compared: Vec<f64> = COMPARED.to_vec();
    compared.extend(trial.limits.iter().map(|(q, _)| *q));
    compared.sort_unstable_by(f64::total_cmp);
    compared.dedup();
    let supports = |q: &f64| {
        arms.iter()
            .all(|arm| supported(&arm.latency_ns, *q).is_some())
    };
    let ratio = |q| {
        let logs = |is_aa| log_ratios(blocks, is_aa, q);
        QuantileRatio::of(q, &logs(false), &logs(true), trial.seed)
    };
    compared
        .into_iter()
        .filter(supports)
        .filter_map(ratio)
        .collect()
}

/// The natural logarithm of side 1's percentile by side 0's, a group each.
fn log_ratios(blocks: &[(usize, Block)], is_aa: bool, q: f64) -> Vec<f64> {
    let of_kind = blocks.iter().filter(|(_, block)| block.is_aa == is_aa);
    let mut pairs: Vec<usize> = of_kind.map(|(_, block)| block.pair).collect();
    pairs.dedup();
    let log = |pair| {
        let [base, candidate] = sides(blocks, pair).map(|side| side.quantile(q));
        Some((candidate?.max(1) as f64 / base?.max(1) as f64).ln())
    };
    pairs.into_iter().filter_map(log).collect()
}

fn late(arms: &[ArmReport; 2]) -> Option<String> {
    arms.iter().find_map(|arm| {
        let lag_ns = arm.send_lag_ns.quantile(0.99)?;
        let latency_ns = arm.latency_ns.quantile(0.99)?;
        (lag_ns.saturating_mul(LAG_SHARE_MAX) > latency_ns).then(|| {
            let name = &arm.name;
            format!("{name}: the driver was {lag_ns} ns late at p99, of a p99 of {latency_ns} ns")
        })
    })
}

fn judge(trial: &Trial, ratios: &[QuantileRatio]) -> Verdict {
    worst(trial.limits.iter().map(|(q, limit)| {
        let ratio = ratios.iter().find(|ratio| ratio.q == *q);
        ratio.map_or_else(
            || Verdict::Invalid(format!("fewer than 100 samples beyond percentile {q}")),
            |ratio| ratio.judge(*limit),
        )
    }))
}

/// A verdict that stands only because of the machine's bad moments is none.
fn agreed(all: Verdict, calm: Verdict) -> Verdict {
    if all == calm || matches!(all, Verdict::Invalid(_)) {
        all
    } else {
        Verdict::Inconclusive
    }
}
