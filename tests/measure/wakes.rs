//! The count of system calls made to wake a sleeper.

use std::thread;

use shorttail::channel::bounded;
use shorttail::measure::wake_calls;

/// The only test in this binary that uses a channel, so the count is its own.
#[test]
fn a_wake_is_counted_when_somebody_sleeps_and_only_then() {
    let (tx, rx) = bounded(1);
    let before = wake_calls();
    for round in 0..1_000 {
        tx.try_send(round).unwrap();
        assert_eq!(rx.try_recv(), Ok(round));
    }
    assert_eq!(wake_calls(), before);

    let receiver = thread::spawn(move || while rx.recv().is_ok() {});
    let mut sent = 0_u64;
    // Sooner or later one side sleeps before the other comes.
    while wake_calls() == before {
        tx.send(sent).unwrap();
        sent += 1;
    }
    drop(tx);
    receiver.join().unwrap();
    // Each message wakes at most one receiver and one sender, and the close one receiver more.
    assert!(wake_calls() - before <= 2 * sent + 1);
}
