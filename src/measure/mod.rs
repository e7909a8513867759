//! Measuring tools that a service can leave on: allocation counts, histograms, stage timers.
//!
//! | question | tool |
//! |---|---|
//! | Does this call allocate? | [`AllocGuard`] with [`count_allocs`] or [`assert_no_alloc`] |
//! | How much does my handler allocate, how much the whole process? | [`AllocRegion`], [`process_allocs`] |
//! | How many sleepers were woken by system call? | [`wake_calls`] |

mod alloc;

pub use crate::sync::wake_calls;
pub use alloc::{
    AllocCounts, AllocGuard, AllocRegion, AllocScope, Watched, assert_no_alloc, count_allocs,
    process_allocs,
};
