//! Which classes a pool of `Bytes` has.

use super::builder::sort_and_check;
use super::bytes_class::BytesClass;
use super::{BytesPool, ConfigError};

/// Slots that a call looks at unless it is told otherwise.
const LOOKS: u32 = 16;

/// Collects the size classes of a [`BytesPool`].
///
/// Setters only store, [`class`](Self::class) in a list that grows; [`build`](Self::build) takes
/// the memory.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BytesPool::builder()
///     .class(65_536, 16)
///     .class(4096, 256)
///     .looks(64)
///     .build()?;
/// assert_eq!(pool.try_acquire(5000)?.capacity(), 65_536);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build()"]
pub struct BytesBuilder {
    classes: Vec<(usize, usize)>,
    use_next_larger: bool,
    looks: u32,
    track_age: bool,
}

impl BytesBuilder {
    pub(super) const fn new() -> Self {
        Self {
            classes: Vec::new(),
            use_next_larger: false,
            looks: LOOKS,
            track_age: false,
        }
    }

    /// Adds `slots` buffers of `slot_bytes`. Classes may come in any order of size.
    ///
    /// A slot is a heap block of its size and 63 bytes, a box of the `bytes` crate, and two cache
    /// lines of ours.
    ///
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(512, 3).build().unwrap();
    /// assert_eq!(pool.stats().slots, 3);
    /// ```
    pub fn class(mut self, slot_bytes: usize, slots: usize) -> Self {
        self.classes.push((slot_bytes, slots));
        self
    }

    /// Whether an exhausted class is helped out by the next larger one. Off by default.
    ///
    /// One class up, not more, and each looks at its slots: a refusal takes twice the looks.
    ///
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder()
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

    /// How many lent slots a call may find lent still before it says that the class is exhausted.
    /// 16 by default, and as many [hostages](BytesPool); zero counts as one.
    ///
    /// Each is a read-modify-write and a look at a counter that other threads use: a refusal takes
    /// longer the more there are, and is wrong less often. With as many as there are slots in the
    /// largest class it is never wrong while nobody else acquires.
    ///
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(8, 2).looks(1).build().unwrap();
    /// let [a, b] = [1, 2].map(|_| {
    ///     let mut buf = pool.try_acquire(8).unwrap();
    ///     buf.try_put(b"a").unwrap();
    ///     buf.freeze()
    /// });
    /// drop(a);
    /// let found = (0..2).filter(|_| pool.try_acquire(8).is_ok()).count();
    /// assert!(found >= 1); // not by the first call, maybe
    /// # drop(b);
    /// ```
    pub fn looks(mut self, looks: u32) -> Self {
        self.looks = looks.max(1);
        self
    }

    /// Whether the pool remembers when each slot was acquired, for
    /// [`outstanding_older_than`](BytesPool::outstanding_older_than). Off by default; a reading of
    /// the clock for each buffer.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = shorttail::pool::BytesPool::builder().class(8, 1).track_age(true);
    /// let pool = builder.build().unwrap();
    /// let _held = pool.try_acquire(1).unwrap();
    /// assert_eq!(pool.outstanding_older_than(Duration::ZERO).count(), 1);
    /// ```
    pub fn track_age(mut self, yes: bool) -> Self {
        self.track_age = yes;
        self
    }

    /// Takes all memory there will be, and writes to every byte of it.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no class, two of one size, or one that is empty or too large,
    /// or if the system does not give the memory.
    ///
    /// ```
    /// let builder = shorttail::pool::BytesPool::builder();
    /// assert!(builder.class(4096, 0).build().is_err());
    /// ```
    pub fn build(self) -> Result<BytesPool, ConfigError> {
        let this = self.sorted()?;
        let classes = this.classes.iter().map(|&(slot_bytes, slots)| {
            BytesClass::open(slot_bytes, slots, this.looks, this.track_age)
        });
        let classes = classes.collect::<Result<_, ConfigError>>()?;
        Ok(BytesPool::new(classes, this.use_next_larger))
    }

    /// With its classes by size, if they fit together.
    pub(crate) fn sorted(mut self) -> Result<Self, ConfigError> {
        sort_and_check(&mut self.classes)?;
        Ok(self)
    }
}
