//! The receiving end.

use core::fmt;
use core::time::Duration;

use crate::sync::Arc;
use crate::time::{Deadline, now_ns};

use super::super::{RecvError, RecvTimeoutError, Stats, TryRecvError};
use super::core::{Core, Track};
use super::{LaneRecvFuture, LaneStats, LanesClosedFuture};

/// The receiving end of a channel with lanes. Clone it for more receivers; each message goes to
/// one, with the number of its lane. Which lane is next: [`Lanes`](super::Lanes).
///
/// When the last receiver is dropped the channel closes and drops the messages inside.
///
/// What tells of the channel (lengths, counts, whether it is closed or the same) is a few loads; a
/// clone, and the drop of one that is not the last, two read-modify-writes. None of these waits or
/// allocates.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::Lanes::new([4, 4]).build()?;
/// std::thread::spawn(move || (0..4).try_for_each(|n| tx.lane(n % 2).send(n)));
/// let mut sum = 0;
/// while let Ok((lane, n)) = rx.recv() {
///     assert_eq!(lane, n % 2);
///     sum += n;
/// }
/// assert_eq!(sum, 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LanesReceiver<T> {
    pub(super) core: Arc<Core<T>>,
}

impl<T> LanesReceiver<T> {
    pub(super) const fn new(core: Arc<Core<T>>) -> Self {
        Self { core }
    }

