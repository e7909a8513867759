//! The sending end that stamps.

use core::fmt;
use core::time::Duration;

use crate::time::{Deadline, now_ns};

use super::super::{Offered, SendError, SendTimeoutError, Sender, TrySendError};
use super::{Aged, Stamped, StampedOfferFuture, StampedSendFuture, Stamps};

/// What becomes of a message that is offered.
type Answer<T> = Result<Offered<T>, TrySendError<T>>;

/// The sending end of a channel whose messages know their age. Made by [`stamped`](super::stamped).
///
/// The calls are those of [`Sender`], with its guarantees, bounds and wakes; beside them each reads
/// the clock once, and a send that has waited reads it again before each further attempt.
/// What is not here is on the [plain](Self::plain) channel beneath, at no cost: `close`, `len`,
/// `stats`, owned permits, batches of [`Stamped`] messages, the sink; and weak handles, see
/// [`over`](Self::over).
///
/// # Examples
/// ```
/// use shorttail::{channel, time::StdClock};
///
/// let (tx, rx) = channel::stamped(8, StdClock);
/// let other = tx.clone();
/// std::thread::spawn(move || other.send(1));
/// assert_eq!(rx.recv()?.value, 1);
/// assert!(tx.plain().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StampedSender<T, C: Stamps> {
    inner: Sender<Stamped<T, C>>,
    clock: C,
}

