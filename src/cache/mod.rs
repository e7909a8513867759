//! Fail-fast cache.

mod answer;
mod backoff;
mod builder;
mod core;
mod fetch;
mod flight;
mod future;
mod gate;
mod ghost;
mod handle;
mod hash;
mod hazard;
mod index;
mod inflight;
mod list;
mod load;
mod loading;
mod loads;
mod outcome;
mod policy;
mod rules;
mod shard;
mod slot;
mod stats;
mod store;
mod threads;
mod warm;

#[cfg(all(test, shorttail_loom))]
mod models;

pub use answer::{Miss, Outcome, Stale};
pub use builder::Builder;
pub use future::LoadFuture;
pub use gate::{Readiness, ReadyGate};
pub use handle::Cache;
pub use hash::{Equivalent, KeyedHasher, KeyedState};
pub use load::{Load, NoLoad};
pub use loading::LoadingBuilder;
pub use outcome::{ConfigError, Inserted, Lookup, Refused, RefusedWhy};
pub use stats::Stats;
pub use warm::{WarmEnd, WarmHandle, WarmProgress, Warmer};