    /// Takes the next message if there is one in any lane.
    ///
    /// # Guarantees
    /// As for [`Receiver::try_recv`](super::super::Receiver::try_recv): never waits for another
    /// thread's half-finished step, never allocates, lock-free. On a closed channel it may wake one
    /// sender of each lane.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if at some moment of the call no lane held a message whose send has
    /// completed, [`TryRecvError::Closed`] if none ever will.
    ///
    /// # Complexity
    /// As for `Receiver::try_recv`, and one load; a look at each lane that got empty since it was
    /// looked at, which also takes its mark away: three read-modify-writes, and one for each send
    /// in progress in it. Where several lanes have messages one read-modify-write more, for the
    /// turn. `Empty` also looks whether senders wait in each lane.
    ///
    /// It looks at each marked lane once, or three times before `Empty`. It looks again only
    /// where, since it did so last, another receive (or an eviction) took a message out of one of
    /// them, or a lane was marked or lost its mark: each further look is paid for by a step that
    /// another call completed. So it is lock-free, and not bounded by itself: while others fill and
    /// empty the lanes it looks at, it may go on.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// assert!(rx.try_recv().unwrap_err().is_empty());
    /// tx.lane(1).send('a')?;
    /// assert_eq!(rx.try_recv()?, (1, 'a'));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "a received message is in the result"]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_recv(&self) -> Result<(usize, T), TryRecvError> {
        self.core.try_recv()
    }

    /// Takes the next message, and parks the thread until there is one in any lane. Never
    /// allocates.
    ///
    /// Looks again before it parks as [`Sender::send`](super::super::Sender::send) does; to park
    /// costs a read-modify-write for each lane.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message of every lane received.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// std::thread::spawn(move || tx.lane(1).send(9));
    /// assert_eq!(rx.recv(), Ok((1, 9)));
    /// assert!(rx.recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv(&self) -> Result<(usize, T), RecvError> {
        self.core.recv_until(Deadline::NEVER).map_err(|_| RecvError)
    }

    /// As [`recv`](Self::recv), for `timeout`. Zero does not sleep; `Duration::MAX` is forever.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let (_tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert!(rx.recv_timeout(Duration::ZERO).unwrap_err().is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<(usize, T), RecvTimeoutError> {
        self.recv_deadline(Deadline::after(now_ns(), timeout))
    }

    /// As [`recv`](Self::recv), until `deadline` on [`StdClock`](crate::time::StdClock).
    ///
    /// A message that comes at the last moment wins over the timeout.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).send(1)?;
    /// assert_eq!(rx.recv_deadline(Deadline::at(0)), Ok((1, 1))); // it was there
    /// assert!(rx.recv_deadline(Deadline::at(0)).unwrap_err().is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_deadline(&self, deadline: Deadline) -> Result<(usize, T), RecvTimeoutError> {
        self.core.recv_until(deadline)
    }

    /// Takes the next message, and parks the task until there is one in any lane. Never allocates.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has taken no message, and a wake it had been given
    /// goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).try_send(5)?;
    /// assert_eq!(rx.recv_async().await?, (1, 5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn recv_async(&self) -> LaneRecvFuture<'_, T> {
        LaneRecvFuture::new(&self.core)
    }

    /// Lets no further message into any lane; true for the call that closed the channel.
    ///
    /// Wakes everybody who waits; for each it looks at the cells of that one's queue. Messages
    /// inside are still received. Neither waits nor allocates.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// assert!(rx.close());
    /// assert!(tx.lane(1).send(1).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[allow(clippy::must_use_candidate, reason = "closing is the point")]
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Whether sends are refused for good, in every lane; messages may still be inside. One load.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// drop(tx);
    /// assert!(rx.is_closed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// Waits until the channel is closed: by [`close`](Self::close), or because one side is gone.
    ///
    /// As [`Receiver::closed_async`](super::super::Receiver::closed_async), whose warning holds:
    /// messages may still be inside.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// drop(tx);
    /// rx.closed_async().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn closed_async(&self) -> LanesClosedFuture<'_, T> {
        LanesClosedFuture::new(&self.core)
    }

    /// How many lanes there are.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert_eq!(rx.lanes(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.core.tracks().len()
    }

    /// Messages in `lane`, sends in progress included; never above its capacity.
    ///
    /// Exact when no other thread is in a call. Three loads.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([2, 2]).build()?;
    /// tx.lane(1).send(1)?;
    /// assert_eq!((rx.len(0), rx.len(1)), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn len(&self, lane: usize) -> usize {
        self.track(lane).ring.len()
    }

    /// How many messages fit into `lane`.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::Lanes::new([5, 9]).build::<u8>()?;
    /// assert_eq!(rx.capacity(1), 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn capacity(&self, lane: usize) -> usize {
        self.track(lane).ring.capacity()
    }

    /// What went on in `lane`. A few loads.
    ///
    /// # Panics
    /// If there is no such lane.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([5, 9]).build()?;
    /// tx.lane(1).send(1)?;
    /// rx.recv()?;
    /// assert_eq!((rx.lane_stats(0).received, rx.lane_stats(1).received), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lane_stats(&self, lane: usize) -> LaneStats {
        self.track(lane).stats()
    }

    /// The sums over all lanes and the receivers; what was evicted as in [`LaneStats`]. A few loads
    /// a lane.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert_eq!(rx.stats().wakes, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.core.stats()
    }

    /// Senders alive now.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert_eq!(rx.sender_count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sender_count(&self) -> usize {
        self.core.senders.count()
    }

    /// Receivers alive now.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// let _more = rx.clone();
    /// assert_eq!(rx.receiver_count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.core.receivers.count()
    }

    /// Whether both receive from one channel.
    ///
    /// # Examples
    /// ```
    /// let (_tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert!(rx.same_channel(&rx.clone()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }

    #[track_caller]
    fn track(&self, lane: usize) -> &Track<T> {
        let tracks = self.core.tracks();
        assert!(lane < tracks.len(), "lane {lane} of {}", tracks.len());
        &tracks[lane]
    }
}

impl<T> Clone for LanesReceiver<T> {
    fn clone(&self) -> Self {
        self.core.receivers.add();
        Self::new(self.core.clone())
    }
}

impl<T> Drop for LanesReceiver<T> {
    fn drop(&mut self) {
        self.core.drop_receiver();
    }
}

impl<T> fmt::Debug for LanesReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.describe(f.debug_struct("LanesReceiver"))
    }
}
