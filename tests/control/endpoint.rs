//! An endpoint's budget: what is over, what changed, and what the next build is compared with.

use std::time::Duration;

use proptest::prelude::*;
use shorttail::control::{
    BudgetChange, BudgetState, CARRIED_BYTES, Carried, EndpointBudget, EndpointBudgetBuilder,
    IncidentWindow, MergeCarriedError, ParseCarriedError,
};
use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};

use super::carried_steps;

const UNIT_NS: u64 = 60_000_000_000;
const MS: u64 = 1_000_000;

fn described() -> EndpointBudgetBuilder {
    EndpointBudget::builder("GET /x")
        .p95(Duration::from_millis(80))
        .p99(Duration::from_millis(250))
}

/// A unit of `requests`, of which so many in a thousand take `ns` and the rest a millisecond.
fn unit(budget: &EndpointBudget, requests: u64, in_a_thousand: u64, ns: u64) {
    for n in 0..requests {
        budget.observe(if n % 1_000 < in_a_thousand { ns } else { MS });
    }
}

fn told(budget: &EndpointBudget, now_ns: u64) -> Vec<(f64, BudgetChange)> {
    core::iter::from_fn(|| budget.tick(now_ns))
        .map(|event| (event.q, event.change))
        .collect()
}

#[test]
fn a_request_at_the_target_is_within_it_and_one_above_is_not() {
    let budget = described().build(0).unwrap();
    for ns in [0, 80 * MS, 80 * MS + 1, 250 * MS, 250 * MS + 1, u64::MAX] {
        budget.observe(ns);
    }
    assert_eq!(told(&budget, UNIT_NS), []);
    let [p95, p99] = budget.burn_rates(1);
    assert_eq!((p95.requests, p95.over, p99.over), (6, 4, 2));
    assert_eq!((p95.window_ns, p99.window_ns), (UNIT_NS, UNIT_NS));
    assert!((p99.rate - 2.0 / 6.0 / 0.01).abs() < 1e-9);
}

#[test]
fn both_percentiles_of_a_tick_are_told_one_a_call() {
    let budget = described().build(0).unwrap();
    unit(&budget, 1_000, 900, 300 * MS);
    let (first, second) = (budget.tick(UNIT_NS).unwrap(), budget.tick(UNIT_NS).unwrap());
    assert_eq!((first.q, first.change), (0.95, BudgetChange::Breach));
    assert_eq!((second.q, second.change), (0.99, BudgetChange::Breach));
    assert_eq!(budget.tick(UNIT_NS), None);
    assert_eq!(budget.states(), [BudgetState::Breach; 2]);
    let text = second.to_string();
    assert!(
        text.starts_with("GET /x: breach of p99 within 250 ms; 300 s: 900 of 1000, 90.0 times as"),
        "{text}"
    );
}

#[test]
fn a_percentile_without_a_target_is_never_missed() {
    let budget = EndpointBudget::builder("x")
        .p99(Duration::from_millis(1))
        .build(0)
        .unwrap();
    unit(&budget, 1_000, 1_000, u64::MAX);
    assert_eq!(told(&budget, UNIT_NS), [(0.99, BudgetChange::Breach)]);
    assert_eq!(budget.states(), [BudgetState::Ok, BudgetState::Breach]);
}

#[test]
fn units_without_a_tick_or_a_request_pass_all_the_same() {
    let budget = described().build(7).unwrap();
    unit(&budget, 1_000, 500, 300 * MS);
    assert_eq!(told(&budget, UNIT_NS + 6), []);
    assert_eq!(told(&budget, UNIT_NS + 7).len(), 2);
    assert_eq!(told(&budget, UNIT_NS + 7), []);
    assert_eq!(told(&budget, 40 * UNIT_NS), [], "silence is no recovery");
    assert_eq!(budget.burn_rates(60)[1].requests, 1_000);
    let both = |change| vec![(0.95, change), (0.99, change)];
    let calm_until = |unit_number: u64| {
        unit(&budget, 1_000, 0, 0);
        told(&budget, 7 + unit_number * UNIT_NS)
    };
    let eased: Vec<_> = (41..=45).flat_map(calm_until).collect();
    assert_eq!(
        eased,
        both(BudgetChange::Warn),
        "the long windows have it still"
    );
    assert_eq!(told(&budget, u64::MAX), both(BudgetChange::Recovered));
    assert_eq!(budget.burn_rates(4_320)[1].requests, 0);
    assert_eq!(told(&budget, 0), [], "a clock that steps back ends no unit");
}

