//! Private arithmetic, sequential behavior against a model, and boundary counts.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use proptest::prelude::*;

use super::summary::Summary;
use super::word::{GivenBack, Word};
use super::{LeaseWait, Owner, SlotSet};

/// Sizes on both sides of every word, spread and block boundary.
const COUNTS: &[usize] = &[
    0, 1, 2, 15, 16, 17, 31, 32, 63, 64, 65, 127, 128, 1023, 1024, 1025, 4095, 4096, 4097, 65_535,
    65_536, 65_537,
];

#[test]
fn every_slot_of_every_count_is_claimed_once() {
    for &count in COUNTS {
        let set = SlotSet::new(count);
        let claimed: BTreeSet<_> = std::iter::from_fn(|| set.claim()).collect();
        assert_eq!(claimed.len(), count);
        assert_eq!(claimed.last().map_or(0, |last| *last as usize + 1), count);
        assert_eq!(set.in_use(), count);
        assert_eq!(set.claim(), None, "count {count}");
    }
}

#[test]
fn exhausted_set_serves_again_after_any_release() {
    for &count in &COUNTS[1..] {
        let set = SlotSet::new(count);
        while set.claim().is_some() {}
        for slot in [0, count / 2, count - 1].map(|slot| slot as u32) {
            assert_eq!(set.claim(), None);
            set.release(slot);
            assert_eq!(set.claim(), Some(slot), "count {count}");
        }
        assert_eq!(set.claim(), None);
    }
}

#[test]
fn small_sets_spread_threads_over_words() {
    let set = SlotSet::with_shift(64, 2);
    let words: BTreeSet<_> = (0..8)
        .map(|thread| set.claim_near(thread).unwrap() / 4)
        .collect();
    assert!(words.len() >= 6, "{words:?}");
}

#[test]
fn listed_word_is_a_candidate_though_it_was_skipped() {
    let summary = Summary::new(0b101);
    assert_eq!(summary.candidates(0b100), 0b101);
}

#[test]
fn a_listed_word_takes_a_slot_back_in_one_step() {
    let word = Word::new(1);
    let taken_and_given_back = |is_unlisted| {
        assert_eq!(word.take(), Some(0));
        if is_unlisted {
            assert!(word.mark_unlisted());
        }
        word.state().give_back(1)
    };
    assert_eq!(taken_and_given_back(false), GivenBack::Done);
    assert_eq!(taken_and_given_back(true), GivenBack::Held);
    assert!(!word.state().end_hold());
    assert_eq!(taken_and_given_back(false), GivenBack::Done);
}

#[test]
fn a_thread_gets_its_own_slot_back() {
    let set = SlotSet::new(4096);
    let first = set.claim().unwrap();
    set.release(first);
    assert_eq!(set.claim(), Some(first));
}

#[test]
fn the_slot_that_came_back_last_is_taken_next() {
    let set = SlotSet::with_shift(4, 2);
    while set.claim().is_some() {}
    for slot in [0, 3, 1] {
        set.release(slot);
    }
    assert_eq!(
        [set.claim(), set.claim(), set.claim()],
        [Some(1), Some(0), Some(3)]
    );
}

/// Whether a search is known to find nothing without a look at any block.
fn is_known_dry(set: &SlotSet) -> bool {
    set.dry.as_ref().is_some_and(|dry| dry.search().is_none())
}

#[test]
fn a_search_that_found_nothing_is_known_until_a_slot_comes_back() {
    let set = SlotSet::with_shift(33, 0);
    while set.claim().is_some() {}
    assert!(is_known_dry(&set));
    assert_eq!(set.claim(), None);
    set.release(32);
    assert!(!is_known_dry(&set));
    assert_eq!((set.claim(), set.claim()), (Some(32), None));
    assert!(is_known_dry(&set));
}

/// That the process ends then is shown by the pool's test of misuse, in a child.
#[test]
fn double_release_is_told() {
    let set = SlotSet::new(64);
    while set.claim().is_some() {}
    assert!(set.try_release(3));
    assert!(!set.try_release(3));
}

#[test]
#[should_panic(expected = "slot 64 of 64")]
fn foreign_slot_is_told() {
    let set = SlotSet::new(64);
    set.release(64);
}

