//! The threads that a block starts and ends.

use super::thread::{self, JoinHandle};

/// Threads that end when what they serve is closed.
pub(crate) struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Starts a thread for each of `works`, with the name for its number; on a failure those
    /// started go on and are joined later.
    pub(crate) fn start(
        &mut self,
        name: impl Fn(usize) -> String,
        works: impl IntoIterator<Item = Work>,
    ) -> bool {
        works.into_iter().enumerate().all(|(number, work)| {
            let started = thread::Builder::new().name(name(number)).spawn(work);
            started.map(|handle| self.0.push(handle)).is_ok()
        })
    }

    /// Whether the calling thread is one of them.
    pub(crate) fn is_one_of_them(&self) -> bool {
        let here = thread::current().id();
        self.0.iter().any(|handle| handle.thread().id() == here)
    }

    /// Waits for all of them, except for the calling one.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub(crate) fn join(&mut self) {
        let here = thread::current().id();
        for handle in self.0.drain(..) {
            if handle.thread().id() != here {
                // A panic is caught where it happens; what is left is not ours to tell.
                handle.join().ok();
            }
        }
    }
}

/// What a thread runs.
pub(crate) type Work = Box<dyn FnOnce() + Send>;
