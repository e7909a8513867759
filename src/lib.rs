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
//! # Set up
//!
//! `cargo add --path ../shorttail`, a clone, until the first release; in the clone itself
//! `cargo run --release --example service` shows a whole service on these blocks, and its tail.
//! Above is a whole `main` but for its frame; the page of each block opens with another:
//! [`channel`], [`pool`], [`arena`], [`http1`](http1#a-read-loop), [`cache`], [`workers`],
//! [`control`], [`limit`], [`time`], [`measure`].
//!
//! # Which block when
//!
//! | the p99.9 hurts because | block | first call |
//! |---|---|---|
//! | a queue grows, allocates, or stands still | [`channel`] | [`channel::bounded`] |
//! | what comes out of a full queue is too old | [`channel`] | [`channel::stamped()`] |
//! | urgent work stands behind the rest | [`channel`] | [`channel::Lanes`] |
//! | one thread serves several queues | [`channel`] | [`channel::Select::new`] |
//! | cold jobs stand before hot ones | [`workers`] | [`workers::Pool::builder`] |
//! | each request allocates its buffers | [`pool`] | [`pool::BufferPool::builder`] |
//! | each request makes many small things | [`arena`] | [`arena::ArenaPool::new`] |
//! | parsing copies, or takes bad framing | [`http1`] | [`http1::Connection::new`] |
//! | an origin is slow, a start is cold | [`cache`] | [`cache::Cache::builder`] |
//! | more requests come than can be served | [`control`] | [`control::Gate::builder`] |
//! | retries add to the trouble | [`control`] | [`control::RetryPolicy`] |
//! | nobody sees a p99 that is broken | [`control`] | [`control::EndpointBudget`] |
//! | a change is on for all or for none | [`control`] | [`control::Toggle`] |
//! | calls fail, or come too fast | [`limit`] | [`limit::Breaker`], [`limit::Pacer`] |
//! | work goes on for who has left | [`time`] | [`time::Deadline`], [`control::Cancel`] |
//! | nobody knows where the time goes | [`measure`] | [`measure::StageSet`] |
//! | nobody knows who allocates | [`measure`] | [`measure::AllocGuard`] |
//! | was the tail made worse? | [`measure`] | `measure::trial`, a feature |
//!
//! [`guide::choosing`] has more rows, and what goes together. [`guide::compare`] has other crates,
//! and who does better where; there are pages for who comes [from tokio's mpsc][1],
//! [from crossbeam-channel][2], [from flume][3], [from moka][4] and [from tower][5].
//!
//! [1]: guide::from_tokio_mpsc
//! [2]: guide::from_crossbeam_channel
//! [3]: guide::from_flume
//! [4]: guide::from_moka
//! [5]: guide::from_tower
//!
//! # When not
//!
//! Unbounded work; rare traffic, since pre-sized memory is held for ever; HTTP/2, TLS or routing
//! ([`guide::routing`]); mean throughput above all else: [`guide::performance`] says what the
//! promises cost.
//!
//! # Guarantees
//!
//! | call | allocates | waits | steps | when it cannot |
//! |---|---|---|---|---|
//! | [`try_send`], [`try_recv`] | no | no | O(1), lock-free | `Full`, `Empty`, `Closed` |
//! | [`offer`] except by `Wait` | no | no | the same | its policy |
//! | [`try_recv_fresh`] | no | no | at most the capacity | late ones to a sink |
//! | [`send`], [`recv`], timed and async | no | parks | in turn | `Closed`, `Timeout` |
//! | [`BufferPool::try_acquire`], release | no | no | O(1) | `Exhausted`, `Oversized` |
//! | [`ArenaPool::try_acquire`], allocation, return | no | no | O(1) | `Exhausted`, `ArenaFull` |
//! | [`parse_head`], bodies, response heads | no | no | 3 passes | a kind, an offset, a status |
//! | [`Cache::get`] | no | no | 2 index lines, the slot | `Miss` |
//! | [`Cache::try_insert`] | no | no | 16 visits, a scan | `Refused`; key and value back |
//! | [`Pool::try_submit`] | no | no | as `try_send` | `Full`, `Closed`; the job back |
//! | [`Gate::try_enter`] | no | no | O(1), lock-free | `Refused`: why, and for how long |
//! | [`Recorder::record`] | no | no | O(1) | cannot fail |
//!
//! What is refused comes back in the error. A channel is first in, first out among completed sends.
//! What *not when* there is, and which test holds each promise, stands in [`guide::guarantees`].
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
//! [`Cache::try_insert`]: cache::Cache::try_insert
//! [`Gate::try_enter`]: control::Gate::try_enter
//! [`Pool::try_submit`]: workers::Pool::try_submit
//! [`Recorder::record`]: measure::Recorder::record
//!
//! `tests/alloc.rs` counts the zeros, `cargo chaos` and `cargo loom` hold the waits.
//!
//! # Features
//!
//! None is on by default, and all are additive. Only these crates come with them.
//!
//! | feature | brings | turn it on when |
//! |---|---|---|
//! | `affinity` | no crate | workers are to have processors of their own |
//! | `allocator-api2` | `allocator-api2` | a collection is to take its memory from an arena |
//! | `futures` | `futures-core`, `futures-sink` | a channel is to be a `Stream` or a `Sink` |
//! | `http` | `http` | heads are to be of that crate's types, or those ours |
//! | `metrics` | `metrics` | what the blocks counted goes to a metrics recorder |
//! | `moka` | `moka` | there is a moka cache that stays |
//! | `serde` | `serde`, without its derive | snapshots and stats go out, configurations come in |
//! | `tokio` | `tokio` with `rt` | pooled buffers are read into; a budget is one with tokio's |
//! | `tower` | `tower-layer`, `tower-service` | a gate or retries stand before a service |
//! | `tracing` | `tracing` | exemplars are to be named by spans |
//! | `trial` | no crate | a test is to judge the tail of a change |
//! | `tsc` | no crate | readings of the clock are felt |
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
//! in any release. The oldest supported compiler is 1.85; it rises in minor releases only, to one
//! that is at least six months old. [`guide::limits`] says how large things may be, where the crate
//! runs, and what is known to be weak.
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
    feature = "metrics",
    feature = "moka",
    feature = "serde",
    feature = "tokio",
    feature = "tower",
    feature = "tracing"
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
