//! One thread stands at a point of a wait: tasks polled by hand, and how much one call wakes.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use shorttail::channel::{Receiver, RecvFuture, Sender, bounded};
use shorttail::chaos::{Point, Stalled, stall};

use crate::asleep::{sleeping_receiver, waits};
use crate::channel::{ROUNDS, round_trips, take_all_cells};

/// As above, with a notifier in the middle of its `try_send` as the holder.
#[test]
fn a_notifier_that_holds_the_wait_lock_delays_no_try_call_and_loses_no_wake() {
    let (tx, rx) = bounded(4);
    let cells = take_all_cells(&rx);
    let receivers = [sleeping_receiver(&rx, 33), sleeping_receiver(&rx, 34)];
    drop(cells);
    let stalled = stall(Point::WaitLocked, {
        let tx = tx.clone();
        move || tx.try_send(ROUNDS).is_ok()
    });
    assert_eq!(rx.try_recv(), Ok(ROUNDS), "the message is anybody's");
    round_trips(&tx, &rx);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    assert!(
        waits(&rx, "receivers_waiting: 2 }"),
        "their wakes are left to the holder"
    );
    assert!(stalled.release());
    let sum: usize = receivers.map(|r| r.join().unwrap().unwrap()).iter().sum();
    assert_eq!(sum, 3);
}

/// A thread that comes into the list makes a wake that was left to it; the waker panics.
#[test]
fn a_panicking_waker_leaves_no_thread_in_the_list() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in the waker");
        }
    }
    let (tx, rx) = bounded(4);
    let cells = take_all_cells(&rx);
    let mut bad = Box::pin(rx.recv_async());
    let waker = Waker::from(Arc::new(Panics));
    assert!(
        bad.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(cells);
    let stalled = stall(Point::WaitLocked, {
        let rx = rx.clone();
        move || catch_unwind(AssertUnwindSafe(|| rx.recv())).is_err()
    });
    tx.try_send(1).unwrap();
    assert!(stalled.release(), "the waker's panic came through it");
    assert!(waits(&rx, "receivers_waiting: 0"), "neither is linked");
    assert_eq!(rx.try_recv(), Ok(1));
    round_trips(&tx, &rx);
    drop(bad);
}

/// Polls a receive by hand, on a thread that is held at `point`.
fn stalled_task(rx: &Receiver<usize>, tx: &Sender<usize>, point: Point) -> Stalled<Option<usize>> {
    let (tx, rx) = (tx.clone(), rx.clone());
    stall(point, move || {
        let count = Arc::new(Count::default());
        let mut receive = Box::pin(rx.recv_async());
        assert!(poll(&mut receive, &count).is_pending());
        if point == Point::WakeRunning {
            tx.try_send(0).unwrap();
            assert_eq!(count.get(), 1);
        }
        match poll(&mut receive, &count) {
            Poll::Ready(got) => got.ok(),
            Poll::Pending => None,
        }
    })
}

#[test]
fn a_task_held_in_its_wait_delays_nobody() {
    for point in [Point::WaitLink, Point::WakeRunning, Point::WaitUnlink] {
        let (tx, rx) = bounded(4);
        let stalled = stalled_task(&rx, &tx, point);
        if point == Point::WakeRunning {
            assert_eq!(rx.try_recv(), Ok(0), "the message is anybody's");
        }
        round_trips(&tx, &rx);
        // The held task was given a wake in the round trips; its cell is its own until it runs.
        let receiver = sleeping_receiver(&rx, if point == Point::WaitLink { 1 } else { 2 });
        tx.try_send(7).unwrap();
        assert_eq!(receiver.join().unwrap(), Some(7));
        assert_eq!(stalled.release(), None);
        round_trips(&tx, &rx);
    }
}

#[test]
fn a_sender_held_on_its_way_into_or_out_of_its_wait_delays_nobody() {
    for point in [Point::WaitLink, Point::WaitUnlink] {
        let (tx, rx) = bounded(1);
        tx.try_send(1).unwrap();
        let stalled = stall(point, {
            let tx = tx.clone();
            move || tx.send_timeout(2, Duration::ZERO).is_ok()
        });
        assert_eq!(rx.try_recv(), Ok(1));
        round_trips(&tx, &rx);
        tx.try_send(3).unwrap();
        let sender = thread::spawn({
            let tx = tx.clone();
            move || tx.send(4)
        });
        assert_eq!(rx.recv(), Ok(3));
        assert_eq!(rx.recv(), Ok(4));
        sender.join().unwrap().unwrap();
        let sent = stalled.release();
        assert_eq!(rx.try_iter().count(), usize::from(sent));
    }
}

