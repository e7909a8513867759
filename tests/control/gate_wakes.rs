//! Whom a gate wakes, where wakers panic or hang.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use shorttail::control::{Class, Gate, OwnedPermit, Permit, Refused};
use shorttail::time::{Deadline, MockClock};

const NEVER: Deadline = Deadline::NEVER;

/// Counts its wakes, after it did something else.
struct Then<F> {
    first: F,
    wakes: AtomicUsize,
}

impl<F: Fn() + Send + Sync + 'static> Then<F> {
    fn new(first: F) -> Arc<Self> {
        let wakes = AtomicUsize::new(0);
        Arc::new(Self { first, wakes })
    }

    fn wakes(&self) -> usize {
        self.wakes.load(Ordering::Relaxed)
    }
}

impl<F: Fn() + Send + Sync + 'static> Wake for Then<F> {
    fn wake(self: Arc<Self>) {
        (self.first)();
        self.wakes.fetch_add(1, Ordering::Relaxed);
    }
}

type Entered<'g> = Result<Permit<'g>, Refused>;
type Waiting<'g> = Pin<Box<dyn Future<Output = Entered<'g>> + 'g>>;

fn poll<'g>(waiting: &mut Waiting<'g>, waker: &Waker) -> Poll<Entered<'g>> {
    waiting.as_mut().poll(&mut Context::from_waker(waker))
}

/// One in line, asleep.
fn waits<'g>(gate: &'g Gate, class: Class, waker: &Waker) -> Waiting<'g> {
    let mut waiting: Waiting<'g> = Box::pin(gate.enter_async(class, NEVER, MockClock::new()));
    assert!(poll(&mut waiting, waker).is_pending());
    waiting
}

fn gate(limit: u32) -> Arc<Gate> {
    Arc::new(
        Gate::builder(limit)
            .shares(1.0, 1.0)
            .waiters_max(16)
            .build()
            .unwrap(),
    )
}

#[test]
fn a_waker_that_panics_takes_no_permit_with_it() {
    let gate = gate(2);
    let permits = [0, 1].map(|_| gate.try_enter(Class::NORMAL, NEVER, 0).unwrap());
    let panics = Waker::from(Then::new(|| panic!("a waker that panics")));
    let noop = Waker::noop();
    let [mut first, mut second] = [0, 1].map(|_| waits(&gate, Class::NORMAL, noop));
    let mut third = waits(&gate, Class::NORMAL, &panics);
    drop(permits); // the first two are woken
    // There is a place for one more than entered, so the third is woken too.
    let entered = catch_unwind(AssertUnwindSafe(|| poll(&mut first, noop).is_ready()));
    assert!(entered.is_err());
    assert_eq!((gate.stats().in_flight, gate.stats().waiting), (0, 2));
    drop(first);
    assert_eq!((gate.stats().in_flight, gate.stats().waiting), (0, 2));
    let Poll::Ready(Ok(_held)) = poll(&mut second, noop) else {
        panic!("there are two places");
    };
    let Poll::Ready(Ok(_too)) = poll(&mut third, noop) else {
        panic!("there is one more");
    };
    assert_eq!((gate.stats().in_flight, gate.stats().waiting), (2, 0));
}

/// A thread that stands still within a wake is one that gives another permit back within it: seen
/// from the second, the first has not come further.
#[test]
fn one_that_is_being_woken_keeps_one_place_and_no_more() {
    let gate = gate(2);
    let owned = || gate.try_enter_owned(Class::NORMAL, NEVER, 0).unwrap();
    let (first, second) = (owned(), Mutex::new(Some(owned())));
    let gives_back = Then::new(move || drop::<Option<OwnedPermit>>(second.lock().unwrap().take()));
    let counts = Then::new(|| {});
    let _critical = waits(&gate, Class::CRITICAL, &Waker::from(gives_back.clone()));
    let mut normal = waits(&gate, Class::NORMAL, &Waker::from(counts.clone()));
    drop(first);
    assert_eq!((gives_back.wakes(), counts.wakes()), (1, 1));
    assert!(poll(&mut normal, Waker::noop()).is_ready());
}

#[test]
fn a_limit_that_rises_wakes_all_who_have_room_whatever_their_tier() {
    let gate = gate(1);
    let _permit = gate.try_enter(Class::CRITICAL, NEVER, 0).unwrap();
    let counts = Then::new(|| {});
    let waker = Waker::from(counts.clone());
    let _critical = waits(&gate, Class::CRITICAL, &waker); // and never runs
    let mut normal: Vec<_> = (0..8)
        .map(|_| waits(&gate, Class::NORMAL, &waker))
        .collect();
    gate.set_limit(11);
    assert_eq!(counts.wakes(), 9);
    let enters = |waiting| poll(waiting, &waker).is_ready();
    assert!(normal.iter_mut().all(enters));
}

#[test]
fn where_nobody_may_wait_a_cohort_has_the_room_that_it_has_at_the_door() {
    let gate = Gate::builder(8).shares(1.0, 0.5).build().unwrap();
    let all: Vec<_> = (0..3)
        .map(|_| gate.try_enter(Class::CRITICAL, NEVER, 0).unwrap())
        .collect();
    let shed_first = Class::SHEDDABLE.sticky(0);
    let by_door = gate.try_enter(shed_first, NEVER, 0).map(drop);
    let mut waiting: Waiting<'_> = Box::pin(gate.enter_async(shed_first, NEVER, MockClock::new()));
    let by_line = match poll(&mut waiting, Waker::noop()) {
        Poll::Ready(told) => told.map(drop),
        Poll::Pending => panic!("nobody may wait"),
    };
    assert_eq!(by_door.is_err(), by_line.is_err());
    assert!(by_door.is_err(), "{} are in", all.len());
}
