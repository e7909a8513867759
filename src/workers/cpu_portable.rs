//! The calling thread on one processor: where there is no call for it.

/// Says that there is none.
pub(super) const fn pin_here(_cpu: usize) -> Result<(), i32> {
    Err(0)
}
