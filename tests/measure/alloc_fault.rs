//! Planted failures and delays strike the call they are meant for, on their thread only.

use std::alloc::{GlobalAlloc, Layout, alloc, alloc_zeroed, dealloc};
use std::hint::black_box;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use shorttail::measure::{AllocFault, AllocGuard, assert_no_alloc, count_allocs};
use shorttail::time::{Clock, StdClock};

/// Whether a block can be had.
fn served() -> bool {
    Vec::<u8>::new().try_reserve_exact(black_box(24)).is_ok()
}

fn eight() -> [bool; 8] {
    [(); 8].map(|()| served())
}

fn answers(pattern: &str) -> [bool; 8] {
    let mut answers = pattern.chars().map(|answer| answer == '+');
    [(); 8].map(|()| answers.next().expect("eight"))
}

#[test]
fn a_failure_strikes_the_chosen_call_once() {
    for (passed, pattern, struck) in [(0, "-+++++++", 1), (5, "+++++-++", 1), (8, "++++++++", 0)] {
        let fault = AllocFault::fail_after(passed);
        assert_eq!(fault.run(eight), (struck, answers(pattern)), "{passed}");
    }
    assert_eq!(eight(), answers("++++++++"));
}

#[test]
fn a_failure_repeats_or_lasts() {
    let third = AllocFault::fail_after(2);
    assert_eq!(third.repeating().run(eight), (2, answers("++-++-++")));
    assert_eq!(third.lasting().run(eight), (6, answers("++------")));
    let all = AllocFault::fail_after(0);
    assert_eq!(all.repeating().run(eight), (8, answers("--------")));
}

#[test]
fn every_kind_of_call_can_fail_and_a_free_is_no_call() {
    let layout = Layout::array::<u8>(24).unwrap();
    let fails = AllocFault::fail_after(0);
    // SAFETY: the layout has a size.
    assert!(fails.run(|| unsafe { alloc(layout) }).1.is_null());
    // SAFETY: the layout has a size.
    assert!(fails.run(|| unsafe { alloc_zeroed(layout) }).1.is_null());
    // SAFETY: the layout has a size.
    let block = unsafe { alloc(layout) };
    let (struck, ()) = fails.run(|| {
        // SAFETY: `block` came from the global allocator with this layout.
        unsafe { dealloc(block, layout) }
    });
    assert_eq!(struck, 0);
}

#[test]
fn a_failed_realloc_leaves_the_block_as_it_was() {
    let mut list = vec![1_u8, 2, 3];
    let (struck, grown) = AllocFault::fail_after(0).run(|| list.try_reserve_exact(100));
    assert_eq!((struck, grown.is_err()), (1, true));
    assert_eq!((list.as_slice(), list.capacity()), (&[1, 2, 3][..], 3));
}

/// At least: a sleep may be longer, never shorter.
#[test]
fn a_delay_strikes_the_chosen_call_and_serves_it() {
    let clock = StdClock;
    let start_ns = clock.now_ns();
    let fault = AllocFault::delay_after(3, Duration::from_millis(2)).repeating();
    assert_eq!(fault.run(eight), (2, answers("++++++++")));
    assert!(clock.now_ns() - start_ns >= 4_000_000);
}

#[test]
fn a_fault_is_its_threads_own() {
    let (begun, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    let spin_until = |flag: &AtomicBool| {
        while !flag.load(SeqCst) {
            thread::yield_now()
        }
    };
    thread::scope(|scope| {
        let there = scope.spawn(|| {
            spin_until(&begun);
            let served = served();
            ended.store(true, SeqCst);
            served
        });
        let (_, here) = AllocFault::fail_after(0).lasting().run(|| {
            begun.store(true, SeqCst);
            spin_until(&ended);
            served()
        });
        assert_eq!((here, there.join().expect("no panic")), (false, true));
    });
}

#[test]
fn an_inner_fault_takes_the_outer_ones_place() {
    let (outer, inner) = AllocFault::fail_after(1).run(|| {
        let first = served();
        let inner = AllocFault::fail_after(0).run(served);
        (first, inner, served(), served())
    });
    assert_eq!(inner, (true, (1, false), false, true));
    assert_eq!(outer, 1);
}

#[test]
fn a_panic_ends_the_fault() {
    // Unwinding asks for memory too: enough of it is let pass.
    let panicked = catch_unwind(|| {
        AllocFault::fail_after(50)
            .lasting()
            .run(|| resume_unwind(Box::new(1_u8)));
    });
    assert!(panicked.is_err());
    assert!((0..100).all(|_| served()));
}

/// The fault refuses and the assertion sees the call all the same.
#[test]
fn faults_and_assertions_are_independent() {
    let panicked = catch_unwind(|| AllocFault::fail_after(0).run(|| assert_no_alloc(served)));
    let text = panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("of 24 bytes"), "{text}");
    let (counts, (struck, _)) = count_allocs(|| AllocFault::fail_after(0).run(served));
    assert_eq!((counts.allocs, counts.frees, struck), (1, 0, 1));
}

/// A guard that is not the global allocator stands in for one under test.
#[test]
fn any_guards_inner_allocator_is_spared_the_refused_call() {
    struct Unreachable;
    // SAFETY: it serves nothing, which is a failure, and is never handed a block.
    unsafe impl GlobalAlloc for Unreachable {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            unreachable!("the call was refused before")
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
            unreachable!("nothing was served")
        }
    }
    let guard = AllocGuard::new(Unreachable);
    let layout = Layout::array::<u8>(8).unwrap();
    // SAFETY: the layout has a size.
    let (struck, block) = AllocFault::fail_after(0).run(|| unsafe { guard.alloc(layout) });
    assert_eq!((struck, block.is_null()), (1, true));
}
