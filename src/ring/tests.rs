//! The ring against a model, one thread at a time.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::word::{Pos, State};
use super::{PopError, PushError, Ring, StepOvers};
use crate::sync::atomic::Ordering;

#[test]
fn every_start_around_the_wrap_keeps_order_and_capacity() {
    for capacity in 1..=5 {
        for before in 0..40 {
            let ring = Ring::with(capacity, 1, Pos::at((1 << 50) - before), 0);
            let mut model = VecDeque::new();
            for value in 0..80_u64 {
                match ring.try_push(value) {
                    Ok(()) => model.push_back(value),
                    Err(PushError::Full(_)) => {
                        assert_eq!(model.len(), capacity);
                        assert_eq!(ring.try_pop().ok(), model.pop_front());
                    }
                    Err(PushError::Closed(_)) => unreachable!("never closed"),
                }
                assert_eq!(ring.len(), model.len());
            }
        }
    }
}

/// A full ring with `dead` dead positions at its front, the rest values.
fn full_behind(capacity: usize, dead: u64) -> Ring<u64> {
    let ring = Ring::new(capacity);
    for value in 0..capacity as u64 {
        ring.try_push(value).expect("room");
    }
    for pos in 0..dead {
        let pos = Pos::at(pos);
        assert!(ring.kill(pos, State::full(pos)), "nobody else changes it");
        ring.try_push(0).expect("a dead position holds no room");
    }
    ring
}

/// A look at the slots would find the second dead position and let the value in.
#[test]
fn a_refusal_with_dead_positions_looks_at_no_slot() {
    for capacity in [1, 7, 1_000] {
        let ring = full_behind(capacity, 1);
        assert!(matches!(ring.try_push(0), Err(PushError::Full(0))));
        assert_eq!(ring.len(), capacity);
        let unseen = Pos::at(capacity as u64);
        let slot = ring.slot(unseen);
        // Relaxed: one thread; a death behind the count's back. [ring-8]
        slot.state.store(State::hole(unseen).0, Ordering::Relaxed);
        assert!(!ring.looks_open(), "the count alone has decided");
    }
}

/// The count may be too high for a moment; then the slots decide, and the capacity holds.
#[test]
fn a_count_of_dead_positions_that_is_too_high_lets_nothing_in() {
    let ring = full_behind(5, 2);
    // Relaxed: one thread; what `kill` does before it fails. [ring-8]
    ring.dead.fetch_add(1, Ordering::Relaxed);
    assert!(matches!(ring.try_push(0), Err(PushError::Full(0))));
    assert!(!ring.looks_open());
}

/// Calls that stand in the middle of a forced push take slots, and no slot twice.
#[test]
fn claims_beyond_the_capacity_end_where_the_slots_do() {
    let ring: Ring<u8> = Ring::with(3, 5, Pos::at((1 << 50) - 4), 0);
    let claims = (0..20).map_while(|_| ring.claim::<true>(&mut StepOvers::new(), 0).ok());
    assert_eq!(claims.count(), 8);
    assert!(matches!(ring.force_push(0), Err(PushError::Full(0))));
}

#[test]
fn the_patience_is_as_given() {
    for looks in [0, 7, u16::MAX] {
        let ring = Ring::<u8>::try_new(1, Some(looks)).expect("memory enough");
        assert_eq!(ring.patience, u32::from(looks));
    }
}

#[test]
fn a_claimed_value_that_is_not_taken_is_dropped_and_its_slot_freed() {
    let ring = Ring::with(1, 0, Pos::ZERO, 0);
    let value = std::rc::Rc::new(());
    for _ in 0..4 {
        assert!(ring.try_push(value.clone()).is_ok());
        drop(ring.try_claim());
        assert_eq!((ring.len(), std::rc::Rc::strong_count(&value)), (0, 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn behaves_as_a_deque(
        capacity in 1_usize..18,
        pushes in proptest::collection::vec(any::<bool>(), 0..200),
    ) {
        let ring = Ring::new(capacity);
        let mut model = VecDeque::new();
        for (value, push) in pushes.into_iter().enumerate() {
            if push {
                let fits = model.len() < capacity;
                prop_assert_eq!(ring.try_push(value).is_ok(), fits);
                if fits {
                    model.push_back(value);
                }
            } else {
                prop_assert_eq!(ring.try_pop(), model.pop_front().ok_or(PopError::Empty));
            }
            prop_assert_eq!(ring.len(), model.len());
        }
        ring.close();
        prop_assert!(matches!(ring.try_push(0), Err(PushError::Closed(0))));
        while let Some(value) = model.pop_front() {
            prop_assert_eq!(ring.try_pop(), Ok(value));
        }
        prop_assert_eq!(ring.try_pop(), Err(PopError::Closed));
    }
}
