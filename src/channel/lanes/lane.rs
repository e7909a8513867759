//! One lane, for those who send into it.

use core::fmt;
use core::time::Duration;

use crate::time::{Deadline, now_ns};

use super::super::{Offered, SendError, SendTimeoutError, TrySendError};
use super::core::{Core, Track};
use super::{LaneOfferFuture, LaneSendFuture, LaneStats};

/// One lane of a [`LanesSender`](super::LanesSender), to send into; borrowed from it.
///
/// Its calls are those of a plain [`Sender`](super::super::Sender), with the same errors and the
/// same guarantees, for the capacity of this lane; each may also wake a receiver of all lanes.
/// What a send pays on top is two loads, and where the lane held no message a read-modify-write.
/// What tells of the lane (length, capacity, counts) is a few loads.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
/// let bulk = tx.lane(1);
/// bulk.try_send("a")?;
/// assert_eq!(bulk.try_send("b").unwrap_err().into_inner(), "b"); // full: this lane alone
/// tx.lane(0).try_send("c")?;
/// assert_eq!(rx.recv()?, (0, "c"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Lane<'a, T> {
    core: &'a Core<T>,
    index: usize,
}

impl<'a, T> Lane<'a, T> {
    /// `index` is a lane of `core`.
    #[inline]
    pub(super) const fn new(core: &'a Core<T>, index: usize) -> Self {
        Self { core, index }
    }

