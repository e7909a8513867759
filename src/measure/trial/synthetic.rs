//! The rod itself, on blocks as noisy machines give them: does it raise false alarms, does it find
//! what is there? From histograms on, all of it is what a trial runs.

use super::Plan;
use super::conclude::{Concluded, agreed, conclude, flag, no_calm_groups, without_flagged};
use super::report::Block;
use super::rng::Rng;
use super::run::{Trial, groups};
use super::target::Target;
use super::verdict::Verdict;
use crate::measure::{Histogram, Snapshot};
use crate::sync::thread;

const PAIRS: usize = 40;
const REQUESTS: usize = 260;
const WORK_NS: f64 = 10_000.0;

/// Standard normal numbers (Box and Muller, 1958): drawing from a list is cheaper.
fn normals() -> Vec<f64> {
    let mut rng = Rng::new(7);
    let normal = |_| (-2.0 * rng.unit().ln()).sqrt() * (core::f64::consts::TAU * rng.unit()).cos();
    (0..4_096).map(normal).collect()
}

fn empty() -> Block {
    Block {
        pair: 0,
        position: 0,
        is_aa: false,
        latency_ns: Snapshot::new(),
        service_ns: Snapshot::new(),
        send_lag_ns: Snapshot::new(),
        hiccup_ns: Snapshot::new(),
        voluntary_switches: None,
        involuntary_switches: None,
        migrations: None,
        steal_ticks: None,
        flagged: false,
    }
}

/// Requests around `factor` times 10 µs; the block as a whole is off by a quarter, and every
/// twentieth is three times as slow.
fn block(rng: &mut Rng, normals: &[f64], factor: f64) -> Snapshot {
    let mut normal = || normals[rng.below(normals.len())];
    let level = (0.25 * normal()).exp();
    let requests: Vec<f64> = (0..REQUESTS).map(|_| (0.3 * normal()).exp()).collect();
    let hiccup = if rng.below(20) == 0 { 3.0 } else { 1.0 };
    let mut latency_ns = Histogram::new();
    for request in requests {
        latency_ns.record((WORK_NS * factor * level * hiccup * request) as u64);
    }
    latency_ns.snapshot()
}

/// The blocks of a whole trial, each with the side it stands for.
fn blocks(seed: u64, mut of: impl FnMut(&mut Rng, bool) -> Snapshot) -> Vec<(usize, Block)> {
    let mut rng = Rng::new(seed);
    let counted = groups(seed, PAIRS).into_iter().enumerate().skip(1);
    let sides = counted.flat_map(|(pair, group)| {
        [0, 1, 1, 0].map(|side| (pair, group.is_aa, side ^ usize::from(group.candidate_first)))
    });
    let mut block = |(pair, is_aa, side)| Block {
        pair,
        is_aa,
        latency_ns: of(&mut rng, side == 1 && !is_aa),
        ..empty()
    };
    sides.map(|at| (at.2, block(at))).collect()
}

fn concluded(q: f64, limit: f64, blocks: Vec<(usize, Block)>) -> Concluded {
    let trial = Trial::new("synthetic", Plan::uniform(1.0)).limit(q, limit);
    let names = ["base", "candidate"].map(str::to_owned);
    conclude(&trial.terms, names, blocks, None)
}

fn judged(limit: f64, blocks: Vec<(usize, Block)>) -> Verdict {
    concluded(0.99, limit, blocks).verdict
}

/// In how many of `runs` a candidate slower by `factor` is a regression: by the ordinary limit, and
/// where p99 may not rise at all and nothing but the noise floor holds the alarms back.
fn regressions(runs: u64, factor: f64) -> [usize; 2] {
    let normals = &normals();
    let judged = move |seed: u64| {
        let of = |rng: &mut Rng, is_candidate| {
            block(rng, normals, if is_candidate { factor } else { 1.0 })
        };
        let concluded = concluded(0.99, 1.1, blocks(seed, of));
        let p99 = concluded.ratios.iter().find(|ratio| ratio.q == 0.99);
        let verdicts = [concluded.verdict, p99.expect("enough samples").judge(1.0)];
        verdicts.map(|verdict| usize::from(verdict == Verdict::Regression))
    };
    let add = |a: [usize; 2], b: [usize; 2]| [a[0] + b[0], a[1] + b[1]];
    thread::scope(|scope| {
        let half = |from: u64| {
            let seeds = (from..runs).step_by(2);
            scope.spawn(move || seeds.map(judged).fold([0; 2], add))
        };
        let [even, odd] = [0, 1].map(half).map(|half| half.join().expect("no panic"));
        add(even, odd)
    })
}

#[test]
fn at_most_11_of_2000_runs_of_a_against_a_are_false_alarms() {
    let [ordinary, strict] = regressions(2_000, 1.0);
    assert!(ordinary <= 11, "{ordinary} false alarms");
    assert!(
        strict <= 30,
        "{strict} false alarms by the noise floor alone"
    );
}

#[test]
fn a_planted_half_more_is_found_in_95_of_100_runs() {
    let [found, _] = regressions(400, 1.5);
    assert!(found >= 380, "{found} of 400 found");
}

/// No median group has it, but every twentieth block of the candidate, and a fifth of its requests.
#[test]
fn a_freeze_in_a_few_blocks_is_found() {
    let mut number = 0;
    let blocks = blocks(3, |_, is_candidate| {
        let mut latency_ns = Histogram::new();
        latency_ns.record_n(10_000, 200);
        number += u64::from(is_candidate);
        let frozen = is_candidate && number % 8 == 0;
        latency_ns.record_n(if frozen { 50_000_000 } else { 10_000 }, 60);
        latency_ns.snapshot()
    });
    assert_eq!(judged(1.1, blocks), Verdict::Regression);
}

