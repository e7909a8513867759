//! Sizes, counts, routing, refusals.

use std::collections::BTreeSet;

use proptest::prelude::*;
use shorttail::pool::{AcquireError, BufferPool, ConfigError};

use crate::pool;

#[test]
fn every_count_lends_exactly_that_many() {
    for count in [1, 2, 15, 16, 17, 63, 64, 65, 128, 4096, 65_536] {
        let pool = pool(16, count);
        let mut bufs: Vec<_> = (0..count).map(|_| pool.try_acquire(16).unwrap()).collect();
        let refused = AcquireError::Exhausted {
            len: 9,
            slot_bytes: 16,
            slots: count,
        };
        assert_eq!(pool.try_acquire(9).unwrap_err(), refused);
        assert_eq!(pool.outstanding(), count);
        drop(bufs.swap_remove(count / 2));
        bufs.push(pool.try_acquire(16).unwrap());
        assert_eq!(pool.try_acquire(9).unwrap_err(), refused);
    }
}

#[test]
fn slots_are_apart_and_on_lines_of_their_own() {
    for slot_bytes in [1, 63, 64, 65, 4096, 5000, 65_536] {
        let pool = pool(slot_bytes, 20);
        let mut bufs: Vec<_> = (0..20).map(|_| pool.try_acquire(1).unwrap()).collect();
        for (index, buf) in bufs.iter_mut().enumerate() {
            buf.try_put(&vec![index as u8; slot_bytes]).unwrap();
        }
        for (index, buf) in bufs.iter().enumerate() {
            assert_eq!(buf.as_ptr().addr() % 64, 0);
            assert!(buf.len() == slot_bytes && buf.iter().all(|byte| *byte == index as u8));
        }
        let page_offsets: BTreeSet<_> = bufs.iter().map(|buf| buf.as_ptr().addr() % 4096).collect();
        assert!(
            page_offsets.len() > 1,
            "{slot_bytes} bytes: all at one page offset"
        );
    }
}

#[test]
fn empty_request_gets_the_smallest_class() {
    let pool = BufferPool::builder()
        .class(64, 1)
        .class(8, 1)
        .build()
        .unwrap();
    assert_eq!(pool.try_acquire(0).unwrap().capacity(), 8);
}

#[test]
fn exhausted_class_takes_the_next_larger_only_if_told_to_and_no_further() {
    let builder = BufferPool::builder().class(8, 1).class(16, 1).class(32, 1);
    for helps in [false, true] {
        let pool = builder.clone().use_next_larger(helps).build().unwrap();
        let _small = pool.try_acquire(8).unwrap();
        let second = pool.try_acquire(8);
        assert_eq!(
            second.as_ref().map_or(0, |buf| buf.capacity()),
            if helps { 16 } else { 0 }
        );
        let third = pool.try_acquire(8).unwrap_err();
        assert_eq!(
            third,
            AcquireError::Exhausted {
                len: 8,
                slot_bytes: 8,
                slots: 1
            }
        );
        assert_eq!(pool.try_acquire(20).unwrap().capacity(), 32);
    }
}

#[test]
fn refusals_are_counted_by_class() {
    let pool = BufferPool::builder()
        .class(8, 1)
        .class(16, 1)
        .build()
        .unwrap();
    let _held = pool.try_acquire(16).unwrap();
    for _ in 0..3 {
        assert!(pool.try_acquire(9).unwrap_err().is_exhausted());
    }
    let oversized = pool.try_acquire(17).unwrap_err();
    assert_eq!(
        oversized,
        AcquireError::Oversized {
            len: 17,
            slot_bytes_max: 16
        }
    );
    let exhausted: Vec<_> = pool.class_stats().map(|class| class.exhausted).collect();
    assert_eq!(exhausted, [0, 3]);
    let stats = pool.stats();
    assert_eq!((stats.exhausted, stats.oversized), (3, 1));
    assert_eq!((stats.in_use, stats.slots), (1, 2));
}

#[test]
fn impossible_classes_are_refused() {
    let build = |classes: &[(usize, usize)]| {
        let all = classes
            .iter()
            .fold(BufferPool::builder(), |builder, &(bytes, slots)| {
                builder.class(bytes, slots)
            });
        all.build().unwrap_err()
    };
    let empty = |slot_bytes, slots| ConfigError::EmptyClass { slot_bytes, slots };
    let large = |slot_bytes, slots| ConfigError::ClassTooLarge { slot_bytes, slots };
    assert_eq!(build(&[]), ConfigError::NoClasses);
    assert_eq!(build(&[(0, 4)]), empty(0, 4));
    assert_eq!(build(&[(4, 0)]), empty(4, 0));
    let twice = build(&[(8, 1), (4, 1), (8, 2)]);
    assert_eq!(twice, ConfigError::DuplicateClass { slot_bytes: 8 });
    assert_eq!(build(&[(usize::MAX, 1)]), large(usize::MAX, 1));
    assert_eq!(build(&[(1, usize::MAX)]), large(1, usize::MAX));
    let most = u32::MAX as usize;
    assert_eq!(build(&[(most, most)]), large(most, most));
}

#[test]
fn unavailable_memory_is_an_error() {
    if usize::BITS < 64 {
        return; // no number of bytes is more than there may be, and fits
    }
    // More than any processor addresses.
    let builder = BufferPool::builder()
        .class(1 << 31, 1 << 22)
        .prefault(false);
    let refused = builder.build().unwrap_err();
    assert!(
        matches!(refused, ConfigError::OutOfMemory { .. }),
        "{refused:?}"
    );
}

#[test]
fn pools_in_turn_do_not_disturb_one_another() {
    let pools: Vec<_> = (1..=10).map(|number| pool(number * 100, 2)).collect();
    for _ in 0..100 {
        for (number, pool) in (1..).zip(&pools) {
            assert_eq!(pool.try_acquire(1).unwrap().capacity(), number * 100);
        }
    }
    assert!(pools.iter().all(|pool| pool.outstanding() == 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The smallest class that fits, whatever the sizes.
    #[test]
    fn routing_is_the_smallest_that_fits(
        sizes in prop::collection::btree_set(1..5000_usize, 1..8),
        len in 0..6000_usize,
    ) {
        let builder = sizes.iter().rev().fold(BufferPool::builder(), |builder, &size| {
            builder.class(size, 1)
        });
        let pool = builder.build().unwrap();
        let expected = sizes.range(len..).next();
        match pool.try_acquire(len) {
            Ok(buf) => prop_assert_eq!(Some(&buf.capacity()), expected),
            Err(error) => {
                prop_assert!(expected.is_none());
                let slot_bytes_max = *sizes.last().unwrap();
                prop_assert_eq!(error, AcquireError::Oversized { len, slot_bytes_max });
            }
        }
    }
}
