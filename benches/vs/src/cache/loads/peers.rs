//! Each cache with its own way of asking the origin once.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shorttail::cache::{Cache, Load, Outcome};
use tokio::runtime::Runtime;

use super::super::Value;
use super::{Failed, Origin, ROOM, Through};

/// Longer than any turn.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Asks(Arc<Origin>);

impl Load<u64, Value> for Asks {
    type Error = Failed;

    fn load(&self, key: &u64) -> Result<Option<Value>, Failed> {
        self.0.ask(*key).map(Some)
    }
}

/// The cache's own threads ask, as many as it may have loads.
pub(super) type Ours = Cache<u64, Value, Asks>;

impl Through for Ours {
    const NAME: &'static str = "shorttail";

    fn over(origin: &Arc<Origin>, at_once: usize) -> Self {
        Cache::builder(ROOM)
            .loader(Asks(Arc::clone(origin)))
            .loads_max(at_once)
            .loader_threads(at_once)
            .build()
            .expect("sound settings")
    }
    fn get_or_load(&self, key: u64) -> Result<Value, Failed> {
        match Self::get_or_load(self, &key, PATIENCE) {
            Outcome::Fresh(value) => Ok(value),
            _ => Err(Failed),
        }
    }
}

pub(super) struct Moka {
    cache: moka::sync::Cache<u64, Value>,
    origin: Arc<Origin>,
}

impl Through for Moka {
    const NAME: &'static str = "moka";

    fn over(origin: &Arc<Origin>, _: usize) -> Self {
        let builder = moka::sync::Cache::builder().max_capacity(ROOM as u64);
        Self {
            cache: builder.initial_capacity(ROOM).build(),
            origin: Arc::clone(origin),
        }
    }
    fn get_or_load(&self, key: u64) -> Result<Value, Failed> {
        let ask = || self.origin.ask(key);
        let found = self.cache.try_get_with_by_ref(&key, ask);
        found.map_err(|failed: Arc<Failed>| *failed)
    }
}

pub(super) struct Quick {
    cache: quick_cache::sync::Cache<u64, Value>,
    origin: Arc<Origin>,
}

impl Through for Quick {
    const NAME: &'static str = "quick_cache";

    fn over(origin: &Arc<Origin>, _: usize) -> Self {
        Self {
            cache: quick_cache::sync::Cache::new(ROOM),
            origin: Arc::clone(origin),
        }
    }
    fn get_or_load(&self, key: u64) -> Result<Value, Failed> {
        self.cache.get_or_insert_with(&key, || self.origin.ask(key))
    }
}

/// Its key, a string, is made in the call.
pub(super) struct Amalgam {
    cache: amalgam::BlockingCache<Value>,
    origin: Arc<Origin>,
}

impl Through for Amalgam {
    const NAME: &'static str = "amalgam, string keys";

    fn over(origin: &Arc<Origin>, _: usize) -> Self {
        let builder = amalgam::Cache::builder().max_capacity(ROOM as u64);
        Self {
            cache: amalgam::BlockingCache::from_builder(builder).expect("sound settings"),
            origin: Arc::clone(origin),
        }
    }
    fn get_or_load(&self, key: u64) -> Result<Value, Failed> {
        let name = format!("{key:06}");
        let origin = Arc::clone(&self.origin);
        let ask = amalgam::source::factory(move |_| origin.ask(key));
        let found = self.cache.get_or_set(name, ask).execute();
        found.map_err(|_| Failed)
    }
}

/// Loads in tasks of a runtime; its callers here are threads, which wait for it.
pub(super) struct Foyer {
    cache: foyer_memory::Cache<u64, Value>,
    origin: Arc<Origin>,
    runtime: Runtime,
}

impl Through for Foyer {
    const NAME: &'static str = "foyer";

    fn over(origin: &Arc<Origin>, _: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build();
        Self {
            cache: foyer_memory::CacheBuilder::new(ROOM).build(),
            origin: Arc::clone(origin),
            runtime: runtime.expect("a runtime"),
        }
    }
    fn get_or_load(&self, key: u64) -> Result<Value, Failed> {
        let origin = Arc::clone(&self.origin);
        let ask = || async move {
            if !origin.takes_time() {
                return origin.ask(key);
            }
            let blocking = tokio::task::spawn_blocking(move || origin.ask(key));
            blocking.await.expect("the origin does not panic")
        };
        let found = self
            .runtime
            .block_on(async { self.cache.get_or_fetch(&key, ask).await });
        found.map(|entry| *entry.value()).map_err(|_| Failed)
    }
}

/// What is done without any of them: look, ask, put.
pub(super) struct Naive {
    cache: Mutex<lru::LruCache<u64, Value>>,
    origin: Arc<Origin>,
}

impl Through for Naive {
    const NAME: &'static str = "Mutex<lru>, each asks";

    fn over(origin: &Arc<Origin>, _: usize) -> Self {
        let room = NonZeroUsize::new(ROOM).expect("some room");
        Self {
            cache: Mutex::new(lru::LruCache::new(room)),
            origin: Arc::clone(origin),
        }
    }
    fn get_or_load(&self, key: u64) -> Result<Value, Failed> {
        let found = self.cache.lock().expect("nobody panics").get(&key).copied();
        if let Some(value) = found {
            return Ok(value);
        }
        let value = self.origin.ask(key)?;
        self.cache.lock().expect("nobody panics").put(key, value);
        Ok(value)
    }
}
