//! Walks the calling thread's stack with the unwinder that the standard library links.

use core::ffi::{c_int, c_void};
use core::fmt::{Debug, Display, Formatter, Result};
use std::backtrace::Backtrace;

/// The unwinder's cursor; only ever behind a pointer that it made.
#[repr(C)]
struct Context {
    opaque: [u8; 0],
}

type Visit = extern "C" fn(*mut Context, *mut c_void) -> c_int;

/// `_URC_NO_REASON`: go on to the next frame.
const GO_ON: c_int = 0;
/// `_URC_NORMAL_STOP`.
const STOP: c_int = 4;

// The level 1 interface of the Itanium C++ ABI's exception handling, and one of GCC's additions.
unsafe extern "C" {
    fn _Unwind_Backtrace(visit: Visit, found: *mut c_void) -> c_int;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
    fn _Unwind_FindEnclosingFunction(address: *mut c_void) -> *mut c_void;
}

/// Whether one of the calls under way on this thread is the standard library's own taking,
/// resolving or printing of a `Backtrace`. Allocates nothing and takes no lock of that library.
pub(super) fn passes_through_std_backtrace() -> Option<bool> {
    let mut found = false;
    // SAFETY: `visit` has the signature that is asked for and does not unwind; `found` is what
    // it takes its argument for, and outlives the walk. Unwinding out of `visit` would break this.
    unsafe { _Unwind_Backtrace(visit, (&raw mut found).cast()) };
    Some(found)
}

extern "C" fn visit(context: *mut Context, found: *mut c_void) -> c_int {
    // SAFETY: the unwinder calls this with the cursor of the walk.
    let returns_to = unsafe { _Unwind_GetIP(context) };
    let inside_call = returns_to.saturating_sub(1) as *mut c_void;
    // SAFETY: any address may be asked for; the answer is null where no function is known.
    let function = unsafe { _Unwind_FindEnclosingFunction(inside_call) } as usize;
    if function != 0 && entries().contains(&function) {
        // SAFETY: `found` is the `bool` of `passes_through_std_backtrace`, which only this walk
        // touches.
        unsafe { found.cast::<bool>().write(true) };
        return STOP;
    }
    GO_ON
}

/// The functions through which the lock is reached, but for the panic hook.
fn entries() -> [usize; 4] {
    let display: fn(&Backtrace, &mut Formatter<'_>) -> Result = <Backtrace as Display>::fmt;
    let debug: fn(&Backtrace, &mut Formatter<'_>) -> Result = <Backtrace as Debug>::fmt;
    let [capture, force]: [fn() -> Backtrace; 2] = [Backtrace::capture, Backtrace::force_capture];
    [
        capture as usize,
        force as usize,
        display as usize,
        debug as usize,
    ]
}
