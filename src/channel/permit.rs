//! Room for one message, taken before the message is there.

use core::fmt;
use core::mem::{self, ManuallyDrop};

use super::shared::Shared;
use super::{ReserveError, ReserveFuture, ReserveOwnedFuture, SendError, Sender, TrySendError};

/// Room for one message. Made by [`Sender::try_reserve`], [`Sender::reserve`] and
/// [`Sender::reserve_async`].
///
/// Its room is taken from the capacity until it sends or is dropped: then the room is free again
/// and a waiting sender is woken. Forgotten (`mem::forget`), it keeps the room for good, and
/// nothing else. Not counted by [`Sender::len`].
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::bounded(1);
/// let permit = tx.try_reserve()?;
/// assert!(tx.try_send(1).unwrap_err().is_full()); // its room is held
/// permit.send(2)?;
/// assert_eq!(rx.recv()?, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a permit that is not used holds room until it is dropped"]
pub struct Permit<'a, T> {
    shared: &'a Shared<T>,
}

impl<'a, T> Permit<'a, T> {
    /// The caller has reserved.
    pub(super) const fn new(shared: &'a Shared<T>) -> Self {
        Self { shared }
    }

    /// Puts `value` into the room held for it. Never finds the channel full, never allocates.
    ///
    /// Wakes as [`Sender::try_send`] does. If this thread loses its processor in the middle and
    /// is stepped over, another message may have the room when it goes on: then the channel holds
    /// one message more than its capacity until the next receive. While stalled threads leave no
    /// slot, which takes more than eight of them at once, it waits as [`Sender::send`] does; else
    /// it never waits.
    ///
    /// # Errors
    /// [`SendError`] with `value` if the channel was closed.
    ///
    /// # Complexity
    /// That of a `try_send`.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// let permit = tx.reserve()?;
    /// rx.close();
    /// assert_eq!(permit.send("x").unwrap_err().into_inner(), "x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        // Whatever comes of it, the reservation is gone then.
        ManuallyDrop::new(self).shared.send_reserved(value)
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.shared.unreserve();
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// Room for one message, with the sender that took it. Made by [`Sender::try_reserve_owned`],
/// [`Sender::reserve_owned`] and [`Sender::reserve_owned_async`].
///
/// As [`Permit`], for a place that cannot borrow. It counts as the sender that it holds.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::bounded(1);
/// let permit = tx.try_reserve_owned()?;
/// std::thread::spawn(move || permit.send(2));
/// assert_eq!(rx.recv()?, 2);
/// assert!(rx.recv().is_err()); // the permit's sender was the last
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a permit that is not used holds room until it is dropped"]
pub struct OwnedPermit<T> {
    /// There until the permit is used up.
    sender: Option<Sender<T>>,
}

impl<T> OwnedPermit<T> {
    /// The caller has reserved, and forgotten the permit for it.
    pub(super) const fn new(sender: Sender<T>) -> Self {
        let sender = Some(sender);
        Self { sender }
    }

    /// As [`Permit::send`]; gives the sender back.
    ///
    /// # Errors
    /// [`SendError`] with `value` if the channel was closed; the sender is dropped then.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// let tx = tx.reserve_owned()?.send(1)?;
    /// tx.send(2)?;
    /// assert_eq!(rx.drain().sum::<i32>(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send(mut self, value: T) -> Result<Sender<T>, SendError<T>> {
        let sender = self.take();
        sender.shared.send_reserved(value).map(|()| sender)
    }

    /// Gives the room back, and the sender.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// let tx = tx.reserve_owned()?.release();
    /// assert_eq!(tx.try_send(1), Ok(()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "dropped, the last sender closes the channel; drop the permit for that"]
    pub fn release(mut self) -> Sender<T> {
        let sender = self.take();
        sender.shared.unreserve();
        sender
    }

    fn take(&mut self) -> Sender<T> {
        let Some(sender) = self.sender.take() else {
            unreachable!("taken by the call that consumes the permit");
        };
        sender
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.shared.unreserve();
        }
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("sender", &self.sender)
            .finish()
    }
}

impl<T> Sender<T> {
    /// Takes room for one message, if there is some.
    ///
    /// For a message that costs something to make, or to take from elsewhere: with the permit in
    /// hand its send cannot find the channel full. Guarantees as for
    /// [`try_send`](Self::try_send): never waits, never allocates.
    ///
    /// # Errors
    /// [`TrySendError::Full`] without room, or with 4095 permits out; [`TrySendError::Closed`]
    /// after close.
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
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.shared.try_reserve()
    }

    /// Takes room for one message, and parks the thread until there is some. Never allocates.
    ///
    /// # Errors
    /// [`ReserveError::Closed`] if the channel is or gets closed; [`ReserveError::TooMany`], not
    /// waited for, with 4095 permits out.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.reserve()?.send(1)?;
    /// assert_eq!(rx.recv()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reserve(&self) -> Result<Permit<'_, T>, ReserveError> {
        self.shared.reserve()
    }

    /// Takes room for one message, and parks the task until there is some. Never allocates.
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
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.shared.try_reserve().map(mem::forget) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
        }
    }

    /// As [`reserve`](Self::reserve), with a permit that holds this sender.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve); the sender is dropped then.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// let permit = tx.reserve_owned()?;
    /// std::thread::spawn(move || permit.send(1));
    /// assert_eq!(rx.recv()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reserve_owned(self) -> Result<OwnedPermit<T>, ReserveError> {
        self.shared.reserve().map(mem::forget)?;
        Ok(OwnedPermit::new(self))
    }

    /// As [`reserve_async`](Self::reserve_async), with a permit that holds this sender; so does the
    /// future, which borrows nothing.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve); the sender is dropped then.
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
