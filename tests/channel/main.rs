//! The channel's behaviour, one file a rule.

mod cancel;
mod capacity;
mod close;
mod drop;
mod executor;
mod iter;
mod linear;
mod order;
mod wake;
mod weak;
