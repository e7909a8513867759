//! Threads of which is known that they sleep.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use shorttail::channel::{Receiver, Sender};

use crate::until::until;

/// A thread as seen from outside.
///
/// A channel counts a waiter before its last look at what it waits for: that count alone does not
/// say that it sleeps. Where there is a `/proc`, as on Linux, the thread's state says so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched(Arc<OnceLock<Option<PathBuf>>>);

impl Watched {
    /// To be called by the thread itself, before it waits.
    pub(crate) fn begin(&self) {
        let own = fs::read_link("/proc/thread-self").ok();
        let stat = own.map(|own| PathBuf::from("/proc").join(own).join("stat"));
        assert!(self.0.set(stat).is_ok(), "one thread");
    }

    /// Whether it sleeps now; where that cannot be seen, whether it has begun.
    pub(crate) fn sleeps(&self) -> bool {
        match self.0.get() {
            None => false,
            Some(None) => true,
            Some(Some(stat)) => fs::read_to_string(stat).is_ok_and(|stat| is_sleeping(&stat)),
        }
    }

    /// Waits until it sleeps in the channel that says `count`, such as `senders_waiting: 1`: once
    /// it is counted, there is nothing else for it to sleep in.
    pub(crate) fn wait_for_sleep<T>(&self, rx: &Receiver<T>, count: &str) {
        until(|| waits(rx, count) && self.sleeps());
    }
}

/// What a line of `/proc/*/stat` says behind the name, in which anything may stand.
fn is_sleeping(stat: &str) -> bool {
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| rest.starts_with(" S"))
}

/// A receiver that sleeps as one of `count` waiters.
pub(crate) fn sleeping_receiver(rx: &Receiver<usize>, count: usize) -> JoinHandle<Option<usize>> {
    let (ours, watched) = (rx.clone(), Watched::default());
    let thread = thread::spawn({
        let watched = watched.clone();
        move || {
            watched.begin();
            ours.recv().ok()
        }
    });
    watched.wait_for_sleep(rx, &format!("receivers_waiting: {count} }}"));
    thread
}

/// A sender of `value` that sleeps, as the only waiter.
pub(crate) fn sleeping_sender(
    tx: &Sender<usize>,
    rx: &Receiver<usize>,
    value: usize,
) -> JoinHandle<bool> {
    let (ours, watched) = (tx.clone(), Watched::default());
    let thread = thread::spawn({
        let watched = watched.clone();
        move || {
            watched.begin();
            ours.send(value).is_ok()
        }
    });
    watched.wait_for_sleep(rx, "senders_waiting: 1,");
    thread
}

/// Whether `count`, such as `senders_waiting: 1`, is what the channel says now.
pub(crate) fn waits<T>(rx: &Receiver<T>, count: &str) -> bool {
    format!("{rx:?}").contains(count)
}

#[test]
fn a_threads_state_is_behind_its_name() {
    assert!(is_sleeping("7 (a) R (b)) S 1 7 7 0"));
    assert!(!is_sleeping("7 (a) S (b)) R 1 7 7 0"));
}
