//! The channel's behaviour, one file a rule.

mod cancel;
mod capacity;
mod close;
mod drop;
mod executor;
mod iter;
mod line;
mod linear;
mod never;
mod oracle;
mod order;
mod steps;
mod wake;
mod weak;
