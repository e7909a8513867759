//! Models of a slot: wakes race its task's end and its polls. Run as `cargo loom`.
//!
//! Two or three threads, one slot, no bound; loom's `Arc` tells a slab that leaks. Each mutant was
//! made and killed (`tests/mutants/measure.tsv`).

use core::task::Waker;
use std::task::Wake;

use super::slots::WakeSlots;
use crate::sync::explore::explore;
use crate::sync::global::{Arc as StdArc, AtomicUsize, Ordering};
use crate::sync::thread;
use crate::time::{Clock, MockClock};

/// A runtime's waker, which counts.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn slots() -> WakeSlots<impl Clock + Send + Sync + 'static> {
    let clock = MockClock::new();
    clock.advance(core::time::Duration::from_nanos(9));
    WakeSlots::new(1, clock)
}

/// The task ends while its waker wakes: the slot is emptied once, and may then be another's.
#[test]
fn a_wake_races_the_end_of_its_task_and_the_slot_is_emptied_once() {
    explore("task: wake, end", None, || {
        let (slots, first) = (slots(), StdArc::new(Counting::default()));
        let tracked = slots
            .track(&Waker::from(StdArc::clone(&first)))
            .expect("room");
        let waker = Waker::clone(&tracked.waker());
        let waking = thread::spawn(move || waker.wake());
        drop(tracked);
        let second = StdArc::new(Counting::default());
        let next = slots.track(&Waker::from(StdArc::clone(&second)));
        if let Some(next) = &next {
            assert_eq!(next.take_woke_at_ns(), None);
        }
        waking.join().expect("a wake never panics");
        assert_eq!(first.0.load(Ordering::Relaxed), 1);
        assert_eq!(second.0.load(Ordering::Relaxed), 0);
        drop(next);
        assert_eq!(
            (StdArc::strong_count(&first), StdArc::strong_count(&second)),
            (1, 1)
        );
        let again = slots.track(&Waker::from(first));
        assert!(again.is_some());
    });
}

/// The slab's last handle goes while a waker is out: it is there until that has woken.
#[test]
fn a_waker_outlives_the_slots_handle_and_wakes() {
    explore("task: waker, last handle", None, || {
        let (slots, task) = (slots(), StdArc::new(Counting::default()));
        let tracked = slots
            .track(&Waker::from(StdArc::clone(&task)))
            .expect("room");
        let waker = Waker::clone(&tracked.waker());
        let waking = thread::spawn(move || {
            waker.wake_by_ref();
            drop(waker);
        });
        drop(slots);
        drop(tracked);
        waking.join().expect("a wake never panics");
        assert_eq!(
            (task.0.load(Ordering::Relaxed), StdArc::strong_count(&task)),
            (1, 1)
        );
    });
}

/// A wake comes while the task is polled: it is noted for this poll or for the next.
#[test]
fn a_wake_races_a_poll_and_is_noted_once() {
    explore("task: wake, poll", None, || {
        let slots = slots();
        let tracked = slots.track(Waker::noop()).expect("room");
        let waker = Waker::clone(&tracked.waker());
        let waking = thread::spawn(move || waker.wake());
        let now = tracked.take_woke_at_ns();
        waking.join().expect("a wake never panics");
        let next = tracked.take_woke_at_ns();
        assert_eq!([now, next].into_iter().flatten().collect::<Vec<_>>(), [9]);
    });
}

/// Two tasks meet at the last slot: one has it, and the other is counted.
#[test]
fn two_claims_race_for_the_last_slot() {
    explore("task: two claims", None, || {
        let slots = slots();
        let other = slots.clone();
        let claiming = thread::spawn(move || other.track(Waker::noop()));
        let mine = slots.track(Waker::noop());
        let theirs = claiming.join().expect("a claim never panics");
        assert!(mine.is_some() != theirs.is_some());
        assert_eq!(slots.untracked(), 1);
    });
}
