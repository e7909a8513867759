//! From blocks to ratios and a verdict.

use super::bound::Bound;
use super::figure::{Figure, Limit};
use super::report::{ArmReport, Block};
use super::stats::{PAIRS_MIN, bootstrap_median, noise_of_median, supported, tail_samples};
use super::target::{Target, late, too_few};
use super::verdict::{Estimate, Judged, QuantileRatio, Verdict, worst};
use super::whole::{self, Groups};
use crate::measure::Snapshot;

/// The percentiles that are compared, judged or not.
const COMPARED: [f64; 5] = [0.5, 0.95, 0.99, 0.999, 0.9999];

/// Samples beyond a percentile in each single group, without which a group's own is chance.
const GROUP_TAIL_MIN: u64 = 5;

/// What a trial is judged by.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) seed: u64,
    pub(super) limits: Vec<Limit>,
}

pub(super) struct Concluded {
    pub(super) arms: [ArmReport; 2],
    pub(super) ratios: Vec<QuantileRatio>,
    pub(super) service_ratios: Vec<QuantileRatio>,
    pub(super) judged: Vec<Judged>,
    pub(super) verdict: Verdict,
}

/// Judges the blocks, each with the side it stands for; with a `fault` there is no verdict.
pub(super) fn conclude(
    terms: &Terms,
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
    let [ratios, service_ratios] = all_ratios(terms, &arms, &blocks);
    let mut judged = judge_all(terms, &arms, [&ratios, &service_ratios]);
    if blocks.iter().any(|(_, block)| block.flagged) {
        let calm = judge_calm(terms, &arms, &without_flagged(&blocks));
        for (all, calm) in judged.iter_mut().zip(calm) {
            all.verdict = agreed(all.verdict.clone(), calm);
        }
    }
    let verdict = fault.map_or_else(
        || worst(judged.iter().map(|judged| judged.verdict.clone())),
        Verdict::Invalid,
    );
    Concluded {
        arms,
        ratios,
        service_ratios,
        judged,
        verdict,
    }
}

/// Marks the blocks in which the machine itself was out of the ordinary.
pub(super) fn flag(blocks: &mut [(usize, Block)]) {
    // Not p99.9: of the few hundred naps of a block that is the worst one, which is chance.
    let worst = |block: &Block| block.hiccup_ns.quantile(0.99).unwrap_or(0);
    let mut all: Vec<u64> = blocks.iter().map(|(_, block)| worst(block)).collect();
    all.sort_unstable();
    let median = all.get(all.len() / 2).copied().unwrap_or(0);
    for (_, block) in blocks {
        block.flagged = worst(block) > 3 * median;
    }
}

