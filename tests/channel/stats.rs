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
