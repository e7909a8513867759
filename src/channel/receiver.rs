//! The receiving end.

use core::fmt;
use core::time::Duration;

use crate::sync::Arc;
use crate::time::{Deadline, now_ns};

use super::shared::Shared;
use super::{
    ClosedFuture, Drain, Iter, RecvError, RecvFuture, RecvTimeoutError, Stats, TryIter,
    TryRecvError, WeakReceiver,
};

/// The receiving end of a channel. Clone it for more receivers; each message goes to one.
///
/// When the last receiver is dropped the channel closes and drops the messages inside.
///
/// What tells of the channel (lengths, counts, whether it is closed, full or the same) is a few
/// loads; a clone, and the drop of one that is not the last, two read-modify-writes. None of these
/// waits or allocates.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::bounded(8);
/// std::thread::spawn(move || (0..3).try_for_each(|n| tx.send(n)));
/// assert_eq!(rx.iter().sum::<i32>(), 3);
/// ```
pub struct Receiver<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Takes the next message if there is one.
    ///
    /// # Guarantees
    /// Never waits for another thread's half-finished step, never allocates. Lock-free: a retry
    /// means that another call advanced. Wakes at most one waiter of each side, and in place of
    /// callers that met it at the lock of a side's queue up to sixteen there; sixteen more only if
    /// others met it there again meanwhile. A wake is one system call for a thread, the waker for a
    /// task. So may be the unlock, if a thread sleeps at that lock. On a closed channel a task that
    /// waits for the close is woken likewise.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if no send has completed whose message is not received yet, or,
    /// [without room](super#without-room), if another thread is in the middle of a call;
    /// [`TryRecvError::Closed`] if none will any more.
    ///
    /// # Complexity
    /// Without contention two read-modify-writes. Behind a sender in its window up to one look at
    /// each claimed slot, and about a microsecond of patience before it is stepped over; as much
    /// for each slot that one call has claimed for several messages.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// assert!(rx.try_recv().unwrap_err().is_empty());
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// ```
    #[must_use = "a received message is in the result"]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.shared.try_recv()
    }

    /// Takes the next message, and parks the thread until there is one. Never allocates.
    ///
    /// Looks again before it parks as [`Sender::send`](super::Sender::send) does.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// std::thread::spawn(move || tx.send(9));
    /// assert_eq!(rx.recv(), Ok(9));
    /// assert!(rx.recv().is_err());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.shared
            .recv_until(Deadline::NEVER)
            .map_err(|_| RecvError)
    }

    /// As [`recv`](Self::recv), for `timeout`. Zero does not sleep; `Duration::MAX` is forever.
    ///
    /// Comes back late by what the scheduler takes, and by a thread that is stalled with the
    /// queue's lock where more than thirty-two wait (see the [module page](super)).
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(rx.recv_timeout(Duration::ZERO).unwrap_err().is_timeout());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_deadline(Deadline::after(now_ns(), timeout))
    }

    /// As [`recv`](Self::recv), until `deadline` on [`StdClock`](crate::time::StdClock).
    ///
    /// It is compared with that clock and no other: the deadline of a
    /// [`MockClock`](crate::time::MockClock), which begins at zero, is over at once. A message that
    /// comes at the last moment wins over the timeout.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::{Clock, Deadline, StdClock};
    ///
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// let request = Deadline::after(StdClock.now_ns(), Duration::from_millis(5));
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.recv_deadline(request), Ok(1));
    /// assert!(rx.recv_deadline(request).unwrap_err().is_timeout()); // after five milliseconds
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_deadline(&self, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        self.shared.recv_until(deadline)
    }

    /// Takes the next message, and parks the task until there is one. Never allocates.
    ///
    /// The future is not `Unpin`: `pin!` it to poll it by reference. With the feature `futures`
    /// there is a stream too, `into_stream` (`shorttail::interop::futures`).
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has taken no message, and a wake it had been given
    /// goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.try_send(5).unwrap();
    /// assert_eq!(rx.recv_async().await, Ok(5));
    /// # }).unwrap();
    /// ```
    pub fn recv_async(&self) -> RecvFuture<'_, T> {
        RecvFuture::new(&self.shared)
    }

    /// The messages, blocking for each, until the channel is closed and empty.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// tx.send(1).unwrap();
    /// tx.send(2).unwrap();
    /// drop(tx);
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// The messages that are there, until there is none. Never waits.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_iter().count(), 1);
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// As many messages as are there now, if others leave them; without room those that senders
    /// stand in line with. Never waits.
    ///
    /// Ends although senders go on, which [`try_iter`](Self::try_iter) does not. What is not taken
    /// when the iterator is dropped stays.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// tx.send(1).unwrap();
    /// let mut drain = rx.drain();
    /// tx.send(2).unwrap();
    /// assert_eq!((drain.next(), drain.next()), (Some(1), None));
    /// ```
    pub fn drain(&self) -> Drain<'_, T> {
        Drain::new(self)
    }

    /// Lets no further message in; true for the call that closed the channel.
    ///
    /// Wakes everybody who waits; for each it looks at the cells of that one's queue. Messages
    /// inside are still received. Never allocates, and never waits, except that
    /// [without room](super#without-room) it takes that channel's lock.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// assert!(rx.close());
    /// assert_eq!(tx.send(1).unwrap_err().into_inner(), 1);
    /// ```
    #[allow(clippy::must_use_candidate, reason = "closing is the point")]
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Whether sends are refused for good; messages may still be inside. One load.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }

    /// Waits until the channel is closed: by [`close`](Self::close), or because the last sender
    /// is gone.
    ///
    /// Messages may still be inside, so this is no arm for leaving a receive loop: a `select!` that
    /// took it beside [`recv_async`](Self::recv_async) would leave them there, and the last
    /// receiver's drop would drop them. `recv_async` ends by itself, behind the last message.
    /// Never allocates. One read-modify-write if it is closed already.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// drop(tx);
    /// rx.closed_async().await;
    /// # }).unwrap();
    /// ```
    pub fn closed_async(&self) -> ClosedFuture<'_, T> {
        ClosedFuture::new(&self.shared)
    }

    /// Messages inside, sends in progress included, permits not; never above the capacity.
    ///
    /// Exact when no other thread is in a call. Three loads.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.len(), 1);
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn len(&self) -> usize {
        self.shared.ring.len()
    }

    /// Whether [`len`](Self::len) is zero.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(2);
    /// assert!(rx.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether [`len`](Self::len) is the capacity.
    ///
    /// False does not say that a send would fit: permits hold room and are not counted.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.send(1).unwrap();
    /// assert!(rx.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many messages fit.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(5);
    /// assert_eq!(rx.capacity(), 5);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.ring.capacity()
    }

    /// Wakes, stalls that were stepped over, waits that looking again has spared, and what offers
    /// and receives of fresh messages dropped or handed back. A few loads.
    ///
    /// Counts no messages, and no refusals or evictions of other calls: each is in the result of
    /// its call, so count those where it is made.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(2);
    /// assert_eq!(rx.stats().wakes, 0);
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Senders alive now, those included that an [`OwnedPermit`](super::OwnedPermit), a waiting
    /// `reserve_owned_async` or an owned sink holds. One load.
    ///
    /// When none is left the channel closes; where one was forgotten, only by a call of `close`.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert_eq!(rx.sender_count(), 1);
    /// ```
    #[must_use]
    pub fn sender_count(&self) -> usize {
        self.shared.senders.count()
    }

    /// Receivers alive now.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// let _more = rx.clone();
    /// assert_eq!(rx.receiver_count(), 2);
    /// ```
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers.count()
    }

    /// Threads and tasks that wait for room: those that send, and those that reserve. Two loads.
    ///
    /// One that was woken counts until it has run, unless thirty-two waited before it, and a
    /// forgotten future for good. Exact when no other thread is in a call.
    ///
    /// # Examples
    /// ```
    /// use futures_util::FutureExt;
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// let mut send = Box::pin(tx.send_async(2));
    /// assert!(send.as_mut().now_or_never().is_none());
    /// assert_eq!((rx.senders_waiting(), rx.receivers_waiting()), (1, 0));
    /// ```
    #[must_use]
    pub fn senders_waiting(&self) -> usize {
        self.shared.senders_waiting()
    }

    /// Threads and tasks that wait for a message; as for
    /// [`senders_waiting`](Self::senders_waiting).
    ///
    /// # Examples
    /// ```
    /// use futures_util::FutureExt;
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// let mut receive = Box::pin(rx.recv_async());
    /// assert!(receive.as_mut().now_or_never().is_none());
    /// assert_eq!((tx.senders_waiting(), rx.receivers_waiting()), (0, 1));
    /// ```
    #[must_use]
    pub fn receivers_waiting(&self) -> usize {
        self.shared.receivers_waiting.waiting()
    }

    /// A handle that does not keep the channel open. Never waits, never allocates.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// let weak = rx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(rx);
    /// assert!(weak.upgrade().is_none() && tx.is_closed());
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver::new(self.shared.clone())
    }

    /// Whether both receive from one channel.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(rx.same_channel(&rx.clone()));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.receivers.add();
        Self::new(self.shared.clone())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.drop_receiver();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("closed", &self.is_closed())
            .field("senders_waiting", &self.senders_waiting())
            .field("receivers_waiting", &self.receivers_waiting())
            .finish()
    }
}
