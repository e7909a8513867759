//! The state machines against what their sources say, written out.

mod breaker;
mod codel;