/// Whole groups without a flagged block: a pair with half its blocks would compare unlike times.
pub(super) fn without_flagged(blocks: &[(usize, Block)]) -> Vec<(usize, Block)> {
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

/// Of the latency and of the service time.
fn all_ratios(
    terms: &Terms,
    arms: &[ArmReport; 2],
    blocks: &[(usize, Block)],
) -> [Vec<QuantileRatio>; 2] {
    Figure::BOTH.map(|figure| ratios(terms, arms, blocks, figure))
}

fn ratios(
    terms: &Terms,
    arms: &[ArmReport; 2],
    blocks: &[(usize, Block)],
    figure: Figure,
) -> Vec<QuantileRatio> {
    let mut qs: Vec<f64> = COMPARED.to_vec();
    qs.extend(terms.limits.iter().map(|limit| limit.q));
    qs.sort_unstable_by(f64::total_cmp);
    qs.dedup();
    qs.retain(|q| {
        arms.iter()
            .all(|arm| supported(figure.of_arm(arm), *q).is_some())
    });
    let [pairs, same] = [false, true].map(|is_aa| groups(blocks, is_aa, figure));
    let whole = || {
        let intervals = whole::bootstrap(&Groups::of(&pairs), &qs, terms.seed)?;
        let noise = whole::noise(&Groups::of(&same), pairs.len(), &qs, terms.seed ^ 0xAA)?;
        Some(intervals.into_iter().zip(noise))
    };
    let with_whole = qs.iter().zip(whole().into_iter().flatten());
    with_whole
        .map(|(&q, (interval, noise))| QuantileRatio {
            q,
            pairs: pairs.len(),
            typical: typical(&pairs, &same, q, terms.seed),
            whole: Estimate::of(interval, noise),
        })
        .collect()
}

/// Both sides of each group of a kind, in the order in which they ran.
fn groups(blocks: &[(usize, Block)], is_aa: bool, figure: Figure) -> Vec<[Snapshot; 2]> {
    let of_kind = blocks.iter().filter(|(_, block)| block.is_aa == is_aa);
    let mut pairs: Vec<usize> = of_kind.map(|(_, block)| block.pair).collect();
    pairs.dedup();
    pairs
        .into_iter()
        .map(|pair| sides(blocks, pair, figure))
        .collect()
}

/// Both sides of a group: what is compared.
fn sides(blocks: &[(usize, Block)], pair: usize, figure: Figure) -> [Snapshot; 2] {
    let mut sides = [Snapshot::new(), Snapshot::new()];
    for (side, block) in blocks.iter().filter(|(_, block)| block.pair == pair) {
        sides[*side].merge(figure.of_block(block));
    }
    sides
}

/// The median group's ratio, if the percentile of a single group is more than its worst few.
fn typical(pairs: &[[Snapshot; 2]], same: &[[Snapshot; 2]], q: f64, seed: u64) -> Option<Estimate> {
    let has_tail = |side: &Snapshot| tail_samples(side, q) >= GROUP_TAIL_MIN;
    if !pairs.iter().chain(same).flatten().all(has_tail) {
        return None;
    }
    let logs = |groups: &[[Snapshot; 2]]| -> Vec<f64> {
        let log = |[base, candidate]: &[Snapshot; 2]| {
            let (base, candidate) = (base.quantile(q)?, candidate.quantile(q)?);
            Some((candidate.max(1) as f64 / base.max(1) as f64).ln())
        };
        groups.iter().filter_map(log).collect()
    };
    let interval = bootstrap_median(&logs(pairs), seed)?;
    let noise = noise_of_median(&logs(same), pairs.len(), seed ^ 0xAA)?;
    Some(Estimate::of(interval, noise))
}

/// Each limit with its verdict.
fn judge_all(terms: &Terms, arms: &[ArmReport; 2], ratios: [&[QuantileRatio]; 2]) -> Vec<Judged> {
    let limits = terms.limits.iter();
    limits
        .map(|limit| Judged {
            figure: limit.figure,
            q: limit.q,
            limit: limit.bound,
            verdict: judge(*limit, arms, ratios),
        })
        .collect()
}

/// Each limit's verdict by calm blocks alone. Of fewer groups than a trial may have, or too few
/// requests, an interval says nothing: they confirm none.
fn judge_calm(terms: &Terms, arms: &[ArmReport; 2], blocks: &[(usize, Block)]) -> Vec<Verdict> {
    let arms = [0, 1].map(|side| arm_report(arms[side].name.clone(), side, blocks));
    let pairs = groups(blocks, false, Figure::Latency).len();
    let ratios = all_ratios(terms, &arms, blocks);
    let judged = judge_all(terms, &arms, ratios.each_ref().map(Vec::as_slice));
    let has_few = |judged: &Judged| {
        let seen = arms.each_ref().map(|arm| judged.figure.of_arm(arm));
        pairs < PAIRS_MIN || too_few(judged.q, &seen).is_some()
    };
    judged
        .into_iter()
        .map(|judged| match pairs {
            0 => no_calm_groups(),
            _ if has_few(&judged) => Verdict::Inconclusive,
            _ => judged.verdict,
        })
        .collect()
}

pub(super) fn no_calm_groups() -> Verdict {
    Verdict::Invalid("no calm groups to compare".to_owned())
}

fn judge(limit: Limit, arms: &[ArmReport; 2], ratios: [&[QuantileRatio]; 2]) -> Verdict {
    match limit.bound {
        Bound::Ratio(most) => judge_ratio(limit, most, arms, ratios),
        Bound::Ns(max_ns) => judge_time(limit, max_ns, &arms[1]),
    }
}

/// Lateness falls on both arms alike and draws the ratio of latencies towards one: at a judged
/// percentile it must be small. Service times begin after it and are not drawn.
fn judge_ratio(
    limit: Limit,
    most: f64,
    arms: &[ArmReport; 2],
    ratios: [&[QuantileRatio]; 2],
) -> Verdict {
    let [of_latency, of_service] = ratios;
    let ratios = match limit.figure {
        Figure::Latency => of_latency,
        Figure::Service => of_service,
    };
    let Some(ratio) = ratios.iter().find(|ratio| ratio.q == limit.q) else {
        let seen = arms.each_ref().map(|arm| limit.figure.of_arm(arm));
        return too_few(limit.q, &seen).unwrap_or_else(no_calm_groups);
    };
    let late = || arms.iter().find_map(|arm| late(limit.q, arm));
    let judged_late = (limit.figure == Figure::Latency).then(late).flatten();
    judged_late.unwrap_or_else(|| ratio.judge(most))
}

/// Lateness only adds to a latency, so a pass needs no punctual driver.
fn judge_time(limit: Limit, max_ns: u64, candidate: &ArmReport) -> Verdict {
    let seen = limit.figure.of_arm(candidate);
    if let Some(none) = too_few(limit.q, &[seen]) {
        return none;
    }
    let verdict = Target::new(limit.q, max_ns).judge(seen);
    let is_drawn = limit.figure == Figure::Latency && verdict != Verdict::Pass;
    let late = is_drawn.then(|| late(limit.q, candidate)).flatten();
    late.unwrap_or(verdict)
}

/// A verdict that stands only because of the machine's bad moments is none. Where no group was
/// calm, as beside a candidate that starves the machine, the run is no pass either.
pub(super) fn agreed(all: Verdict, calm: Verdict) -> Verdict {
    match (all, calm) {
        (invalid @ Verdict::Invalid(_), _) | (_, invalid @ Verdict::Invalid(_)) => invalid,
        (all, calm) if all == calm => all,
        _ => Verdict::Inconclusive,
    }
}
