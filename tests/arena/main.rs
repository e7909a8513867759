//! Behavior of `shorttail::arena`.

mod alignment;
mod collections;
mod frozen;
mod growth;
mod lending;
mod limit;
mod unwinding;
mod waiting;
mod wiping;
