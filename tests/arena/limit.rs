//! The cap is hard: what bumpalo's own limit lets through, an arena does not.

use bumpalo::Bump;
use shorttail::arena::{Arena, ArenaFull, ConfigError};

const SIZES: &[usize] = &[1, 63, 64, 100, 447, 448, 449, 4096, 8128, 65_536, 1 << 20];

/// Allocates `piece` bytes at a time until refused; says how many bytes were given.
fn fill(arena: &Arena, piece: usize) -> usize {
    let given = std::iter::from_fn(|| arena.try_alloc_uninit_slice::<u8>(piece).ok());
    // One more than fits is enough to show that too much was given.
    let most = arena.capacity() / piece + 1;
    given.take(most).map(|bytes| bytes.len()).sum()
}

#[test]
fn capacity_is_handed_out_to_the_byte_and_no_further() {
    for &size in SIZES {
        let mut arena = Arena::new(size).unwrap();
        let capacity = arena.capacity();
        assert_eq!(capacity, size);
        for piece in [1, 7, 512] {
            assert_eq!(fill(&arena, piece), capacity / piece * piece, "size {size}");
            assert_eq!(arena.used() + arena.remaining(), capacity);
            arena.reset();
        }
    }
}

/// bumpalo 3.20: a limit below what the chunk already holds counts as no limit.
#[test]
fn limit_below_what_is_held_stays_a_limit() {
    let raw = Bump::with_capacity(4096);
    raw.set_allocation_limit(Some(4096));
    let unlimited = raw.try_alloc_slice_fill_copy(1 << 20, 0_u8).is_ok();
    assert!(
        unlimited,
        "mended upstream: the row in ARCHITECTURE.md can say so"
    );

    let arena = Arena::new(4096).unwrap();
    let full = arena
        .try_alloc_slice_fill_with(1 << 20, |_| 0_u8)
        .unwrap_err();
    assert_eq!(
        (full.requested, full.remaining),
        (1 << 20, arena.capacity())
    );
}

/// bumpalo 3.20: near a limit, growth halves the new chunk and reset keeps the last, smaller one,
/// so that the same request grows again every time.
#[test]
fn repeated_working_set_never_changes_what_is_held() {
    let mut raw = Bump::new();
    raw.set_allocation_limit(Some(1 << 20));
    let held = (0..6).map(|_| {
        (0..700).for_each(|_| {
            let _piece = raw.try_alloc_slice_fill_copy(1000, 0_u8);
        });
        let chunks = raw.iter_allocated_chunks().count();
        raw.reset();
        chunks
    });
    assert!(
        held.last().unwrap() > 1,
        "mended upstream: it used to take a chunk every time"
    );

    for working_set in [0.5, 0.99, 1.01, 3.0] {
        let mut arena = Arena::new(1 << 20).unwrap();
        let capacity = arena.capacity();
        for _ in 0..50 {
            let wanted = (capacity as f64 * working_set) as usize;
            let mut served = 0;
            while served < wanted && arena.try_alloc([0_u8; 1000]).is_ok() {
                served += 1000;
            }
            assert_eq!(served >= wanted, working_set < 1.0);
            assert_eq!((arena.capacity(), arena.used()), (capacity, served));
            arena.reset();
        }
    }
}

#[test]
fn refusal_takes_nothing() {
    let arena = Arena::new(256).unwrap();
    arena.try_alloc([1_u8; 10]).unwrap();
    let used = arena.used();
    let whole = arena.capacity();
    assert!(arena.try_alloc_slice_copy(&vec![0_u8; whole]).is_err());
    assert!(arena.try_alloc_str(&"x".repeat(whole)).is_err());
    assert_eq!(arena.used(), used);
    assert_eq!(fill(&arena, 1), whole - used);
}

#[test]
fn size_overflow_is_a_refusal() {
    let arena = Arena::new(256).unwrap();
    let mut calls = 0;
    let full = arena.try_alloc_slice_fill_with(usize::MAX, |_| {
        calls += 1;
        0_u64
    });
    let remaining = arena.capacity();
    assert_eq!(
        full,
        Err(ArenaFull {
            requested: usize::MAX,
            remaining
        })
    );
    assert_eq!(calls, 0);
    assert!(
        arena
            .try_alloc_uninit_slice::<u8>(isize::MAX as usize)
            .is_err()
    );
}

#[test]
fn impossible_sizes_are_refused_at_construction() {
    assert_eq!(Arena::new(0).unwrap_err(), ConfigError::NoBytes);
    for bytes in [usize::MAX, isize::MAX as usize, usize::MAX / 4] {
        assert_eq!(
            Arena::new(bytes).unwrap_err(),
            ConfigError::OutOfMemory { bytes }
        );
    }
}
