//! A planted stall shows in an open loop and hides in a closed one.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use shorttail::measure::Histogram;
use shorttail::measure::trial::{Arm, ArmReport, Pace, Plan, Trial, Verdict};
use shorttail::time::{Clock, MockClock};

const FREEZE_NS: u64 = 200_000_000;
const WORK_NS: u64 = 100_000;

/// A server that takes 100 µs, and 200 ms at every 500th request.
fn serve(clock: &MockClock, number: u64, freezes: bool) {
    let frozen = freezes && number % 500 == 499;
    clock.advance(Duration::from_nanos(if frozen {
        FREEZE_NS
    } else {
        WORK_NS
    }));
}

/// 450 requests/s in blocks of 10 s: nine freezes a block.
fn trial() -> Trial {
    Trial::new("freeze", Plan::uniform(450.0))
        .block_ns(10_000_000_000)
        .pairs(6)
}

#[test]
fn a_freeze_every_500th_request_shows_in_p99() {
    let clock = MockClock::new();
    let arms = [
        Arm::inline("steady", |number| serve(&clock, number, false)),
        Arm::inline("freezes", |number| serve(&clock, number, true)),
    ];
    let report = trial().run(&clock, arms).unwrap();
    let [steady, freezes] = &report.arms;
    let p99 = |arm: &ArmReport| arm.supported(0.99).unwrap();
    assert!(p99(steady) < 2 * WORK_NS, "{}", steady.latency_ns);
    assert!(p99(freezes) > 150_000_000, "{}", freezes.latency_ns);
    // Requests that waited behind a freeze were quick themselves: the service time hides it.
    assert!(freezes.service_ns.quantile(0.99).unwrap() < 2 * WORK_NS);
    assert_eq!(report.verdict, Verdict::Regression);
    assert!(report.markdown().contains("regression"));
}

#[test]
fn a_closed_loop_does_not_show_it() {
    let clock = MockClock::new();
    let mut latency_ns = Histogram::new();
    for number in 0..20_000 {
        let start_ns = clock.now_ns();
        serve(&clock, number, true);
        latency_ns.record(clock.now_ns() - start_ns);
    }
    assert!(latency_ns.snapshot().quantile(0.99).unwrap() < 2 * WORK_NS);
}

#[test]
fn the_same_code_twice_passes() {
    let clock = MockClock::new();
    let arms = [
        Arm::inline("a", |number| serve(&clock, number, false)),
        Arm::inline("b", |number| serve(&clock, number, false)),
    ];
    let report = trial().run(&clock, arms).unwrap();
    assert_eq!(report.verdict, Verdict::Pass);
    assert!(
        report
            .ratios
            .iter()
            .all(|ratio| ratio.whole.ratio == 1.0 && ratio.whole.noise_floor == 1.032)
    );
}

/// A clock that wakes its waiters late.
struct LateClock {
    inner: MockClock,
    late_ns: u64,
}

impl Clock for LateClock {
    fn now_ns(&self) -> u64 {
        self.inner.now_ns()
    }
}

impl Pace for LateClock {
    fn wait_until(&self, at_ns: u64) -> u64 {
        self.inner.wait_until(at_ns + self.late_ns)
    }

    fn is_real(&self) -> bool {
        false
    }
}

#[test]
fn a_late_driver_is_refused_a_verdict() {
    let run = |late_ns| {
        let clock = LateClock {
            inner: MockClock::new(),
            late_ns,
        };
        let arms = [
            Arm::inline("a", |number| serve(&clock.inner, number, false)),
            Arm::inline("b", |number| serve(&clock.inner, number, false)),
        ];
        trial().run(&clock, arms).unwrap().verdict
    };
    assert_eq!(run(WORK_NS / 20), Verdict::Pass);
    let Verdict::Invalid(why) = run(WORK_NS) else {
        panic!("a late driver was believed");
    };
    assert!(why.contains("late at p99"), "{why}");
}

/// Late by 90 µs at each request, of 100 µs of work that the candidate doubles.
fn doubled_behind_a_late_driver(judged: impl FnOnce(Trial) -> Trial) -> Verdict {
    let clock = LateClock {
        inner: MockClock::new(),
        late_ns: 90_000,
    };
    let serve = |rounds| {
        let clock = &clock.inner;
        move |number| (0..rounds).for_each(|_| serve(clock, number, false))
    };
    let arms = [Arm::inline("one", serve(1)), Arm::inline("two", serve(2))];
    judged(trial()).run(&clock, arms).unwrap().verdict
}

