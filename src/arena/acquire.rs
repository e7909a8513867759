//! Acquires that wait for an arena to come back.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use super::pool::Seat;
use super::{ArenaPool, Exhausted, PooledArena};
use crate::slots::LeaseWait;
use crate::time::{Deadline, now_ns};

impl ArenaPool {
    /// As [`try_acquire`](Self::try_acquire), and parks the thread until an arena comes back.
    ///
    /// First come, first served, threads and tasks in one line, as for
    /// [`BufferPool::acquire`](crate::pool::BufferPool::acquire). Never allocates.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
    /// let held = pool.acquire();
    /// let other = std::thread::spawn({
    ///     let pool = pool.clone();
    ///     move || pool.acquire().try_alloc(7).is_ok()
    /// });
    /// drop(held); // for the other thread, if it waits already
    /// assert!(other.join().unwrap());
    /// ```
    #[must_use = "dropping the guard gives the arena back"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn acquire(&self) -> PooledArena {
        match self.acquire_deadline(Deadline::NEVER) {
            Ok(arena) => arena,
            Err(_) => unreachable!("the deadline never comes"),
        }
    }

    /// As [`acquire`](Self::acquire), for `timeout`. Zero does not sleep.
    ///
    /// # Errors
    /// [`Exhausted`] when the time is over. An arena that comes at the last moment wins over that.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
    /// let _held = pool.acquire();
    /// assert!(pool.acquire_timeout(Duration::from_millis(1)).is_err());
    /// ```
    #[must_use = "dropping the guard gives the arena back"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<PooledArena, Exhausted> {
        // The clock is read where there is something to wait for alone.
        self.try_acquire()
            .or_else(|_| self.wait_until(Deadline::after(now_ns(), timeout)))
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
    /// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
    /// assert!(pool.acquire_deadline(Deadline::at(0)).is_ok()); // over, and not needed
    /// ```
    #[must_use = "dropping the guard gives the arena back"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn acquire_deadline(&self, deadline: Deadline) -> Result<PooledArena, Exhausted> {
        self.try_acquire().or_else(|_| self.wait_until(deadline))
    }

    /// For who was refused, which was counted.
    fn wait_until(&self, deadline: Deadline) -> Result<PooledArena, Exhausted> {
        match self.owner.lease_until(deadline) {
            Ok(lease) => Ok(PooledArena::new(lease)),
            Err(_) => Err(self.exhausted()),
        }
    }

    /// As [`acquire`](Self::acquire), and parks the task. Nothing happens before the first poll;
    /// never allocates.
    ///
    /// # Cancel safety
    /// As for [`BufferPool::acquire_async`](crate::pool::BufferPool::acquire_async): dropped, the
    /// future gives up its place, or hands the arena that it was given to the next; neither polled
    /// nor dropped, it may hold one.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
    /// let arena = pool.acquire_async().await;
    /// assert!(arena.try_alloc(7).is_ok());
    /// # }).unwrap();
    /// ```
    pub fn acquire_async(&self) -> AcquireFuture<'_> {
        AcquireFuture {
            pool: self,
            lease: LeaseWait::new(&self.owner),
        }
    }
}

/// Waits for an arena. Made by [`ArenaPool::acquire_async`]. Polled again after it completed, it
/// waits for another. A poll allocates nothing, and takes the lock of the line at most.
///
/// # Cancel safety
/// See there.
///
/// # Examples
/// ```
/// use std::pin::pin;
/// use futures_util::FutureExt;
///
/// let pool = shorttail::arena::ArenaPool::new(1, 1024).unwrap();
/// let held = pool.try_acquire().unwrap();
/// let mut waits = pin!(pool.acquire_async());
/// assert!(waits.as_mut().now_or_never().is_none());
/// drop(held);
/// assert!(pool.try_acquire().is_err()); // it was handed over
/// assert!(waits.now_or_never().is_some());
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AcquireFuture<'a> {
    pool: &'a ArenaPool,
    lease: LeaseWait<'a, (), Seat>,
}

impl Future for AcquireFuture<'_> {
    type Output = PooledArena;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<PooledArena> {
        if !self.lease.is_waiting() {
            if let Ok(arena) = self.pool.try_acquire() {
                return Poll::Ready(arena);
            }
        }
        // SAFETY: the field is pinned whenever the whole is; nothing moves it out.
        let lease = unsafe { self.map_unchecked_mut(|this| &mut this.lease) };
        lease.poll(cx).map(PooledArena::new)
    }
}

impl fmt::Debug for AcquireFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcquireFuture")
            .field("waiting", &self.lease.is_waiting())
            .finish_non_exhaustive()
    }
}
