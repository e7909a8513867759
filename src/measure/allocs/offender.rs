//! The first call that asked for memory where none was to be asked for, and who made it.

use core::cell::Cell;
use core::fmt;
use core::mem::ManuallyDrop;
use std::backtrace::Backtrace;

use super::call::Call;
use super::{ledger, stack};
use crate::sync::global::panicking;

/// A call and where it came from.
#[derive(Debug)]
pub(super) struct Offender {
    call: Call,
    trace: Result<Backtrace, &'static str>,
}

thread_local! {
    /// Without a destructor: registering one allocates, and on some platforms may not happen while
    /// another is being registered, which is just when the offence may be. An assertion takes its
    /// offender out in the end, so nothing is left here but by a thread that ends inside one.
    static FIRST: Cell<ManuallyDrop<Option<Offender>>> =
        const { Cell::new(ManuallyDrop::new(None)) };
}

/// Keeps `call` as the thread's first offender. Runs inside the allocator, with the ledger hidden.
pub(super) fn keep(call: Call) {
    put(Some(Offender {
        call,
        trace: trace(),
    }));
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
    ManuallyDrop::into_inner(FIRST.replace(ManuallyDrop::new(None)))
}

/// Puts back what was taken, in the place of whatever is there.
pub(super) fn put(offender: Option<Offender>) {
    discard(ManuallyDrop::into_inner(
        FIRST.replace(ManuallyDrop::new(offender)),
    ));
}

/// Uncounted, as the taking of the backtrace was.
pub(super) fn discard(offender: Option<Offender>) {
    if offender.is_some() {
        ledger::hidden(|| drop(offender));
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
