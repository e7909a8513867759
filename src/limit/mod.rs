//! When to refuse work: state machines over readings of a clock that are passed in.
//!
//! | question | type |
//! |---|---|
//! | Has a queue been standing for too long, and which of its messages have to go? | [`Codel`] |
//! | Is it too early for the next, at this rate? | [`Pacer`] |
//! | How long to wait before the next attempt? | [`Backoff`] |
//! | Do calls fail, or take so long, that none should be made for a while? | [`Breaker`] |
//! | How many calls at once does a service do best with? | [`AdaptiveLimit`] |
//!
//! ```
//! use std::time::Duration;
//! use shorttail::limit::{Breaker, Pacer};
//! use shorttail::time::{Clock, StdClock};
//!
//! let breaker = Breaker::builder().failure_rate(0.5).rest(Duration::from_secs(2)).build()?;
//! let pacer = Pacer::per_second(100, 10)?; // and ten at once
//!
//! let now_ns = StdClock.now_ns();
//! if pacer.try_pass(now_ns).is_ok() {
//!     if let Ok(ticket) = breaker.admit(now_ns) {
//!         let answer: Result<(), ()> = Ok(()); // the call
//!         match answer {
//!             Ok(()) => breaker.succeeded(ticket, StdClock.now_ns()),
//!             Err(()) => breaker.failed(ticket, StdClock.now_ns()),
//!         }
//!     }
//! }
//! # Ok::<(), shorttail::limit::ConfigError>(())
//! ```
//!
//! A reading that is none of now, as of another clock or a second that never was, is survived: the
//! next sound one begins anew what lies too far ahead of it. How far is said by each type.
//!
//! Nothing here reads a clock, waits or allocates. [`channel`](crate::channel) asks a `Codel` on
//! receive: see [`Freshness`](crate::channel::Freshness); [`cache`](crate::cache) a `Breaker`
//! before a load and a `Pacer` as it warms up.

mod adaptive;
mod backoff;
mod breaker;
mod breaker_builder;
mod codel;
mod error;
mod jitter;
mod law;
#[cfg(all(test, shorttail_loom))]
mod models;
mod pacer;
mod phase;
mod slough;
mod window;

use core::time::Duration;

pub use adaptive::{AdaptiveLimit, LimitWindow};
pub use backoff::{Backoff, Delays};
pub use breaker::{Breaker, BrokenOff, Ticket};
pub use breaker_builder::BreakerBuilder;
pub use codel::Codel;
pub use error::{ConfigError, TooEarly};
pub use jitter::Jitter;
pub(crate) use jitter::{Draws, mix};
pub use pacer::Pacer;
pub use phase::BreakerState;
pub(crate) use window::{Counts, Window};

/// A reading may be so much older than another thread's: as long as a thread may be off its
/// processor between its reading and its call. What lies further ahead than it can be is of the
/// future.
pub(crate) const OLD_NS: u64 = 1_000_000_000;

/// Longer spans are cut to this: 36 years.
const SPAN_NS_MAX: u64 = 1 << 60;

fn span_ns(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).map_or(SPAN_NS_MAX, |ns| ns.min(SPAN_NS_MAX))
}
