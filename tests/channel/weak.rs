//! Handles that do not keep a channel open, and taking what is there.

use std::thread;

use shorttail::channel::bounded;

#[test]
fn a_weak_sender_keeps_no_channel_open_and_cannot_reopen_it() {
    let (tx, rx) = bounded(2);
    let (weak, more) = (tx.downgrade(), tx.downgrade().clone());
    let upgraded = weak.upgrade().expect("a sender is left");
    assert_eq!(tx.sender_count(), 2);
    drop(tx);
    upgraded.send(7).expect("still open");
    drop(upgraded);
    assert!(rx.is_closed());
    assert!(weak.upgrade().is_none() && more.upgrade().is_none());
    assert_eq!((rx.recv(), rx.recv().is_err()), (Ok(7), true));
}

#[test]
fn a_weak_receiver_keeps_no_channel_open_and_cannot_reopen_it() {
    let (tx, rx) = bounded(2);
    let (weak, more) = (rx.downgrade(), rx.downgrade().clone());
    let upgraded = weak.upgrade().expect("a receiver is left");
    assert_eq!(rx.receiver_count(), 2);
    drop(rx);
    tx.send(7).expect("still open");
    assert_eq!(upgraded.recv(), Ok(7));
    drop(upgraded);
    assert!(tx.is_closed());
    assert!(weak.upgrade().is_none() && more.upgrade().is_none());
}

#[test]
fn a_closed_channel_with_handles_left_still_gives_handles() {
    let (tx, rx) = bounded::<u8>(1);
    tx.close();
    let sender = tx.downgrade().upgrade().expect("a sender is left");
    assert!(sender.send(1).is_err());
    assert!(rx.downgrade().upgrade().is_some());
}

#[test]
fn weak_handles_are_told_apart_by_debug() {
    let (tx, rx) = bounded::<u8>(1);
    let text = format!("{:?} {:?}", tx.downgrade(), rx.downgrade());
    assert_eq!(
        text,
        "WeakSender { sender_count: 1 } WeakReceiver { receiver_count: 1 }"
    );
}

#[test]
fn drain_takes_what_was_there_when_it_was_called() {
    let (tx, rx) = bounded(4);
    (0..3).for_each(|n| tx.send(n).expect("room"));
    let mut drain = rx.drain();
    assert_eq!(drain.size_hint(), (0, Some(3)));
    assert_eq!(drain.next(), Some(0));
    tx.send(3).expect("room");
    assert_eq!(drain.by_ref().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(drain.next(), None);
    assert_eq!(rx.try_recv(), Ok(3));
    assert_eq!(rx.drain().count(), 0);
}

/// A sender that never stops would keep `try_iter` going.
#[test]
fn drain_ends_while_others_send() {
    let (tx, rx) = bounded(4);
    thread::scope(|scope| {
        scope.spawn(|| while tx.send(1).is_ok() {});
        for _ in 0..1_000 {
            assert!(rx.drain().count() <= rx.capacity());
        }
        rx.close();
    });
}
