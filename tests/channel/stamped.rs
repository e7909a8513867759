//! Each message tells how long it waited for room and how long in the queue.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use shorttail::channel::{
    Aged, Builder, NoClock, Offered, OnFull, RecvTimeoutError, Stamped, StampedReceiver,
    StampedSender, TryRecvError, TrySendError, stamped,
};
use shorttail::measure::Recorder;
use shorttail::time::{Clock, Deadline, MockClock, StdClock};

use crate::executor::{Count, block_on};

const MS: Duration = Duration::from_millis(1);

fn aged<T>(value: T, room_ms: u32, queue_ms: u32) -> Aged<T> {
    Aged {
        value,
        waited_for_room: room_ms * MS,
        waited_in_queue: queue_ms * MS,
    }
}

/// A clock that counts its readings, and moves by a nanosecond with each.
#[derive(Clone, Default)]
struct Readings(Arc<AtomicU64>);

impl Readings {
    /// Since this was asked last.
    fn take(&self) -> u64 {
        self.0.swap(0, Ordering::SeqCst)
    }
}

impl Clock for Readings {
    fn now_ns(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

#[test]
fn without_a_clock_a_message_is_no_larger() {
    assert_eq!(size_of::<Stamped<u8, NoClock>>(), 1);
    assert_eq!(size_of::<Stamped<[u64; 3], NoClock>>(), 24);
    assert_eq!(size_of::<Stamped<u64, StdClock>>(), 24);
    let (tx, rx) = stamped(1, NoClock);
    tx.send("x").unwrap();
    assert_eq!(rx.recv(), Ok(aged("x", 0, 0)));
}

#[test]
fn every_receive_tells_the_time_in_the_queue() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = stamped(4, clock.clone());
    for n in 0..4 {
        tx.try_send(n).unwrap();
        clock.advance(MS);
    }
    assert_eq!(rx.try_recv(), Ok(aged(0, 0, 4)));
    assert_eq!(rx.recv(), Ok(aged(1, 0, 3)));
    assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(aged(2, 0, 2)));
    assert_eq!(block_on(rx.recv_async()), Ok(aged(3, 0, 1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    let late = rx.recv_timeout(Duration::ZERO);
    assert_eq!(late, Err(RecvTimeoutError::Timeout));
    tx.plain().close();
    assert!(rx.recv().is_err() && block_on(rx.recv_async()).is_err());
}

#[test]
fn refused_values_come_back_bare() {
    let (tx, _rx) = stamped(1, StdClock);
    tx.send(1).unwrap();
    assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
    let late = tx.send_deadline(2, Deadline::at(0)).unwrap_err();
    assert!(late.is_timeout());
    assert_eq!(late.into_inner(), 2);
    let late = tx.send_timeout(3, Duration::ZERO).unwrap_err();
    assert_eq!(late.into_inner(), 3);
    assert_eq!(pin!(tx.send_async(4)).cancel(), Some(4));
    assert_eq!(pin!(tx.offer_async(4)).cancel(), Some(4));
    tx.plain().close();
    assert_eq!(tx.try_send(5), Err(TrySendError::Closed(5)));
    assert_eq!(tx.send(6).unwrap_err().into_inner(), 6);
    assert!(tx.send_timeout(7, Duration::ZERO).unwrap_err().is_closed());
    assert_eq!(block_on(tx.send_async(8)).unwrap_err().into_inner(), 8);
    assert_eq!(tx.offer(9), Err(TrySendError::Closed(9)));
}

/// A thread that is asleep in its send while time passes, by each call that can be.
#[test]
fn a_thread_that_waits_for_room_tells_it_apart() {
    type Call = fn(&StampedSender<u8, Arc<MockClock>>);
    let calls: [Call; 4] = [
        |tx| tx.send(2).unwrap(),
        |tx| tx.send_timeout(2, Duration::MAX).unwrap(),
        |tx| tx.send_deadline(2, Deadline::NEVER).unwrap(),
        |tx| assert_eq!(tx.offer(2), Ok(Offered::Sent)),
    ];
    for call in calls {
        let clock = Arc::new(MockClock::new());
        let (tx, rx) = stamped(1, clock.clone());
        tx.send(1).unwrap();
        let sender = thread::spawn(move || call(&tx));
        while !format!("{rx:?}").contains("senders_waiting: 1") {
            assert!(!sender.is_finished());
            thread::yield_now();
        }
        clock.advance(5 * MS);
        assert_eq!(rx.recv(), Ok(aged(1, 0, 5)));
        sender.join().unwrap();
        clock.advance(2 * MS);
        assert_eq!(rx.recv(), Ok(aged(2, 5, 2)));
    }
}

#[test]
fn a_task_that_waits_for_room_tells_it_apart() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = stamped(1, clock.clone());
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    tx.try_send(1).unwrap();
    {
        let mut send = pin!(tx.send_async(2));
        assert!(send.as_mut().poll(&mut cx).is_pending());
        clock.advance(3 * MS);
        assert!(send.as_mut().poll(&mut cx).is_pending(), "in vain");
        clock.advance(MS);
        assert_eq!(rx.try_recv(), Ok(aged(1, 0, 4)));
        assert_eq!(send.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
        clock.advance(2 * MS);
    }
    let mut offer = pin!(tx.offer_async(3));
    assert!(offer.as_mut().poll(&mut cx).is_pending());
    clock.advance(MS);
    assert_eq!(rx.try_recv(), Ok(aged(2, 4, 3)));
    assert_eq!(offer.as_mut().poll(&mut cx), Poll::Ready(Ok(Offered::Sent)));
    assert_eq!(rx.try_recv(), Ok(aged(3, 1, 0)));
}

#[test]
fn an_evicted_message_tells_its_age() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = Builder::new(1).on_full(OnFull::DropOldest).build().unwrap();
    let tx = StampedSender::over(tx, clock.clone());
    let rx = StampedReceiver::over(rx, clock.clone());
    assert_eq!(tx.offer(1), Ok(Offered::Sent));
    clock.advance(MS);
    assert_eq!(tx.offer(2), Ok(Offered::Evicted(aged(1, 0, 1))));
    clock.advance(MS);
    let evicted = Offered::Evicted(aged(2, 0, 1));
    assert_eq!(block_on(tx.offer_async(3)), Ok(evicted));
    assert_eq!(rx.recv().unwrap().value, 3);
    assert_eq!(rx.plain().stats().evicted, 2);
}

/// One on each side where nobody waits; one more for each further attempt.
#[test]
fn the_clock_is_read_once_a_side() {
    let clock = Readings::default();
    let (tx, rx) = stamped(1, clock.clone());
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let received = |told: Option<u8>| {
        assert_eq!(told, Some(1));
        assert_eq!(clock.take(), 1);
    };
    let sent = |told: bool| {
        assert!(told);
        assert_eq!(clock.take(), 1);
    };
    sent(tx.try_send(1).is_ok());
    received(rx.try_recv().ok().map(|aged| aged.value));
    sent(tx.send(1).is_ok());
    received(rx.recv().ok().map(|aged| aged.value));
    sent(tx.send_timeout(1, MS).is_ok());
    received(rx.recv_timeout(MS).ok().map(|aged| aged.value));
    sent(block_on(tx.send_async(1)).is_ok());
    received(block_on(rx.recv_async()).ok().map(|aged| aged.value));
    sent(tx.offer(1).is_ok());
    assert!(tx.try_send(2).is_err());
    assert_eq!(clock.take(), 1, "a refused one too");
    let mut send = pin!(tx.send_async(3));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert_eq!(clock.take(), 1);
    received(rx.try_recv().ok().map(|aged| aged.value));
    assert!(send.as_mut().poll(&mut cx).is_ready());
    assert_eq!(clock.take(), 1, "once more after it has waited");
}

/// What goes on to another channel keeps the stamp it came with.
#[test]
fn a_stamp_travels_through_the_plain_channels() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = stamped(1, clock.clone());
    let (next_tx, next_rx) = stamped(1, clock.clone());
    tx.try_send(1).unwrap();
    clock.advance(MS);
    next_tx.plain().send(rx.plain().recv().unwrap()).unwrap();
    clock.advance(MS);
    assert_eq!(next_rx.recv(), Ok(aged(1, 0, 2)));
}

#[test]
fn both_waits_go_into_histograms() {
    let (room, queue) = (Recorder::new(), Recorder::new());
    aged((), 2, 3).record(&room, &queue);
    let (room, queue) = (room.histogram().snapshot(), queue.histogram().snapshot());
    assert_eq!((room.count(), room.sum()), (1, 2_000_000));
    assert_eq!((queue.count(), queue.sum()), (1, 3_000_000));
    assert_eq!(aged((), 2, 3).age_ns(), 5_000_000);
    let endless = Aged {
        waited_in_queue: Duration::MAX,
        ..aged((), 1, 0)
    };
    assert_eq!((endless.age(), endless.age_ns()), (Duration::MAX, u64::MAX));
}