#[test]
fn a_reading_of_the_future_stops_no_budget() {
    for future_ns in [9 * UNIT_NS, u64::MAX] {
        let budget = described().build(0).unwrap();
        assert_eq!(told(&budget, future_ns), []);
        unit(&budget, 1_000, 900, 300 * MS);
        assert_eq!(told(&budget, UNIT_NS), [], "a unit begins");
        assert_eq!(told(&budget, 2 * UNIT_NS - 1), []);
        assert_eq!(told(&budget, 2 * UNIT_NS).len(), 2, "{future_ns}");
    }
    // One that is a little late is no reason to begin anew.
    let budget = described().build(0).unwrap();
    assert_eq!(told(&budget, UNIT_NS), []);
    unit(&budget, 1_000, 900, 300 * MS);
    assert_eq!(told(&budget, 1), []);
    assert_eq!(told(&budget, 2 * UNIT_NS - 1), []);
    assert_eq!(told(&budget, 2 * UNIT_NS).len(), 2);
}

/// What a process of a build is told in so many units, of which the first five are its start;
/// `in_a_thousand` of the requests are slow.
fn served(budget: &EndpointBudget, units: u64, in_a_thousand: u64) -> Vec<(f64, BudgetChange)> {
    let unit_of = |n| {
        unit(budget, 10_000, in_a_thousand, 300 * MS);
        told(budget, n * UNIT_NS)
    };
    (1..=units).flat_map(unit_of).collect()
}

fn saved(budget: &EndpointBudget) -> Carried {
    Carried::parse(&budget.save()).unwrap()
}

fn worse(told: &[(f64, BudgetChange)]) -> usize {
    let worse = |(q, change): &&(f64, BudgetChange)| {
        *q == 0.99 && matches!(change, BudgetChange::Regressed { .. })
    };
    told.iter().filter(worse).count()
}

/// Within the target, and worse all the same.
#[test]
fn a_new_build_that_does_worse_than_the_last_is_told_once() {
    let old = described().of_build("v1").build(0).unwrap();
    assert_eq!(served(&old, 10, 2), []);
    let carried = saved(&old);
    assert_eq!((carried.build(), carried.requests()), ("v1", 50_000));
    assert_eq!(carried.compared_with(), None);
    for (in_a_thousand, expected) in [(2, 0), (1, 0), (6, 1)] {
        let new = described().of_build("v2").baseline(carried);
        let new = new.build(0).unwrap();
        let all = served(&new, 10, in_a_thousand);
        assert_eq!(worse(&all), expected, "{in_a_thousand}: {all:?}");
        assert_eq!(new.states(), [BudgetState::Ok; 2]);
        assert_eq!(new.compared_with().unwrap().build(), "v1");
    }
    let others = described().p99(Duration::from_millis(100));
    let other = others.of_build("v2").baseline(carried).build(0).unwrap();
    assert_eq!(other.compared_with(), None, "another target is no baseline");
}

#[test]
fn a_build_is_not_compared_with_itself_and_goes_on_where_it_was() {
    let described = |build, before| {
        let described = described().of_build(build).baseline(before);
        described.build(0).unwrap()
    };
    let old = super::endpoint::described()
        .of_build("v1")
        .build(0)
        .unwrap();
    assert_eq!(served(&old, 10, 2), []);
    // The same, and slower: a bad day is no bad build.
    let again = described("v1", saved(&old));
    assert_eq!(worse(&served(&again, 10, 6)), 0);
    assert_eq!(saved(&again).requests(), 100_000);
    // Restarted before anything was sure, it is compared as one.
    let new = described("v2", saved(&old));
    assert_eq!(worse(&served(&new, 6, 6)), 0, "a start is left out");
    let carried = saved(&new);
    assert_eq!(carried.compared_with(), Some("v1"));
    let new = described("v2", carried);
    assert_eq!(worse(&served(&new, 6, 6)), 1);
    // And is told once, however often it is restarted.
    let new = described("v2", saved(&new));
    assert_eq!(worse(&served(&new, 10, 6)), 0);
    assert_eq!(new.compared_with().unwrap().build(), "v1");
}

