//! One thread stands at a named point of the channel; what the others do completes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::FutureExt;
use shorttail::channel::{Receiver, RecvFuture, Sender, TryRecvError, bounded};
use shorttail::chaos::{Point, Stalled, stall};

use crate::asleep::{Watched, sleeping_receiver, sleeping_sender, waits};
use crate::executor::Count;
use crate::until::until;

/// Operations of the others while one thread is held.
pub(crate) const ROUNDS: usize = 1_000;

/// Round trips through the channel, and no message is lost or late.
pub(crate) fn round_trips(tx: &Sender<usize>, rx: &Receiver<usize>) {
    for n in 0..ROUNDS {
        tx.try_send(n).expect("room");
        assert_eq!(rx.try_recv(), Ok(n), "a completed send is received");
    }
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

pub(crate) fn park_receiver(rx: &Receiver<usize>) -> JoinHandle<Option<usize>> {
    let rx = rx.clone();
    thread::spawn(move || rx.recv().ok())
}

/// Holds a sender between its claim and its publish.
fn stalled_sender(tx: &Sender<usize>, value: usize) -> Stalled<bool> {
    let tx = tx.clone();
    stall(Point::SendClaimed, move || tx.try_send(value).is_ok())
}

/// Holds a thread that waits for a message and never gets one, at `point`.
fn stalled_waiter(rx: &Receiver<usize>, point: Point, timeout: Duration) -> Stalled<Option<usize>> {
    let rx = rx.clone();
    stall(point, move || rx.recv_timeout(timeout).ok())
}

#[test]
fn a_sender_in_its_window_delays_nobody() {
    for capacity in [1, 2, 7, 64] {
        let (tx, rx) = bounded(capacity);
        let stalled = stalled_sender(&tx, ROUNDS);
        round_trips(&tx, &rx);
        assert!(
            tx.stats().stepped_over > 0,
            "once each time round the slots"
        );
        assert!(stalled.release(), "its own send goes through late");
        assert_eq!(rx.try_recv(), Ok(ROUNDS));
        assert_eq!((tx.len(), rx.try_recv()), (0, Err(TryRecvError::Empty)));
    }
}

#[test]
fn as_many_senders_as_the_capacity_in_their_windows_delay_nobody() {
    for capacity in [1, 2, 5, 8] {
        let (tx, rx) = bounded(capacity);
        let stalled: Vec<_> = (0..capacity)
            .map(|n| stalled_sender(&tx, ROUNDS + n))
            .collect();
        round_trips(&tx, &rx);
        for sender in stalled {
            assert!(sender.release());
        }
        assert_eq!(
            rx.try_iter().sum::<usize>(),
            (0..capacity).map(|n| ROUNDS + n).sum()
        );
    }
}

#[test]
fn a_receiver_in_its_copy_delays_nobody() {
    for capacity in [1, 2, 7, 64] {
        let (tx, rx) = bounded(capacity);
        tx.try_send(9).unwrap();
        let stalled = stall(Point::RecvClaimed, {
            let rx = rx.clone();
            move || rx.try_recv().ok()
        });
        round_trips(&tx, &rx);
        // Its slot was stepped over, so the whole capacity is there again.
        for n in 0..capacity {
            tx.try_send(n).expect("room for the capacity");
        }
        assert!(tx.try_send(0).is_err(), "and for no more");
        assert_eq!(stalled.release(), Some(9));
        assert_eq!(rx.try_iter().count(), capacity);
    }
}

#[test]
fn a_sender_in_its_window_keeps_no_receiver_asleep() {
    let (tx, rx) = bounded(2);
    let stalled = stalled_sender(&tx, 1);
    let receiver = park_receiver(&rx);
    tx.try_send(2).unwrap();
    assert_eq!(receiver.join().unwrap(), Some(2));
    assert!(stalled.release());
}

#[test]
fn a_receiver_in_its_copy_keeps_no_sender_asleep() {
    let (tx, rx) = bounded(2);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    let stalled = stall(Point::RecvClaimed, {
        let rx = rx.clone();
        move || rx.try_recv().ok()
    });
    tx.try_send(3).expect("its message holds no room");
    let sender = thread::spawn({
        let tx = tx.clone();
        move || tx.send(4)
    });
    assert_eq!(rx.recv(), Ok(2));
    sender.join().unwrap().unwrap();
    assert_eq!(stalled.release(), Some(1));
}

/// The room of a claimed message is there, and its wakes are made, before the message is copied.
#[test]
fn a_receiver_in_its_copy_has_woken_the_sender_that_waits_for_its_room() {
    for capacity in [1, 2] {
        let (tx, rx) = bounded(capacity);
        for n in 0..capacity {
            tx.try_send(n).unwrap();
        }
        let sender = sleeping_sender(&tx, &rx, 99);
        let stalled = stall(Point::RecvClaimed, {
            let rx = rx.clone();
            move || rx.try_recv().ok()
        });
        assert!(sender.join().unwrap());
        let expected = (1..capacity).chain([99]);
        assert!(rx.try_iter().eq(expected), "and what it sent is received");
        assert_eq!(stalled.release(), Some(0));
    }
}

/// Sixteen slots at capacity 1: a call that finds all of them owned by stalled threads returns.
#[test]
fn as_many_receivers_in_their_copies_as_there_are_slots_make_a_send_fail() {
    let (tx, rx) = bounded(1);
    let stalled: Vec<_> = (0..16)
        .map(|n| {
            tx.try_send(n).expect("a slot is left");
            let rx = rx.clone();
            stall(Point::RecvClaimed, move || rx.try_recv().ok())
        })
        .collect();
    for _ in 0..3 {
        assert!(tx.try_send(16).unwrap_err().is_full());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
    let sender = thread::spawn({
        let tx = tx.clone();
        move || tx.send(16)
    });
    let taken = stalled.into_iter().filter_map(Stalled::release);
    assert!(taken.eq(0..16));
    sender.join().unwrap().unwrap();
    assert_eq!(rx.try_recv(), Ok(16));
    round_trips(&tx, &rx);
}

#[test]
fn a_waiter_held_on_its_way_in_delays_nobody() {
    let (tx, rx) = bounded(1);
    let stalled = stalled_waiter(&rx, Point::WaitLink, Duration::MAX);
    round_trips(&tx, &rx);
    let receiver = park_receiver(&rx);
    tx.send(5).unwrap();
    assert_eq!(receiver.join().unwrap(), Some(5));
    tx.send(6).unwrap();
    assert_eq!(stalled.release(), Some(6));
}

/// As many receives as there are cells, polled once: who waits next waits in the list.
pub(crate) fn take_all_cells(rx: &Receiver<usize>) -> Vec<Pin<Box<RecvFuture<'_, usize>>>> {
    let mut receives: Vec<_> = (0..32).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut receives {
        assert!(receive.as_mut().now_or_never().is_none());
    }
    receives
}

/// Where waiters are so many that they share a lock, a stalled thread that has it keeps others
/// from coming, going and being woken; no `try_` call waits for it, and it serves what it missed.
#[test]
fn a_thread_that_holds_the_wait_lock_delays_no_try_call_and_loses_no_wake() {
    let (tx, rx) = bounded(1);
    let cells = take_all_cells(&rx);
    let receiver = sleeping_receiver(&rx, 33);
    drop(cells);
    let stalled = stalled_waiter(&rx, Point::WaitLocked, Duration::ZERO);
    round_trips(&tx, &rx);
    tx.try_send(ROUNDS).expect("room");
    assert!(
        waits(&rx, "receivers_waiting: 1 }"),
        "its wake is left to the holder"
    );
    let own = stalled.release();
    let other = own.is_none().then(|| receiver.join().unwrap()).flatten();
    assert_eq!(own.or(other), Some(ROUNDS), "one of them takes it");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.close();
}

/// Nobody comes to the lock while there are cells.
#[test]
fn the_first_to_wait_share_no_lock() {
    let (tx, rx) = bounded(1);
    let mut cells = take_all_cells(&rx);
    let stalled = stalled_waiter(&rx, Point::WaitLocked, Duration::MAX);
    for (n, receive) in cells.iter_mut().enumerate() {
        tx.try_send(n).expect("room");
        assert_eq!(receive.as_mut().now_or_never(), Some(Ok(n)));
    }
    drop(cells);
    tx.try_send(ROUNDS).expect("room");
    assert_eq!(stalled.release(), Some(ROUNDS));
}

/// A wake in the hands of a stalled notifier is made by the next one to come.
#[test]
fn a_notifier_held_before_its_wake_keeps_nobody_asleep() {
    let (tx, rx) = bounded(4);
    let receiver = sleeping_receiver(&rx, 1);
    let stalled = stall(Point::WakePopped, {
        let tx = tx.clone();
        move || tx.try_send(1).is_ok()
    });
    until(|| {
        // Every send is another notifier; one that finds the wake overdue makes it.
        let _ = tx.try_send(2);
        let _ = rx.try_recv();
        receiver.is_finished()
    });
    assert!(stalled.release());
    assert!(receiver.join().unwrap().is_some());
    while rx.try_recv().is_ok() {}
    round_trips(&tx, &rx);
}

/// Nobody need come after a close, so it makes the wake at once.
#[test]
fn a_notifier_held_before_its_wake_keeps_nobody_asleep_at_the_close() {
    let (tx, rx) = bounded(4);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receive = Box::pin(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    let stalled = stall(Point::WakePopped, {
        let tx = tx.clone();
        move || tx.try_send(1).is_ok()
    });
    assert_eq!(count.get(), 0, "held before it");
    tx.close();
    assert_eq!(count.get(), 1, "made by the close");
    assert_eq!(receive.as_mut().poll(&mut cx), Poll::Ready(Ok(1)));
    assert!(stalled.release());
}

/// The same for a thread.
#[test]
fn a_notifier_held_before_its_wake_keeps_no_thread_asleep_at_the_close() {
    let (tx, rx) = bounded(4);
    let receiver = sleeping_receiver(&rx, 1);
    let stalled = stall(Point::WakePopped, {
        let tx = tx.clone();
        move || tx.try_send(1).is_ok()
    });
    assert_eq!(tx.stats().wakes, 1, "held in it");
    tx.close();
    assert_eq!(tx.stats().wakes, 2, "made again by the close");
    assert_eq!(receiver.join().unwrap(), Some(1));
    assert!(stalled.release());
}

/// The others are woken for what comes later, and the oldest message goes first.
#[test]
fn a_notifier_held_before_its_wake_keeps_the_others_awake() {
    let (tx, rx) = bounded(4);
    let receivers = [sleeping_receiver(&rx, 1), sleeping_receiver(&rx, 2)];
    let stalled = stall(Point::WakePopped, {
        let tx = tx.clone();
        move || tx.try_send(1).is_ok()
    });
    tx.try_send(2).unwrap();
    until(|| receivers.iter().any(JoinHandle::is_finished));
    assert!(stalled.release());
    let sum: usize = receivers.map(|r| r.join().unwrap().unwrap()).iter().sum();
    assert_eq!(sum, 3);
}

#[test]
fn a_woken_receiver_that_does_not_run_keeps_no_message() {
    let (tx, rx) = bounded(4);
    let stalled = thread::spawn({
        let (tx, rx) = (tx.clone(), rx.clone());
        move || {
            let waiter = stalled_waiter_woken_by(&rx, &tx);
            round_trips_after_one(&tx, &rx);
            let receiver = sleeping_receiver(&rx, 2);
            tx.try_send(7).unwrap();
            assert_eq!(receiver.join().unwrap(), Some(7), "another waiter is woken");
            tx.try_send(8).unwrap();
            assert_eq!(waiter.release(), Some(8));
        }
    });
    stalled.join().unwrap();
}

/// Parks a receiver and holds it where it has been woken by a message.
fn stalled_waiter_woken_by(rx: &Receiver<usize>, tx: &Sender<usize>) -> Stalled<Option<usize>> {
    let watched = Watched::default();
    let waker = thread::spawn({
        let (tx, rx, watched) = (tx.clone(), rx.clone(), watched.clone());
        move || {
            watched.wait_for_sleep(&rx, "receivers_waiting: 1 }");
            tx.try_send(0).unwrap();
        }
    });
    let waiter = stall(Point::WakeRunning, {
        let rx = rx.clone();
        move || {
            watched.begin();
            rx.recv().ok()
        }
    });
    waker.join().unwrap();
    waiter
}

fn round_trips_after_one(tx: &Sender<usize>, rx: &Receiver<usize>) {
    assert_eq!(rx.try_recv(), Ok(0), "the message is anybody's");
    round_trips(tx, rx);
}

#[test]
fn a_waiter_held_on_its_way_out_delays_nobody() {
    let (tx, rx) = bounded(4);
    let stalled = stalled_waiter(&rx, Point::WaitUnlink, Duration::ZERO);
    round_trips(&tx, &rx);
    let receiver = sleeping_receiver(&rx, 2); // the one that is leaving has not left
    // The first wake may go to the waiter that is leaving, the second cannot.
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    let got = receiver.join().unwrap().unwrap();
    assert_eq!(rx.try_recv(), Ok(3 - got));
    assert_eq!(stalled.release(), None);
}

#[test]
fn a_thread_in_the_middle_of_close_keeps_nobody_asleep() {
    let (tx, rx) = bounded::<usize>(1);
    let receiver = sleeping_receiver(&rx, 1);
    let stalled = stall(Point::CloseMiddle, {
        let tx = tx.clone();
        move || tx.close()
    });
    for n in 0..ROUNDS {
        assert!(tx.try_send(n).unwrap_err().is_closed());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }
    assert_eq!(receiver.join().unwrap(), None);
    assert!(stalled.release());
}

/// Who finds the channel closed wakes one task that waits for it, and that one the next.
#[test]
fn a_thread_in_the_middle_of_close_keeps_no_task_that_waits_for_it_asleep() {
    let (tx, _rx) = bounded::<usize>(1);
    let (wakes, wakers): (Vec<_>, Vec<_>) = (0..3).map(|_| Count::new()).unzip();
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(tx.closed_async())).collect();
    for (wait, waker) in waits.iter_mut().zip(&wakers) {
        let mut cx = Context::from_waker(waker);
        assert!(wait.as_mut().poll(&mut cx).is_pending());
    }
    let stalled = stall(Point::CloseMiddle, {
        let tx = tx.clone();
        move || tx.close()
    });
    assert!(tx.try_send(0).unwrap_err().is_closed());
    for ((wait, waker), wakes) in waits.iter_mut().zip(&wakers).zip(&wakes) {
        assert_eq!(wakes.get(), 1, "woken by the one before");
        let mut cx = Context::from_waker(waker);
        assert!(wait.as_mut().poll(&mut cx).is_ready());
    }
    assert!(stalled.release());
}

#[test]
fn the_last_receiver_held_in_its_drop_keeps_no_sender() {
    let (tx, rx) = bounded(1);
    let inside = Arc::new(());
    tx.try_send(inside.clone()).unwrap();
    let sender = thread::spawn({
        let (tx, value) = (tx.clone(), inside.clone());
        move || tx.send(value).is_err()
    });
    let stalled = stall(Point::LastDrop, move || drop(rx));
    assert!(sender.join().unwrap(), "the value came back");
    for _ in 0..ROUNDS {
        assert!(tx.try_send(inside.clone()).unwrap_err().is_closed());
    }
    stalled.release();
    assert_eq!(Arc::strong_count(&inside), 1, "what was inside is dropped");
}

#[test]
fn the_last_sender_held_in_its_drop_keeps_no_receiver() {
    let (tx, rx) = bounded(2);
    tx.try_send(1).unwrap();
    let stalled = stall(Point::LastDrop, move || drop(tx));
    assert_eq!(rx.recv(), Ok(1));
    for _ in 0..ROUNDS {
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "not closed yet");
    }
    stalled.release();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

/// A sender in its window when the last receiver goes gets its value back; nothing is doubled.
#[test]
fn a_sender_in_its_window_gets_its_value_back_from_a_closed_channel() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (tx, rx) = bounded(2);
    let stalled = stall(Point::SendClaimed, move || tx.try_send(Counted).err());
    drop(rx);
    let refused = stalled.release().expect("closed");
    assert_eq!(DROPS.load(Ordering::SeqCst), 0, "it is ours again");
    drop(refused);
    assert_eq!(DROPS.load(Ordering::SeqCst), 1);
}
