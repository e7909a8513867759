//! Who may enter, and who waits.

use std::future::Future;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use proptest::prelude::*;
use shorttail::control::{Class, ConfigError, Gate, Permit, Reason, Tier};
use shorttail::limit::AdaptiveLimit;
use shorttail::time::{Deadline, MockClock};

use super::gate_steps;

const MS: u64 = 1_000_000;
const NEVER: Deadline = Deadline::NEVER;

proptest! {
    /// As a list of who is in and who waits has it; no wake is lost.
    #[test]
    fn steps_are_as_a_list_has_them(data in prop::collection::vec(any::<u8>(), 0..300)) {
        gate_steps::run(&data);
    }
}

pub(super) fn gate(limit: u32) -> Gate {
    let gate = Gate::builder(limit).shares(1.0, 1.0).waiters_max(8);
    gate.build().unwrap()
}

#[derive(Default)]
struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Enters calls of `took_ns`, one after the other, until the window that they make has ended.
pub(super) fn serve(gate: &Gate, calls: u64, took_ns: u64, from_ns: u64) -> u64 {
    let mut now_ns = from_ns;
    for _ in 0..calls {
        let permit = gate.try_enter(Class::CRITICAL, NEVER, now_ns).unwrap();
        now_ns += took_ns;
        permit.finish(now_ns);
    }
    now_ns += 200 * MS;
    drop(gate.try_enter(Class::CRITICAL, NEVER, now_ns));
    now_ns
}

#[test]
fn the_lowest_tier_sheds_first_and_the_highest_last() {
    let gate = Gate::builder(100).shares(0.8, 0.5).build().unwrap();
    let mut held: Vec<Permit<'_>> = Vec::new();
    let mut full_at = [0; 3];
    for (at, class) in [Class::SHEDDABLE, Class::NORMAL, Class::CRITICAL]
        .into_iter()
        .enumerate()
    {
        while let Ok(permit) = gate.try_enter(class, NEVER, 0) {
            held.push(permit);
        }
        full_at[at] = held.len();
    }
    assert_eq!(full_at, [50, 80, 100]);
    let refused = |class| gate.try_enter(class, NEVER, 0).unwrap_err().reason;
    assert_eq!(refused(Class::CRITICAL), Reason::Limit);
    drop(held.split_off(90));
    assert_eq!(refused(Class::NORMAL), Reason::Share);
    let stats = gate.stats();
    assert_eq!(stats.refused(Reason::Share, Tier::Sheddable), 1);
    assert_eq!(stats.refused_of(Tier::Critical), 2);
}

#[test]
fn a_cohort_that_is_refused_is_refused_again_while_another_is_served() {
    let gate = Gate::builder(1_000).shares(1.0, 0.5).build().unwrap();
    let held: Vec<_> = (0..750)
        .map(|_| gate.try_enter(Class::CRITICAL, NEVER, 0).unwrap())
        .collect();
    let served = |user| gate.try_enter(Class::NORMAL.sticky(user), NEVER, 0).is_ok();
    let (lucky, others): (Vec<u64>, Vec<u64>) = (0..2_000).partition(|user| served(*user));
    // Half of the tier's span is full: half of its cohorts are shed.
    assert!((800..1_200).contains(&lucky.len()), "{}", lucky.len());
    assert!(lucky.iter().all(|user| served(*user)));
    assert!(!others.iter().any(|user| served(*user)));
    assert_eq!(held.len(), 750);
}

#[test]
fn who_would_be_late_is_refused_and_the_forecast_is_what_calls_took() {
    let gate = gate(4);
    let now_ns = serve(&gate, 20, 10 * MS, 0);
    let enter = |left_ms| {
        let deadline = Deadline::after(now_ns, Duration::from_millis(left_ms));
        gate.try_enter(Class::NORMAL, deadline, now_ns).map(drop)
    };
    assert_eq!(enter(0).unwrap_err().reason, Reason::Expired);
    assert_eq!(enter(9).unwrap_err().reason, Reason::TooLate);
    assert!(enter(9).unwrap_err().retry_after.is_zero());
    assert!(enter(13).is_ok()); // a bucket is an eighth wide
    assert_eq!(gate.stats().finished, 20);
}

#[test]
fn a_forecast_that_refuses_everybody_fades() {
    let gate = gate(4);
    let mut now_ns = serve(&gate, 20, 1_000 * MS, 0);
    let mut windows = 0;
    let enter = |now_ns| {
        let deadline = Deadline::after(now_ns, Duration::from_millis(100));
        gate.try_enter(Class::NORMAL, deadline, now_ns).is_ok()
    };
    while !enter(now_ns) {
        (now_ns, windows) = (now_ns + 100 * MS, windows + 1);
        assert!(windows < 10);
    }
    assert!(windows > 1);
}

