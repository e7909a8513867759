//! Policies, limiters and toggles, which have no stats value, reach a recorder too.

use std::time::Duration;

use shorttail::control::{
    ClientThrottle, EndpointBudget, HedgePolicy, MeasuredToggle, RetryBudget, Share, Side, Toggle,
};
use shorttail::interop::metrics as export;
use shorttail::limit::{AdaptiveLimit, Breaker, Codel, LimitWindow};

use super::metrics::{assert_all, seen};

const MS: u64 = 1_000_000;

/// Everything that `scrape` sets, by name, and nothing else.
#[track_caller]
fn assert_sets(scrape: impl FnOnce(), expected: &[(&str, f64)]) {
    let set = seen(scrape);
    for (name, value) in expected {
        let name = format!("shorttail_{name}");
        assert_eq!(set.get(&name), Some(value), "{name} of {set:?}");
    }
    assert_eq!(set.len(), expected.len(), "{set:?}");
}

#[test]
fn a_budget_of_an_endpoint() {
    let budget = EndpointBudget::builder("GET /cart")
        .p99(Duration::from_millis(250))
        .unit(Duration::from_millis(1))
        .build(0)
        .unwrap();
    for request in 0..1_000 {
        budget.observe(if request % 20 == 0 { 300 * MS } else { MS });
    }
    assert!(budget.tick(MS).is_some()); // five in a hundred, where one may be
    let labels = "name=GET /cart,quantile=0.99";
    let mut expected = vec![
        (format!("max_ns{{{labels}}}"), 250e6),
        (format!("state{{{labels},state=ok}}"), 0.0),
        (format!("state{{{labels},state=warn}}"), 1.0),
        (format!("state{{{labels},state=breach}}"), 0.0),
    ];
    for units in [5, 30, 60, 360, 4_320] {
        for (field, value) in [("requests", 1_000.0), ("over", 50.0)] {
            expected.push((format!("{field}{{{labels},units={units}}}"), value));
        }
    }
    let set = seen(|| export::endpoint_budget(&budget));
    for (name, value) in expected {
        let name = format!("shorttail_endpoint_budget_{name}");
        assert_eq!(set.get(&name), Some(&value), "{name} of {set:?}");
    }
    let rate = format!("shorttail_endpoint_budget_burn_rate{{{labels},units=5}}");
    assert!((set[&rate] - 5.0).abs() < 1e-6, "{set:?}");
    assert_eq!(set.len(), 4 + 5 * 3); // p95 has no target, and no metric
}

#[test]
fn a_toggle_and_what_it_does() {
    static BATCHES: Toggle = Toggle::off("exported batches");
    let name = "name=exported batches";
    let share = format!("toggle_share_basis_points{{{name}}}");
    BATCHES.set(Share::from_basis_points(1_250).unwrap());
    assert_sets(|| export::toggle(&BATCHES), &[(&share, 1_250.0)]);

    let measured = MeasuredToggle::new(&BATCHES, 1);
    let set = seen(|| export::toggle_report(&measured.report()));
    assert_eq!(set.len(), 1 + 2 * 2, "{set:?}"); // no quantiles of nothing, no verdict

    let measured = measured.expect_ratio(0.99, 0.8).unwrap();
    for _request in 0..3_000 {
        measured.record(Side::Off, 1_000);
        measured.record(Side::On, 500);
    }
    let set = seen(|| export::toggle_report(&measured.report()));
    for (field, value) in [
        (format!("share_basis_points{{{name}}}"), 1_250.0),
        (format!("verdict{{{name},state=met}}"), 1.0),
        (format!("verdict{{{name},state=missed}}"), 0.0),
        (format!("verdict{{{name},state=unsure}}"), 0.0),
        (format!("latency_ns_count_total{{{name},side=on}}"), 3_000.0),
        (format!("latency_ns_sum_total{{{name},side=off}}"), 3e6),
        (format!("latency_ns_sum_total{{{name},side=on}}"), 1.5e6),
    ] {
        let field = format!("shorttail_toggle_{field}");
        assert_eq!(set.get(&field), Some(&value), "{field} of {set:?}");
    }
    assert_eq!(set.len(), 1 + 3 + 2 * (2 + 5));
}

