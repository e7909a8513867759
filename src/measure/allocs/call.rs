//! One call to the allocator.

use core::fmt;
use std::alloc::Layout;

use super::AllocCounts;

/// What is asked of the allocator.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    Alloc(Layout),
    Zeroed(Layout),
    Realloc { layout: Layout, new_size: usize },
    Free,
}

impl Call {
    /// The call as counts.
    pub(super) const fn counts(self) -> AllocCounts {
        let none = AllocCounts::NONE;
        match self {
            Self::Alloc(layout) => AllocCounts {
                allocs: 1,
                bytes: layout.size() as u64,
                ..none
            },
            Self::Zeroed(layout) => AllocCounts {
                allocs: 1,
                zeroed: 1,
                bytes: layout.size() as u64,
                ..none
            },
            Self::Realloc { layout, new_size } => AllocCounts {
                reallocs: 1,
                bytes: new_size.saturating_sub(layout.size()) as u64,
                ..none
            },
            Self::Free => AllocCounts { frees: 1, ..none },
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alloc(layout) => write!(f, "alloc of {}", Size(*layout)),
            Self::Zeroed(layout) => write!(f, "zeroed alloc of {}", Size(*layout)),
            Self::Realloc { layout, new_size } => {
                write!(f, "realloc to {new_size} bytes from {}", Size(*layout))
            }
            Self::Free => f.write_str("free"),
        }
    }
}

struct Size(Layout);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, aligned to {}", self.0.size(), self.0.align())
    }
}
