//! Room for one message, taken before the message is there.

use core::fmt;
use core::mem::ManuallyDrop;

use super::shared::Shared;
use super::{SendError, Sender};

/// Room for one message. Made by [`Sender::try_reserve`], [`Sender::reserve`] and
/// [`Sender::reserve_async`].
///
/// Its room is taken from the capacity until it sends or is dropped: then the room is free again
/// and a waiting sender is woken. Forgotten (`mem::forget`), it keeps the room for good, and
/// nothing else. Not counted by [`Sender::len`], and at most 4095 are out at a time.
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
    /// one message more than its capacity, for each permit to which that happens, until receives
    /// have made up for it. While stalled threads leave no slot, which takes more than eight of
    /// them at once, it waits as [`Sender::send`] does; else it never waits.
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
/// As [`Permit`], for a place that cannot borrow. It counts as the sender that it holds: forgotten,
/// it keeps the room and that sender for good, so that only [`Sender::close`] or
/// [`Receiver::close`](super::Receiver::close), or the last receiver's drop, ends the channel.
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
    /// [`SendError`] with `value` and the sender if the channel was closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// let tx = tx.reserve_owned()?.send(1)?;
    /// tx.send(2)?;
    /// assert_eq!(rx.drain().sum::<i32>(), 3);
    ///
    /// let permit = tx.reserve_owned()?;
    /// rx.close();
    /// let (value, tx) = permit.send(4).unwrap_err().into_inner();
    /// assert!(value == 4 && tx.is_closed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send(mut self, value: T) -> Result<Sender<T>, SendError<(T, Sender<T>)>> {
        let sender = self.take();
        match sender.shared.send_reserved(value) {
            Ok(()) => Ok(sender),
            Err(SendError(value)) => Err(SendError((value, sender))),
        }
    }

    /// Gives the room back, and the sender. One read-modify-write, and a wake if a sender waits;
    /// neither waits nor allocates.
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
