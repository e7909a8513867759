//! A worker's own stock of slots that become `Bytes`.

use core::fmt;

use bytes::Bytes;

use super::local::STOCK;
use super::{AcquireError, BytesBuf, BytesPool};

/// One worker's handle on a [`BytesPool`], with up to eight slots of each class that it keeps in
/// hand while their bytes are out: it takes them again without an atomic operation of its own.
///
/// For a loop that fills a buffer, sends its bytes off, and takes the next. A slot comes into the
/// stock by [`freeze`](Self::freeze) alone; a buffer that is frozen or dropped otherwise goes back
/// to the pool.
///
/// What is in the stock counts as in use, and no other call finds it, be it back or not: a pool for
/// `n` workers needs as many slots more. A full stock gives up the slot that it has had longest.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BytesPool::builder().class(4096, 16).build()?;
/// let mut local = pool.local();
/// for request in 0..100_u32 {
///     let mut buf = local.try_acquire(64)?;
///     buf.try_put(&request.to_le_bytes())?;
///     let bytes = local.freeze(buf);
///     assert_eq!(bytes, request.to_le_bytes()[..]);
/// }
/// assert_eq!((local.stocked(), pool.outstanding()), (1, 1));
/// drop(local);
/// pool.maintain();
/// assert_eq!(pool.outstanding(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalBytes<'p> {
    pool: &'p BytesPool,
    /// By class, as the pool has them: slots in hand, those lent last at the end.
    stock: Box<[Vec<u32>]>,
}

impl BytesPool {
    /// A handle for one worker. Allocates its stock, and nothing after that. It borrows the pool:
    /// make it in the worker's thread, of a clone that is there.
    ///
    /// # Examples
    /// See [`LocalBytes`].
    #[must_use]
    pub fn local(&self) -> LocalBytes<'_> {
        LocalBytes {
            pool: self,
            stock: self.classes().map(|_| Vec::with_capacity(STOCK)).collect(),
        }
    }
}

impl<'p> LocalBytes<'p> {
    /// As [`BytesPool::try_acquire`], from the stock if one of its slots of the class is back:
    /// looks at those it has, the last one first, and then asks the pool.
    ///
    /// # Guarantees
    /// Never waits, never allocates. From the stock: no atomic operation but those of `Bytes`.
    ///
    /// # Errors
    /// As [`BytesPool::try_acquire`].
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
    /// let mut local = pool.local();
    /// let mut buf = local.try_acquire(64).unwrap();
    /// buf.try_put(b"x").unwrap();
    /// let bytes = local.freeze(buf);
    /// assert!(local.try_acquire(64).unwrap_err().is_exhausted());
    /// drop(bytes);
    /// assert!(pool.try_acquire(64).is_err()); // it is this worker's
    /// assert!(local.try_acquire(64).is_ok());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the buffer gives the slot back"]
    pub fn try_acquire(&mut self, len: usize) -> Result<BytesBuf<'p>, AcquireError> {
        let pool = self.pool;
        let class = pool.class_for(len);
        if let Some(stock) = self.stock.get_mut(class) {
            let shelf = pool.shelves().class(class);
            // SAFETY: what is in the stock is in our hand.
            let back = |&slot: &u32| unsafe { shelf.take_again(slot) };
            if let Some(at) = stock.iter().rposition(back) {
                let slot = stock.remove(at);
                // SAFETY: in our hand, and out of the stock just now.
                return Ok(unsafe { BytesBuf::new(pool.shelves(), class, slot) });
            }
        }
        pool.try_acquire(len)
    }

    /// As [`BytesBuf::freeze`], and keeps the slot in the stock.
    ///
    /// If the buffer is another pool's, or its own ([`into_owned`](BytesBuf::into_owned)), this is
    /// its `freeze`. Never waits, never allocates.
    ///
    /// # Examples
    /// See [`LocalBytes`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the bytes gives the slot back"]
    pub fn freeze(&mut self, buf: BytesBuf<'p>) -> Bytes {
        let (bytes, lent) = buf.freeze_in_hand(self.pool.shelves());
        if let Some((class, slot)) = lent {
            let stock = &mut self.stock[class];
            if stock.len() == STOCK {
                self.pool.shelves().class(class).put_lent(stock.remove(0));
            }
            stock.push(slot);
        }
        bytes
    }

    /// Gives the whole stock back to the pool: for a worker that has nothing to do. A store for
    /// each slot; never waits, never allocates.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
    /// let mut local = pool.local();
    /// let mut buf = local.try_acquire(64).unwrap();
    /// buf.try_put(b"x").unwrap();
    /// drop(local.freeze(buf));
    /// local.trim();
    /// assert!(pool.try_acquire(64).is_ok());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn trim(&mut self) {
        for (class, stock) in self.stock.iter_mut().enumerate() {
            let shelf = self.pool.shelves().class(class);
            stock.drain(..).for_each(|slot| shelf.put_lent(slot));
        }
    }

    /// Slots in the stock, their bytes out or not. A load a class.
    ///
    /// # Examples
    /// See [`LocalBytes`].
    #[must_use]
    pub fn stocked(&self) -> usize {
        self.stock.iter().map(Vec::len).sum()
    }
}

impl Drop for LocalBytes<'_> {
    fn drop(&mut self) {
        self.trim();
    }
}

impl fmt::Debug for LocalBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBytes")
            .field("stocked", &self.stocked())
            .field("pool", self.pool)
            .finish()
    }
}
