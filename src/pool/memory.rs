//! What kind of memory a pool asks for.

use core::fmt;

/// How a pool's memory is mapped, from [`Builder`](super::Builder).
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) prefault: bool,
    pub(super) huge_pages: HugePages,
    pub(super) lock: bool,
    pub(super) dont_fork: bool,
}

impl Memory {
    /// Whether every page is to be there before it is touched.
    pub(super) fn is_resident(self) -> bool {
        self.prefault || self.huge_pages == HugePages::Transparent
    }
}

/// Whether a pool's memory lies in huge pages, for
/// [`Builder::huge_pages`](super::Builder::huge_pages).
///
/// # Examples
/// ```
/// use shorttail::pool::{BufferPool, HugePages};
///
/// let builder = BufferPool::builder().class(4096, 8).huge_pages(HugePages::System);
/// assert!(builder.build().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HugePages {
    /// What the system does of itself.
    #[default]
    System,
    /// Transparent huge pages of 2 MiB, collapsed while the pool is built: all of them, or an
    /// error.
    ///
    /// Linux 6.1 and later. Regions are rounded up to 2 MiB and resident also without
    /// [`prefault`](super::Builder::prefault). The kernel may split such a page later.
    Transparent,
    /// Pages of 2 MiB from those that the administrator set aside (`vm.nr_hugepages`).
    ///
    /// Linux only. Regions are rounded up to 2 MiB. They are never split or swapped. After a
    /// fork, a child that writes to one needs a huge page more, and is killed if there is none:
    /// see [`dont_fork`](super::Builder::dont_fork).
    Reserved,
}

/// What a pool's memory was to be and is not, in
/// [`ConfigError::PolicyRefused`](super::ConfigError::PolicyRefused).
///
/// # Examples
/// ```
/// use shorttail::pool::MemoryPolicy;
/// assert_eq!(MemoryPolicy::Lock.to_string(), "locking memory");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryPolicy {
    /// [`Builder::huge_pages`](super::Builder::huge_pages).
    HugePages,
    /// [`Builder::lock_memory`](super::Builder::lock_memory).
    Lock,
    /// [`Builder::dont_fork`](super::Builder::dont_fork).
    DontFork,
}

impl fmt::Display for MemoryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HugePages => "mapping huge pages",
            Self::Lock => "locking memory",
            Self::DontFork => "keeping memory from forked children",
        })
    }
}
