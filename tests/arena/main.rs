//! Behavior of `shorttail::arena`.

mod alignment;
mod lending;
mod limit;
mod unwinding;
