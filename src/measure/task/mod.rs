//! Where a task's time goes: in its polls, between wake and poll, and waiting for something else.

#[cfg(all(test, shorttail_loom))]
mod models;
mod slot;
mod slots;
mod timed;
mod waker;

pub use slots::WakeSlots;
pub use timed::{TaskTimes, Timed};
