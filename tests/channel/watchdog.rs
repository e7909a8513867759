//! A test that hangs has lost a wake-up: it shall say so, and not hang for ever.

use std::process;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Far more than any of these tests takes on a busy machine.
const MINUTES: u64 = 10;

/// Runs `test`; ends the process if it does not come to its end.
pub(crate) fn watched<R>(test: impl FnOnce() -> R) -> R {
    let (over, ends) = mpsc::channel::<()>();
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let dog = thread::spawn(move || {
        let waited = ends.recv_timeout(Duration::from_secs(60 * MINUTES));
        if waited == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("{name} hangs");
            process::abort();
        }
    });
    let result = test();
    drop(over);
    dog.join().expect("it only waits");
    result
}
