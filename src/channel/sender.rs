//! The sending end.

use core::fmt;
use core::time::Duration;

use crate::sync::Arc;
use crate::time::{Deadline, now_ns};

use super::shared::Shared;
use super::{
    ClosedFuture, SendError, SendFuture, SendTimeoutError, Stats, TrySendError, WeakSender,
};

/// The sending end of a channel. Clone it for more senders.
///
/// The channel closes when the last sender is dropped.
///
/// What tells of the channel (lengths, counts, whether it is closed, full or the same) is a few
/// loads; a clone, and the drop of one that is not the last, two read-modify-writes. None of these
/// waits or allocates.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::bounded(8);
/// let other = tx.clone();
/// let worker = std::thread::spawn(move || other.send(1));
/// assert_eq!(rx.recv(), Ok(1));
/// worker.join().unwrap().unwrap();
/// drop(tx);
/// assert!(rx.recv().is_err());
/// ```
pub struct Sender<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Puts `value` in if there is room.
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
    /// [`TrySendError::Full`] without room (see the [module page](super) for what counts),
    /// [`TrySendError::Closed`] after close; both hand `value` back.
    ///
    /// # Complexity
    /// Without contention two read-modify-writes. A refusal looks at one slot. While positions that
    /// were stepped over lie between the messages, a send into the last room looks at each slot,
    /// and so does a refusal while a thread is in the middle of stepping over one. To step over a
    /// slot costs about a microsecond of patience, and a call steps over one lap of them at most.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// assert!(tx.try_send(1).is_ok());
    /// assert!(tx.try_send(2).unwrap_err().is_full());
    /// ```
    #[must_use = "a refused value is in the error"]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.shared.try_send(value)
    }

    /// Puts `value` in; if there is no room, for the oldest message, which comes back.
    ///
    /// `Ok(None)` if there was room. Never waits, never allocates; guarantees as for
    /// [`try_send`](Self::try_send). For newest-wins queues: what is dropped is in the caller's
    /// hands, unless a receiver's waker panics: that unwinds this call, and the oldest message is
    /// dropped.
    ///
    /// The message goes in first and the oldest comes out then, so that nothing is lost and no more
    /// than one comes out. In between, or while a thread is frozen there, the channel holds one
    /// message more than its capacity. Of several calls at once each gets one of the oldest, which
    /// may be another call's new message, or its own. If a receiver was quicker, or a thread that
    /// is frozen in the middle of a send had the room, nothing need come out.
    ///
    /// # Errors
    /// [`TrySendError::Closed`] after close; [`TrySendError::Full`] if permits hold all the room,
    /// so that there is nothing to evict, or if threads that are frozen in the middle of calls own
    /// every slot. Both hand `value` back.
    ///
    /// # Complexity
    /// That of a `try_send`, and on a full channel also that of a `try_recv`.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// assert_eq!(tx.force_send(1), Ok(None));
    /// assert_eq!(tx.force_send(2), Ok(None));
    /// assert_eq!(tx.force_send(3), Ok(Some(1)));
    /// assert_eq!(rx.try_iter().collect::<Vec<_>>(), [2, 3]);
    /// ```
    #[must_use = "an evicted or refused value is in the result"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn force_send(&self, value: T) -> Result<Option<T>, TrySendError<T>> {
        self.shared.force_send(value)
    }

    /// Puts `value` in, and parks the thread until there is room. Never allocates.
    ///
    /// Looks again for at most some twenty microseconds before it parks, less where that was in
    /// vain lately, and not at all while more threads with a handle are awake than there are
    /// processors.
    ///
    /// # Errors
    /// [`SendError`] with the value if the channel is or gets closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.send("x")?;
    /// assert_eq!(rx.recv()?, "x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.shared
            .send_until(value, Deadline::NEVER)
            .map_err(|error| SendError(error.into_inner()))
    }

    /// As [`send`](Self::send), for `timeout`. Zero does not sleep; `Duration::MAX` is forever.
    ///
    /// Without room it stands in line for that long; beside a task that waits and was not polled
    /// since, zero is too short, where a [`try_send`](Self::try_send) hands its message in.
    ///
    /// Comes back late by what the scheduler takes, by a thread that is stalled with the queue's
    /// lock where more than thirty-two wait, and while stalled threads own all slots (see the
    /// [module page](super)).
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the value when the time is over or the channel closed.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.send_timeout(1, Duration::from_secs(1)).unwrap();
    /// assert!(tx.send_timeout(2, Duration::ZERO).unwrap_err().is_timeout());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(value, Deadline::after(now_ns(), timeout))
    }

    /// As [`send`](Self::send), until `deadline` on [`StdClock`](crate::time::StdClock).
    ///
    /// It is compared with that clock and no other: the deadline of a
    /// [`MockClock`](crate::time::MockClock), which begins at zero, is over at once. Room that
    /// comes at the last moment wins over the timeout.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the value when the time is over or the channel closed.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::{Clock, Deadline, StdClock};
    ///
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// let request = Deadline::after(StdClock.now_ns(), Duration::from_millis(5));
    /// tx.send_deadline(1, request).unwrap();
    /// assert!(tx.send_deadline(2, request).unwrap_err().is_timeout()); // after five milliseconds
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn send_deadline(&self, value: T, deadline: Deadline) -> Result<(), SendTimeoutError<T>> {
        self.shared.send_until(value, deadline)
    }

    /// Puts `value` in, and parks the task until there is room. Never allocates.
    ///
    /// The future is not `Unpin`: `pin!` it to poll it by reference, as below.
    ///
    /// # Panics
    /// The future does, if it is polled after it completed or was cancelled: its value is gone.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has not sent the value and drops it;
    /// [`SendFuture::cancel`] gives it back instead. A wake it had been given goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// tx.send_async(5).await?;
    /// assert_eq!(rx.recv_async().await?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    /// With a time-out that hands the value back:
    /// ```
    /// # use tokio::runtime::Builder;
    /// # Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// use std::pin::pin;
    /// use std::time::Duration;
    ///
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.try_send(1).unwrap();
    /// let mut sending = pin!(tx.send_async(2));
    /// let in_time = tokio::time::timeout(Duration::from_millis(1), sending.as_mut()).await;
    /// assert!(in_time.is_err());
    /// assert_eq!(sending.as_mut().cancel(), Some(2));
    /// # });
    /// ```
    /// The future borrows the sender: to spawn it, move a clone into an `async move` block.
    pub fn send_async(&self, value: T) -> SendFuture<'_, T> {
        SendFuture::new(&self.shared, value)
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
    /// tx.send(1)?;
    /// assert!(tx.close());
    /// assert!(!rx.close());
    /// assert_eq!(rx.recv()?, 1);
    /// assert!(rx.recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[allow(clippy::must_use_candidate, reason = "closing is the point")]
    pub fn close(&self) -> bool {
        self.shared.close()
    }

    /// Whether sends are refused for good. One load.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn is_closed(&self) -> bool {
        self.shared.ring.is_closed()
    }

    /// Waits until the channel is closed: by [`close`](Self::close), or because the last receiver
    /// is gone.
    ///
    /// To stop work that nobody would receive, as an arm of a `select!` beside it.
    /// Never allocates. One read-modify-write if it is closed already.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::bounded::<u8>(1);
    /// drop(rx);
    /// tx.closed_async().await;
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
    /// let (tx, _rx) = shorttail::channel::bounded(2);
    /// tx.send(1).unwrap();
    /// assert_eq!(tx.len(), 1);
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
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(2);
    /// assert!(tx.is_empty());
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
    /// let (tx, _rx) = shorttail::channel::bounded(1);
    /// tx.send(1).unwrap();
    /// assert!(tx.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many messages fit.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(5);
    /// assert_eq!(tx.capacity(), 5);
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
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(2);
    /// assert_eq!(tx.stats().wakes, 0);
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
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// let _more = tx.clone();
    /// assert_eq!(tx.sender_count(), 2);
    /// ```
    #[must_use]
    pub fn sender_count(&self) -> usize {
        self.shared.senders.count()
    }

    /// Receivers alive now.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// assert_eq!(tx.receiver_count(), 1);
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
    /// assert_eq!((tx.senders_waiting(), rx.receivers_waiting()), (1, 0));
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
    /// assert_eq!((tx.senders_waiting(), tx.receivers_waiting()), (0, 1));
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
    /// let weak = tx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(tx);
    /// assert!(weak.upgrade().is_none() && rx.is_closed());
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(self.shared.clone())
    }

    /// Whether both send into one channel.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    /// assert!(tx.same_channel(&tx.clone()));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.senders.add();
        Self::new(self.shared.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.drop_sender();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("closed", &self.is_closed())
            .field("senders_waiting", &self.senders_waiting())
            .field("receivers_waiting", &self.receivers_waiting())
            .finish()
    }
}
