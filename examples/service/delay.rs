//! A precise timer for the ordinary arm's origin calls. tokio's own timer counts whole
//! milliseconds, which would make that arm's misses later than the origin is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// When, a number that breaks ties, and whom to tell: ordered by the first two.
struct Entry(Instant, u64, oneshot::Sender<()>);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

#[derive(Default)]
struct Waiting {
    entries: BinaryHeap<Reverse<Entry>>,
    added: u64,
    stopped: bool,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

/// One thread that completes delays on time.
pub(crate) struct Delays {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Delays {
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || run(&theirs));
        Self {
            shared,
            thread: Some(thread),
        }
    }

    /// Completes after `delay`.
    pub(crate) async fn wait(&self, delay: Duration) {
        // An error means that the timer has stopped; then there is nothing to wait for.
        let _: Result<(), oneshot::error::RecvError> = self.add(Instant::now() + delay).await;
    }

    fn add(&self, until: Instant) -> oneshot::Receiver<()> {
        let (done, told) = oneshot::channel();
        let mut waiting = self
            .shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.added += 1;
        let entry = Entry(until, waiting.added, done);
        let first = waiting
            .entries
            .peek()
            .is_none_or(|earliest| entry < earliest.0);
        waiting.entries.push(Reverse(entry));
        drop(waiting);
        if first {
            self.shared.changed.notify_one();
        }
        told
    }
}

impl Drop for Delays {
    fn drop(&mut self) {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .stopped = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the timer thread does not panic");
        }
    }
}

fn run(shared: &Shared) {
    let mut waiting = shared
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    while !waiting.stopped {
        let now = Instant::now();
        let Some(earliest) = waiting.entries.peek() else {
            waiting = shared
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let until = earliest.0.0;
        if until > now {
            let waited = shared.changed.wait_timeout(waiting, until - now);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        if let Some(Reverse(Entry(_, _, done))) = waiting.entries.pop() {
            // An error means that the request gave up; nobody is left to tell.
            let _: Result<(), ()> = done.send(());
        }
    }
}
