//! Which classes a pool has.

use super::ConfigError;
use super::buffer_pool::{BufferPool, Shelf};
use super::class::Class;
use super::memory::{HugePages, Memory};
use super::overflow::Overflow;

/// Collects the size classes of a [`BufferPool`].
///
/// Setters only store, [`class`](Self::class) in a list that grows; [`build`](Self::build) takes
/// the memory.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder()
///     .class(65_536, 16)
///     .class(4096, 256)
///     .use_next_larger(true)
///     .build()?;
/// assert_eq!(pool.try_acquire(5000)?.capacity(), 65_536);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build()"]
pub struct Builder {
    classes: Vec<(usize, usize)>,
    use_next_larger: bool,
    heap_bytes: usize,
    memory: Memory,
    wipe: bool,
    track_age: bool,
}

impl Builder {
    pub(super) const fn new() -> Self {
        Self {
            classes: Vec::new(),
            use_next_larger: false,
            heap_bytes: 0,
            memory: Memory {
                prefault: true,
                huge_pages: HugePages::System,
                lock: false,
                dont_fork: false,
            },
            wipe: false,
            track_age: false,
        }
    }

    /// Adds `slots` buffers of `slot_bytes`. Classes may come in any order of size.
    ///
    /// A slot takes its size rounded up to 64 bytes, 64 more if that is a multiple of 4096, and a
    /// header of one or two cache lines.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(512, 3).build().unwrap();
    /// assert_eq!(pool.stats().slots, 3);
    /// ```
    pub fn class(mut self, slot_bytes: usize, slots: usize) -> Self {
        self.classes.push((slot_bytes, slots));
        self
    }

    /// Whether an exhausted class is helped out by the next larger one. Off by default.
    ///
    /// One class up, not more: a burst of small requests then takes at most one other class.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder()
    ///     .class(8, 1)
    ///     .class(16, 1)
    ///     .use_next_larger(true)
    ///     .build()
    ///     .unwrap();
    /// let _small = pool.try_acquire(8).unwrap();
    /// assert_eq!(pool.try_acquire(8).unwrap().capacity(), 16);
    /// ```
    pub fn use_next_larger(mut self, yes: bool) -> Self {
        self.use_next_larger = yes;
        self
    }

    /// Bytes that may be taken from the heap where a class has nothing left. None by default.
    ///
    /// Such a buffer has its class's size, counts for as many bytes of `budget_bytes`, and pays
    /// them back when it is freed: never are more bytes held than that, and never fewer refused
    /// for want of budget. What is kept about it, some hundred bytes, is not counted. Asked after
    /// the [next larger class](Self::use_next_larger), and by each call that acquires, before it
    /// waits.
    ///
    /// A call that gets one allocates twice, and the drop of its last handle frees as much: that is
    /// as fast, and as free of waits, as the heap is. [`PoolStats`](super::PoolStats) counts them;
    /// [`PooledBuf::is_on_heap`](super::PooledBuf::is_on_heap) tells one. If the heap refuses, the
    /// call ends as if the budget had.
    ///
    /// ```
    /// let builder = shorttail::pool::BufferPool::builder().class(4096, 1);
    /// let pool = builder.heap_overflow(8192).build()?;
    /// let bufs = [(); 3].map(|()| pool.try_acquire(100).unwrap());
    /// assert!(pool.try_acquire(100).unwrap_err().is_exhausted());
    /// assert_eq!((pool.stats().heap_buffers, pool.stats().heap_bytes), (2, 8192));
    /// drop(bufs);
    /// assert_eq!(pool.stats().heap_bytes, 0);
    /// # Ok::<(), shorttail::pool::ConfigError>(())
    /// ```
    pub fn heap_overflow(mut self, budget_bytes: usize) -> Self {
        self.heap_bytes = budget_bytes;
        self
    }

    /// Whether [`build`](Self::build) makes every page resident. On by default.
    ///
    /// Without it, the first holder of each slot pays a page fault for every page it touches.
    ///
    /// ```
    /// let builder = shorttail::pool::BufferPool::builder().class(1 << 20, 8).prefault(false);
    /// assert!(builder.build().is_ok());
    /// ```
    pub fn prefault(mut self, yes: bool) -> Self {
        self.memory.prefault = yes;
        self
    }

    /// Whether the memory lies in huge pages. What the system does of itself by default.
    ///
    /// Fewer pages are fewer entries of the processor's page tables to look up. If they are not to
    /// be had, [`build`](Self::build) fails with
    /// [`PolicyRefused`](ConfigError::PolicyRefused).
    ///
    /// ```
    /// use shorttail::pool::{BufferPool, ConfigError, HugePages, MemoryPolicy};
    ///
    /// let builder = BufferPool::builder().class(65_536, 30);
    /// match builder.huge_pages(HugePages::Transparent).build() {
    ///     Ok(pool) => assert_eq!(pool.stats().slots, 30),
    ///     Err(ConfigError::PolicyRefused { policy, .. }) => {
    ///         assert_eq!(policy, MemoryPolicy::HugePages);
    ///     }
    ///     Err(other) => panic!("{other}"),
    /// }
    /// ```
    pub fn huge_pages(mut self, huge_pages: HugePages) -> Self {
        self.memory.huge_pages = huge_pages;
        self
    }

