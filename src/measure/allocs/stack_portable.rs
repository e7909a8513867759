//! Where the stack cannot be looked at before a backtrace is taken, none is.

/// Not known here.
pub(super) const fn passes_through_std_backtrace() -> Option<bool> {
    None
}
