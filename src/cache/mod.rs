//! A cache that answers at once: bounded, pre-sized, and read without a lock.
//!
//! ```
//! use std::time::Duration;
//! use shorttail::cache::{Cache, Load, Lookup, Outcome};
//!
//! struct Origin;
//!
//! impl Load<String, u64> for Origin {
//!     type Error = &'static str;
//!     fn load(&self, key: &String) -> Result<Option<u64>, Self::Error> {
//!         Ok(Some(key.len() as u64))
//!     }
//! }
//!
//! let cache = Cache::builder(10_000)
//!     .ttl(Duration::from_secs(60))
//!     .jitter(0.1)
//!     .stale_window(Duration::from_secs(30))
//!     .error_window(Duration::from_secs(600))
//!     .negative_ttl(Duration::from_secs(5))
//!     .loader(Origin)
//!     .build()
//!     .unwrap();
//!
//! // Never waits: tells what is there.
//! assert_eq!(cache.get("abc"), Lookup::Miss);
//! // Waits for the load, 50 ms at most; with a budget of zero it would not wait at all.
//! match cache.get_or_load("abc", Duration::from_millis(50)) {
//!     Outcome::Fresh(value) | Outcome::Stale { value, .. } => assert_eq!(value, 3),
//!     Outcome::Negative => unreachable!("the origin knows every key"),
//!     Outcome::Miss(why) => eprintln!("degraded: {why}"),
//!     Outcome::Fallback(_) => unreachable!("what `degrade` puts in place of a miss"),
//! }
//! ```
//!
//! # What a call costs
//!
//! | call | waits for | allocates | steps |
//! |---|---|---|---|
//! | [`get`](Cache::get), [`with`](Cache::with) | nobody | nothing | 2 index lines, the slot |
//! | [`insert`](Cache::insert) | a writer | nothing | 2 index lines, 16 or 32 visits, a scan |
//! | [`try_insert`](Cache::try_insert) | nobody | nothing | as `insert`, 64 tries for the lock |
//! | [`remove`](Cache::remove) | a writer | nothing | 2 index lines, a scan |
//! | [`invalidate_tag`](Cache::invalidate_tag), [`invalidate_all`] | nobody | nothing | 2 |
//! | [`get_or_load`](Cache::get_or_load), a fresh hit | nobody | nothing | as `get` |
//! | the same, a hit that begins a refresh | nobody | 2 keys | as `try_insert`, the shard's loads |
//! | the same, budget 0 | nobody | 2 keys | as `insert`, and the shard's loads |
//! | the same, a miss | its budget | 2 keys | as above |
//! | [`cancel_load`](Cache::cancel_load) | a writer | nothing | the shard's loads |
//! | [`for_each`](Cache::for_each), [`iter`](Cache::iter) | nobody | nothing | all lanes |
//! | [`ScanJob::step`] | a writer, for each it removes | nothing | its budget |
//! | [`maintain`](Cache::maintain) | a writer | nothing | its budget |
//! | [`for_each_hot`](Cache::for_each_hot) | a writer | a byte a lane | all lanes nine times |
//! | [`stats`](Cache::stats), [`len`](Cache::len) | nobody | nothing | the shards |
//!
//! A read begins again if a writer replaced or removed the very entry meanwhile. "A writer" is
//! another writer of the same shard. A scan reads up to 64 hazard records and looks at up to 64
//! slots that left besides those that readers hold. There is one in half as many writes as there
//! are spare slots, or in 32, and one in each insert while readers hold all of those. Keys are made
//! by who begins a load. Cloning and dropping of keys and values come on top. The store's memory is
//! taken by `build` alone. Calls with a `try_` wait for nobody; each insert has one,
//! [`try_insert_with_terms`] for those with a time to live, a [`Tag`] or low trust.
//!
//! [`invalidate_all`]: Cache::invalidate_all
//! [`try_insert_with_terms`]: Cache::try_insert_with_terms
//!
//! # Readers and writers
//! An entry is written once, published by one store of an index lane, and not touched again until
//! it was unpublished and no reader holds it. A reader writes the number of the slot it is about
//! to read into a record of its own, and then looks at the index lane again: if the lane still
//! names the slot, no writer will reuse it. So a reader that loses its processor holds back one
//! slot, and a writer that loses its processor holds up other writers of its shard, never a reader.
//! If held readers take all spare slots of a shard, inserts there are refused, with key and value
//! handed back, until one of them goes on.
//!
//! # Which entry leaves
//! S3-FIFO (Yang and others, 2023) with bounded work: an eviction looks at 16 slots at most and
//! then takes the last of them, used or not; new keys go to the main queue while that is not full;
//! one use promotes. A workload that bounces back over its keys in reverse order is its known bad
//! case. A shard of fewer than 256 entries would cost hit ratio, so there is none unless the cache
//! is that small.
//!
//! # Loads
//! The cache owns its loads: fixed threads, tasks of an executor ([`AsyncLoad`]) or whoever calls a
//! [`LoadRunner`] ask the [`Load`] that it was built with, one load a
//! key at a time, as many as [`loads_max`](LoadingBuilder::loads_max) queued or running, and what
//! comes on top is shed at once. A caller that leaves, by time-out or cancel, takes nothing with
//! it; [`cancel_load`](Cache::cancel_load) says that nobody wants a load. The end of a load wakes
//! three who wait, and each of them two more. A loaded value is stored only if nobody wrote,
//! removed or expired the key, or invalidated all keys or its tag, since the loader was asked, and
//! if no successor took over from a load that hung. Who asks after such a change never joins a load
//! from before it: it begins a successor.
//!
//! # Warming
//! A [`Warmer`] loads keys of an iterator or a stream, with limits on concurrency, rate, time and
//! errors; a [`ReadyGate`] says when enough is there, or that there is no more to wait for. An
//! [`Export`] writes the hottest keys, or entries, within bounds; a [`Snapshot`] reads them back,
//! for a warmer or for a [`Restore`] of their values.