    fn track(&self) -> &'a Track<T> {
        &self.core.tracks()[self.index]
    }

    /// Puts `value` in if there is room in this lane.
    ///
    /// # Guarantees
    /// As for [`Sender::try_send`](super::super::Sender::try_send): never waits for another
    /// thread's half-finished step, never allocates, lock-free.
    ///
    /// # Errors
    /// [`TrySendError::Full`] without room in this lane, [`TrySendError::Closed`] after the close;
    /// both hand `value` back.
    ///
    /// # Complexity
    /// As for `Sender::try_send`, and a look at each lane where a receiver waits in vain.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// assert!(tx.lane(0).try_send(1).is_ok());
    /// assert!(tx.lane(0).try_send(2).unwrap_err().is_full());
    /// assert!(tx.lane(1).try_send(3).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "a refused value is in the error"]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.core.try_send(self.index, value)
    }

    /// Puts `value` in; if there is no room, for this lane's oldest message, which comes back.
    ///
    /// As [`Sender::force_send`](super::super::Sender::force_send), which says what else may come
    /// out of several calls at once. Never waits, never allocates. If a receiver's waker panics the
    /// oldest message is dropped, and counted.
    ///
    /// # Errors
    /// [`TrySendError::Closed`] after close; [`TrySendError::Full`] if threads that are frozen in
    /// the middle of calls own every slot. Both hand `value` back.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// assert_eq!(tx.lane(1).force_send("old")?, None);
    /// assert_eq!(tx.lane(1).force_send("new")?, Some("old"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "an evicted or refused value is in the result"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn force_send(&self, value: T) -> Result<Option<T>, TrySendError<T>> {
        self.core.force_send(self.index, value)
    }

    /// Puts `value` in; if there is no room in this lane, does as its
    /// [`OnFull`](super::super::OnFull) says, chosen by [`Lanes::on_full`](super::Lanes::on_full).
    ///
    /// As [`Sender::offer`](super::super::Sender::offer), with its guarantees and errors. What is
    /// rejected, evicted or shed is counted once in the [`stats`](Self::stats) of the lane.
    ///
    /// # Errors
    /// [`TrySendError`] with the value, as for `Sender::offer`.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Lanes, Offered, OnFull};
    ///
    /// let (tx, _rx) = Lanes::new([1, 1]).on_full(1, OnFull::Shed).build()?;
    /// assert_eq!(tx.lane(1).offer("in")?, Offered::Sent);
    /// assert_eq!(tx.lane(1).offer("out")?, Offered::Shed);
    /// assert_eq!(tx.lane(1).stats().shed, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn offer(&self, value: T) -> Result<Offered<T>, TrySendError<T>> {
        self.core.offer(self.index, value)
    }

    /// As [`offer`](Self::offer), but [`OnFull::Wait`](super::super::OnFull::Wait) parks the task.
    /// Never allocates.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has not sent the value and drops it;
    /// [`LaneOfferFuture::cancel`] gives it back instead. Only one that waits can be dropped
    /// half-way: under the other policies the first poll completes.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// use shorttail::channel::{Lanes, OnFull};
    ///
    /// let (tx, _rx) = Lanes::new([1, 1]).on_full(0, OnFull::Reject).build()?;
    /// assert!(tx.lane(0).offer_async(1).await.is_ok());
    /// assert_eq!(tx.lane(0).offer_async(2).await.unwrap_err().into_inner(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn offer_async(&self, value: T) -> LaneOfferFuture<'a, T> {
        LaneOfferFuture::new(self.core, self.index, value)
    }

    /// Puts `value` in, and parks the thread until there is room in this lane. Never allocates.
    ///
    /// Looks again before it parks as [`Sender::send`](super::super::Sender::send) does.
    ///
    /// # Errors
    /// [`SendError`] with the value if the channel is or gets closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).send("x")?;
    /// assert_eq!(rx.recv()?, (1, "x"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.core
            .send_until(self.index, value, Deadline::NEVER)
            .map_err(|error| SendError(error.into_inner()))
    }

    /// As [`send`](Self::send), for `timeout`. Zero does not sleep; `Duration::MAX` is forever.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the value when the time is over or the channel closed.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(0).send_timeout(1, Duration::from_secs(1))?;
    /// let refused = tx.lane(0).send_timeout(2, Duration::ZERO);
    /// assert!(refused.unwrap_err().is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(value, Deadline::after(now_ns(), timeout))
    }

    /// As [`send`](Self::send), until `deadline` on [`StdClock`](crate::time::StdClock).
    ///
    /// Room that comes at the last moment wins over the timeout.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the value when the time is over or the channel closed.
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(0).send_deadline(1, Deadline::at(0))?; // there is room: the time does not matter
    /// assert!(tx.lane(0).send_deadline(2, Deadline::at(0)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_deadline(&self, value: T, deadline: Deadline) -> Result<(), SendTimeoutError<T>> {
        self.core.send_until(self.index, value, deadline)
    }

    /// Puts `value` in, and parks the task until there is room in this lane. Never allocates.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has not sent the value and drops it;
    /// [`LaneSendFuture::cancel`] gives it back instead. A wake it had been given goes on to
    /// another sender of this lane.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).send_async(5).await?;
    /// assert_eq!(rx.recv_async().await?, (1, 5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn send_async(&self, value: T) -> LaneSendFuture<'a, T> {
        LaneSendFuture::new(self.core, self.index, value)
    }

    /// The number of this lane: zero is served first.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert_eq!(tx.lane(1).index(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Messages in this lane, sends in progress included; never above its capacity.
    ///
    /// Exact when no other thread is in a call. Three loads.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([2, 2]).build()?;
    /// tx.lane(1).send(1)?;
    /// assert_eq!((tx.lane(0).len(), tx.lane(1).len()), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn len(&self) -> usize {
        self.track().ring.len()
    }

    /// Whether [`len`](Self::len) is zero.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([2, 2]).build::<u8>()?;
    /// assert!(tx.lane(0).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages fit into this lane.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([5, 9]).build::<u8>()?;
    /// assert_eq!(tx.lane(1).capacity(), 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.track().ring.capacity()
    }

    /// What went on in this lane. A few loads.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([5, 9]).build()?;
    /// tx.lane(1).send(1)?;
    /// rx.recv()?;
    /// assert_eq!(tx.lane(1).stats().received, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> LaneStats {
        self.track().stats()
    }
}

impl<T> Clone for Lane<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Lane<'_, T> {}

impl<T> fmt::Debug for Lane<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.track().senders_waiting.waiting();
        f.debug_struct("Lane")
            .field("index", &self.index)
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("senders_waiting", &waiting)
            .finish()
    }
}
