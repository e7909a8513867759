//! The first call that asked for memory where none was to be asked for, and who made it.

use core::cell::Cell;
use core::fmt;
use std::backtrace::Backtrace;

use super::call::Call;
use super::stack;
use crate::sync::global::panicking;

/// A call and where it came from.
#[derive(Debug)]
pub(super) struct Offender {
    call: Call,
    trace: Result<Backtrace, &'static str>,
}

thread_local! {
    /// Has a destructor, and so may allocate when first touched: touched by an offence only, where
    /// that is hidden, and by who looks for one.
    static FIRST: Cell<Option<Offender>> = const { Cell::new(None) };
    static HELD: Cell<bool> = const { Cell::new(false) };
}

/// Keeps `call` as the thread's first offender. Runs inside the allocator, with the ledger hidden.
pub(super) fn keep(call: Call) {
    let offender = Offender {
        call,
        trace: trace(),
    };
    // A thread whose locals are gone has nobody to tell.
    put_back(offender);
}

/// The standard library holds a lock while it takes, resolves or prints a panic's backtrace, and
/// allocates meanwhile: taking one from inside that would wait for this very thread.
fn trace() -> Result<Backtrace, &'static str> {
    if panicking() {
        return Err("no backtrace: the thread was panicking");
    }
    match stack::passes_through_std_backtrace() {
        Some(false) => Ok(Backtrace::force_capture()),
        Some(true) => Err("no backtrace: the call came from taking or printing a backtrace"),
        None => Err("no backtrace: this platform's stack cannot be walked safely here"),
    }
}

/// Takes the thread's first offender, if there is one.
pub(super) fn take() -> Option<Offender> {
    if HELD.replace(false) {
        FIRST.with(Cell::take)
    } else {
        None
    }
}

/// The opposite of [`take`].
pub(super) fn put_back(offender: Offender) {
    if FIRST.try_with(|first| first.set(Some(offender))).is_ok() {
        HELD.set(true);
    }
}

impl fmt::Display for Offender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the first: {}, from:", self.call)?;
        match &self.trace {
            Ok(trace) => trace.fmt(f),
            Err(why) => f.write_str(why),
        }
    }
}
