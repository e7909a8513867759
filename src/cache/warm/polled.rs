//! Keys that come when they come.

use core::hash::{BuildHasher, Hash};
use core::task::{Context, Poll, Waker};

use super::SLICE;
use super::progress::WarmEnd;
use super::run::Run;
use crate::sync::Bell;
use crate::time::Clock;

/// A source that is polled.
pub(super) struct Polled {
    bell: Bell,
    waker: Waker,
}

impl Polled {
    /// For the calling thread.
    pub(super) fn new() -> Self {
        let (bell, waker) = Bell::new();
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
            self.bell.reset();
            if let Poll::Ready(key) = poll(&mut Context::from_waker(&self.waker)) {
                return Ok(key);
            }
            self.bell.park(Some(SLICE));
            run.check()?;
            run.sweep()?;
        }
    }
}
