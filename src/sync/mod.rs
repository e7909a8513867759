//! The only door to atomics, cells, locks, threads, parking and chaos points.
//!
//! Ordinary builds get `std` and the futex; model builds get loom, or shuttle where they are told
//! both. Nothing else in the crate names any of them (held by `tests/tidy`), so that what they
//! check is what runs.

#[cfg(not(all(test, shorttail_loom)))]
#[path = "native.rs"]
mod imp;
#[cfg(all(test, shorttail_loom, not(shorttail_shuttle)))]
#[path = "model.rs"]
mod imp;
#[cfg(all(test, shorttail_loom, shorttail_shuttle))]
#[path = "drawn.rs"]
mod imp;

#[cfg(not(all(test, shorttail_loom)))]
#[path = "native_lock.rs"]
mod lock;
#[cfg(all(test, shorttail_loom))]
#[path = "model_lock.rs"]
mod lock;

#[cfg(all(test, shorttail_loom))]
#[path = "seat_model.rs"]
mod seat;
#[cfg(all(
    target_os = "linux",
    not(shorttail_portable),
    not(all(test, shorttail_loom))
))]
#[path = "seat_linux.rs"]
mod seat;
#[cfg(all(
    not(all(target_os = "linux", not(shorttail_portable))),
    not(all(test, shorttail_loom))
))]
#[path = "seat_portable.rs"]
mod seat;

#[cfg(not(shorttail_chaos))]
#[path = "chaos_off.rs"]
pub(crate) mod chaos;
#[cfg(shorttail_chaos)]
#[path = "chaos_on.rs"]
pub mod chaos;

#[cfg(not(shorttail_rtsan))]
#[path = "permit_off.rs"]
mod permit;
#[cfg(shorttail_rtsan)]
#[path = "permit_on.rs"]
mod permit;

#[cfg(not(all(
    target_arch = "x86_64",
    not(shorttail_portable),
    not(all(test, shorttail_loom))
)))]
#[path = "prefetch_portable.rs"]
mod prefetch;
#[cfg(all(
    target_arch = "x86_64",
    not(shorttail_portable),
    not(all(test, shorttail_loom))
))]
#[path = "prefetch_x86.rs"]
mod prefetch;

#[cfg(feature = "trial")]
pub(crate) mod barrier;
mod bell;
mod panics;
mod park;
#[allow(
    unreachable_pub,
    dead_code,
    reason = "public under shorttail_chaos only"
)]
mod point;
mod shielded;
mod tally;
mod thread_number;
mod threads;
mod wakes;

#[cfg(all(test, shorttail_loom))]
pub(crate) mod explore;

pub(crate) use bell::Bell;
pub(crate) use imp::{Arc, MODEL, UnsafeCell, atomic, cpus, model_seqcst, spin_loop, thread};
pub(crate) use lock::Lock;
pub(crate) use panics::Panics;
pub(crate) use park::Parker;
pub(crate) use prefetch::prefetch;
pub(crate) use seat::Unparker;
pub(crate) use shielded::shielded;
pub(crate) use tally::Tally;
pub(crate) use thread_number::{thread_number, threads_numbered};
pub(crate) use threads::{Threads, Work};
pub use wakes::wake_calls;
pub(crate) use wakes::{growth_call, wake_call};

/// What is `std`'s in every build: process-wide counters and lazily set globals, which no model
/// observes (loom's have no `const` constructor), what the allocation guard asks of its thread, and
/// the pointer that a `Waker` is made of.
pub(crate) mod global {
    pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    pub(crate) use std::sync::{Arc, OnceLock};
    pub(crate) use std::thread::{panicking, sleep};
}
