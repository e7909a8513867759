//! Where the stack cannot be looked at before a backtrace is taken, none is. (32-bit ARM has an
//! unwinder of its own kind.)

/// Not known here.
pub(super) const fn passes_through_std_backtrace() -> Option<bool> {
    None
}