#[test]
fn service_times_can_be_judged_behind_a_late_driver() {
    let service = doubled_behind_a_late_driver(|trial| trial.limit_service(0.99, 1.1));
    assert_eq!(service, Verdict::Regression);
    let allowed = doubled_behind_a_late_driver(|trial| trial.limit_service(0.99, 2.1));
    assert_eq!(allowed, Verdict::Pass);
    let both = doubled_behind_a_late_driver(|trial| trial.limit_service(0.99, 1.1).limit(0.5, 1.1));
    assert!(matches!(both, Verdict::Invalid(why) if why.contains("late at p50")));
}

/// What an open loop is for: judged by service times, 200 ms in 500 requests are invisible.
#[test]
fn service_times_do_not_see_who_waits_behind_a_freeze() {
    let clock = MockClock::new();
    let arms = [
        Arm::inline("steady", |number| serve(&clock, number, false)),
        Arm::inline("freezes", |number| serve(&clock, number, true)),
    ];
    let report = trial().limit_service(0.99, 1.1).run(&clock, arms).unwrap();
    assert_eq!(report.verdict, Verdict::Pass);
    assert!(report.ratios.iter().any(|ratio| ratio.whole.low > 100.0));
}

/// A driver that oversleeps by 20 ms at one start in 2 000: with 20 000 requests a second the
/// backlog is its own, not the arm's, although every request in it starts as soon as it can.
struct OversleepingClock {
    inner: MockClock,
    waits: AtomicU64,
}

impl Clock for OversleepingClock {
    fn now_ns(&self) -> u64 {
        self.inner.now_ns()
    }
}

impl Pace for OversleepingClock {
    fn wait_until(&self, at_ns: u64) -> u64 {
        let oversleeps = self.waits.fetch_add(1, Relaxed) % 2_000 == 1_999;
        self.inner
            .wait_until(at_ns + if oversleeps { 20_000_000 } else { 0 })
    }

    fn is_real(&self) -> bool {
        false
    }
}

#[test]
fn a_backlog_that_the_driver_made_is_the_drivers() {
    let clock = OversleepingClock {
        inner: MockClock::new(),
        waits: AtomicU64::new(0),
    };
    let takes = |ns| {
        let clock = &clock.inner;
        move |_| clock.advance(Duration::from_nanos(ns))
    };
    let arms = [
        Arm::inline("3 us", takes(3_000)),
        Arm::inline("12 us", takes(12_000)),
    ];
    let trial = Trial::new("oversleeps", Plan::uniform(20_000.0))
        .pairs(6)
        .limit(0.99, 1.3);
    let Verdict::Invalid(why) = trial.run(&clock, arms).unwrap().verdict else {
        panic!("a fourfold difference was drowned, and believed");
    };
    assert!(why.contains("late at p99"), "{why}");
}

/// A clock that panics when the trial asks it how far the requests have got.
struct PanickingClock(MockClock);

impl Clock for PanickingClock {
    fn now_ns(&self) -> u64 {
        panic!("no time")
    }
}

impl Pace for PanickingClock {
    fn wait_until(&self, at_ns: u64) -> u64 {
        self.0.wait_until(at_ns)
    }

    fn is_real(&self) -> bool {
        false
    }
}

#[test]
fn a_panic_of_the_clock_ends_the_trial() {
    let clock = PanickingClock(MockClock::new());
    let arms = [Arm::inline("a", drop), Arm::inline("b", drop)];
    let run = std::panic::AssertUnwindSafe(|| trial().run(&clock, arms));
    assert!(std::panic::catch_unwind(run).is_err());
}

#[test]
fn every_request_of_the_plan_is_done_once_in_order() {
    let clock = MockClock::new();
    let (next, blocks) = (AtomicU64::new(0), AtomicU64::new(0));
    let count = |number: u64| {
        if number == 0 {
            blocks.fetch_add(1, Relaxed);
            next.store(0, Relaxed);
        }
        assert_eq!(next.fetch_add(1, Relaxed), number);
    };
    let arms = [Arm::inline("a", count), Arm::inline("b", count)];
    let report = trial().run(&clock, arms).unwrap();
    // A warm-up group, six pairs, two groups of the base against itself.
    assert_eq!(blocks.into_inner(), 4 * (1 + 6 + 2));
    assert_eq!(report.arms[0].latency_ns.count(), 6 * 2 * 4_500);
    assert_eq!(report.arms[0].blocks.len(), 6 * 2 + 4 + 4);
    assert_eq!(report.arms[1].blocks.len(), 6 * 2);
    assert!((report.rate_per_s - 450.0).abs() < 1e-9);
}
