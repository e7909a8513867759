//! Room for a message to come, which gets its stamp when it is there.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::time::{Deadline, now_ns};

use super::super::{
    Permit, ReserveError, ReserveFuture, ReserveTimeoutError, SendError, TryReserveError,
};
use super::{Stamped, StampedSender, Stamps};

/// Room for one message, which is stamped when it is sent. Made by
/// [`StampedSender::try_reserve`], [`StampedSender::reserve`] and
/// [`StampedSender::reserve_async`].
///
/// Its room is held, given back and forgotten as that of a [`Permit`]. An owned one is on the
/// [plain](StampedSender::plain) channel.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use shorttail::{channel, time::MockClock};
///
/// let clock = Arc::new(MockClock::new());
/// let (tx, rx) = channel::stamped(1, clock.clone());
/// let permit = tx.try_reserve()?;
/// clock.advance(Duration::from_millis(5)); // there is no message yet that could wait
/// permit.send("x")?;
/// clock.advance(Duration::from_millis(2));
/// assert_eq!(rx.recv()?.age(), Duration::from_millis(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a permit that is not used holds room until it is dropped"]
pub struct StampedPermit<'a, T, C: Stamps> {
    permit: Permit<'a, Stamped<T, C>>,
    clock: &'a C,
}

impl<T, C: Stamps> StampedPermit<'_, T, C> {
    /// As [`Permit::send`]: never finds the channel full, never allocates. The age counts from
    /// this call.
    ///
    /// # Errors
    /// [`SendError`] with `value` if the channel was closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// let permit = tx.reserve()?;
    /// rx.plain().close();
    /// assert_eq!(permit.send("x").unwrap_err().into_inner(), "x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        let sent = self.permit.send(Stamped::new(value, self.clock));
        sent.map_err(|SendError(back)| SendError(back.into_inner()))
    }
}

impl<T, C: Stamps> fmt::Debug for StampedPermit<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StampedPermit").finish_non_exhaustive()
    }
}

impl<T, C: Stamps> StampedSender<T, C> {
    /// As [`Sender::try_reserve`](super::super::Sender::try_reserve).
    ///
    /// The clock is not read before the permit's send: how long a message takes to be made, or its
    /// maker waits for the permit, is no part of its age.
    ///
    /// # Errors
    /// [`TryReserveError`].
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// let permit = tx.try_reserve()?;
    /// assert!(tx.try_reserve().unwrap_err().is_full());
    /// permit.send(1)?;
    /// assert_eq!(rx.recv()?.value, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_reserve(&self) -> Result<StampedPermit<'_, T, C>, TryReserveError> {
        self.plain().try_reserve().map(|permit| self.stamps(permit))
    }

    /// As [`Sender::reserve`](super::super::Sender::reserve), with a permit that stamps.
    ///
    /// # Errors
    /// [`ReserveError`].
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.reserve()?.send(1)?;
    /// assert_eq!(rx.recv()?.value, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn reserve(&self) -> Result<StampedPermit<'_, T, C>, ReserveError> {
        self.plain().reserve().map(|permit| self.stamps(permit))
    }

    /// As [`Sender::reserve_timeout`](super::super::Sender::reserve_timeout): the timeout is on
    /// [`StdClock`](crate::time::StdClock), whatever clock stamps.
    ///
    /// # Errors
    /// [`ReserveTimeoutError`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let (tx, _rx) = shorttail::channel::stamped::<u8, _>(1, shorttail::time::StdClock);
    /// let permit = tx.reserve_timeout(Duration::ZERO)?;
    /// assert!(tx.reserve_timeout(Duration::ZERO).unwrap_err().is_timeout());
    /// # drop(permit);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn reserve_timeout(
        &self,
        timeout: Duration,
    ) -> Result<StampedPermit<'_, T, C>, ReserveTimeoutError> {
        self.reserve_deadline(Deadline::after(now_ns(), timeout))
    }

    /// As [`Sender::reserve_deadline`](super::super::Sender::reserve_deadline).
    ///
    /// # Errors
    /// [`ReserveTimeoutError`].
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    ///
    /// let (tx, _rx) = shorttail::channel::stamped::<u8, _>(1, shorttail::time::StdClock);
    /// let permit = tx.reserve_deadline(Deadline::at(0))?; // room is taken, however late it is
    /// assert!(tx.reserve_deadline(Deadline::at(0)).is_err());
    /// # drop(permit);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn reserve_deadline(
        &self,
        deadline: Deadline,
    ) -> Result<StampedPermit<'_, T, C>, ReserveTimeoutError> {
        let reserved = self.plain().reserve_deadline(deadline);
        reserved.map(|permit| self.stamps(permit))
    }

    /// As [`Sender::reserve_async`](super::super::Sender::reserve_async), with a permit that
    /// stamps.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future holds no room, and a wake it had been given goes on to
    /// another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.reserve_async().await?.send(1)?;
    /// assert_eq!(rx.recv_async().await?.value, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn reserve_async(&self) -> StampedReserveFuture<'_, T, C> {
        StampedReserveFuture {
            reserve: self.plain().reserve_async(),
            clock: self.clock(),
        }
    }

    const fn stamps<'a>(&'a self, permit: Permit<'a, Stamped<T, C>>) -> StampedPermit<'a, T, C> {
        let clock = self.clock();
        StampedPermit { permit, clock }
    }
}

/// Waits for room and takes it. Made by [`StampedSender::reserve_async`].
///
/// Polled again after it completed, it takes room for another message.
///
/// # Cancel safety
/// As [`ReserveFuture`]: it holds no room at any time.
///
/// # Examples
/// See [`StampedSender::reserve_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct StampedReserveFuture<'a, T, C: Stamps> {
    reserve: ReserveFuture<'a, Stamped<T, C>>,
    clock: &'a C,
}

impl<'a, T, C: Stamps> Future for StampedReserveFuture<'a, T, C> {
    type Output = Result<StampedPermit<'a, T, C>, ReserveError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let clock = self.clock;
        // SAFETY: `reserve` is pinned whenever this future is: it is never moved out, and there is
        // no `drop` here that could.
        let reserve = unsafe { self.map_unchecked_mut(|this| &mut this.reserve) };
        reserve
            .poll(cx)
            .map_ok(|permit| StampedPermit { permit, clock })
    }
}

impl<T, C: Stamps> fmt::Debug for StampedReserveFuture<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut future = f.debug_tuple("StampedReserveFuture");
        future.field(&self.reserve).finish()
    }
}
