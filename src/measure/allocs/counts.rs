//! What was asked of the allocator.

use core::fmt;
use core::ops::{Add, Sub};

/// Calls to the allocator, and the bytes they asked for: plain numbers.
///
/// # Examples
/// ```
/// use shorttail::measure::{AllocCounts, AllocGuard, count_allocs};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// let (counts, boxed) = count_allocs(|| Box::new([0_u8; 32]));
/// assert_eq!((counts.allocs, counts.bytes), (1, 32));
/// let (freed, ()) = count_allocs(|| drop(boxed));
/// assert_eq!((freed.frees, freed.is_allocating()), (1, false));
///
/// let (counts, ()) = count_allocs(|| ());
/// assert_eq!(counts, AllocCounts::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllocCounts {
    /// Calls to `alloc` and `alloc_zeroed`, also those the inner allocator refused.
    pub allocs: u64,
    /// Those of the allocs that asked for zeroed memory: calls to `alloc_zeroed`.
    pub zeroed: u64,
    /// Calls to `realloc`.
    pub reallocs: u64,
    /// Calls to `dealloc`.
    pub frees: u64,
    /// Bytes asked for: the sizes of the allocs plus the growth of the reallocs.
    pub bytes: u64,
}

impl AllocCounts {
    pub(super) const NONE: Self = Self {
        allocs: 0,
        zeroed: 0,
        reallocs: 0,
        frees: 0,
        bytes: 0,
    };

    /// Whether memory was asked for: an alloc or a realloc. Frees alone do not count.
    /// For an example see [`AllocCounts`].
    #[must_use]
    pub const fn is_allocating(&self) -> bool {
        self.allocs != 0 || self.reallocs != 0
    }
}

/// Field by field; wraps.
impl Add for AllocCounts {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            zeroed: self.zeroed.wrapping_add(more.zeroed),
            allocs: self.allocs.wrapping_add(more.allocs),
            reallocs: self.reallocs.wrapping_add(more.reallocs),
            frees: self.frees.wrapping_add(more.frees),
            bytes: self.bytes.wrapping_add(more.bytes),
        }
    }
}

/// What was added since `earlier`; field by field; wraps.
impl Sub for AllocCounts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            zeroed: self.zeroed.wrapping_sub(earlier.zeroed),
            allocs: self.allocs.wrapping_sub(earlier.allocs),
            reallocs: self.reallocs.wrapping_sub(earlier.reallocs),
            frees: self.frees.wrapping_sub(earlier.frees),
            bytes: self.bytes.wrapping_sub(earlier.bytes),
        }
    }
}

impl fmt::Display for AllocCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            allocs,
            zeroed,
            reallocs,
            frees,
            bytes,
        } = self;
        write!(f, "{allocs} allocs")?;
        if *zeroed != 0 {
            write!(f, " ({zeroed} zeroed)")?;
        }
        write!(f, ", {reallocs} reallocs, {frees} frees, {bytes} bytes")
    }
}
