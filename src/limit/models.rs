//! Models of CoDel: receivers of one channel judge at once. Run as `cargo loom`, without a bound on
//! preemptions.

use super::law::Law;
use super::slough::Slough;
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
