//! Keys that come when they come.

use core::hash::{BuildHasher, Hash};
use core::task::{Context, Poll, Waker};
use std::task::Wake;

use super::SLICE;
use super::progress::WarmEnd;
use super::run::Run;
use crate::sync::Parker;
use crate::sync::global::Arc;
use crate::time::Clock;

/// What wakes the thread of a run whose source has no key yet.
struct Bell(Parker);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.notify();
        self.0.unparker().wake();
    }
}

/// A source that is polled.
pub(super) struct Polled {
    bell: Arc<Bell>,
    waker: Waker,
}

impl Polled {
    /// For the calling thread.
    pub(super) fn new() -> Self {
        let bell = Arc::new(Bell(Parker::new()));
        let waker = Waker::from(Arc::clone(&bell));
        Self { bell, waker }
    }

    /// The next key; counts what lands until there is one.
    pub(super) fn next<K, V, E, S, C>(
        &self,
        run: &mut Run<'_, K, V, E, S, C>,
        poll: &mut impl FnMut(&mut Context<'_>) -> Poll<Option<K>>,
    ) -> Result<Option<K>, WarmEnd>
    where
        K: Eq + Hash + Clone,
        V: Clone,
        S: BuildHasher,
        C: Clock,
    {
        loop {
            self.bell.0.reset();
            if let Poll::Ready(key) = poll(&mut Context::from_waker(&self.waker)) {
                return Ok(key);
            }
            self.bell.0.park(Some(SLICE));
            run.check()?;
            run.sweep()?;
        }
    }
}
