//! Assertions name their first offender, nest, let permits through, and judge futures by poll.

use std::backtrace::Backtrace;
use std::fmt::Write;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::{mem, thread};

use shorttail::measure::{
    assert_no_alloc, count_allocs, no_alloc_polls, permit_allocs, process_allocs, thread_allocs,
};

/// What `assert_no_alloc` says of `work`, if it minds.
fn complaint<R>(work: impl FnOnce() -> R) -> Option<String> {
    let judged = catch_unwind(AssertUnwindSafe(|| drop(assert_no_alloc(work))));
    judged
        .err()
        .map(|panic| *panic.downcast::<String>().expect("an assertion's text"))
}

fn allocate(bytes: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(bytes))
}

#[inline(never)]
fn the_offending_function() -> Vec<u8> {
    allocate(77)
}

#[test]
fn the_first_offender_is_named_with_size_and_backtrace() {
    let text = complaint(|| (the_offending_function(), allocate(4096))).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("expected no allocation, saw 2 allocs, 0 reallocs, 0 frees, 4173 bytes")
    );
    assert_eq!(
        lines.next(),
        Some("the first: alloc of 77 bytes, aligned to 1, from:")
    );
    if cfg!(all(target_os = "linux", not(shorttail_portable))) {
        assert!(text.contains("the_offending_function"), "{text}");
        assert!(text.contains("the_first_offender_is_named"), "{text}");
    } else {
        assert!(text.contains("no backtrace"), "{text}");
    }
}

#[test]
fn every_kind_of_offence_is_named() {
    let zeroed = complaint(|| black_box(vec![0_u64; 64])).unwrap();
    assert!(zeroed.contains("saw 1 allocs (1 zeroed), 0"), "{zeroed}");
    let first = format!(
        "first: zeroed alloc of 512 bytes, aligned to {}",
        align_of::<u64>()
    );
    assert!(zeroed.contains(&first), "{zeroed}");
    let mut list = allocate(16);
    let grown = complaint(|| list.reserve_exact(100)).unwrap();
    assert!(grown.contains("first: realloc to 100 bytes from 16 bytes"));
}

/// Taking the backtrace allocates; nobody is to see that.
#[test]
fn the_offenders_backtrace_is_not_counted() {
    let (counts, text) = count_allocs(|| {
        let mut text = None;
        let before = thread_allocs();
        let mut inside = before;
        drop(catch_unwind(AssertUnwindSafe(|| {
            assert_no_alloc(|| {
                mem::forget(allocate(5));
                inside = thread_allocs();
            });
        })));
        let seen = inside - before;
        text.replace((seen.allocs, seen.reallocs, seen.frees, seen.bytes));
        text
    });
    assert_eq!(text, Some((1, 0, 0, 5)));
    assert!(counts.allocs > 1, "the panic itself is counted: {counts}");
}

/// In a process of many threads only a lower bound can be told: the thread's own is in it.
#[test]
fn a_watched_thread_is_still_counted_for_the_process() {
    let before = process_allocs();
    assert!(complaint(|| (0..1_000).for_each(|_| drop(allocate(64)))).is_some());
    assert!((process_allocs() - before).bytes >= 64_000);
}

#[test]
fn an_assertion_inside_another_has_its_own_offender() {
    let mut inner = None;
    let outer = complaint(|| {
        mem::forget(allocate(3));
        inner = complaint(|| mem::forget(allocate(5)));
        mem::forget(allocate(7));
    });
    assert!(outer.unwrap().contains("alloc of 3 bytes"));
    assert!(inner.unwrap().contains("alloc of 5 bytes"));
}

/// The inner one's panic allocates too, inside the outer one.
#[test]
fn an_inner_offence_is_an_outer_one() {
    let outer = complaint(|| complaint(|| mem::forget(allocate(5))));
    let outer = outer.unwrap();
    assert!(outer.contains("the first: alloc of 5 bytes"), "{outer}");
}

#[test]
fn under_a_permit_an_inner_offence_is_no_outer_one() {
    let outer = complaint(|| {
        permit_allocs(|| assert!(complaint(|| mem::forget(allocate(5))).is_some()));
        mem::forget(allocate(7));
    });
    let outer = outer.unwrap();
    assert!(outer.contains("the first: alloc of 7 bytes"), "{outer}");
}

/// The panic of the work itself is an offence; nobody is told, and nothing is left of it.
#[test]
fn after_a_panic_a_thread_may_end_inside_an_assertion() {
    struct AssertsWhenDropped;
    impl Drop for AssertsWhenDropped {
        fn drop(&mut self) {
            assert_no_alloc(|| ());
        }
    }
    thread_local!(static LAST: AssertsWhenDropped = const { AssertsWhenDropped });
    let ended = thread::spawn(|| {
        LAST.with(|_| ());
        let panicked = catch_unwind(|| assert_no_alloc(|| resume_unwind(Box::new(1_u8))));
        assert!(panicked.is_err());
    });
    assert!(ended.join().is_ok());
}

