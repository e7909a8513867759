//! Taking room for a message to come.

use core::mem;
use core::time::Duration;

use crate::time::{Deadline, now_ns};

use super::{
    OwnedPermit, Permit, ReserveError, ReserveFuture, ReserveOwnedFuture, ReserveTimeoutError,
    Sender, TryReserveError,
};

impl<T> Sender<T> {
    /// Takes room for one message, if there is some.
    ///
    /// For a message that costs something to make, or to take from elsewhere: with the permit in
    /// hand its send cannot find the channel full. Guarantees as for
    /// [`try_send`](Self::try_send): never waits, never allocates.
    ///
    /// # Errors
    /// [`TryReserveError::Full`] without room; [`TryReserveError::TooMany`] with 4095 permits
    /// out, whatever room there is, and always with a capacity of zero;
    /// [`TryReserveError::Closed`] after close.
    ///
    /// # Complexity
    /// That of a `try_send`, with one read-modify-write.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// let permit = tx.try_reserve().unwrap();
    /// assert!(tx.try_reserve().unwrap_err().is_full());
    /// drop(permit);
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TryReserveError> {
        self.shared.try_reserve()
    }

    /// Takes room for one message, and parks the thread until there is some. Never allocates.
    ///
    /// Room comes by a receive, and by a permit that is given back. So while permits hold all of
    /// the capacity it waits for one of them, however empty the channel is.
    ///
    /// # Errors
    /// [`ReserveError::Closed`] if the channel is or gets closed; [`ReserveError::TooMany`] with
    /// 4095 permits out, or of a channel without room. That is not waited for: a wake is for room,
    /// and one that ended at a call which cannot use room would be missed by a send that can.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.reserve()?.send(1)?;
    /// assert_eq!(rx.recv()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn reserve(&self) -> Result<Permit<'_, T>, ReserveError> {
        self.shared.reserve()
    }

    /// As [`reserve`](Self::reserve), for `timeout`. Zero does not sleep; `Duration::MAX` is
    /// forever. Comes back late as [`send_timeout`](Self::send_timeout) does.
    ///
    /// # Errors
    /// [`ReserveTimeoutError`] when the time is over, or as [`reserve`](Self::reserve).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.reserve_timeout(Duration::from_secs(1)).unwrap().send(1).unwrap();
    /// let refused = tx.reserve_timeout(Duration::from_millis(1));
    /// assert!(refused.unwrap_err().is_timeout());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn reserve_timeout(&self, timeout: Duration) -> Result<Permit<'_, T>, ReserveTimeoutError> {
        self.reserve_deadline(Deadline::after(now_ns(), timeout))
    }

    /// As [`reserve`](Self::reserve), until `deadline` on [`StdClock`](crate::time::StdClock), no
    /// other: see [`send_deadline`](Self::send_deadline).
    ///
    /// Room that comes at the last moment wins over the timeout.
    ///
    /// # Errors
    /// [`ReserveTimeoutError`] when the time is over, or as [`reserve`](Self::reserve).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::{Clock, Deadline, StdClock};
    ///
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// let request = Deadline::after(StdClock.now_ns(), Duration::from_millis(5));
    /// let permit = tx.reserve_deadline(request).unwrap();
    /// assert!(tx.reserve_deadline(request).unwrap_err().is_timeout()); // after five milliseconds
    /// drop(permit);
    /// assert!(tx.reserve_deadline(request).is_ok()); // room is taken, however late it is
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn reserve_deadline(
        &self,
        deadline: Deadline,
    ) -> Result<Permit<'_, T>, ReserveTimeoutError> {
        self.shared.reserve_until(deadline)
    }

    /// Takes room for one message, and parks the task until there is some. Never allocates.
    ///
    /// Waits for what [`reserve`](Self::reserve) waits for, in one line with the sends. The future
    /// is not `Unpin`: `pin!` it to poll it by reference.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve).
    ///
    /// # Cancel safety
    /// Dropped before completion, the future holds no room, and a wake it had been given goes on to
    /// another. There is no message that a cancel could drop.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.reserve_async().await?.send(1)?;
    /// assert_eq!(rx.recv_async().await?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn reserve_async(&self) -> ReserveFuture<'_, T> {
        ReserveFuture::new(&self.shared)
    }

    /// As [`try_reserve`](Self::try_reserve), with a permit that holds this sender. Clone the
    /// sender first to keep one.
    ///
    /// # Errors
    /// As [`try_reserve`](Self::try_reserve), and the sender comes back.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// let permit = tx.clone().try_reserve_owned().unwrap();
    /// let tx = tx.try_reserve_owned().unwrap_err().into_inner();
    /// assert_eq!(tx.sender_count(), 2);
    /// drop(permit);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TryReserveError<Self>> {
        match self.shared.try_reserve().map(mem::forget) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(why) => Err(why.with(self)),
        }
    }

    /// As [`reserve`](Self::reserve), with a permit that holds this sender.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), and the sender comes back.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// let permit = tx.reserve_owned()?;
    /// std::thread::spawn(move || permit.send(1));
    /// assert_eq!(rx.recv()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn reserve_owned(self) -> Result<OwnedPermit<T>, ReserveError<Self>> {
        match self.shared.reserve().map(mem::forget) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(why) => Err(why.with(self)),
        }
    }

    /// As [`reserve_async`](Self::reserve_async), with a permit that holds this sender; so does the
    /// future, which borrows nothing.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), and the sender comes back.
    ///
    /// # Panics
    /// The future does, if it is polled after it completed: its sender is gone.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future holds no room and drops its sender; a wake it had been
    /// given goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// let permit = tx.reserve_owned_async().await?;
    /// permit.send(1)?;
    /// assert_eq!(rx.recv_async().await?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn reserve_owned_async(self) -> ReserveOwnedFuture<T> {
        ReserveOwnedFuture::new(self)
    }
}
