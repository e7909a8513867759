//! Behavior of `shorttail::arena`.

mod alignment;
mod collections;
mod frozen;
mod growth;
mod lending;
mod limit;
mod model;
mod pool_model;
mod session;
mod steps;
mod unwinding;
mod waiting;
mod wiping;