#[test]
fn after_an_assertion_the_next_starts_anew() {
    assert!(complaint(|| drop(allocate(3))).is_some());
    assert!(complaint(|| ()).is_none());
    let panicked = catch_unwind(|| assert_no_alloc(|| resume_unwind(Box::new(1_u8))));
    assert!(panicked.is_err());
    let (counts, ()) = count_allocs(|| drop(allocate(9)));
    assert_eq!((counts.allocs, counts.frees, counts.bytes), (1, 1, 9));
    assert!(
        complaint(|| drop(allocate(4)))
            .unwrap()
            .contains("of 4 bytes")
    );
}

/// On Linux a deadlock here would mean that a backtrace was taken inside the taking of another.
#[test]
fn work_that_takes_or_prints_a_backtrace_does_not_hang_the_guard() {
    let taken = complaint(Backtrace::force_capture).unwrap();
    assert!(taken.contains("no backtrace"), "{taken}");
    let unresolved = Backtrace::force_capture();
    let mut text = String::with_capacity(1 << 20);
    let printed = complaint(|| write!(text, "{unresolved}")).unwrap();
    assert!(printed.contains("no backtrace"), "{printed}");
    let unresolved = Backtrace::force_capture();
    let printed = complaint(|| write!(text, "{unresolved:?}")).unwrap();
    assert!(printed.contains("no backtrace"), "{printed}");
}

#[test]
fn a_panic_in_the_work_is_the_works_own() {
    let panicked = catch_unwind(|| assert_no_alloc(|| panic!("of the work, {}", black_box(7))));
    let text = panicked.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*text, "of the work, 7");
}

#[test]
fn a_permit_lets_through_what_runs_under_it_and_nothing_else() {
    assert!(complaint(|| permit_allocs(|| drop(allocate(8)))).is_none());
    let after = complaint(|| {
        permit_allocs(|| drop(allocate(8)));
        mem::forget(allocate(9));
    });
    assert!(
        after
            .unwrap()
            .contains("saw 1 allocs, 0 reallocs, 0 frees, 9 bytes")
    );
    let before = complaint(|| {
        let brought = allocate(10);
        permit_allocs(|| drop(brought));
    });
    assert!(before.unwrap().contains("of 10 bytes"));
}

#[test]
fn permits_nest_and_their_work_is_still_counted() {
    let (counts, minded) = count_allocs(|| {
        complaint(|| {
            permit_allocs(|| {
                mem::forget(allocate(1));
                permit_allocs(|| mem::forget(allocate(2)));
                mem::forget(allocate(4));
            });
        })
    });
    assert_eq!(minded, None);
    assert_eq!((counts.allocs, counts.bytes), (3, 7));
}

#[test]
fn an_assertion_under_a_permit_judges_its_own_part() {
    let mut inner = None;
    let outer = complaint(|| {
        permit_allocs(|| {
            mem::forget(allocate(1));
            inner = complaint(|| mem::forget(allocate(2)));
        });
    });
    assert_eq!(outer, None);
    assert!(
        inner
            .unwrap()
            .contains("saw 1 allocs, 0 reallocs, 0 frees, 2 bytes")
    );
}

#[test]
fn a_permit_ends_by_panic_too() {
    let minded = complaint(|| {
        drop(catch_unwind(|| {
            permit_allocs(|| resume_unwind(Box::new(())))
        }));
        mem::forget(allocate(6));
    });
    assert!(minded.unwrap().contains("of 6 bytes"));
}

/// Allocates `bytes` in its poll number `offends_in`, and is ready in the third.
fn offends_in(offends_in: u32, bytes: usize) -> impl Future<Output = ()> {
    let mut poll = 0;
    poll_fn(move |_| {
        poll += 1;
        if poll == offends_in {
            mem::forget(allocate(bytes));
        }
        if poll == 3 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

fn poll<F: Future>(future: Pin<&mut F>) -> Result<Poll<F::Output>, String> {
    let mut context = Context::from_waker(Waker::noop());
    catch_unwind(AssertUnwindSafe(|| future.poll(&mut context)))
        .map_err(|panic| *panic.downcast::<String>().expect("an assertion's text"))
}

#[test]
fn an_allocation_in_a_second_poll_is_caught() {
    let mut future = pin!(no_alloc_polls(offends_in(2, 21)));
    assert_eq!(poll(future.as_mut()), Ok(Poll::Pending));
    let text = poll(future.as_mut()).unwrap_err();
    assert!(
        text.starts_with("expected no allocation in poll 2, guarded at tests/measure/alloc_watch"),
        "{text}"
    );
    assert!(text.contains("of 21 bytes"), "{text}");
    assert_eq!(poll(future), Ok(Poll::Ready(())));
}

#[test]
fn polls_are_judged_on_whatever_thread() {
    let mut future = Box::pin(no_alloc_polls(offends_in(2, 23)));
    assert_eq!(poll(future.as_mut()), Ok(Poll::Pending));
    let there = thread::spawn(move || poll(future.as_mut())).join().unwrap();
    assert!(there.unwrap_err().contains("of 23 bytes"));
}

#[test]
fn a_future_that_allocates_nothing_passes_every_poll() {
    let mut future = pin!(no_alloc_polls(offends_in(9, 1)));
    let polls = [(); 3].map(|()| poll(future.as_mut()));
    assert_eq!(
        polls,
        [Ok(Poll::Pending), Ok(Poll::Pending), Ok(Poll::Ready(()))]
    );
}