/// Of a start nothing is carried over: neither as what was worse, nor as the measure of the next.
#[test]
fn a_slow_start_counts_for_nobody() {
    let old = described().of_build("v1").build(0).unwrap();
    assert_eq!(worse(&served(&old, 5, 200)), 0); // cold
    (6..=60).for_each(|number| {
        unit(&old, 10_000, 2, 300 * MS);
        told(&old, number * UNIT_NS);
    });
    let next = |build, before: &EndpointBudget| {
        let described = described().of_build(build).baseline(saved(before));
        described.build(0).unwrap()
    };
    // As good, after a start as cold: also when it is started twice.
    let new = next("v2", &old);
    assert_eq!(worse(&served(&new, 5, 200)), 0);
    let again = next("v2", &new);
    assert_eq!(worse(&served(&again, 5, 200)), 0);
    let again = next("v2", &again);
    assert_eq!(worse(&served(&again, 10, 2)), 0);
    // Five times as bad is told, though the old one's start was worse than that.
    let bad = next("v3", &old);
    assert_eq!(worse(&served(&bad, 10, 10)), 1);
}

#[test]
fn what_got_worse_is_told_of_the_next_build_too() {
    let old = described().of_build("v1").build(0).unwrap();
    assert_eq!(served(&old, 10, 2), []);
    let next = |build, before: &EndpointBudget| {
        let described = described().of_build(build).baseline(saved(before));
        described.build(0).unwrap()
    };
    let bad = next("v2", &old);
    assert_eq!(worse(&served(&bad, 10, 6)), 1);
    let as_bad = next("v3", &bad);
    assert_eq!(as_bad.compared_with().unwrap().build(), "v1");
    assert_eq!(worse(&served(&as_bad, 10, 6)), 1);
    // Back to the one that it is compared with.
    let back = next("v1", &as_bad);
    assert_eq!(
        (back.compared_with(), worse(&served(&back, 10, 6))),
        (None, 0)
    );
    // A build that hardly served is no measure, one that did no worse is.
    let short = next("v4", &old);
    told(&short, 5 * UNIT_NS);
    unit(&short, 99, 1_000, 300 * MS);
    let _warned = told(&short, 6 * UNIT_NS);
    assert_eq!(next("v5", &short).compared_with().unwrap().build(), "v1");
    let good = next("v4", &old);
    assert_eq!(served(&good, 10, 2), []);
    assert_eq!(next("v5", &good).compared_with().unwrap().build(), "v4");
}

#[test]
fn instances_are_merged_and_no_request_counts_twice() {
    let instance = |before: Option<Carried>| {
        let described = described().of_build("v1");
        let described = match before {
            Some(before) => described.baseline(before),
            None => described,
        };
        let budget = described.build(0).unwrap();
        assert_eq!(served(&budget, 6, 2), []);
        saved(&budget)
    };
    let (mut all, other) = (instance(None), instance(None));
    all.merge(&other).unwrap();
    assert_eq!(all.requests(), 20_000);
    // Both begin with what the two have left.
    let mut later = instance(Some(all));
    assert_eq!(later.requests(), 30_000);
    later.merge(&instance(Some(all))).unwrap();
    assert_eq!(later.requests(), 40_000);
    let before = later;
    let of = |described: EndpointBudgetBuilder| saved(&described.build(0).unwrap());
    let refused = later.merge(&of(described().of_build("v2")));
    assert_eq!(refused, Err(MergeCarriedError::Build));
    let p99 = Duration::from_millis(9);
    let refused = later.merge(&of(described().of_build("v1").p99(p99)));
    assert_eq!(refused, Err(MergeCarriedError::Targets));
    assert_eq!(later, before);
}

