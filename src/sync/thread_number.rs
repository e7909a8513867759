//! A small number for each thread, to spread threads over shared words.

use std::cell::Cell;

use super::global::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // No destructor and a const initializer: reading it never allocates, also in thread exit.
    static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The calling thread's number: dense, in order of first call, never reused.
#[inline]
pub(crate) fn thread_number() -> usize {
    NUMBER.get().unwrap_or_else(number_thread)
}

/// How many threads have a number.
pub(crate) fn threads_numbered() -> usize {
    // Relaxed: a number given after this load belongs to what came after this call. [sync-4]
    NEXT.load(Ordering::Relaxed)
}

#[cold]
fn number_thread() -> usize {
    // Relaxed: the number is all there is; it publishes nothing. [sync-4]
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    NUMBER.set(Some(number));
    number
}
