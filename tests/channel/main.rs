//! The channel's behaviour, one file a rule.

mod cancel;
mod capacity;
mod close;
mod drop;
mod executor;
mod futurelock;
mod hostile;
mod iter;
mod line;
mod linear;
mod never;
mod oracle;
mod order;
mod steps;
mod thread_local;
mod wake;
mod weak;
