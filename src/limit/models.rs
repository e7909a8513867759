//! Models of CoDel, whose receivers judge at once, of pacers and of breakers. Run as `cargo loom`,
//! without a bound on preemptions.

use core::time::Duration;

use super::law::Law;
use super::slough::Slough;
use super::{Breaker, BreakerState, Pacer};
use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, thread};

const TARGET: u64 = 5;
const INTERVAL: u64 = 100;

/// Both find the interval over and both are late in a queue that stands: one ends it and passes,
/// the other is shed, whether by the old verdict or by the new.
#[test]
fn two_receivers_end_one_interval() {
    explore_strictly("limit: two end one interval", None, || {
        let slough = Arc::new(Slough::new(TARGET, INTERVAL));
        assert!(!slough.sheds(1, 50));
        assert!(!slough.sheds(102, 50) && slough.is_overloaded());
        let other = thread::spawn({
            let slough = slough.clone();
            move || slough.sheds(203, 50)
        });
        let sheds = [slough.sheds(203, 50), other.join().unwrap()];
        assert_eq!(sheds.iter().filter(|shed| **shed).count(), 1);
        assert!(slough.is_overloaded());
    });
}

/// A short wait beside the end of an interval counts for it or for the next, and puts the end off
/// for no later message.
#[test]
fn a_short_wait_is_lost_to_no_interval() {
    explore_strictly("limit: a short wait beside the end", None, || {
        let slough = Arc::new(Slough::new(TARGET, INTERVAL));
        assert!(!slough.sheds(1, 50));
        let other = thread::spawn({
            let slough = slough.clone();
            move || slough.sheds(101, 1)
        });
        assert!(!slough.sheds(102, 50));
        assert!(!other.join().unwrap());
        let first = slough.is_overloaded();
        assert_eq!(slough.sheds(150, 50), first);
        assert!(!slough.sheds(203, 50));
        let second = slough.is_overloaded();
        assert!(first != second, "one of the two knows of it");
    });
}

#[test]
fn a_long_wait_beside_a_short_one_does_not_hide_it() {
    explore_strictly("limit: two waits", None, || {
        let slough = Arc::new(Slough::new(TARGET, INTERVAL));
        assert!(!slough.sheds(1, 50));
        let other = thread::spawn({
            let slough = slough.clone();
            move || slough.sheds(50, 4)
        });
        assert!(!slough.sheds(50, 20));
        assert!(!other.join().unwrap());
        assert!(!slough.sheds(102, 50));
        assert!(!slough.is_overloaded());
    });
}

/// One receiver stands still while it ends an interval; another ends that and the next, and sees a
/// short wait in a third: that stays seen whenever the first goes on.
#[test]
fn a_receiver_held_at_an_end_erases_nothing_of_a_later_interval() {
    explore_strictly("limit: an end that comes late", None, || {
        let slough = Arc::new(Slough::new(TARGET, INTERVAL));
        assert!(!slough.sheds(1, 50));
        let other = thread::spawn({
            let slough = slough.clone();
            move || slough.sheds(102, 50)
        });
        slough.sheds(203, 50);
        assert!(slough.is_overloaded(), "whoever ended the first");
        slough.sheds(304, 50);
        assert!(!slough.sheds(350, 1));
        assert!(!slough.sheds(405, 50));
        other.join().unwrap();
        assert!(
            !slough.is_overloaded(),
            "the short wait was of this interval"
        );
    });
}

/// A moment of the law sheds one message, also the first.
#[test]
fn two_receivers_take_one_step_of_the_law() {
    for begun in [false, true] {
        explore_strictly("limit: two take one step", None, move || {
            let law = Arc::new(Law::new(TARGET, INTERVAL));
            assert!(!law.sheds(1, 50));
            let mut now = 101;
            if begun {
                assert!(law.sheds(now, 50));
                now = 201;
            }
            let other = thread::spawn({
                let law = law.clone();
                move || law.sheds(now, 50)
            });
            let sheds = [law.sheds(now, 50), other.join().unwrap()];
            assert_eq!(sheds.iter().filter(|shed| **shed).count(), 1);
            assert!(law.is_dropping());
        });
    }
}

/// Two ask at one moment where one may pass: one does, and the places of two that reserve are not
/// the same.
#[test]
fn two_never_take_one_place() {
    explore_strictly("limit: two at a pacer", None, || {
        let pacer = Arc::new(Pacer::new(Duration::from_nanos(INTERVAL), 1).unwrap());
        let other = thread::spawn({
            let pacer = pacer.clone();
            move || pacer.try_pass(7)
        });
        let passed = [pacer.try_pass(7), other.join().unwrap()];
        assert_eq!(passed.iter().filter(|told| told.is_ok()).count(), 1);
        let other = thread::spawn({
            let pacer = pacer.clone();
            move || pacer.reserve(8, Duration::MAX).unwrap()
        });
        let places = [
            pacer.reserve(8, Duration::MAX).unwrap(),
            other.join().unwrap(),
        ];
        let apart = places[0].abs_diff(places[1]);
        assert_eq!(apart, Duration::from_nanos(INTERVAL));
    });
}

fn breaker() -> Breaker {
    let builder = Breaker::builder()
        .calls(1)
        .rest(Duration::from_millis(REST_MS));
    builder.build().unwrap()
}

const REST_MS: u64 = 50;
const MS: u64 = 1_000_000;

/// The rest is over for both: one has the probe, the other is told to wait.
#[test]
fn two_never_have_one_probe() {
    explore_strictly("limit: two at a half-open breaker", None, || {
        let breaker = Arc::new(breaker());
        breaker.failed(breaker.admit(0).unwrap(), 0);
        let other = thread::spawn({
            let breaker = breaker.clone();
            move || breaker.admit(REST_MS * MS)
        });
        let told = [breaker.admit(REST_MS * MS), other.join().unwrap()];
        assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 1);
    });
}

/// A call of before the break ends while the probe does: the breaker is as the probe has it.
#[test]
fn a_late_call_beside_a_probe_changes_nothing() {
    explore_strictly("limit: a late call beside a probe", None, || {
        let breaker = Arc::new(breaker());
        let late = breaker.admit(0).unwrap();
        breaker.failed(breaker.admit(0).unwrap(), 0);
        let probe = breaker.admit(REST_MS * MS).unwrap();
        let other = thread::spawn({
            let breaker = breaker.clone();
            move || breaker.failed(late, REST_MS * MS)
        });
        breaker.succeeded(probe, REST_MS * MS);
        other.join().unwrap();
        assert_eq!(breaker.state(REST_MS * MS), BreakerState::Closed);
        assert_eq!(breaker.opened(), 1);
    });
}

/// Two calls fail at once: it opens once. Both counts are in the window.
#[test]
fn two_failures_open_once() {
    explore_strictly("limit: two failures", None, || {
        let builder = Breaker::builder().calls(2).failure_rate(1.0);
        let breaker = Arc::new(builder.build().unwrap());
        let [one, two] = [breaker.admit(0).unwrap(), breaker.admit(0).unwrap()];
        let other = thread::spawn({
            let breaker = breaker.clone();
            move || breaker.failed(one, 0)
        });
        breaker.failed(two, 0);
        other.join().unwrap();
        assert_eq!(breaker.state(0), BreakerState::Open);
        assert_eq!(breaker.opened(), 1);
    });
}
