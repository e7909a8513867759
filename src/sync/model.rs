//! loom's primitives, in the shape of the real ones.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::future::block_on;
pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::Arc;
pub(super) use loom::sync::{Mutex, MutexGuard};
pub(crate) use loom::thread;

pub(crate) mod atomic {
    pub(crate) use super::word::AtomicU64;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering, fence,
    };
}

/// Whether this is a build of models: some tables are smaller there.
pub(crate) const MODEL: bool = true;

/// Stands between two SeqCst accesses of one thread: loom 0.7 takes them for AcqRel ones, and the
/// fence gives back the order that the language promises for the real accesses.
pub(crate) fn model_seqcst() {
    // SeqCst: only in models; the rows that lean on it are named at its callers. [sync-5]
    atomic::fence(atomic::Ordering::SeqCst);
}

/// One: models look once and never spin.
pub(crate) fn cpus() -> usize {
    1
}

/// Runs `model` in every schedule with at most `preemptions`, all if none.
pub(super) fn check(preemptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.max_branches = 10_000;
    builder.check(model);
}

pub(super) use word::strictly;

#[path = "model_word.rs"]
mod word;
