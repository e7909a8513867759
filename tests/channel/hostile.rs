//! Wakers that panic in any of their calls, or use the channel while they are called.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

use shorttail::channel::{RecvError, bounded};

use crate::executor::Count;

/// What shall panic from now on, and how often it was woken.
#[derive(Default)]
struct Faults {
    clone: AtomicBool,
    wake: AtomicBool,
    drop: AtomicBool,
    woken: AtomicUsize,
}

impl Faults {
    /// Leaked, so that any number of wakers may point at it.
    fn new() -> (&'static Self, Waker) {
        let faults: &'static Self = Box::leak(Box::default());
        // SAFETY: the table's functions take the pointer for what it is, a `&'static Faults`.
        let waker = unsafe { Waker::from_raw(faults.raw()) };
        (faults, waker)
    }

    fn raw(&'static self) -> RawWaker {
        RawWaker::new(ptr::from_ref(self).cast(), &TABLE)
    }
}

/// A waker whose clone panics.
pub(crate) fn uncloneable() -> Waker {
    let (faults, waker) = Faults::new();
    faults.clone.store(true, Ordering::SeqCst);
    waker
}

const TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        let faults = faults(data);
        panic_if(&faults.clone, "clone");
        faults.raw()
    },
    |data| wake(faults(data)),
    |data| wake(faults(data)),
    |data| panic_if(&faults(data).drop, "drop"),
);

fn faults(data: *const ()) -> &'static Faults {
    // SAFETY: only `Faults::raw` makes wakers with this table, from a `&'static Faults`.
    unsafe { &*data.cast::<Faults>() }
}

fn wake(faults: &Faults) {
    faults.woken.fetch_add(1, Ordering::SeqCst);
    panic_if(&faults.wake, "wake");
}

/// Once.
fn panic_if(fault: &AtomicBool, what: &str) {
    assert!(
        !fault.swap(false, Ordering::SeqCst),
        "in the waker's {what}"
    );
}

fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// Whether `call` panics.
fn panics<R>(call: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(|| drop(call()))).is_err()
}

#[test]
fn a_waker_that_panics_when_cloned_leaves_its_future_out_of_the_line() {
    let (tx, rx) = bounded(1);
    let (faults, waker) = Faults::new();
    let mut receive = Box::pin(rx.recv_async());
    faults.clone.store(true, Ordering::SeqCst);
    assert!(panics(|| poll(&mut receive, &waker)));
    assert!(format!("{rx:?}").contains("receivers_waiting: 0"));
    tx.try_send(1).unwrap();
    assert_eq!(poll(&mut receive, &waker), Poll::Ready(Ok(1)));
}

#[test]
fn a_newer_waker_that_panics_when_cloned_leaves_the_older_in_the_line() {
    let (tx, rx) = bounded(1);
    let (count, older) = Count::new();
    let (faults, newer) = Faults::new();
    let mut receive = Box::pin(rx.recv_async());
    assert!(poll(&mut receive, &older).is_pending());
    faults.clone.store(true, Ordering::SeqCst);
    assert!(panics(|| poll(&mut receive, &newer)));
    tx.try_send(1).unwrap();
    assert_eq!(
        (count.get(), poll(&mut receive, &newer)),
        (1, Poll::Ready(Ok(1)))
    );
}

#[test]
fn a_waiter_woken_in_vain_whose_waker_panics_when_cloned_passes_its_wake_on() {
    let (tx, rx) = bounded(1);
    let (count, good) = Count::new();
    let (_, bad) = Faults::new();
    let mut first = Box::pin(rx.recv_async());
    let mut second = Box::pin(rx.recv_async());
    assert!(poll(&mut first, &bad).is_pending());
    assert!(poll(&mut second, &good).is_pending());
    tx.try_send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1), "somebody was quicker");
    let (faults, worse) = Faults::new();
    faults.clone.store(true, Ordering::SeqCst);
    assert!(panics(|| poll(&mut first, &worse)));
    tx.try_send(2).unwrap();
    drop(first);
    assert_eq!(count.get(), 1);
    assert_eq!(poll(&mut second, &good), Poll::Ready(Ok(2)));
}