/// A time-out that comes in its sleep.
const SHORT: Duration = Duration::from_millis(5);

/// Its time has passed and it is about to leave: what comes now is still its own, in a cell and in
/// the list.
#[test]
fn a_message_that_comes_at_the_deadline_is_received() {
    for listed in [false, true] {
        let (tx, rx) = bounded(1);
        let cells = listed.then(|| take_all_cells(&rx));
        let stalled = stall(Point::WaitUnlink, {
            let rx = rx.clone();
            move || rx.recv_timeout(SHORT)
        });
        drop(cells);
        tx.try_send(1).unwrap();
        assert_eq!(stalled.release(), Ok(1), "listed: {listed}");
        assert!(waits(&rx, "receivers_waiting: 0 }"));
        round_trips(&tx, &rx);
    }
}

#[test]
fn room_that_comes_at_the_deadline_is_taken() {
    for listed in [false, true] {
        let (tx, rx) = bounded(1);
        tx.try_send(1).unwrap();
        let mut cells: Vec<_> = (0..if listed { 32 } else { 0 })
            .map(|n| Box::pin(tx.send_async(n)))
            .collect();
        let count = Arc::new(Count::default());
        for send in &mut cells {
            assert!(poll(send, &count).is_pending());
        }
        let stalled = stall(Point::WaitUnlink, {
            let tx = tx.clone();
            move || tx.send_timeout(2, SHORT)
        });
        drop(cells);
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(stalled.release(), Ok(()), "listed: {listed}");
        assert_eq!(rx.try_recv(), Ok(2));
        assert!(waits(&rx, "senders_waiting: 0,"));
        round_trips(&tx, &rx);
    }
}

/// Whoever leaves hands on the wake that reached it, though its time has passed.
#[test]
fn a_wake_that_comes_at_the_deadline_reaches_the_next() {
    let (tx, rx) = bounded(1);
    let stalled = stall(Point::WaitUnlink, {
        let rx = rx.clone();
        move || rx.recv_timeout(SHORT)
    });
    let receiver = sleeping_receiver(&rx, 2);
    tx.try_send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1), "somebody was quicker");
    let late = stalled.release();
    assert!(late.is_err());
    tx.try_send(2).unwrap();
    assert_eq!(receiver.join().unwrap(), Some(2));
}

/// Forty receives that wait, polled by hand.
fn forty(rx: &Receiver<usize>) -> (Vec<Pin<Box<RecvFuture<'_, usize>>>>, Arc<Count>) {
    let count = Arc::new(Count::default());
    let mut receives: Vec<_> = (0..40).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut receives {
        assert!(poll(receive, &count).is_pending());
    }
    (receives, count)
}

#[test]
fn a_refusal_on_a_closed_channel_wakes_one_waiter_who_wakes_the_next() {
    let (tx, rx) = bounded(4);
    let (mut receives, count) = forty(&rx);
    let stalled = stall(Point::CloseMiddle, {
        let tx = tx.clone();
        move || tx.close()
    });
    assert!(tx.try_send(1).unwrap_err().is_closed());
    for (before, receive) in receives.iter_mut().enumerate() {
        assert_eq!(count.get(), before + 1);
        assert!(matches!(poll(receive, &count), Poll::Ready(Err(_))));
    }
    assert!(stalled.release());
}

/// Those who found the lock taken left their wakes to its holder, who makes sixteen of them.
#[test]
fn a_call_that_held_the_wait_lock_makes_sixteen_wakes_and_the_woken_the_rest() {
    let (tx, rx) = bounded(256);
    let cells = take_all_cells(&rx);
    let (mut receives, count) = forty(&rx);
    drop(cells);
    let stalled = stall(Point::WaitLocked, {
        let tx = tx.clone();
        move || tx.try_send(0).is_ok()
    });
    for n in 1..40 {
        tx.try_send(n).unwrap();
    }
    assert_eq!(count.get(), 0);
    assert!(stalled.release());
    assert_eq!(count.get(), 16);
    for (n, receive) in receives.iter_mut().enumerate() {
        assert!(count.get() > n, "woken in its turn");
        assert_eq!(poll(receive, &count), Poll::Ready(Ok(n)));
    }
    assert_eq!(count.get(), 40);
}

/// A waker that counts how often it was woken.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

pub(crate) fn poll<F: Future>(future: &mut Pin<Box<F>>, count: &Arc<Count>) -> Poll<F::Output> {
    let waker = Waker::from(count.clone());
    future.as_mut().poll(&mut Context::from_waker(&waker))
}
