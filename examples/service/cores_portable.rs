//! Cores where threads cannot be held to some of them: the scheduler decides.

/// Nothing is known about the cores.
pub(crate) fn allowed() -> Vec<usize> {
    Vec::new()
}

/// Does nothing.
pub(crate) fn stay_on(_cores: &[usize]) {}