/// Two values in one bucket are reported as its edge, or as the maximum if that is less.
#[test]
fn the_width_of_a_bucket_is_no_regression() {
    let blocks = blocks(3, |_, is_candidate| {
        let mut latency_ns = Histogram::new();
        latency_ns.record_n(5_000, 1_000);
        latency_ns.record_n(6_000, u64::from(is_candidate));
        latency_ns.snapshot()
    });
    assert_ne!(judged(1.0, blocks), Verdict::Regression);
}

#[test]
fn a_tail_of_few_samples_in_each_group_is_judged_as_a_whole_only() {
    let normals = normals();
    let blocks = blocks(5, |rng, _| block(rng, &normals, 1.0));
    let concluded = concluded(0.995, 9.0, blocks);
    let at = |q| concluded.ratios.iter().find(|ratio| ratio.q == q).unwrap();
    // 520 requests a side of a group: five beyond p99, two beyond p99.5.
    assert!(at(0.99).typical.is_some());
    assert_eq!(at(0.995).typical, None);
    assert_eq!(concluded.verdict, Verdict::Pass);
}

fn with_hiccup(pair: usize, ns: u64) -> (usize, Block) {
    let mut hiccups_ns = Histogram::new();
    hiccups_ns.record_n(ns, 100);
    let block = Block {
        pair,
        hiccup_ns: hiccups_ns.snapshot(),
        ..empty()
    };
    (0, block)
}

#[test]
fn blocks_out_of_the_ordinary_are_flagged_and_left_out_by_whole_groups() {
    let mut blocks: Vec<_> = (0..9).map(|n| with_hiccup(n / 3, 100)).collect();
    blocks.push(with_hiccup(1, 500));
    flag(&mut blocks);
    assert!(blocks.pop().unwrap().1.flagged);
    assert!(blocks.iter().all(|(_, block)| !block.flagged));
    blocks.push(with_hiccup(1, 500));
    flag(&mut blocks);
    let left = without_flagged(&blocks);
    assert_eq!(left.len(), 6);
    assert!(left.iter().all(|(_, block)| block.pair != 1));
}

#[test]
fn a_verdict_that_needs_the_bad_moments_is_none() {
    use Verdict::{Inconclusive, Invalid, Pass, Regression};
    assert_eq!(agreed(Regression, Regression), Regression);
    assert_eq!(agreed(Regression, Pass), Inconclusive);
    assert_eq!(agreed(Pass, Inconclusive), Inconclusive);
    let late = || Invalid("late".to_owned());
    assert_eq!(agreed(late(), Pass), late());
    assert_eq!(agreed(Pass, late()), late());
}

/// A machine whose bad moments fell on every A/A group has not shown its noise without them.
#[test]
fn without_a_calm_group_of_the_base_there_is_no_verdict() {
    let mut blocks = blocks(3, |_, _| {
        let mut latency_ns = Histogram::new();
        latency_ns.record_n(5_000, 1_000);
        latency_ns.snapshot()
    });
    let calm = with_hiccup(0, 100).1.hiccup_ns;
    let bad = with_hiccup(0, 10_000).1.hiccup_ns;
    for (_, block) in &mut blocks {
        block.hiccup_ns = if block.is_aa { &bad } else { &calm }.clone();
    }
    let none = "no calm groups to compare".to_owned();
    assert_eq!(judged(1.1, blocks), Verdict::Invalid(none));
}

/// The base's and the candidate's requests take 5 µs; where `is_bad` says so the machine has a bad
/// moment, and half of the requests take 50 ms.
fn with_bad_moments(is_bad: impl Fn(usize, usize) -> bool) -> Vec<(usize, Block)> {
    let mut blocks = blocks(3, |_, _| Snapshot::new());
    let calm = with_hiccup(0, 100).1.hiccup_ns;
    let bad = with_hiccup(0, 10_000).1.hiccup_ns;
    for (at, (side, block)) in blocks.iter_mut().enumerate() {
        let is_bad = is_bad(at, *side);
        block.hiccup_ns = if is_bad { &bad } else { &calm }.clone();
        let mut latency_ns = Histogram::new();
        latency_ns.record_n(5_000, 1_000);
        latency_ns.record_n(50_000_000, if is_bad { 1_000 } else { 0 });
        block.latency_ns = latency_ns.snapshot();
    }
    blocks
}

#[test]
fn a_target_that_is_missed_in_bad_moments_alone_is_no_regression() {
    let by_target = |blocks| {
        let trial = Trial::new("synthetic", Plan::uniform(1.0));
        let trial = trial.target(Target::new(0.99, 1_000_000));
        conclude(&trial.terms, ["a", "b"].map(str::to_owned), blocks, None).verdict
    };
    assert_eq!(by_target(with_bad_moments(|_, _| false)), Verdict::Pass);
    let some = with_bad_moments(|at, side| side == 1 && at % 40 < 4);
    assert_eq!(by_target(some), Verdict::Inconclusive);
}

#[test]
fn a_handful_of_calm_groups_confirms_nothing() {
    // One block of each group of four, but for the last three groups.
    let calm = |groups: usize| {
        let count = with_bad_moments(|_, _| false).len();
        with_bad_moments(|at, _| at % 4 == 0 && at < count - 4 * groups)
    };
    let told = |groups| judged(1e9, calm(groups));
    assert_eq!(told(3), Verdict::Inconclusive);
    assert_eq!(told(20), Verdict::Pass);
    assert_eq!(told(0), no_calm_groups());
}
