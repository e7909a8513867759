//! The state machines against what their sources say, written out.

mod adaptive;
mod breaker;
mod codel;
