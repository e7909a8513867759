//! Loads that are queued, for who runs them on threads or in tasks of their own.

use super::core::Core;
use super::flight::{Current, Landed};
use super::handle::{Cache, Shared};
use super::load::Load;
use super::moment::Moment;
use crate::channel::Receiver;
use crate::sync::{Arc, Threads, shielded};

/// The receiving end of a cache's loads. Dropped, it closes the cache for loads: nobody is left to
/// run them, and nobody shall wait for it.
pub(crate) struct Queued<K, V, L: Load<K, V>, S, C> {
    pub(crate) core: Shared<K, V, L, S, C>,
    pub(crate) loader: Arc<L>,
    pub(crate) numbers: Receiver<u32>,
}

impl<K, V, L: Load<K, V>, S, C> Queued<K, V, L, S, C> {
    /// The cache itself, without threads.
    pub(crate) fn cache(&self) -> Cache<K, V, L, S, C> {
        Cache {
            core: Arc::clone(&self.core),
            threads: Threads::none(),
        }
    }
}

impl<K, V, L: Load<K, V>, S, C> Drop for Queued<K, V, L, S, C> {
    fn drop(&mut self) {
        self.core.loads.close();
        while let Ok(number) = self.numbers.try_recv() {
            self.core.let_go(number);
        }
    }
}

impl<K, V, E, S, C> Core<K, V, E, S, C> {
    /// Ends a queued load that nobody will run.
    fn let_go(&self, number: u32) {
        let hold = self.loads.flights.held(number);
        let (hash, lease) = (hold.plan().hash, hold.plan().lease);
        let moment = Moment::UNTIMED;
        // Who saw the cache open may be about to join it.
        shielded(|| {
            self.store.locked(self.store.shard(hash), moment, |locked| {
                locked.state.loads.end(lease);
            });
        });
        self.loads.flights.finish();
        let result = (Landed::Closed, Current::Refused);
        // SAFETY: the number came out of the queue to us, and we do not run the load.
        shielded(|| unsafe { self.loads.flights.land(&hold, result) });
        shielded(|| drop(hold));
    }
}
