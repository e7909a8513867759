//! A small number for each thread, by which it finds its shard.

use core::cell::Cell;

use crate::sync::global::{AtomicUsize, Ordering};

static NUMBERED: AtomicUsize = AtomicUsize::new(0);

/// A thread's number before it has one.
const UNKNOWN: usize = usize::MAX;

thread_local! {
    /// Without a destructor and `const`: reading it neither allocates nor registers anything.
    static NUMBER: Cell<usize> = const { Cell::new(UNKNOWN) };
}

/// The calling thread's number: 0 for the first thread that asks, and never given twice.
#[inline]
pub(super) fn thread_number() -> usize {
    match NUMBER.get() {
        UNKNOWN => number_this_thread(),
        number => number,
    }
}

/// How many threads have a number.
pub(super) fn threads_numbered() -> usize {
    // Relaxed: a number given after this load belongs to work after this call began. [measure-2]
    NUMBERED.load(Ordering::Relaxed)
}

#[cold]
#[inline(never)]
fn number_this_thread() -> usize {
    // Relaxed: the read-modify-write alone gives each number out once. [measure-2]
    let number = NUMBERED.fetch_add(1, Ordering::Relaxed);
    NUMBER.set(number);
    number
}
