//! When an operation is, as far as that is asked.

use super::slot::NEVER;

/// The moment of an operation: what counts as dead in it.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now_ns: u64,
    /// How long past its time to live a value may be served while it is refreshed.
    pub(crate) stale_window_ns: u64,
    /// How long past that an entry may still stand in for a failed load.
    pub(crate) error_window_ns: u64,
    /// How long an entry may be unread.
    pub(crate) tti_ns: u64,
}

impl Moment {
    /// Of an operation that asks nothing of the time: nothing expires in it.
    pub(crate) const UNTIMED: Self = Self {
        now_ns: 0,
        stale_window_ns: 0,
        error_window_ns: 0,
        tti_ns: NEVER,
    };
}
