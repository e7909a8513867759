//! An endpoint's budget: what is over, what changed, and what the next build is compared with.

use std::time::Duration;

use shorttail::control::{
    BudgetChange, BudgetState, CARRIED_BYTES, Carried, EndpointBudget, EndpointBudgetBuilder,
    ParseCarriedError,
};
use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};

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
        text.starts_with("GET /x: breach: p99 within 250 ms; 300 s: 900 of 1000, 90.0 times as"),
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

/// Within the target, and worse all the same.
#[test]
fn a_new_build_that_does_worse_than_the_last_is_told_once() {
    let old = described().build(0).unwrap();
    for n in 1..=10 {
        unit(&old, 10_000, 2, 300 * MS);
        assert_eq!(told(&old, n * UNIT_NS), []);
    }
    let carried = Carried::parse(&old.save("v1")).unwrap();
    assert_eq!((carried.build(), carried.requests()), ("v1", 100_000));
    for (in_a_thousand, expected) in [(2, 0), (1, 0), (6, 1)] {
        let new = described().baseline(carried).build(0).unwrap();
        let mut all = Vec::new();
        for n in 1..=10 {
            unit(&new, 10_000, in_a_thousand, 300 * MS);
            all.extend(told(&new, n * UNIT_NS));
        }
        let worse = |(q, change): &&(f64, BudgetChange)| {
            *q == 0.99 && matches!(change, BudgetChange::Regressed { .. })
        };
        assert_eq!(
            all.iter().filter(worse).count(),
            expected,
            "{in_a_thousand}: {all:?}"
        );
        assert_eq!(new.states(), [BudgetState::Ok; 2]);
    }
    let others = described()
        .p99(Duration::from_millis(100))
        .baseline(carried);
    let other = others.build(0).unwrap();
    unit(&other, 10_000, 9, 300 * MS);
    assert_eq!(told(&other, UNIT_NS), [], "another target is no baseline");
}

#[test]
fn what_was_saved_is_read_back_and_nothing_else_is() {
    let budget = described().build(0).unwrap();
    unit(&budget, 2_000, 3, 300 * MS);
    assert_eq!(told(&budget, UNIT_NS), []);
    let long = "a name of 23 bytes, an ö and more";
    let saved = budget.save(long);
    let carried = Carried::parse(&saved).unwrap();
    assert_eq!(carried.build(), "a name of 23 bytes, an ");
    assert_eq!(carried.requests(), 2_000);
    for at in 0..CARRIED_BYTES {
        let mut changed = saved;
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
            Carried::parse(&saved[..len]),
            Err(ParseCarriedError::Length(len))
        );
    }
}

#[test]
fn an_incident_names_the_planted_stage_and_the_slowest_requests() {
    let budget = described().build(0).unwrap();
    let (stages, slowest) = (StageSet::standard(1), Exemplars::new(2));
    stages.mark_slow(250 * MS);
    for trace_id in 0..1_000 {
        let is_slow = trace_id % 5 == 0;
        let mut timer = StageTimer::start(0);
        timer.lap(
            Stage::QUEUE_WAIT,
            if is_slow {
                400 * MS + trace_id as u64
            } else {
                MS
            },
        );
        timer.lap(Stage::PROCESSING, timer.total_ns() + MS);
        budget.observe(timer.total_ns());
        stages.record(&timer);
        slowest.offer(trace_id, &timer);
    }
    let event = budget.tick(UNIT_NS).unwrap();
    let incident = event.incident(&stages, &slowest);
    assert_eq!(incident.report.tail().unwrap().stage, Stage::QUEUE_WAIT);
    let ids: Vec<_> = incident.slowest.iter().map(|one| one.trace_id).collect();
    assert_eq!(ids, [995, 990]);
    let text = incident.to_string();
    assert!(
        text.contains("slow: 200 above the mark, 100 % of their excess in queue wait"),
        "{text}"
    );
    assert!(
        text.ends_with("\ntrace 000000000000000000000000000003de: 401000 us"),
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