#[test]
fn what_was_saved_is_read_back_and_nothing_else_is() {
    let long = "a name of 23 bytes, an ö and more";
    let budget = described().of_build(long).build(0).unwrap();
    assert_eq!(told(&budget, 5 * UNIT_NS), []);
    unit(&budget, 2_000, 3, 300 * MS);
    assert_eq!(told(&budget, 6 * UNIT_NS), []);
    let bytes = budget.save();
    let carried = Carried::parse(&bytes).unwrap();
    assert_eq!(carried.build(), "a name of 23 bytes, an ");
    assert_eq!((carried.requests(), carried.to_bytes()), (2_000, bytes));
    for at in 0..CARRIED_BYTES {
        let mut changed = bytes;
        changed[at] ^= 1;
        let error = if at < 4 {
            ParseCarriedError::Kind
        } else {
            ParseCarriedError::Changed
        };
        assert_eq!(Carried::parse(&changed), Err(error), "byte {at}");
    }
    for len in [0, CARRIED_BYTES - 1] {
        assert_eq!(
            Carried::parse(&bytes[..len]),
            Err(ParseCarriedError::Length(len))
        );
    }
    // What begins alike is another build.
    let other = described()
        .of_build("a name of 23 bytes, an ö")
        .baseline(carried);
    assert!(other.build(0).unwrap().compared_with().is_some());
    let same = described().of_build(long).baseline(carried);
    assert_eq!(same.build(0).unwrap().compared_with(), None);
    let odd = described().of_build("a\0b").build(0).unwrap();
    assert_eq!(saved(&odd).build(), "a");
}

proptest! {
    /// No bytes make a reader of what was carried over panic, nor what it does with them.
    #[test]
    fn any_bytes_are_read_or_refused(data in prop::collection::vec(any::<u8>(), 0..260)) {
        carried_steps::run(&data);
    }
}

#[test]
fn an_incident_names_the_planted_stage_and_the_slowest_requests_of_its_window() {
    let budget = described().build(0).unwrap();
    let (stages, slowest) = (StageSet::standard(1), Exemplars::new(2));
    stages.mark_slow(250 * MS);
    let serve = |trace_ids: std::ops::Range<u128>, stage: Stage, every: u128| {
        for trace_id in trace_ids {
            let is_slow = trace_id % every == 0;
            let mut timer = StageTimer::start(0);
            let slow_ns = (1_000 - trace_id as u64 % 1_000) * MS;
            timer.lap(stage, if is_slow { slow_ns } else { MS });
            budget.observe(timer.total_ns());
            stages.record(&timer);
            slowest.offer(trace_id, &timer);
        }
    };
    // Counted before the window began, or slow in a stage that is well again: no part of it.
    serve(0..1_000, Stage::SCHEDULING, 2);
    let mut window = IncidentWindow::new(&stages, &slowest);
    serve(1_000..4_000, Stage::PROCESSING, 5);
    window.turn(&stages, &slowest);
    assert!(budget.tick(UNIT_NS).is_some());
    for calm in 0..5 {
        serve(10_001 + calm..10_002 + calm, Stage::PROCESSING, 1_000);
        window.turn(&stages, &slowest);
    }
    for from in [20_001, 30_001] {
        serve(from..from + 999, Stage::QUEUE_WAIT, 4);
        window.turn(&stages, &slowest);
    }
    let event = core::iter::from_fn(|| budget.tick(8 * UNIT_NS)).last();
    let incident = event.unwrap().incident(&window);
    let tail = incident.report.tail().unwrap();
    assert_eq!((tail.stage, tail.requests), (Stage::QUEUE_WAIT, 2 * 187));
    assert_eq!(incident.report.name(tail.stage), "queue wait");
    assert_eq!(incident.report.total().count(), 3 + 2 * 999);
    let ids: Vec<_> = incident.slowest.iter().map(|one| one.trace_id).collect();
    assert_eq!(ids, [20_004, 30_004]);
    let text = incident.to_string();
    assert!(
        text.contains("slow: 374 above the mark, 100 % of their excess in queue wait"),
        "{text}"
    );
    assert!(
        text.ends_with("\ntrace 00000000000000000000000000007534: 996000 us"),
        "{text}"
    );
}

/// Whoever ticks and whoever observes, each request is counted once.
#[test]
fn threads_lose_no_request() {
    let budget = described().threads(2).build(0).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| unit(&budget, 50_000, 10, 300 * MS));
        }
        scope.spawn(|| {
            for n in 1..=20 {
                while budget.tick(n * UNIT_NS).is_some() {}
            }
        });
    });
    while budget.tick(21 * UNIT_NS).is_some() {}
    let [p95, p99] = budget.burn_rates(60);
    assert_eq!((p95.requests, p95.over, p99.over), (200_000, 2_000, 2_000));
}