#[test]
fn a_waker_that_panics_when_dropped_loses_no_wake() {
    let (tx, rx) = bounded(2);
    let (count, good) = Count::new();
    let (faults, bad) = Faults::new();
    let mut replaced = Box::pin(rx.recv_async());
    assert!(poll(&mut replaced, &bad).is_pending());
    faults.drop.store(true, Ordering::SeqCst);
    assert!(
        panics(|| poll(&mut replaced, &good)),
        "as the older one goes"
    );
    tx.try_send(1).unwrap();
    assert_eq!(
        (count.get(), poll(&mut replaced, &good)),
        (1, Poll::Ready(Ok(1)))
    );

    let mut cancelled = Box::pin(rx.recv_async());
    let mut next = Box::pin(rx.recv_async());
    assert!(poll(&mut cancelled, &bad).is_pending());
    assert!(poll(&mut next, &good).is_pending());
    faults.drop.store(true, Ordering::SeqCst);
    assert!(panics(|| cancelled));
    tx.try_send(2).unwrap();
    assert_eq!(
        (count.get(), poll(&mut next, &good)),
        (2, Poll::Ready(Ok(2)))
    );
    let mut woken = Box::pin(rx.recv_async());
    let mut next = Box::pin(rx.recv_async());
    assert!(poll(&mut woken, &bad).is_pending());
    assert!(poll(&mut next, &good).is_pending());
    tx.try_send(3).unwrap();
    faults.drop.store(true, Ordering::SeqCst);
    assert!(panics(|| woken));
    assert_eq!(
        (count.get(), poll(&mut next, &good)),
        (3, Poll::Ready(Ok(3)))
    );
    assert!(format!("{rx:?}").contains("receivers_waiting: 0"));
}

/// The call that panics has done what it was to do: sent the message.
#[test]
fn a_send_whose_wake_panics_has_sent() {
    let (tx, rx) = bounded(2);
    let (faults, bad) = Faults::new();
    let (count, good) = Count::new();
    let mut first = Box::pin(rx.recv_async());
    let mut second = Box::pin(rx.recv_async());
    assert!(poll(&mut first, &bad).is_pending());
    assert!(poll(&mut second, &good).is_pending());
    faults.wake.store(true, Ordering::SeqCst);
    assert!(panics(|| tx.try_send(1)));
    tx.try_send(2).unwrap();
    assert_eq!((faults.woken.load(Ordering::SeqCst), count.get()), (1, 1));
    assert_eq!(poll(&mut second, &good), Poll::Ready(Ok(1)));
    assert_eq!(poll(&mut first, &good), Poll::Ready(Ok(2)));
}

/// The message is ours already and goes with the panic; its slot and its room are free.
#[test]
fn a_receive_whose_wake_panics_drops_its_message_once() {
    let (tx, rx) = bounded(1);
    let (faults, bad) = Faults::new();
    let value = Arc::new(());
    tx.try_send(value.clone()).unwrap();
    let mut send = Box::pin(tx.send_async(value.clone()));
    assert!(poll(&mut send, &bad).is_pending());
    faults.wake.store(true, Ordering::SeqCst);
    assert!(panics(|| rx.try_recv()));
    assert_eq!((Arc::strong_count(&value), rx.len()), (2, 0));
    assert!(poll(&mut send, &bad).is_ready());
    assert!(rx.try_recv().is_ok());
    assert_eq!(Arc::strong_count(&value), 1);
}

