//! A cache whose loads go through somebody else's, for `interop`.

use core::hash::{BuildHasher, Hash};
use core::time::Duration;

use super::answer::Outcome;
use super::ask::Trust;
use super::future::LoadFuture;
use super::handle::Cache;
use super::hash::KeyHash;
use super::load::Load;
use super::loading::LoadingBuilder;
use super::slot::NEVER;
use super::start::Start;
use super::warm::{Manner, WarmEnd, Warmer};
use crate::time::{Clock, to_ns};

impl<K, V, L, S, C> LoadingBuilder<K, V, L, S, C> {
    /// The same around another loader, for entries that live for `ttl` at most.
    pub(crate) fn around<M>(
        self,
        ttl: Option<Duration>,
        around: impl FnOnce(L) -> M,
    ) -> LoadingBuilder<K, V, M, S, C> {
        let mut store = self.store;
        let ttl_ns = ttl.map_or(NEVER, to_ns);
        store.rules.ttl_ns = store.rules.ttl_ns.min(ttl_ns);
        LoadingBuilder {
            store,
            loader: around(self.loader),
            loads_max: self.loads_max,
            threads: self.threads,
            lease: self.lease,
            backoff: self.backoff,
            waiters_max: self.waiters_max,
            breaker: self.breaker,
            beta: self.beta,
        }
    }
}

impl<'a, K, V, L: Load<K, V>, S, C> LoadFuture<'a, K, V, L, S, C> {
    /// One that has its outcome.
    pub(crate) fn over(cache: &'a Cache<K, V, L, S, C>, outcome: Outcome<V, L::Error>) -> Self {
        Self::new(&cache.core, KeyHash(0), Start::Over(outcome))
    }
}

impl Warmer {
    /// As [`run`](Self::run), for a cache whose loader stores elsewhere, where a key `is_there`.
    pub(crate) fn run_through<K, V, L, S, C>(
        &self,
        cache: &Cache<K, V, L, S, C>,
        source: impl IntoIterator<Item = K>,
        is_there: impl Fn(&K) -> bool,
    ) -> WarmEnd
    where
        K: Eq + Hash + Clone,
        V: Clone,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        let manner = Manner {
            trust: Trust::Full,
            looks: false,
            is_there: &is_there,
        };
        self.run_as(manner, cache, source)
    }
}
