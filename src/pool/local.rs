//! A worker's own stock of buffers.

use core::fmt;
use core::ptr;

use super::buffer_pool::Shelf;
use super::class::Hold;
use super::{AcquireError, BufferPool, PooledBuf};

/// Buffers that a stock keeps of each class at most; of both pools.
pub(super) const STOCK: usize = 8;

/// One worker's handle on a pool, with up to eight buffers of each class that it has given back to
/// itself: they change hands without an atomic operation.
///
/// For a loop that takes a buffer, uses it and is done with it. A buffer comes back to the stock by
/// [`put_back`](Self::put_back) alone; one that is dropped, here or elsewhere, goes back to the
/// pool as any other, and so does one that was frozen.
///
/// What is in the stock counts as lent, and no other call finds it: a pool for `n` workers needs as
/// many buffers more. While somebody waits for a buffer of the class nothing is put into the stock;
/// what is there already stays, until it is taken, [trimmed](Self::trim), or the handle dropped.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(4096, 16).build()?;
/// let mut local = pool.local();
/// for request in 0..100_u32 {
///     let mut buf = local.try_acquire(64)?;
///     buf.try_put(&request.to_le_bytes())?;
///     local.put_back(buf);
/// }
/// assert_eq!((local.stocked(), pool.outstanding()), (1, 1));
/// drop(local);
/// assert_eq!(pool.outstanding(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalPool {
    pool: BufferPool,
    /// By class, as the pool has them.
    stock: Box<[Vec<Hold>]>,
}

impl BufferPool {
    /// A handle for one worker. Allocates its stock, and nothing after that.
    ///
    /// # Examples
    /// See [`LocalPool`].
    #[must_use]
    pub fn local(&self) -> LocalPool {
        let classes = self.shelves().iter();
        LocalPool {
            pool: self.clone(),
            stock: classes.map(|_| Vec::with_capacity(STOCK)).collect(),
        }
    }
}

impl LocalPool {
    /// As [`BufferPool::try_acquire`], from the stock if there is one of the class.
    ///
    /// # Guarantees
    /// As there. From the stock: never allocates, no atomic operation.
    ///
    /// # Errors
    /// As [`BufferPool::try_acquire`].
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// let mut local = pool.local();
    /// let buf = local.try_acquire(64).unwrap();
    /// assert!(local.try_acquire(64).unwrap_err().is_exhausted());
    /// local.put_back(buf);
    /// assert!(pool.try_acquire(64).is_err()); // it is this worker's
    /// assert!(local.try_acquire(64).is_ok());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the buffer gives the slot back"]
    pub fn try_acquire(&mut self, len: usize) -> Result<PooledBuf, AcquireError> {
        let class = self.pool.class_for(len);
        let stocked = self.stock.get_mut(class).and_then(Vec::pop);
        match stocked.or_else(|| self.pool.try_hold(class)) {
            Some(hold) => Ok(PooledBuf::new(hold)),
            None => Err(self.pool.refusal(class, len)),
        }
    }

    /// Keeps a buffer for the next [`try_acquire`](Self::try_acquire). What was written to it is
    /// forgotten, as by a drop.
    ///
    /// If it is another pool's or from the heap, if the stock of its class is full, or if somebody
    /// waits for one of the class, this is a drop. Never waits, never allocates; one load.
    ///
    /// # Examples
    /// See [`LocalPool`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn put_back(&mut self, buf: PooledBuf) {
        let hold = buf.into_hold();
        let class = self.pool.class_for(hold.slot_bytes());
        let shelf = self.pool.shelves().get(class);
        let ours = |shelf: &&Shelf| ptr::eq(shelf.owner.value(), hold.class());
        let Some(shelf) = shelf.filter(ours) else {
            return;
        };
        let stock = &mut self.stock[class];
        if stock.len() < STOCK && !hold.is_on_heap() && shelf.owner.waiting() == 0 {
            hold.overwrite();
            hold.note_done();
            stock.push(hold);
        }
    }

    /// Gives the whole stock back to the pool: for a worker that has nothing to do. A release for
    /// each buffer; never waits, never allocates.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// let mut local = pool.local();
    /// let buf = local.try_acquire(64).unwrap();
    /// local.put_back(buf);
    /// local.trim();
    /// assert!(pool.try_acquire(64).is_ok());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn trim(&mut self) {
        self.stock.iter_mut().for_each(Vec::clear);
    }

    /// Buffers in the stock. A load a class.
    ///
    /// # Examples
    /// See [`LocalPool`].
    #[must_use]
    pub fn stocked(&self) -> usize {
        self.stock.iter().map(Vec::len).sum()
    }

    /// The pool, for what this handle has no call of its own for: to wait, for instance. That does
    /// not look into the stock: [`try_acquire`](Self::try_acquire) first, or [`trim`](Self::trim),
    /// or this thread may wait for what it has itself.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// let mut local = pool.local();
    /// let buf = local.pool().acquire(64).unwrap();
    /// local.put_back(buf);
    /// ```
    #[must_use]
    pub const fn pool(&self) -> &BufferPool {
        &self.pool
    }
}

impl fmt::Debug for LocalPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPool")
            .field("stocked", &self.stocked())
            .field("pool", &self.pool)
            .finish()
    }
}
