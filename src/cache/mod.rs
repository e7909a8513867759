//! Fail-fast cache.

mod builder;
mod core;
mod ghost;
mod handle;
mod hash;
mod hazard;
mod index;
mod inflight;
mod list;
mod load;
mod outcome;
mod policy;
mod rules;
mod shard;
mod slot;
mod stats;
mod store;

#[cfg(all(test, shorttail_loom))]
mod models;

pub use builder::Builder;
pub use handle::Cache;
pub use hash::{Equivalent, KeyedHasher, KeyedState};
pub use load::{Load, NoLoad};
pub use outcome::{ConfigError, Inserted, Lookup, Refused, RefusedWhy};
pub use stats::Stats;
