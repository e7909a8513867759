//! A head that owns its bytes and its table, in one pooled slot.

use crate::pool::{AcquireError, BufferPool, PooledBuf, PooledBytes};

use super::facts::Facts;
use super::head::Head;
use super::line::Line;
use super::table::Fields;

/// A request head that borrows nothing: to keep beside its body, or to send to another thread.
///
/// [`Head::to_owned_in`] copies the head and its table into one slot of a [`BufferPool`], so
/// that neither the read buffer nor the arena is held; nothing is parsed again. [`as_head`]
/// gives the [`Head`] back, with all its accessors. A clone is another handle on the slot, one
/// read-modify-write and no allocation; the last one's drop, on whatever thread, gives the slot
/// back.
///
/// [`as_head`]: Self::as_head
///
/// # Examples
/// ```
/// use shorttail::arena::ArenaPool;
/// use shorttail::http1::{Connection, Limits};
/// use shorttail::pool::BufferPool;
///
/// let limits = Limits::default();
/// let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// let heads = BufferPool::builder().class(1024, 64).class(limits.owned_bytes(), 4).build()?;
/// let mut connection = Connection::new(limits);
///
/// let mut arena = arenas.try_acquire()?;
/// let read = b"GET /a?b HTTP/1.1\r\nHost: c\r\n\r\n".to_vec();
/// let head = connection.parse_head(&read, &arena)?.ok_or("partial")?;
/// let owned = head.to_owned_in(&heads)?;
/// arena.reset();
/// drop(read);
///
/// let thread = std::thread::spawn(move || owned.as_head().path().len());
/// assert_eq!(thread.join().unwrap(), 2);
/// assert_eq!(heads.outstanding(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A [`Head`] cannot go there: it borrows.
/// ```compile_fail,E0597
/// use shorttail::arena::ArenaPool;
/// use shorttail::http1::{Connection, Limits};
///
/// let limits = Limits::default();
/// let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// let mut connection = Connection::new(limits);
///
/// let arena = arenas.try_acquire()?;
/// let read = b"GET /a?b HTTP/1.1\r\nHost: c\r\n\r\n".to_vec();
/// let head = connection.parse_head(&read, &arena)?.ok_or("partial")?;
///
/// let thread = std::thread::spawn(move || head.path().len());
/// assert_eq!(thread.join().unwrap(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "dropping the head gives its slot back"]
pub struct OwnedHead {
    /// The head's bytes, and behind them its table.
    slot: PooledBytes,
    head_len: u32,
    line: Line,
    facts: Facts,
}

impl OwnedHead {
    /// The head, as it was when it was parsed.
    ///
    /// A few loads. Never waits, never allocates. For an example see [`OwnedHead`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn as_head(&self) -> Head<'_> {
        let (bytes, table) = self.slot.split_at(self.head_len as usize);
        Head {
            line: self.line,
            fields: Fields::new(bytes, table),
            facts: self.facts,
        }
    }
}

impl Head<'_> {
    /// The bytes of a slot that [`to_owned_in`](Self::to_owned_in) needs: those of the head, 16
    /// a field, and 64.
    ///
    /// [`Limits::owned_bytes`](super::Limits::owned_bytes) is the most that any head needs.
    /// For an example see [`to_owned_into`](Self::to_owned_into).
    #[must_use]
    pub const fn owned_bytes(&self) -> usize {
        self.head_len() + self.fields.table().len()
    }

    /// Copies the head and its table into one slot of `pool`, so that it borrows nothing;
    /// for an example see [`OwnedHead`].
    ///
    /// # Guarantees
    /// Never waits, never allocates, but where the pool may use the heap. Nothing is parsed
    /// again.
    /// # Errors
    /// [`AcquireError`] if the pool has no slot of [`owned_bytes`](Self::owned_bytes) free, or
    /// none so large. The head is as good as before.
    /// # Complexity
    /// One acquire, and two `memcpy`.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn to_owned_in(&self, pool: &BufferPool) -> Result<OwnedHead, AcquireError> {
        let mut slot = pool.try_acquire(self.owned_bytes())?;
        self.put(&mut slot);
        Ok(self.owned(slot))
    }

    /// The same into a slot that the caller has, for who waits for one, or has a
    /// [`LocalPool`](crate::pool::LocalPool).
    ///
    /// ```
    /// # use shorttail::{arena::ArenaPool, http1::{Connection, Limits}, pool::BufferPool};
    /// # let arenas = ArenaPool::new(1, 16 * 1024)?;
    /// # let arena = arenas.try_acquire()?;
    /// # let pool = BufferPool::builder().class(64, 1).class(256, 1).build()?;
    /// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// let owned = head.to_owned_into(pool.acquire(head.owned_bytes())?);
    /// assert_eq!(owned.expect("a slot of that size").as_head().target(), "/");
    /// assert!(head.to_owned_into(pool.acquire(64)?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The slot, emptied, if the head does not fit.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn to_owned_into(&self, mut slot: PooledBuf) -> Result<OwnedHead, PooledBuf> {
        slot.clear();
        if slot.capacity() < self.owned_bytes() {
            return Err(slot);
        }
        self.put(&mut slot);
        Ok(self.owned(slot))
    }

    /// Fills `slot`, which is empty and large enough.
    fn put(&self, slot: &mut PooledBuf) {
        let fits = slot.try_put(self.fields.bytes());
        let fits = fits.and_then(|()| slot.try_put(self.fields.table()));
        debug_assert!(fits.is_ok());
    }

    fn owned(&self, slot: PooledBuf) -> OwnedHead {
        OwnedHead {
            slot: slot.freeze(),
            // A head is at most 1 MiB long.
            head_len: self.head_len() as u32,
            line: self.line,
            facts: self.facts,
        }
    }
}
