//! Acquires that wait for a buffer to come back.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use super::class::{Class, Header, Hold};
use super::{AcquireError, BufferPool, PooledBuf};
use crate::slots::LeaseWait;
use crate::time::{Deadline, now_ns};

impl BufferPool {
    /// As [`try_acquire`](Self::try_acquire), and parks the thread until a buffer comes back.
    ///
    /// First come, first served, threads and tasks in one line: who gives a buffer back while
    /// somebody waits hands it to the first, and no other call takes it before, unless it comes
    /// just as somebody joins or leaves the line. Waits for a slot of the smallest class that
    /// fits, also where a [larger class](super::Builder::use_next_larger) or the
    /// [heap](super::Builder::heap_overflow) may help out: they are asked once, before. Never
    /// allocates otherwise. In [`stats`](Self::stats) a wait counts as one
    /// refusal of each class that was asked.
    ///
    /// A thread that waits for a buffer while it holds one can wait for ever, as with any lock: use
    /// [`acquire_timeout`](Self::acquire_timeout) there. What is in the stock of its
    /// [`LocalPool`](super::LocalPool) is held too.
    ///
    /// # Errors
    /// [`AcquireError::Oversized`] if no class has slots of `len` bytes.
    ///
    /// # Complexity
    /// Before it sleeps, one read-modify-write for each word of up to 32 slots, under a lock that
    /// others who begin or end a wait for this class need too, and no `try_acquire` and no release.
    /// Once somebody has waited, a release to the class takes one read-modify-write more, for good.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 1).build().unwrap();
    /// let held = pool.acquire(200).unwrap();
    /// let other = std::thread::spawn({
    ///     let pool = pool.clone();
    ///     move || pool.acquire(200).map(|buf| buf.capacity())
    /// });
    /// drop(held); // for the other thread, if it waits already
    /// assert_eq!(other.join().unwrap(), Ok(256));
    /// ```
    #[must_use = "dropping the buffer gives the slot back"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn acquire(&self, len: usize) -> Result<PooledBuf, AcquireError> {
        self.acquire_deadline(len, Deadline::NEVER)
    }

    /// As [`acquire`](Self::acquire), for `timeout`. Zero does not sleep.
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire): [`AcquireError::Exhausted`] when the time is over. A
    /// buffer that comes at the last moment wins over that.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 1).build().unwrap();
    /// let _held = pool.acquire(200).unwrap();
    /// let refused = pool.acquire_timeout(200, Duration::from_millis(1));
    /// assert!(refused.unwrap_err().is_exhausted());
    /// ```
    #[must_use = "dropping the buffer gives the slot back"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn acquire_timeout(
        &self,
        len: usize,
        timeout: Duration,
    ) -> Result<PooledBuf, AcquireError> {
        // The clock is read where there is something to wait for alone.
        match self.try_acquire(len) {
            Err(AcquireError::Exhausted { .. }) => {
                self.wait_until(len, Deadline::after(now_ns(), timeout))
            }
            told => told,
        }
    }

    /// As [`acquire_timeout`](Self::acquire_timeout), until `deadline` on
    /// [`StdClock`](crate::time::StdClock).
    ///
    /// # Errors
    /// As [`acquire_timeout`](Self::acquire_timeout).
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    ///
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 1).build().unwrap();
    /// assert!(pool.acquire_deadline(200, Deadline::at(0)).is_ok()); // over, and not needed
    /// ```
    #[must_use = "dropping the buffer gives the slot back"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn acquire_deadline(
        &self,
        len: usize,
        deadline: Deadline,
    ) -> Result<PooledBuf, AcquireError> {
        match self.try_acquire(len) {
            Err(AcquireError::Exhausted { .. }) => self.wait_until(len, deadline),
            told => told,
        }
    }

    /// For who was refused: that was counted, and what may help out has been asked.
    fn wait_until(&self, len: usize, deadline: Deadline) -> Result<PooledBuf, AcquireError> {
        let shelf = self.shelf_for(len)?;
        match shelf.owner.lease_until(deadline) {
            Ok(lease) => Ok(PooledBuf::new(Hold::new(lease))),
            Err(_) => Err(shelf.exhausted(len)),
        }
    }

    /// As [`acquire`](Self::acquire), and parks the task.
    ///
    /// Nothing happens before the first poll, but that a length that no class fits is counted. The
    /// future is not `Unpin`: `pin!` it to poll it by
    /// reference.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future gives up its place in line, or hands a buffer that it
    /// was given already to the next. A future that was given a buffer and is neither polled nor
    /// dropped keeps it, and so does one that is forgotten: to hold one in an arm that is not run,
    /// or across a wait for something else, is to hold a buffer.
    ///
    /// # Errors
    /// The future's output is that of [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let pool = shorttail::pool::BufferPool::builder().class(256, 1).build().unwrap();
    /// let buf = pool.acquire_async(200).await?;
    /// assert_eq!(buf.capacity(), 256);
    /// # Ok::<(), shorttail::pool::AcquireError>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn acquire_async(&self, len: usize) -> AcquireFuture<'_> {
        let class = self.class_for(len);
        let wait = match self.shelves().get(class) {
            Some(shelf) => Ok(Wait {
                class,
                lease: LeaseWait::new(&shelf.owner),
            }),
            None => Err(self.refusal(class, len)),
        };
        AcquireFuture { pool: self, wait }
    }
}

/// Waits for a buffer. Made by [`BufferPool::acquire_async`]. Polled again after it completed, it
/// waits for another. A poll allocates nothing, unless the pool may take from the heap, and takes
/// the lock of the line at most.
///
/// # Cancel safety
/// See there.
///
/// # Examples
/// ```
/// use std::pin::pin;
/// use futures_util::FutureExt;
///
/// let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
/// let held = pool.try_acquire(1).unwrap();
/// let mut waits = pin!(pool.acquire_async(1));
/// assert!(waits.as_mut().now_or_never().is_none());
/// drop(held);
/// assert!(pool.try_acquire(1).is_err()); // it was handed over
/// assert!(waits.now_or_never().unwrap().is_ok());
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AcquireFuture<'a> {
    pool: &'a BufferPool,
    wait: Result<Wait<'a>, AcquireError>,
}

struct Wait<'a> {
    class: usize,
    lease: LeaseWait<'a, Class, Header>,
}

impl Future for AcquireFuture<'_> {
    type Output = Result<PooledBuf, AcquireError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: `lease` is pinned whenever this future is: it is never moved out, and there is no
        // `drop` here that could. The rest is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let wait = match &mut this.wait {
            Ok(wait) => wait,
            Err(why) => return Poll::Ready(Err(*why)),
        };
        if !wait.lease.is_waiting() {
            if let Some(hold) = this.pool.try_hold(wait.class) {
                return Poll::Ready(Ok(PooledBuf::new(hold)));
            }
        }
        // SAFETY: as above.
        let lease = unsafe { Pin::new_unchecked(&mut wait.lease) };
        lease
            .poll(cx)
            .map(|lease| Ok(PooledBuf::new(Hold::new(lease))))
    }
}

impl fmt::Debug for AcquireFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.wait.as_ref().is_ok_and(|wait| wait.lease.is_waiting());
        f.debug_struct("AcquireFuture")
            .field("waiting", &waiting)
            .finish_non_exhaustive()
    }
}
