//! Who waits uses no processor.

use std::thread;
use std::time::Duration;

use shorttail::channel::{Receiver, bounded};

use crate::executor::block_on;

/// Processor time, in milliseconds; the clock on the wall is not asked, so a busy machine is no
/// reason to fail.
const BURNT: u64 = 100;
/// A time-out that does not come, but has to be kept.
const LONG: Duration = Duration::from_secs(1 << 20);
/// Falling asleep and waking up take some fifty microseconds.
const IDLE_MAX: u64 = BURNT / 10;
/// What the detector must find of a thread that spins meanwhile, on one processor too.
const SPUN_MIN: u64 = IDLE_MAX * 2;

/// What this thread has used, in milliseconds.
fn used() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is valid for one `rusage`.
    let result = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    assert_eq!(result, 0);
    // SAFETY: the call above has succeeded and filled it in.
    let usage = unsafe { usage.assume_init() };
    let of = |time: libc::timeval| time.tv_sec as u64 * 1_000 + time.tv_usec as u64 / 1_000;
    of(usage.ru_utime) + of(usage.ru_stime)
}

/// Uses the processor for `milliseconds`.
fn burn(milliseconds: u64) {
    let until = used() + milliseconds;
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
fn a_thread_that_waits_uses_no_processor() {
    let waits: [fn(&Receiver<u8>); 4] = [
        |rx| assert!(rx.recv().is_ok()),
        |rx| assert!(block_on(rx.recv_async()).is_ok()),
        |rx| assert!(rx.recv_timeout(Duration::MAX).is_ok()),
        |rx| assert!(rx.recv_timeout(LONG).is_ok()),
    ];
    for (nth, wait) in waits.into_iter().enumerate() {
        let (tx, rx) = bounded(1);
        let idle = used_by(|| wait(&rx), || tx.try_send(1).unwrap());
        assert!(idle <= IDLE_MAX, "receive {nth}: {idle} ms");
    }
    for timeout in [Duration::MAX, LONG] {
        let (tx, rx) = bounded(1);
        tx.try_send(1).unwrap();
        let idle = used_by(
            || tx.send_timeout(2, timeout).unwrap(),
            || assert_eq!(rx.try_recv(), Ok(1)),
        );
        assert!(idle <= IDLE_MAX, "send for {timeout:?}: {idle} ms");
    }
}

/// The detector detects.
#[test]
fn a_thread_that_spins_is_found_out() {
    let (tx, rx) = bounded(1);
    let spun = used_by(
        || while rx.try_recv().is_err() {},
        || tx.try_send(1).unwrap(),
    );
    assert!(spun >= SPUN_MIN, "{spun} ms");
}
