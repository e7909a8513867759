//! What a thread is watched for: its first offender, and the fault that is to strike it.

use core::cell::Cell;

use super::call::Call;
use super::fault::Running;
use super::offender::{self, Offender};
use super::{AllocCounts, ledger};

struct Watch {
    /// Whether the next call that asks for memory is the first offender.
    armed: Cell<bool>,
    /// What all permits of this thread have let through.
    permitted: Cell<AllocCounts>,
    fault: Cell<Option<Running>>,
}

thread_local! {
    /// Without a destructor and `const`, as the ledger's: the allocator reads it.
    static WATCH: Watch = const {
        Watch {
            armed: Cell::new(false),
            permitted: Cell::new(AllocCounts::NONE),
            fault: Cell::new(None),
        }
    };
}

impl Watch {
    fn tell_ledger(&self) {
        ledger::set_watched(self.armed.get() || self.fault.get().is_some());
    }
}

/// Asked by the ledger about every call of a watched thread: whether it is to be refused.
pub(super) fn strikes(call: Call) -> bool {
    if matches!(call, Call::Free) {
        return false;
    }
    WATCH.with(|watch| {
        if watch.armed.replace(false) {
            ledger::hidden(|| offender::keep(call));
            watch.tell_ledger();
        }
        let Some(mut fault) = watch.fault.get() else {
            return false;
        };
        let refused = fault.strikes();
        watch.fault.set(Some(fault));
        refused
    })
}

/// While it lives, the thread's first call that asks for memory is kept with its backtrace.
#[derive(Debug)]
pub(super) struct Arming {
    was_armed: bool,
    /// Of an assertion around this one, which has met its offender.
    outer: Option<Offender>,
    before: AllocCounts,
}

impl Arming {
    pub(super) fn new() -> Self {
        let outer = offender::take();
        WATCH.with(|watch| {
            let was_armed = watch.armed.replace(true);
            watch.tell_ledger();
            Self {
                was_armed,
                outer,
                before: judged(),
            }
        })
    }

    /// What was asked for since, permits left out.
    pub(super) fn seen(&self) -> AllocCounts {
        judged() - self.before
    }

    /// What there is to say against the first offender so far.
    pub(super) fn complaint(&self) -> Option<String> {
        WATCH.with(|watch| {
            // What is said is no offence.
            let armed = watch.armed.replace(false);
            let first = offender::take();
            let text = first.as_ref().map(Offender::to_string);
            offender::put(first);
            watch.armed.set(armed);
            text
        })
    }
}

impl Drop for Arming {
    fn drop(&mut self) {
        WATCH.with(|watch| {
            // Armed, the assertion around this one has met nobody: our offender is its first too.
            let met = self.was_armed && !watch.armed.get();
            if !met {
                offender::put(self.outer.take());
            }
            watch.armed.set(self.was_armed && !met);
            watch.tell_ledger();
        });
    }
}

fn judged() -> AllocCounts {
    ledger::thread_counts() - WATCH.with(|watch| watch.permitted.get())
}

/// While it lives, nothing is an offender; afterwards, nothing since was one.
#[derive(Debug)]
pub(super) struct Permission {
    was_armed: bool,
    permitted: AllocCounts,
    before: AllocCounts,
}

impl Permission {
    pub(super) fn new() -> Self {
        WATCH.with(|watch| {
            let was_armed = watch.armed.replace(false);
            watch.tell_ledger();
            Self {
                was_armed,
                permitted: watch.permitted.get(),
                before: ledger::thread_counts(),
            }
        })
    }
}

impl Drop for Permission {
    fn drop(&mut self) {
        let since = ledger::thread_counts() - self.before;
        WATCH.with(|watch| {
            // Set and not added: what a permit inside this one let through is in `since` too.
            watch.permitted.set(self.permitted + since);
            watch.armed.set(self.was_armed);
            watch.tell_ledger();
        });
    }
}

/// Puts `fault` in the place of the thread's fault, and returns that.
pub(super) fn replace_fault(fault: Option<Running>) -> Option<Running> {
    WATCH.with(|watch| {
        let before = watch.fault.replace(fault);
        watch.tell_ledger();
        before
    })
}