/// Windows pass in which nobody comes back, since all are at work.
#[test]
fn a_forecast_stands_while_slow_calls_are_under_way() {
    let (gate, second) = (Gate::builder(40).build().unwrap(), 1_000_000_000);
    let enter = |at_ns, wanted_ns| {
        let deadline = Deadline::after(at_ns, Duration::from_nanos(wanted_ns));
        gate.try_enter(Class::NORMAL, deadline, at_ns)
    };
    for round in 0..2 {
        let at_ns = round * second;
        let held: Vec<_> = (0..32)
            .map(|_| enter(at_ns, 100 * second).unwrap())
            .collect();
        held.into_iter()
            .for_each(|permit| permit.finish(at_ns + second));
    }
    let held: Vec<_> = (0..4)
        .map(|_| enter(2 * second, 100 * second).unwrap())
        .collect();
    for tenths in 21..=39 {
        let refused = enter(tenths * second / 10, second / 2).unwrap_err();
        assert_eq!(refused.reason, Reason::TooLate, "{tenths}");
    }
    drop(held);
}

#[test]
fn a_wait_is_forecast_too() {
    let (gate, clock) = (gate(1), MockClock::new());
    let now_ns = serve(&gate, 20, 10 * MS, 0);
    clock.advance(Duration::from_nanos(now_ns));
    let _held = gate.try_enter(Class::NORMAL, NEVER, now_ns).unwrap();
    let deadline = |ms| Deadline::after(now_ns, Duration::from_millis(ms));
    // One before it, and itself: 20 ms and a bucket's width.
    let mut soon = pin!(gate.enter_async(Class::NORMAL, deadline(15), &clock));
    let Poll::Ready(Err(refused)) = poll(soon.as_mut()) else {
        panic!("would be late");
    };
    assert_eq!(refused.reason, Reason::TooLate);
    let mut late = pin!(gate.enter_async(Class::NORMAL, deadline(25), &clock));
    assert!(poll(late.as_mut()).is_pending());
    let mut third = pin!(gate.enter_async(Class::NORMAL, deadline(25), &clock));
    assert!(poll(third.as_mut()).is_ready());
}

#[test]
fn who_waits_is_served_in_order_and_a_tier_before_the_next() {
    let (gate, clock) = (gate(1), MockClock::new());
    let held = gate.try_enter(Class::NORMAL, NEVER, 0).unwrap();
    let classes = [
        Class::SHEDDABLE,
        Class::NORMAL,
        Class::NORMAL,
        Class::CRITICAL,
    ];
    let mut waits: Vec<_> = classes
        .map(|class| {
            let wakes = Arc::new(Wakes::default());
            let mut future = Box::pin(gate.enter_async(class, NEVER, &clock));
            let waker = Waker::from(wakes.clone());
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            Some((future, wakes))
        })
        .into();
    let mut permit = Some(held);
    for expected in [3, 1, 2, 0] {
        drop(permit.take());
        assert!(expected != 3 || gate.try_enter(Class::CRITICAL, NEVER, 0).is_err());
        let woken = waits.iter().position(|wait| {
            let woken = |(_, wakes): &(_, Arc<Wakes>)| wakes.0.load(Ordering::Relaxed) > 0;
            wait.as_ref().is_some_and(woken)
        });
        assert_eq!(woken, Some(expected));
        let (mut future, _) = waits[expected].take().unwrap();
        permit = match poll(future.as_mut()) {
            Poll::Ready(entered) => Some(entered.unwrap()),
            Poll::Pending => panic!("it was woken and has room"),
        };
    }
}

#[test]
fn a_waiter_that_does_not_run_keeps_one_place_free_and_no_more() {
    let (gate, clock) = (gate(2), MockClock::new());
    let held = [(); 2].map(|()| gate.try_enter(Class::NORMAL, NEVER, 0));
    let mut stuck = Box::pin(gate.enter_async(Class::CRITICAL, NEVER, &clock));
    assert!(poll(stuck.as_mut()).is_pending());
    drop(held);
    let first = gate.try_enter(Class::NORMAL, NEVER, 0);
    assert!(first.is_ok() && gate.try_enter(Class::CRITICAL, NEVER, 0).is_err());
    drop(stuck);
    assert!(gate.try_enter(Class::NORMAL, NEVER, 0).is_ok());
}

