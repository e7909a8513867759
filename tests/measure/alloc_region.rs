//! Regions hold what happened inside them, on whatever thread, and nothing else.

use std::future::poll_fn;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use shorttail::measure::AllocRegion;

fn heap(bytes: usize) {
    drop(black_box(vec![1_u8; bytes]));
}

#[test]
fn what_happens_outside_is_not_counted() {
    let region = AllocRegion::new("handler");
    heap(10);
    region.run(|| heap(20));
    heap(30);
    let counts = region.counts();
    assert_eq!((counts.allocs, counts.frees, counts.bytes), (1, 1, 20));
    assert_eq!((region.name(), region.visits()), ("handler", 1));
    assert_eq!(
        region.to_string(),
        "handler: 1 visits, 1 allocs, 0 reallocs, 1 frees, 20 bytes"
    );
}

#[test]
fn an_inner_region_is_also_in_the_outer_one() {
    let (outer, inner) = (AllocRegion::new("outer"), AllocRegion::new("inner"));
    outer.run(|| {
        heap(1);
        inner.run(|| heap(2));
    });
    assert_eq!((outer.counts().bytes, inner.counts().bytes), (3, 2));
}

#[test]
fn a_panic_ends_the_visit() {
    let region = AllocRegion::new("handler");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        region.run(|| {
            heap(5);
            std::panic::resume_unwind(Box::new(()));
        });
    }));
    assert!(panicked.is_err());
    let with_the_panics_own = region.counts();
    assert!(with_the_panics_own.bytes >= 5);
    heap(7);
    assert_eq!((region.visits(), region.counts()), (1, with_the_panics_own));
}

#[test]
fn a_forgotten_scope_adds_nothing() {
    let region = AllocRegion::new("handler");
    std::mem::forget(region.enter());
    heap(5);
    region.run(|| heap(6));
    assert_eq!((region.visits(), region.counts().bytes), (1, 6));
}

#[test]
fn threads_add_up() {
    let region = AllocRegion::new("workers");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| region.run(|| heap(8))));
        }
    });
    assert_eq!(region.visits(), 400);
    assert_eq!(
        (region.counts().allocs, region.counts().bytes),
        (400, 3_200)
    );
}

#[test]
fn a_watched_future_counts_each_poll_and_nothing_between() {
    let region = AllocRegion::new("handler");
    let mut polls = 0;
    let mut future = pin!(region.watch(poll_fn(move |_| {
        polls += 1;
        heap(polls);
        if polls == 2 {
            Poll::Ready(polls)
        } else {
            Poll::Pending
        }
    })));
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
    heap(100);
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(2));
    assert_eq!((region.visits(), region.counts().bytes), (2, 3));
}
