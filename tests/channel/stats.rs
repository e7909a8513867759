//! What a channel counts beside its messages.

use futures_util::FutureExt;
use shorttail::channel::bounded;

#[test]
fn every_wake_is_counted_once() {
    let (tx, rx) = bounded(2);
    let mut receives: Vec<_> = (0..40).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut receives {
        assert!(receive.as_mut().now_or_never().is_none());
    }
    tx.try_send(1).unwrap();
    assert_eq!(tx.stats().wakes, 1);
    drop(receives.remove(0)); // its wake goes on to the next
    assert_eq!(rx.stats().wakes, 2);
    tx.close(); // thirty-eight sleep
    assert_eq!(rx.stats().wakes, 40);
    assert_eq!(tx.stats().stepped_over + tx.stats().waits_spared, 0);
}

/// A poller beside permits that hold all the room wakes no sender in vain.
#[test]
fn an_empty_receive_wakes_no_sender_for_whom_there_is_no_room() {
    let (tx, rx) = bounded::<u8>(1);
    let permit = tx.try_reserve().unwrap();
    let mut send = Box::pin(tx.send_async(1));
    assert!(send.as_mut().now_or_never().is_none());
    assert!(rx.try_recv().is_err());
    assert!(rx.try_recv_many(&mut Vec::with_capacity(1), 1).is_err());
    assert_eq!(tx.stats().wakes, 0);
    drop(permit);
    assert_eq!(tx.stats().wakes, 1);
}
