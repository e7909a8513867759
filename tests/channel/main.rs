//! The channel's behaviour, one file a rule.

mod batch;
mod cancel;
mod capacity;
mod close;
mod drop;
mod executor;
mod force;
mod iter;
mod order;
mod permit;
mod wake;
mod weak;
