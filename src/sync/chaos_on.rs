//! Chaos points for tests: hold one thread at a named point while the others go on.
//!
//! Only the thread started by [`stall`] is ever held, and only once, at the first visit of its
//! point; every other thread passes. Nothing here measures time.

use std::cell::Cell;
use std::fmt;
use std::sync::{Condvar, Mutex};
use std::thread::JoinHandle;

pub use super::point::Point;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    Held,
    Released,
    Ended,
}

#[derive(Debug)]
struct Gate {
    phase: Mutex<Phase>,
    changed: Condvar,
}

impl Gate {
    fn set(&self, phase: Phase) {
        *self.phase.lock().unwrap() = phase;
        self.changed.notify_all();
    }

    fn wait_while(&self, wait: impl Fn(Phase) -> bool) -> Phase {
        *self
            .changed
            .wait_while(self.phase.lock().unwrap(), |phase| wait(*phase))
            .unwrap()
    }
}

thread_local! {
    static ARMED: Cell<Option<(Point, &'static Gate)>> = const { Cell::new(None) };
}

thread_local! {
    static COUNTED: Cell<Option<(Point, u64)>> = const { Cell::new(None) };
}

/// Does `work`, and says how often this thread came to `point` meanwhile.
///
/// ```
/// # use shorttail::chaos::{Point, passes};
/// let (tx, _rx) = shorttail::channel::bounded(4);
/// let (sent, claims) = passes(Point::SendClaimed, || tx.try_send(1));
/// assert_eq!((sent, claims), (Ok(()), 1));
/// ```
pub fn passes<R>(point: Point, work: impl FnOnce() -> R) -> (R, u64) {
    let outer = COUNTED.replace(Some((point, 0)));
    let result = work();
    let counted = COUNTED.replace(outer);
    (result, counted.map_or(0, |(_, count)| count))
}

/// Where the hot code calls in. Holds the calling thread if it was armed for `point`.
#[inline]
pub(crate) fn point(point: Point) {
    if let Some((counted, count)) = COUNTED.get() {
        COUNTED.set(Some((counted, count + u64::from(counted == point))));
    }
    let Some((armed, gate)) = ARMED.get() else {
        return;
    };
    if armed == point {
        ARMED.set(None);
        gate.set(Phase::Held);
        gate.wait_while(|phase| phase == Phase::Held);
    }
}

/// A thread that stands still at a [`Point`]; for an example see [`stall`].
pub struct Stalled<R> {
    gate: &'static Gate,
    thread: JoinHandle<R>,
}

impl<R> fmt::Debug for Stalled<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stalled").finish_non_exhaustive()
    }
}

/// Runs `work` on a new thread and returns once it stands at `point`.
///
/// ```
/// # use shorttail::chaos::{Point, stall};
/// let (tx, rx) = shorttail::channel::bounded(4);
/// let stalled = stall(Point::SendClaimed, move || tx.try_send(1).is_ok());
/// assert!(rx.try_recv().is_err()); // it is not published yet
/// assert!(stalled.release());
/// assert_eq!(rx.try_recv(), Ok(1));
/// ```
///
/// # Panics
/// If `work` ends without coming to the point: the test would prove nothing.
#[must_use = "release() lets the thread go on"]
pub fn stall<R: Send + 'static>(
    point: Point,
    work: impl FnOnce() -> R + Send + 'static,
) -> Stalled<R> {
    let gate: &'static Gate = Box::leak(Box::new(Gate {
        phase: Mutex::new(Phase::Running),
        changed: Condvar::new(),
    }));
    let thread = std::thread::spawn(move || {
        ARMED.set(Some((point, gate)));
        let result = work();
        let missed = ARMED.take().is_some();
        if missed {
            gate.set(Phase::Ended);
        }
        result
    });
    let phase = gate.wait_while(|phase| phase == Phase::Running);
    assert_eq!(phase, Phase::Held, "the thread never came to {point:?}");
    Stalled { gate, thread }
}

impl<R> Stalled<R> {
    /// Lets the thread go on, waits for its end, and returns what its work returned;
    /// for an example see [`stall`].
    ///
    /// # Panics
    /// If the work panicked.
    pub fn release(self) -> R {
        self.gate.set(Phase::Released);
        self.thread.join().expect("the stalled work panicked")
    }
}
