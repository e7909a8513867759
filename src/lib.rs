//! Building blocks for the hot path of services whose users feel the slowest requests. They take
//! all their memory at start, no `try_` call of theirs waits for another thread's half-finished
//! step, and every refusal is a value with a reason.
//!
//! ```
//! use shorttail::channel;
//! use shorttail::pool::{BufferPool, PooledBytes};
//!
//! let pool = BufferPool::builder().class(4096, 64).build()?;
//! let (tx, rx) = channel::bounded(16);
//!
//! let mut buffer = pool.try_acquire(5)?; // a buffer, or at once why not
//! buffer.try_put(b"hello")?;
//! tx.try_send(buffer.freeze())?; // sent, or handed back in the error
//!
//! let bytes: PooledBytes = rx.try_recv()?;
//! assert_eq!(&*bytes, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which block when
//!
//! | the p99.9 hurts because | block |
//! |---|---|
//! | a queue grows, allocates, or stands still when one thread is preempted | [`channel`] |
//! | each request allocates and frees its buffers | [`pool`] |
//! | each request allocates many small things and drops them together | [`arena`] |
//! | parsing copies, allocates, or lets malformed framing through | [`http1`] |
//! | a slow or dead origin stalls every caller, or a cold start does | [`cache`] |
//! | nobody knows where the time goes, or who allocates | [`measure`] |
//! | nobody knows whether a change made the tail worse | `measure::trial`, feature `trial` |
//! | a queue that stands serves requests whose callers have given up | [`limit`], [`channel`] |
//! | urgent work stands behind the rest in one queue | [`channel::Lanes`] |
//! | cold jobs stand before hot ones on the same threads | [`workers`] |
//! | one thread serves several queues | [`channel::Select`] |
//! | a caller has stopped waiting and the work goes on | [`time`], [`control::Cancel`] |
//! | more requests come than can be served | [`control::Gate`] |
//! | nobody sees that an endpoint breaks its p99 | [`control::EndpointBudget`] |
//! | a change is on for all or for none | [`control::Toggle`] |
//! | retries add to the load of a dependency in trouble | [`control`] |
//!
//! # When not
//!
//! Unbounded work; rare traffic, since pre-sized memory is held for ever; HTTP/2, TLS or routing;
//! mean throughput above all else: [`guide::performance`] says what the promises cost.
//!
//! # Guarantees
//!
//! | call | allocates | waits | when it cannot |
//! |---|---|---|---|
//! | [`try_send`], [`try_recv`] | no | no | `Full`, `Empty`, `Closed`; the value back |
//! | [`offer`] except by `Wait`, [`try_recv_fresh`] | no | no | its policy; late ones to a sink |
//! | [`send`], [`recv`], timed and async | no | parks | `Closed`, `Timeout`; the value back |
//! | [`BufferPool::try_acquire`], release, clone, slice | no | no | `Exhausted`, `Oversized` |
//! | [`ArenaPool::try_acquire`], allocation, return | no | no | `Exhausted`, `ArenaFull` |
//! | [`parse_head`], bodies, response heads | no | no | a kind, a byte offset, a status |
//! | [`Cache::get`] | no | no | `Miss` |
//! | [`Pool::try_submit`] | no | no | `Full`, `Closed`; the job back |
//! | [`Recorder::record`] | no | no | cannot fail |
//!
//! [`try_send`]: channel::Sender::try_send
//! [`try_recv`]: channel::Receiver::try_recv
//! [`offer`]: channel::Sender::offer
//! [`try_recv_fresh`]: channel::StampedReceiver::try_recv_fresh
//! [`send`]: channel::Sender::send
//! [`recv`]: channel::Receiver::recv
//! [`BufferPool::try_acquire`]: pool::BufferPool::try_acquire
//! [`ArenaPool::try_acquire`]: arena::ArenaPool::try_acquire
//! [`parse_head`]: http1::Connection::parse_head
//! [`Cache::get`]: cache::Cache::get
//! [`Pool::try_submit`]: workers::Pool::try_submit
//! [`Recorder::record`]: measure::Recorder::record
//!
//! `tests/alloc.rs` counts the zeros, `cargo chaos` and `cargo loom` hold the waits.
//!
//! # Features
//!
//! None is on by default, and all are additive. `affinity`: workers on processors of their own,
//! `workers::PoolBuilder::pin`. `futures`: `Stream` for a channel's receiver and `Sink` for its
//! sender, in `interop::futures`. `allocator-api2`: its `Allocator` for a borrowed arena, in
//! `interop::allocator_api2`. `http`: a request head as `http::Request`, in `interop::http`.
//! `metrics`: what the blocks counted for a metrics recorder, in `interop::metrics`. `moka`: loads
//! in front of a `moka::sync::Cache`, in `interop::moka`. `serde`: a histogram's snapshot and the
//! stats, in `interop::serde`. `tokio`: reads into pooled buffers, writes of pooled pieces, and a
//! task's budget beside tokio's own, in `interop::tokio`. `tower`: a gate, a deadline and retries
//! in front of a service, in `interop::tower`. `tracing`: exemplars by span, in `interop::tracing`.
//! `trial`: paired open-loop trials, in `measure::trial`. `tsc`: a clock on the processor's
//! counter.
//!
//! # Words
//!
//! *Waits*: may be delayed by what another thread has not yet done. *Lock-free*: a retry means
//! that another call has advanced. *Claim* and *publish*: a slot is won, then shown. *Fail-fast*: a
//! refusal costs O(1). *Budget*: time that a caller is ready to spend. A *quantile* is the upper
//! edge of the bucket that holds the nearest rank.
//!
//! # Stability
//!
//! Before 1.0 a minor release may change the interface; defaults and the sizes of tables may change
//! in any release. The oldest supported compiler is 1.85 and rises in minor releases only.
#![cfg_attr(shorttail_rtsan, feature(sanitize))]
#![doc(test(attr(deny(warnings))))]

pub mod arena;
pub mod cache;
pub mod channel;
pub mod control;
pub mod guide;
pub mod http1;
#[cfg(any(
    feature = "allocator-api2",
    feature = "futures",
    feature = "http",
    feature = "moka",
    feature = "serde",
    feature = "tokio",
    feature = "tower"
))]
pub mod interop;
pub mod limit;
pub mod measure;
pub mod pool;
pub mod time;
pub mod workers;

mod ring;
mod slots;
mod sync;
mod wait;

#[cfg(shorttail_chaos)]
pub mod chaos {
    //! Test hooks: hold a thread at a named point, or count how often it comes there.
    //! Present under `--cfg shorttail_chaos` only.
    pub use crate::sync::chaos::{Point, Stalled, passes, stall};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
