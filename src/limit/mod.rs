//! When to refuse work: state machines over readings of a clock that are passed in.
//!
//! | question | type |
//! |---|---|
//! | Has a queue been standing for too long, and which of its messages have to go? | [`Codel`] |
//!
//! Nothing here reads a clock, waits or allocates. [`channel`](crate::channel) asks on receive:
//! see [`Freshness`](crate::channel::Freshness).

mod codel;
mod law;
#[cfg(all(test, shorttail_loom))]
mod models;
mod slough;

pub use codel::Codel;