    /// Whether the memory is locked: resident, and never swapped out. Off by default.
    ///
    /// `mlock`, on Linux only, within `RLIMIT_MEMLOCK` unless the process may lock what it likes.
    /// If it is refused, [`build`](Self::build) fails with
    /// [`PolicyRefused`](ConfigError::PolicyRefused). A forked child's copy is not locked.
    ///
    /// ```
    /// use shorttail::pool::{BufferPool, ConfigError};
    ///
    /// match BufferPool::builder().class(1024, 4).lock_memory(true).build() {
    ///     Ok(pool) => assert_eq!(pool.stats().slots, 4),
    ///     Err(error) => assert!(matches!(error, ConfigError::PolicyRefused { .. })),
    /// }
    /// ```
    pub fn lock_memory(mut self, yes: bool) -> Self {
        self.memory.lock = yes;
        self
    }

    /// Whether forked children are without the slots' memory. Off by default.
    ///
    /// `MADV_DONTFORK`, on Linux only. Without it a fork makes every page copy-on-write, and the
    /// parent pays a fault at its next write to each. With it a child that touches a buffer is
    /// killed by `SIGSEGV`. The pool's own state, on the heap, is copied as ever. If it is refused,
    /// [`build`](Self::build) fails with [`PolicyRefused`](ConfigError::PolicyRefused).
    ///
    /// ```
    /// use shorttail::pool::{BufferPool, ConfigError};
    ///
    /// match BufferPool::builder().class(1024, 4).dont_fork(true).build() {
    ///     Ok(pool) => assert_eq!(pool.stats().slots, 4),
    ///     Err(error) => assert!(matches!(error, ConfigError::PolicyRefused { .. })),
    /// }
    /// ```
    pub fn dont_fork(mut self, yes: bool) -> Self {
        self.memory.dont_fork = yes;
        self
    }

    /// Whether what was in a buffer is zeroed when it is given back. Off by default.
    ///
    /// On release, by whoever drops the last handle: a secret does not outlive its holders. Only
    /// what is dirty is zeroed: the slot up to the furthest byte that a holder wrote, or all of it
    /// if its room was lent, by [`spare_capacity_mut`](super::PooledBuf::spare_capacity_mut), by
    /// `BufMut::chunk_mut` or to a reader, since what was done there is not known. A buffer that
    /// is forgotten, or held when the process ends, is not wiped.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(4096, 8).wipe(true).build()?;
    /// let mut buf = pool.try_acquire(4096)?;
    /// buf.try_put(b"a password")?;
    /// drop(buf); // zeroes ten bytes
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wipe(mut self, yes: bool) -> Self {
        self.wipe = yes;
        self
    }

    /// Whether the pool knows since when each buffer is held, for
    /// [`outstanding_older_than`](BufferPool::outstanding_older_than). Off by default.
    ///
    /// Costs a reading of the clock and a store at each acquire, a store at each release, and one
    /// or two cache lines a slot.
    ///
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(64, 8).track_age(true).build();
    /// assert!(pool.is_ok());
    /// ```
    pub fn track_age(mut self, yes: bool) -> Self {
        self.track_age = yes;
        self
    }

    /// Takes all the memory the pool will ever have, but what
    /// [`heap_overflow`](Self::heap_overflow) allows on top: a mapping for each class, each page of
    /// which is faulted in unless [`prefault`](Self::prefault) is off.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no class, two of one size, or one that is empty or too large,
    /// or if the system does not give the memory, or not as the policies say.
    ///
    /// ```
    /// let builder = shorttail::pool::BufferPool::builder();
    /// assert!(builder.class(4096, 0).build().is_err());
    /// ```
    pub fn build(self) -> Result<BufferPool, ConfigError> {
        let this = self.sorted()?;
        let overflow = (this.heap_bytes > 0)
            .then(|| Overflow::new(this.heap_bytes, this.classes[0].0, this.track_age));
        let shelves = this.classes.iter().map(|&(slot_bytes, slots)| {
            Ok(Shelf {
                slot_bytes,
                owner: Class::open(slot_bytes, slots, this.memory, (this.wipe, this.track_age))?,
            })
        });
        let shelves = shelves.collect::<Result<_, ConfigError>>()?;
        Ok(BufferPool::new(shelves, this.use_next_larger, overflow))
    }

    /// With its classes by size, if they fit together.
    pub(crate) fn sorted(mut self) -> Result<Self, ConfigError> {
        sort_and_check(&mut self.classes)?;
        Ok(self)
    }
}

/// Sorts classes by size; says what is wrong with them, if anything is.
pub(super) fn sort_and_check(classes: &mut [(usize, usize)]) -> Result<(), ConfigError> {
    classes.sort_unstable();
    if classes.is_empty() {
        return Err(ConfigError::NoClasses);
    }
    for &(slot_bytes, slots) in &*classes {
        if slot_bytes == 0 || slots == 0 {
            return Err(ConfigError::EmptyClass { slot_bytes, slots });
        }
    }
    if let Some(same) = classes.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let slot_bytes = same[0].0;
        return Err(ConfigError::DuplicateClass { slot_bytes });
    }
    Ok(())
}
