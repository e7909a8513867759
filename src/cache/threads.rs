//! The loader threads.

use crate::sync::thread::{self, JoinHandle};

/// Threads that end when the cache is closed.
pub(crate) struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Starts `count` threads of `work`; on a failure those started go on and are joined later.
    pub(crate) fn start(&mut self, count: usize, work: impl Fn() -> Work) -> bool {
        (0..count).all(|_| {
            let builder = thread::Builder::new().name("cache-loader".into());
            let started = builder.spawn(work());
            started.map(|handle| self.0.push(handle)).is_ok()
        })
    }

    /// Waits for all of them, except for the calling one.
    pub(crate) fn join(&mut self) {
        let here = thread::current().id();
        for handle in self.0.drain(..) {
            if handle.thread().id() != here {
                // A loader's panic is caught where it happens; what is left is not ours to tell.
                handle.join().ok();
            }
        }
    }
}

/// What a loader thread runs.
pub(crate) type Work = Box<dyn FnOnce() + Send>;
