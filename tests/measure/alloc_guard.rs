//! The guard sees every kind of call, on every thread, and cannot pass by accident.

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::{hint::black_box, thread};

use shorttail::measure::{AllocCounts, AllocGuard, assert_no_alloc, count_allocs, process_allocs};

fn counts(work: impl FnOnce()) -> (u64, u64, u64, u64) {
    let (counts, ()) = count_allocs(work);
    (counts.allocs, counts.reallocs, counts.frees, counts.bytes)
}

#[test]
fn every_kind_of_call_is_counted_as_what_it_is() {
    assert_eq!(counts(|| ()), (0, 0, 0, 0));
    assert_eq!(counts(|| drop(black_box(Box::new(1_u64)))), (1, 0, 1, 8));
    assert_eq!(
        counts(|| drop(black_box(vec![0_u8; 4096]))),
        (1, 0, 1, 4096)
    );
    let mut list: Vec<u8> = Vec::with_capacity(16);
    assert_eq!(counts(|| list.reserve_exact(100)), (0, 1, 0, 84));
    assert_eq!(counts(|| list.shrink_to(10)), (0, 1, 0, 0));
    assert_eq!(counts(|| drop(list)), (0, 0, 1, 0));
}

#[test]
fn planted_allocations_are_caught() {
    let caught = |work: fn()| catch_unwind(|| assert_no_alloc(work)).is_err();
    assert!(caught(|| drop(black_box(vec![1_u8]))));
    assert!(caught(|| drop(black_box(vec![0_u8; 64]))));
    assert!(caught(|| std::mem::forget(black_box(Box::new(1)))));
    assert!(!caught(|| drop(black_box(Box::new(())))));
}

#[test]
fn a_planted_realloc_is_caught_and_a_free_is_let_through() {
    let mut list = vec![1_u8; 8];
    let grown = catch_unwind(AssertUnwindSafe(|| assert_no_alloc(|| list.push(1))));
    assert!(grown.is_err());
    assert_no_alloc(|| drop(list));
}

#[test]
fn the_panic_names_the_counts_and_the_caller() {
    let panic = catch_unwind(|| assert_no_alloc(|| black_box(Box::new(7_u32)))).unwrap_err();
    let text = panic.downcast::<String>().unwrap();
    assert_eq!(
        text.lines().next(),
        Some("expected no allocation, saw 1 allocs, 0 reallocs, 0 frees, 4 bytes")
    );
}

#[test]
fn regions_nest_and_survive_a_panic() {
    let (outer, inner) = count_allocs(|| {
        drop(catch_unwind(|| {
            count_allocs(|| std::panic::resume_unwind(Box::new(1_u8)))
        }));
        count_allocs(|| black_box(Box::new(2_u64))).0
    });
    assert_eq!((inner.allocs, inner.bytes), (1, 8));
    assert!(outer.allocs > inner.allocs);
    assert_eq!(counts(|| ()), (0, 0, 0, 0));
}

#[test]
fn other_threads_are_not_in_a_threads_count_but_in_the_processs() {
    let before = process_allocs();
    let mine = counts(|| {
        thread::scope(|scope| {
            scope.spawn(|| (0..1_000).for_each(|_| drop(black_box(Box::new([0_u8; 64])))));
        });
    });
    let all = process_allocs() - before;
    assert!(mine.0 < 1_000, "{mine:?}");
    assert!(all.allocs >= 1_000 && all.bytes >= 64_000, "{all}");
}

/// Shows which of its methods was reached.
struct Spy {
    calls: [AtomicU64; 4],
}

impl Spy {
    fn note(&self, which: usize) {
        self.calls[which].fetch_add(1, Relaxed);
    }
}

// SAFETY: every call is passed on to `System` unchanged.
unsafe impl GlobalAlloc for Spy {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.note(0);
        // SAFETY: the caller's contract is the callee's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.note(1);
        // SAFETY: the caller's contract is the callee's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.note(2);
        // SAFETY: the caller's contract is the callee's.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.note(3);
        // SAFETY: the caller's contract is the callee's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[test]
fn the_inner_allocator_is_asked_for_the_same_thing() {
    let guard = AllocGuard::new(Spy {
        calls: [const { AtomicU64::new(0) }; 4],
    });
    let layout = Layout::array::<u8>(64).unwrap();
    // SAFETY: the layout has a size.
    let block = unsafe { guard.alloc_zeroed(layout) };
    // SAFETY: `block` came from this allocator with this layout.
    let block = unsafe { guard.realloc(block, layout, 128) };
    // SAFETY: 128 bytes of alignment 1 is what `block` has now.
    unsafe { guard.dealloc(block, Layout::array::<u8>(128).unwrap()) };
    assert_eq!(spy_calls(&guard), [0, 1, 1, 1]);
}

fn spy_calls(guard: &AllocGuard<Spy>) -> [u64; 4] {
    guard
        .inner()
        .calls
        .each_ref()
        .map(|calls| calls.load(Relaxed))
}

#[test]
fn counts_add_and_subtract() {
    let (one, ()) = count_allocs(|| drop(black_box(Box::new(1_u16))));
    assert_eq!(one + one - one, one);
    assert_eq!(one - one, AllocCounts::default());
    assert!(one.is_allocating() && !AllocCounts::default().is_allocating());
}