#[test]
fn who_is_woken_past_its_deadline_is_refused_and_the_next_is_woken() {
    let (gate, clock) = (gate(1), MockClock::new());
    let held = gate.try_enter(Class::NORMAL, NEVER, 0).unwrap();
    let soon = Deadline::at(5);
    let mut late = Box::pin(gate.enter_async(Class::CRITICAL, soon, &clock));
    assert!(poll(late.as_mut()).is_pending());
    let wakes = Arc::new(Wakes::default());
    let mut next = Box::pin(gate.enter_async(Class::NORMAL, NEVER, &clock));
    let waker = Waker::from(wakes.clone());
    assert!(
        next.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    clock.advance(Duration::from_nanos(5));
    drop(held);
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
    let Poll::Ready(Err(refused)) = poll(late.as_mut()) else {
        panic!("it is late");
    };
    assert_eq!(refused.reason, Reason::Expired);
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    assert!(poll(next.as_mut()).is_ready());
    assert_eq!(gate.stats().waiting, 0);
}

#[test]
fn permits_that_are_forgotten_are_seen() {
    let gate = gate(8);
    let enter = |now_ns| gate.try_enter(Class::NORMAL, NEVER, now_ns).unwrap();
    enter(MS).finish(2 * MS);
    for ms in [3, 4] {
        mem::forget(enter(ms * MS));
    }
    assert_eq!(gate.stats().older, 0);
    let mut now_ns = MS;
    for _ in 0..100 {
        now_ns += 500 * MS;
        enter(now_ns).finish(now_ns + MS);
    }
    let stats = gate.stats();
    assert_eq!((stats.older, stats.in_flight), (2, 2));
    // And since when: that moment stands still behind the clock.
    assert!(stats.older_than_ns < now_ns - 40_000 * MS, "{stats:?}");
    assert!(stats.older_than_ns > 4 * MS);
}

#[test]
fn a_permit_that_unwinds_is_given_back() {
    let gate = gate(1);
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _permit = gate.try_enter(Class::NORMAL, NEVER, 0).unwrap();
        std::panic::resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err() && gate.try_enter(Class::NORMAL, NEVER, 0).is_ok());
}

#[test]
fn load_is_the_most_of_use_latency_and_pressure() {
    let ms = Duration::from_millis;
    let limit = AdaptiveLimit::new(4, 4..=4).unwrap().target(ms(100));
    let gate = Gate::builder(4).adaptive(limit).build().unwrap();
    assert!(gate.load(0) == 0.0);
    gate.set_pressure(0.25);
    assert!((gate.load(0) - 0.25).abs() < 1e-6);
    let held = [(); 2].map(|()| gate.try_enter(Class::NORMAL, NEVER, 0));
    assert!((gate.load(0) - 0.5).abs() < 1e-6 && held.iter().all(Result::is_ok));
    let now_ns = serve(&gate, 20, 80 * MS, 0);
    let load = gate.load(now_ns);
    assert!((0.75..0.95).contains(&load), "{load}");
    gate.set_pressure(f64::NAN);
    gate.set_pressure(7.0);
    assert!(gate.load(0) == 1.0);
}

#[test]
fn an_adaptive_limit_moves_the_gate() {
    let ms = Duration::from_millis;
    let limit = AdaptiveLimit::new(64, 2..=128).unwrap().target(ms(20));
    let gate = Gate::builder(1).adaptive(limit).build().unwrap();
    assert_eq!(gate.stats().limit, 64);
    serve(&gate, 20, 40 * MS, 0);
    assert!(gate.stats().limit < 40, "{:?}", gate.stats());
}

#[test]
fn what_cannot_be_built_says_why() {
    let error = |builder: shorttail::control::GateBuilder| builder.build().unwrap_err();
    assert_eq!(error(Gate::builder(0)), ConfigError::Limit);
    assert_eq!(error(Gate::builder(8_192)), ConfigError::Limit);
    for (normal, sheddable) in [(1.1, 0.5), (0.5, 0.6), (0.5, 0.0), (f64::NAN, 0.1)] {
        let gate = Gate::builder(1).shares(normal, sheddable);
        assert_eq!(error(gate), ConfigError::Shares);
    }
    assert_eq!(
        error(Gate::builder(1).waiters_max(256)),
        ConfigError::Waiters
    );
    assert_eq!(
        error(Gate::builder(1).window(Duration::ZERO)),
        ConfigError::Window
    );
    assert_eq!(error(Gate::builder(1).recorders(0)), ConfigError::Recorders);
}