mod answer;
mod ask;
mod asked;
mod backoff;
mod begin;
mod budget;
mod builder;
mod cancel;
mod claims;
mod collect;
mod core;
mod counts;
mod cursor;
mod early;
mod evicted;
mod fetch;
mod flight;
mod forget;
mod future;
mod gate;
mod ghost;
mod handle;
mod hash;
mod hazard;
mod idle;
mod index;
mod inflight;
mod iter;
mod lagging;
mod leaving;
mod list;
mod load;
mod load_async;
mod load_runner;
mod load_task;
mod load_with;
mod loading;
mod loads;
mod locked;
mod marked;
mod moment;
mod outcome;
mod policy;
mod queued;
mod reclaim;
mod room;
mod rules;
mod runner;
mod scan_job;
mod sequence;
mod shard;
mod slot;
mod snapshot;
mod start;
mod stats;
mod store;
mod sweep;
mod tag;
#[cfg(not(all(
    target_arch = "x86_64",
    not(shorttail_portable),
    not(all(test, shorttail_loom))
)))]
#[path = "tags_portable.rs"]
mod tags;
#[cfg(all(
    target_arch = "x86_64",
    not(shorttail_portable),
    not(all(test, shorttail_loom))
))]
#[allow(clippy::multiple_unsafe_ops_per_block)] // Vector instructions, nothing else.
#[path = "tags_x86.rs"]
mod tags;
#[cfg(feature = "moka")]
mod through;
mod upkeep;
mod warm;
mod weights;
mod write;

#[cfg(all(test, shorttail_loom))]
mod models;

pub use answer::{Miss, Outcome, Stale};
pub use budget::Budget;
pub use builder::Builder;
pub use evicted::{Evicted, EvictedWhy};
pub use future::LoadFuture;
pub use gate::{Readiness, ReadyGate};
pub use handle::Cache;
pub use hash::{Equivalent, KeyedHasher, KeyedState};
pub use iter::Iter;
pub use load::{Load, NoLoad};
pub use load_async::{Async, AsyncLoad};
pub use load_runner::LoadRunner;
pub use load_task::LoadTask;
pub use loading::LoadingBuilder;
pub use outcome::{ConfigError, Contended, Inserted, Lookup, Refused, RefusedWhy};
pub use scan_job::{Progress, ScanJob};
pub use snapshot::{
    Codec, Export, Exported, Record, Restore, RestoreError, Restored, Snapshot, SnapshotError,
    SnapshotKeys, SnapshotWhy,
};
pub use stats::Stats;
pub use tag::{Tag, Terms, UnknownTag};
pub use upkeep::Upkeep;
pub use warm::{WarmEnd, WarmHandle, WarmProgress, Warmer};