impl<T, C: Stamps> StampedSender<T, C> {
    /// Stamps what goes into the channel of `sender`. Its receivers read the same `clock`.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Builder, Offered, OnFull, StampedReceiver, StampedSender};
    /// use shorttail::time::StdClock;
    ///
    /// let (tx, rx) = Builder::new(1).on_full(OnFull::DropOldest).build()?;
    /// let (tx, rx) = (
    ///     StampedSender::over(tx, StdClock),
    ///     StampedReceiver::over(rx, StdClock),
    /// );
    /// assert_eq!(tx.offer(1)?, Offered::Sent);
    /// let oldest = tx.offer(2)?.evicted().unwrap();
    /// assert_eq!((oldest.value, rx.recv()?.value), (1, 2));
    ///
    /// let weak = tx.plain().downgrade();
    /// let another = StampedSender::over(weak.upgrade().expect("there are senders"), StdClock);
    /// another.send(3)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn over(sender: Sender<Stamped<T, C>>, clock: C) -> Self {
        Self {
            inner: sender,
            clock,
        }
    }

    /// The channel beneath, for what needs no stamp. A message that is sent there brings its own:
    /// [`Stamped::new`].
    ///
    /// # Examples
    /// A batch, whose messages are as old as its making, the wait for room included:
    /// ```
    /// use std::collections::VecDeque;
    /// use shorttail::channel::{self, Stamped};
    /// use shorttail::time::StdClock;
    ///
    /// let (tx, rx) = channel::stamped(4, StdClock);
    /// let mut batch: VecDeque<_> = (0..4).map(|n| Stamped::new(n, &StdClock)).collect();
    /// tx.plain().send_many(&mut batch)?;
    /// assert_eq!(rx.recv()?.value, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn plain(&self) -> &Sender<Stamped<T, C>> {
        &self.inner
    }

    /// As [`Sender::try_send`].
    ///
    /// # Errors
    /// [`TrySendError`] with the value.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.try_send(1)?;
    /// assert_eq!(tx.try_send(2).unwrap_err().into_inner(), 2); // bare: without its stamp
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let told = self.inner.try_send(self.stamp(value));
        told.map_err(without_stamp)
    }

    /// As [`Sender::send`].
    ///
    /// # Errors
    /// [`SendError`] with the value.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send(1)?;
    /// assert!(rx.recv()?.waited_for_room.is_zero()); // there was room
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let told = self.send_deadline(value, Deadline::NEVER);
        told.map_err(|error| SendError(error.into_inner()))
    }

    /// As [`Sender::send_timeout`]: the timeout is on [`StdClock`](crate::time::StdClock), whatever
    /// clock stamps.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the value.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let (tx, _rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send_timeout(1, Duration::ZERO)?;
    /// let late = tx.send_timeout(2, Duration::ZERO).unwrap_err();
    /// assert!(late.is_timeout() && late.into_inner() == 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(value, Deadline::after(now_ns(), timeout))
    }

    /// As [`Sender::send_deadline`].
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the value.
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    ///
    /// let (tx, _rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send_deadline(1, Deadline::at(0))?; // there is room: the time does not matter
    /// assert!(tx.send_deadline(2, Deadline::at(0)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_deadline(&self, value: T, deadline: Deadline) -> Result<(), SendTimeoutError<T>> {
        let shared = &self.inner.shared;
        let told = shared.send_until_with(self.stamp(value), deadline, |m| m.retry(&self.clock));
        told.map_err(|error| match error {
            SendTimeoutError::Timeout(back) => SendTimeoutError::Timeout(back.into_inner()),
            SendTimeoutError::Closed(back) => SendTimeoutError::Closed(back.into_inner()),
        })
    }

    /// As [`Sender::send_async`]. The age counts from this call; what passes before the first poll
    /// counts as time in the queue if that sends, else as waiting for room.
    ///
    /// # Cancel safety
    /// That of [`Sender::send_async`]: [`StampedSendFuture::cancel`] gives the value back.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send_async(5).await?;
    /// assert_eq!(rx.recv_async().await?.value, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn send_async(&self, value: T) -> StampedSendFuture<'_, T, C> {
        StampedSendFuture::new(self.inner.send_async(self.stamp(value)), &self.clock)
    }

    /// As [`Sender::force_send`]; an evicted message comes with its age, for which the clock is
    /// read once more.
    ///
    /// # Errors
    /// [`TrySendError`] with the value.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// assert_eq!(tx.force_send(1)?, None);
    /// let oldest = tx.force_send(2)?.expect("there was no room");
    /// assert_eq!((oldest.value, rx.recv()?.value), (1, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "an evicted or refused value is in the result"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn force_send(&self, value: T) -> Result<Option<Aged<T>>, TrySendError<T>> {
        match self.inner.force_send(self.stamp(value)) {
            Ok(evicted) => Ok(evicted.map(|oldest| oldest.into_aged(&self.clock))),
            Err(error) => Err(without_stamp(error)),
        }
    }

    /// As [`Sender::offer`]; an evicted message comes with its age, for which the clock is read
    /// once more.
    ///
    /// # Errors
    /// [`TrySendError`] with the value.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Builder, Offered, OnFull, StampedSender};
    /// use shorttail::time::StdClock;
    ///
    /// let (tx, _rx) = Builder::new(1).on_full(OnFull::Shed).build()?;
    /// let tx = StampedSender::over(tx, StdClock);
    /// assert_eq!(tx.offer("in")?, Offered::Sent);
    /// assert_eq!(tx.offer("out")?, Offered::Shed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn offer(&self, value: T) -> Result<Offered<Aged<T>>, TrySendError<T>> {
        let shared = &self.inner.shared;
        let told = shared.offer(self.stamp(value), |m| m.retry(&self.clock));
        self.offered(told)
    }

    /// As [`Sender::offer_async`]. The age counts as that of [`send_async`](Self::send_async).
    ///
    /// # Cancel safety
    /// That of [`Sender::offer_async`]: [`StampedOfferFuture::cancel`] gives the value back.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// assert!(tx.offer_async(5).await.is_ok());
    /// assert_eq!(rx.recv_async().await?.value, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn offer_async(&self, value: T) -> StampedOfferFuture<'_, T, C> {
        StampedOfferFuture::new(self.inner.offer_async(self.stamp(value)), self)
    }

    #[inline]
    fn stamp(&self, value: T) -> Stamped<T, C> {
        Stamped::new(value, &self.clock)
    }

    pub(super) const fn clock(&self) -> &C {
        &self.clock
    }

    pub(super) fn offered(
        &self,
        told: Answer<Stamped<T, C>>,
    ) -> Result<Offered<Aged<T>>, TrySendError<T>> {
        match told {
            Ok(offered) => Ok(offered.map(|oldest| oldest.into_aged(&self.clock))),
            Err(error) => Err(without_stamp(error)),
        }
    }
}

fn without_stamp<T, C: Stamps>(error: TrySendError<Stamped<T, C>>) -> TrySendError<T> {
    match error {
        TrySendError::Full(back) => TrySendError::Full(back.into_inner()),
        TrySendError::Closed(back) => TrySendError::Closed(back.into_inner()),
    }
}

impl<T, C: Stamps + Clone> Clone for StampedSender<T, C> {
    fn clone(&self) -> Self {
        Self::over(self.inner.clone(), self.clock.clone())
    }
}

impl<T, C: Stamps> fmt::Debug for StampedSender<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StampedSender").field(&self.inner).finish()
    }
}
