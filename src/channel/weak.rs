//! Handles that keep the channel's memory and nothing else.

use core::fmt;

use crate::sync::Arc;

use super::shared::Shared;
use super::{Receiver, Sender};

/// A handle on a channel that does not count as a sender: it keeps no channel open.
///
/// Made by [`Sender::downgrade`]: for a registry, or for a receiver that now and then sends to
/// itself. It does keep the channel's memory.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::bounded(1);
/// let weak = tx.downgrade();
/// weak.upgrade().unwrap().send(1)?;
/// drop(tx);
/// assert!(weak.upgrade().is_none());
/// assert_eq!(rx.recv()?, 1);
/// assert!(rx.recv().is_err()); // closed
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    pub(super) const fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// A sender, unless the last one has been dropped, which is for good.
    ///
    /// Never waits, never allocates; lock-free. A channel that was closed by a call and still has
    /// senders gives one too: ask [`is_closed`](Self::is_closed) for that. For an example see
    /// [`WeakSender`].
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let added = self.shared.senders.add_to_others();
        added.then(|| Sender::new(self.shared.clone()))
    }

    /// Whether sends are refused for good. One load.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// let weak = tx.downgrade();
    /// rx.close();
    /// assert!(weak.is_closed() && weak.upgrade().is_some());
    /// # drop(tx);
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender")
            .field("sender_count", &self.shared.senders.count())
            .finish()
    }
}

/// A handle on a channel that does not count as a receiver: it keeps no channel open.
///
/// Made by [`Receiver::downgrade`]. It keeps the channel's memory, but no message alive.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::bounded(1);
/// let weak = rx.downgrade();
/// tx.send(1)?;
/// assert_eq!(weak.upgrade().unwrap().recv()?, 1);
/// drop(rx);
/// assert!(weak.upgrade().is_none());
/// assert!(tx.is_closed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WeakReceiver<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakReceiver<T> {
    pub(super) const fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// A receiver, unless the last one has been dropped, which is for good.
    ///
    /// Never waits, never allocates; lock-free. A channel that was closed by a call and still has
    /// receivers gives one too: ask [`is_closed`](Self::is_closed) for that. For an example see
    /// [`WeakReceiver`].
    #[must_use]
    pub fn upgrade(&self) -> Option<Receiver<T>> {
        let added = self.shared.receivers.add_to_others();
        added.then(|| Receiver::new(self.shared.clone()))
    }

    /// Whether sends are refused for good. One load.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// let weak = rx.downgrade();
    /// rx.close();
    /// assert!(weak.is_closed() && weak.upgrade().is_some());
    /// # drop(tx);
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }
}

impl<T> Clone for WeakReceiver<T> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl<T> fmt::Debug for WeakReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakReceiver")
            .field("receiver_count", &self.shared.receivers.count())
            .finish()
    }
}