/// All messages of the run are ours already and go with the panic; their slots and their room are
/// free.
#[test]
fn a_batch_receive_whose_wake_panics_drops_its_messages_once() {
    let (tx, rx) = bounded(64);
    let (faults, bad) = Faults::new();
    let value = Arc::new(());
    let fill = || (0..64).all(|_| tx.try_send(value.clone()).is_ok());
    assert!(fill());
    let mut send = Box::pin(tx.send_async(value.clone()));
    assert!(poll(&mut send, &bad).is_pending());
    faults.wake.store(true, Ordering::SeqCst);
    let mut buf = Vec::with_capacity(8);
    assert!(panics(|| rx.try_recv_many(&mut buf, 8)));
    assert_eq!((buf.len(), rx.len()), (0, 56));
    assert_eq!(Arc::strong_count(&value), 1 + 56 + 1, "eight are dropped");
    assert!(poll(&mut send, &bad).is_ready());
    for _ in 0..4 {
        while rx.try_recv().is_ok() {}
        assert!(fill());
    }
    assert_eq!(rx.stats().stepped_over, 0, "no slot was left to anybody");
    drop(rx);
    assert_eq!(Arc::strong_count(&value), 1);
}

/// The same where the receive passes a wake on to another receiver.
#[test]
fn a_batch_receive_that_wakes_a_panicking_receiver_drops_its_messages_once() {
    let (tx, rx) = bounded(64);
    let (faults, bad) = Faults::new();
    let (count, good) = Count::new();
    let value = Arc::new(());
    let mut woken: Vec<_> = (0..9).map(|_| Box::pin(rx.recv_async())).collect();
    assert!(
        woken
            .iter_mut()
            .all(|receive| poll(receive, &good).is_pending())
    );
    let mut last = Box::pin(rx.recv_async());
    assert!(poll(&mut last, &bad).is_pending());
    for _ in 0..9 {
        assert!(tx.try_send(value.clone()).is_ok());
    }
    assert_eq!(count.get(), 9, "they have yet to run");
    faults.wake.store(true, Ordering::SeqCst);
    let mut buf = Vec::with_capacity(8);
    assert!(panics(|| rx.try_recv_many(&mut buf, 8)));
    assert_eq!((buf.len(), rx.len(), Arc::strong_count(&value)), (0, 1, 2));
    assert_eq!(faults.woken.load(Ordering::SeqCst), 1);
    assert!(poll(&mut last, &bad).is_ready());
    assert_eq!(Arc::strong_count(&value), 1);
}

type Receiving = Pin<Box<dyn Future<Output = Result<u8, RecvError>> + Send>>;

/// When woken, drops another future of the same line, and counts.
#[derive(Default)]
struct DropsAnother {
    other: Mutex<Option<Receiving>>,
    woken: AtomicUsize,
}

impl Wake for DropsAnother {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::SeqCst);
        let other = self.other.lock().unwrap().take();
        drop(other);
    }
}

#[test]
fn a_waker_may_drop_another_future_of_the_same_line() {
    for close in [false, true] {
        let (tx, rx) = bounded(2);
        let dropper = Arc::new(DropsAnother::default());
        let receive = || {
            let rx = rx.clone();
            Box::pin(async move { rx.recv_async().await })
        };
        let (count, waker) = Count::new();
        let mut first = receive();
        let mut dropped: Receiving = receive();
        let mut last = receive();
        assert!(poll(&mut first, &Waker::from(dropper.clone())).is_pending());
        assert!(poll(&mut dropped, &waker).is_pending());
        assert!(poll(&mut last, &waker).is_pending());
        *dropper.other.lock().unwrap() = Some(dropped);
        let woken = || (dropper.woken.load(Ordering::SeqCst), count.get());
        if close {
            tx.close();
            assert_eq!(woken(), (1, 1), "everybody who still stood in the line");
            assert_eq!(poll(&mut last, &waker), Poll::Ready(Err(RecvError)));
            continue;
        }
        tx.try_send(1).unwrap();
        assert_eq!(woken(), (1, 0));
        tx.try_send(2).unwrap();
        assert_eq!(woken(), (1, 1));
        assert_eq!(poll(&mut last, &waker), Poll::Ready(Ok(1)));
        assert_eq!(poll(&mut first, &waker), Poll::Ready(Ok(2)));
    }
}
