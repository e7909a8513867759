//! The ring against a model, one thread at a time.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::word::Pos;
use super::{PopError, PushError, Ring};

#[test]
fn every_start_around_the_wrap_keeps_order_and_capacity() {
    for capacity in 1..=5 {
        for before in 0..40 {
            let ring = Ring::with(capacity, 1, Pos::at((1 << 62) - before), 0);
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
