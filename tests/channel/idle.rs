//! Who waits uses no processor.

use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use shorttail::channel::{Receiver, Sender, bounded};

use crate::executor::block_on;

/// Processor time that the releaser burns meanwhile, in microseconds: the wait lasts at least as
/// long. The clock on the wall is not asked, so a busy machine is no reason to fail.
const BURNT: u64 = 150_000;
/// A time-out that does not come, but has to be kept.
const LONG: Duration = Duration::from_secs(1 << 20);
/// One per cent of a processor. Looking again, falling asleep and waking up take some fifty
/// microseconds, or a few hundred on a machine with much else to do.
const IDLE_MAX: u64 = BURNT / 100;
/// What the detector must find of a thread that spins meanwhile, on one processor too.
const SPUN_MIN: u64 = BURNT / 5;

/// What this thread has used, in microseconds.
fn used() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is valid for one `rusage`.
    let result = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    assert_eq!(result, 0);
    // SAFETY: the call above has succeeded and filled it in.
    let usage = unsafe { usage.assume_init() };
    let of = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    of(usage.ru_utime) + of(usage.ru_stime)
}

/// Uses the processor for `microseconds`.
fn burn(microseconds: u64) {
    let until = used() + microseconds;
    while used() < until {
        std::hint::spin_loop();
    }
}

/// What `wait` has used, on a thread of its own, until `release` ended it after a while.
fn used_by(wait: impl FnOnce() + Send, release: impl FnOnce()) -> u64 {
    thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let before = used();
            wait();
            used() - before
        });
        burn(BURNT);
        release();
        waiter.join().unwrap()
    })
}

#[test]
fn a_thread_that_waits_for_a_message_uses_no_processor() {
    let waits: [fn(&Receiver<u8>); 6] = [
        |rx| assert!(rx.recv().is_ok()),
        |rx| assert!(block_on(rx.recv_async()).is_ok()),
        |rx| assert!(rx.recv_timeout(Duration::MAX).is_ok()),
        |rx| assert!(rx.recv_timeout(LONG).is_ok()),
        |rx| assert_eq!(rx.recv_many(&mut Vec::with_capacity(1), 1), Ok(1)),
        |rx| assert_eq!(rx.iter().next(), Some(1)),
    ];
    for (nth, wait) in waits.into_iter().enumerate() {
        let (tx, rx) = bounded(1);
        let idle = used_by(|| wait(&rx), || tx.try_send(1).unwrap());
        assert!(idle < IDLE_MAX, "receive {nth}: {idle} µs");
    }
}

#[test]
fn a_thread_that_waits_for_room_uses_no_processor() {
    let waits: [fn(&Sender<u8>); 6] = [
        |tx| tx.send(2).unwrap(),
        |tx| block_on(tx.send_async(2)).unwrap(),
        |tx| tx.send_timeout(2, Duration::MAX).unwrap(),
        |tx| tx.send_timeout(2, LONG).unwrap(),
        |tx| tx.send_many(&mut [2].into()).unwrap(),
        |tx| tx.reserve().unwrap().send(2).unwrap(),
    ];
    for (nth, wait) in waits.into_iter().enumerate() {
        let (tx, rx) = bounded(1);
        tx.try_send(1).unwrap();
        let idle = used_by(|| wait(&tx), || assert_eq!(rx.try_recv(), Ok(1)));
        assert_eq!(rx.try_recv(), Ok(2));
        assert!(idle < IDLE_MAX, "send {nth}: {idle} µs");
    }
}

/// Those who come when the cells are taken, thirty-two on a side, wait in a list.
#[test]
fn a_thread_that_waits_in_the_list_uses_no_processor() {
    let (tx, rx) = bounded(1);
    let mut cells: Vec<_> = (0..32).map(|_| Box::pin(rx.recv_async())).collect();
    for receive in &mut cells {
        assert!(receive.as_mut().now_or_never().is_none());
    }
    let idle = used_by(
        || assert_eq!(rx.recv(), Ok(1)),
        || {
            drop(cells);
            tx.try_send(1).unwrap();
        },
    );
    assert!(idle < IDLE_MAX, "{idle} µs");
}

/// The detector detects.
#[test]
fn a_thread_that_spins_is_found_out() {
    let (tx, rx) = bounded(1);
    let spun = used_by(
        || while rx.try_recv().is_err() {},
        || tx.try_send(1).unwrap(),
    );
    assert!(spun >= SPUN_MIN, "{spun} µs");
}