#[test]
fn budgets_and_delays_of_second_sends() {
    let budget = RetryBudget::new(0.1).unwrap().floor(7);
    assert!(budget.try_withdraw(0));
    assert_sets(
        || export::retry_budget("users", &budget),
        &[("retry_budget_available{name=users}", 6.0)],
    );

    let policy = HedgePolicy::new(0.5, budget).unwrap();
    assert_sets(|| export::hedge("prices", &policy), &[]); // nothing is known yet
    let mut latency_ns = shorttail::measure::Histogram::new();
    latency_ns.record_n(10, 5);
    policy.update(&latency_ns.snapshot());
    assert_sets(
        || export::hedge("prices", &policy),
        &[("hedge_delay_ns{name=prices}", 10.0)],
    );

    let throttle = ClientThrottle::new(2.0).unwrap();
    for _call in 0..3 {
        throttle.try_send(MS).unwrap();
    }
    throttle.accepted(MS);
    assert_sets(
        || export::client_throttle("users", &throttle, MS),
        &[
            ("client_throttle_requests{name=users}", 3.0),
            ("client_throttle_accepts{name=users}", 1.0),
        ],
    );
    let later_ns = 3_600_000 * MS;
    assert_sets(
        || export::client_throttle("users", &throttle, later_ns),
        &[
            ("client_throttle_requests{name=users}", 0.0),
            ("client_throttle_accepts{name=users}", 0.0),
        ],
    );
}

#[test]
fn limiters_and_what_they_are_about() {
    let mut limit = AdaptiveLimit::new(20, 1..=200).unwrap();
    let now = "adaptive_limit_now{name=origin}";
    assert_sets(|| export::adaptive_limit("origin", &limit), &[(now, 20.0)]);
    limit.update(&LimitWindow {
        span: Duration::from_millis(100),
        completed: 40,
        in_flight: 2.0,
        p90_ns: 10 * MS,
        overloaded: 0,
        turned_away: 0,
    });
    let limit = limit.target(Duration::from_millis(50));
    assert_sets(
        || export::adaptive_limit("origin", &limit),
        &[
            (now, 20.0),
            ("adaptive_limit_baseline_ns{name=origin}", 10e6),
            ("adaptive_limit_target_ns{name=origin}", 50e6),
        ],
    );

    let breaker = Breaker::builder().calls(1).build().unwrap();
    let states = |opened, [closed, open, half_open]: [f64; 3]| {
        [
            ("breaker_opened_total{name=origin}", opened),
            ("breaker_state{name=origin,state=closed}", closed),
            ("breaker_state{name=origin,state=open}", open),
            ("breaker_state{name=origin,state=half_open}", half_open),
        ]
    };
    let at = |now_ns| {
        let breaker = &breaker;
        move || export::breaker("origin", breaker, now_ns)
    };
    assert_sets(at(MS), &states(0.0, [1.0, 0.0, 0.0]));
    let ticket = breaker.admit(MS).unwrap();
    breaker.failed(ticket, MS);
    assert_sets(at(MS), &states(1.0, [0.0, 1.0, 0.0]));
    assert_sets(at(3_600_000 * MS), &states(1.0, [0.0, 0.0, 1.0]));

    let codel = Codel::folly(Duration::from_millis(1), Duration::from_millis(20));
    let overloaded = "codel_overloaded{name=jobs}";
    assert_sets(|| export::codel("jobs", &codel), &[(overloaded, 0.0)]);
    for now_ms in 0..100 {
        let _shed = codel.sheds(now_ms * MS, 50 * MS);
    }
    assert_sets(|| export::codel("jobs", &codel), &[(overloaded, 1.0)]);
}

#[test]
fn a_warmer_and_its_gate() {
    use shorttail::cache::{Cache, ReadyGate, Warmer};

    struct Same;
    impl shorttail::cache::Load<u64, u64> for Same {
        type Error = ();
        fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
            if *key == 3 { Err(()) } else { Ok(Some(*key)) }
        }
    }
    let cache = Cache::builder(100).loader(Same).build().unwrap();
    let gate = ReadyGate::new(1_000);
    let warmer = Warmer::new().opens(&gate);
    warmer.run(&cache, 0..4_u64);
    let progress = warmer.progress();
    assert_eq!((progress.done, progress.failed), (3, 1));
    let set = seen(|| export::warm("pages", &progress));
    assert_all("warm", "{name=pages}", &progress, &set);
    assert_eq!(set["shorttail_warm_expected{name=pages}"], 4.0);
    assert_eq!(set.len(), 8, "{set:?}");

    assert_sets(
        || export::ready("pages", gate.state()),
        &[
            ("ready_state{name=pages,state=warming}", 0.0),
            ("ready_state{name=pages,state=ready}", 0.0),
            ("ready_state{name=pages,state=degraded}", 1.0),
        ],
    );
}

#[test]
fn a_pool_of_workers_with_all_its_lanes() {
    let pool = shorttail::workers::Pool::builder()
        .lane("hot", 8)
        .lane("cold", 8)
        .workers(2)
        .build(|_: u8, _| {})
        .unwrap();
    let set = seen(|| export::worker_pool("jobs", &pool));
    for (number, lane) in ["hot", "cold"].into_iter().enumerate() {
        let labels = format!("{{name=jobs,lane={lane}}}");
        assert_all("workers", &labels, &pool.lane_report(number), &set);
    }
    assert_eq!(set["shorttail_worker_pool_threads{name=jobs}"], 2.0);
    assert!(set.contains_key("shorttail_worker_pool_wakes_total{name=jobs}"));
}