#[test]
fn refusals_are_counted() {
    let set = SlotSet::new(1);
    let _held = set.claim();
    for _ in 0..3 {
        assert_eq!(set.claim(), None);
    }
    assert_eq!(set.refused(), 3);
}

#[test]
fn last_of_owner_and_leases_frees() {
    use std::rc::Rc;
    for owner_first in [false, true] {
        let value = Rc::new(());
        let owner = Owner::new(Rc::clone(&value), vec![Rc::clone(&value); 70]);
        let leases: Vec<_> = std::iter::from_fn(|| owner.try_lease()).collect();
        assert_eq!(leases.len(), 70);
        let mut parts: Vec<Box<dyn std::any::Any>> = vec![Box::new(owner), Box::new(leases)];
        if owner_first {
            parts.reverse();
        }
        parts.pop();
        assert_eq!(Rc::strong_count(&value), 72);
        parts.pop();
        assert_eq!(Rc::strong_count(&value), 1);
    }
}

type Wait = Pin<Box<LeaseWait<'static, Arc<()>, ()>>>;

/// A task that runs within its own wake: takes the slot, gives it back, and ends the owner.
struct AtOnce {
    wait: Mutex<Option<Wait>>,
    owner: AtomicPtr<Owner<Arc<()>, ()>>,
    value: Arc<()>,
    holders_after: AtomicUsize,
}

impl Wake for AtOnce {
    fn wake(self: Arc<Self>) {
        let mut wait = self.wait.lock().unwrap().take().unwrap();
        let polled = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready());
        drop((wait, polled));
        // SAFETY: from the leaked box in the test, once; the wait that borrowed it is gone.
        drop(unsafe { Box::from_raw(self.owner.load(Relaxed)) });
        self.holders_after
            .store(Arc::strong_count(&self.value), Relaxed);
    }
}

/// Who hands a slot over goes on for a while after the wake: until then nothing is freed, though
/// the slot is back and the owner gone.
#[test]
fn memory_outlives_the_hand_over() {
    let value = Arc::new(());
    let owner = Box::leak(Box::new(Owner::new(Arc::clone(&value), vec![()])));
    let lease = owner.try_lease().unwrap();
    let owner = &raw mut *owner;
    let task = Arc::new(AtOnce {
        // SAFETY: leaked, and freed by the task once this wait is gone.
        wait: Mutex::new(Some(Box::pin(LeaseWait::new(unsafe { &*owner })))),
        owner: AtomicPtr::new(owner),
        value: Arc::clone(&value),
        holders_after: AtomicUsize::new(0),
    });
    let waker = Waker::from(Arc::clone(&task));
    let mut wait = task.wait.lock().unwrap().take().unwrap();
    let polled = wait.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    *task.wait.lock().unwrap() = Some(wait);
    drop(lease);
    assert_eq!(
        task.holders_after.load(Relaxed),
        3,
        "here, the task, the slots"
    );
    assert_eq!(Arc::strong_count(&value), 2);
}

#[derive(Clone, Debug)]
enum Op {
    Claim { thread: usize },
    Release { nth: usize },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        (0..9_usize).prop_map(|thread| Op::Claim { thread }),
        any::<usize>().prop_map(|nth| Op::Release { nth }),
    ];
    prop::collection::vec(op, 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A set of numbers is the model: a claim is refused only when nothing is free.
    #[test]
    fn behaves_like_a_set_of_numbers(len in 0..140_usize, shift in 0..6_u32, ops in ops()) {
        let set = SlotSet::with_shift(len, shift);
        let mut taken: Vec<u32> = Vec::new();
        for op in ops {
            match op {
                Op::Claim { thread } => match set.claim_near(thread) {
                    Some(slot) => {
                        prop_assert!((slot as usize) < len && !taken.contains(&slot));
                        taken.push(slot);
                    }
                    None => prop_assert_eq!(taken.len(), len),
                },
                Op::Release { nth } if !taken.is_empty() => {
                    let slot = taken.swap_remove(nth % taken.len());
                    set.release(slot);
                }
                Op::Release { .. } => {}
            }
            prop_assert_eq!(set.in_use(), taken.len());
        }
    }
}
