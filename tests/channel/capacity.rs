//! Any capacity is exact, and every answer is the oracle's: step by step, and under threads.

use std::thread;

use proptest::prelude::*;
use shorttail::channel::{Builder, ConfigError, TrySendError, bounded};

use crate::oracle::Oracle;
use crate::steps;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn behaves_as_the_oracle_step_by_step(
        capacity in 1_usize..18,
        taken in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        steps::run(capacity, &taken);
    }
}

/// Without the steps that empty it and close it early, a channel of 17 would seldom be full.
#[test]
fn behaves_as_the_oracle_at_the_full_mark() {
    for capacity in 1..18 {
        let fill = [0, 12, 17 * 32, 64, 12].map(|step: usize| (step % 256) as u8);
        let steps: Vec<u8> = fill.iter().cycle().take(9 * capacity).copied().collect();
        steps::run(capacity, &steps);
        let emptied: Vec<u8> = steps
            .iter()
            .copied()
            .chain([6; 40])
            .chain([18; 40])
            .collect();
        steps::run(capacity, &emptied);
    }
}

/// With slots to spare the messages of a batch share a claim; the wakes are as many as they are.
#[test]
fn behaves_as_the_oracle_when_a_batch_meets_several_that_wait() {
    for capacity in [1, 8, 17, 64] {
        for batch in (0..8).map(|count| 32 * count) {
            let empty = [[15; 9].as_slice(), &[4 + batch]].concat();
            steps::run(capacity, &empty);
            let full = [vec![64; capacity], vec![12; 9], vec![10 + batch]].concat();
            steps::run(capacity, &full);
        }
    }
}

#[test]
#[should_panic(expected = "more than 2^48")]
fn a_capacity_that_does_not_fit_is_a_mistake() {
    let _channel = bounded::<u8>(usize::MAX);
}

#[test]
fn a_builder_says_what_does_not_fit() {
    let refused = |capacity| Builder::new(capacity).build::<[u8; 64]>().unwrap_err();
    for capacity in [usize::MAX, usize::MAX / 4] {
        assert_eq!(refused(capacity), ConfigError::TooLarge { capacity });
    }
    if size_of::<usize>() == 8 {
        // More than any processor addresses.
        let refused = refused(usize::MAX >> 17);
        assert!(
            matches!(refused, ConfigError::OutOfMemory { bytes } if bytes / 64 >= usize::MAX >> 17)
        );
    }
}

#[test]
fn a_built_channel_is_as_described() {
    for patience in [0, 1, u16::MAX] {
        let (tx, rx) = Builder::new(3).patience(patience).build().unwrap();
        assert!((0..3).all(|n| tx.try_send(n).is_ok()));
        assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
        assert!(rx.try_iter().eq(0..3));
    }
}

/// One sender and one receiver: both deliver the same sequence.
#[test]
fn delivers_what_a_mutex_ring_delivers() {
    for capacity in [1, 3, 16] {
        let oracle = Oracle::new(capacity);
        let (tx, rx) = bounded(capacity);
        thread::scope(|scope| {
            let (oracle, tx) = (&oracle, tx);
            scope.spawn(move || {
                for n in 0..2_000 {
                    oracle.send(n).unwrap();
                    tx.send(n).unwrap();
                }
                oracle.drop_sender();
            });
            for _ in 0..2_000 {
                assert!(rx.len() <= capacity);
                assert_eq!(rx.recv(), oracle.recv());
            }
            assert_eq!(rx.recv(), oracle.recv(), "closed");
        });
    }
}
