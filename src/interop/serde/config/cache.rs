//! Caches, and how they are warmed.

use serde::de::{Deserialize, Deserializer};

use super::{Config, Setting, Wrong, fit, fit_some, part, read, told, told_time, whole};
use crate::cache::{Builder, Cache, ConfigError, Warmer};

/// A [`Builder`] as a file has it.
#[derive(Default)]
struct Entries {
    capacity: usize,
    shards: Option<usize>,
    reserve: Option<usize>,
    ttl_ns: Option<u64>,
    jitter: Option<f64>,
    tti_ns: Option<u64>,
    stale_window_ns: Option<u64>,
    error_window_ns: Option<u64>,
    negative_ttl_ns: Option<u64>,
    tags: Option<usize>,
}

impl Entries {
    fn builder<K, V>(&self) -> Builder<K, V> {
        let builder = Cache::builder(self.capacity);
        let builder = told(builder, self.shards, Builder::shards);
        let builder = told(builder, self.reserve, Builder::reserve);
        let builder = told_time(builder, self.ttl_ns, Builder::ttl);
        let builder = told(builder, self.jitter, Builder::jitter);
        let builder = told_time(builder, self.tti_ns, Builder::tti);
        let builder = told_time(builder, self.stale_window_ns, Builder::stale_window);
        let builder = told_time(builder, self.error_window_ns, Builder::error_window);
        let builder = told_time(builder, self.negative_ttl_ns, Builder::negative_ttl);
        told(builder, self.tags, Builder::tags)
    }
}

impl Entries {
    /// Whether it is the spare slots that are too many.
    fn fits_without_reserve(&self) -> bool {
        let less = Self {
            reserve: None,
            ..*self
        };
        less.builder::<(), ()>().checked_shards().is_ok()
    }
}

impl Config for Entries {
    const NAME: &'static str = "Cache";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("capacity", |c, n| fit(&mut c.capacity, n)),
        whole("shards", |c, n| fit_some(&mut c.shards, n)),
        whole("reserve", |c, n| fit_some(&mut c.reserve, n)),
        whole("ttl_ns", |c, n| fit_some(&mut c.ttl_ns, n)),
        part("jitter", |c, part| c.jitter = Some(part)),
        whole("tti_ns", |c, n| fit_some(&mut c.tti_ns, n)),
        whole("stale_window_ns", |c, n| {
            fit_some(&mut c.stale_window_ns, n)
        }),
        whole("error_window_ns", |c, n| {
            fit_some(&mut c.error_window_ns, n)
        }),
        whole("negative_ttl_ns", |c, n| {
            fit_some(&mut c.negative_ttl_ns, n)
        }),
        whole("tags", |c, n| fit_some(&mut c.tags, n)),
    ];
    type Built = Self;

    fn initial() -> Self {
        Self::default()
    }

    /// What is checked is alike for all keys and values.
    fn built(self) -> Result<Self, Wrong> {
        let Err(error) = self.builder::<(), ()>().checked_shards() else {
            return Ok(self);
        };
        let setting = match error {
            ConfigError::Jitter => "jitter",
            ConfigError::Tags => "tags",
            ConfigError::TooManyShards => "shards",
            ConfigError::Reserve => "reserve",
            ConfigError::TooLarge if self.fits_without_reserve() => "reserve",
            _ => "capacity",
        };
        Err((setting, error.to_string()))
    }
}

/// `capacity`, which must be there; `shards`, `reserve`, `ttl_ns`, `jitter`, `tti_ns`,
/// `stale_window_ns`, `error_window_ns`, `negative_ttl_ns`, `tags`, as far as they are there, the
/// rest as of [`Cache::builder`]. Weigher, listener, hasher, clock and loader are the code's to
/// add.
impl<'de, K, V> Deserialize<'de> for Builder<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = read::<Entries, D>(deserializer)?;
        Ok(entries.builder())
    }
}

/// A [`Warmer`] as a file has it.
#[derive(Default)]
struct Warming {
    concurrency: Option<usize>,
    rate_per_s: Option<u32>,
    deadline_ns: Option<u64>,
    key_deadline_ns: Option<u64>,
    errors_max: Option<u64>,
}

impl Config for Warming {
    const NAME: &'static str = "Warmer";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("concurrency", |c, n| fit_some(&mut c.concurrency, n)),
        whole("rate_per_s", |c, n| fit_some(&mut c.rate_per_s, n)),
        whole("deadline_ns", |c, n| fit_some(&mut c.deadline_ns, n)),
        whole("key_deadline_ns", |c, n| {
            fit_some(&mut c.key_deadline_ns, n)
        }),
        whole("errors_max", |c, n| fit_some(&mut c.errors_max, n)),
    ];
    type Built = Warmer;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<Warmer, Wrong> {
        let warmer = told(Warmer::new(), self.concurrency, Warmer::concurrency);
        let warmer = told(warmer, self.rate_per_s, Warmer::rate_per_s);
        let warmer = told_time(warmer, self.deadline_ns, Warmer::deadline);
        let warmer = told_time(warmer, self.key_deadline_ns, Warmer::key_deadline);
        Ok(told(warmer, self.errors_max, Warmer::errors_max))
    }
}

/// `concurrency`, `rate_per_s`, `deadline_ns`, `key_deadline_ns`, `errors_max`, as far as they are
/// there; the rest is as of [`Warmer::new`]. The gates that it opens are the code's to add.
impl<'de> Deserialize<'de> for Warmer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Warming, D>(deserializer)
    }
}
