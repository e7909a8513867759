//! The sending end.

use core::fmt;

use crate::sync::Arc;

use super::super::Stats;
use super::core::Core;
use super::{Lane, LanesClosedFuture};

/// The sending end of a channel with lanes. Clone it for more senders.
///
/// [`lane`](Self::lane) gives what sends into one. The channel closes when the last sender is
/// dropped, whatever lanes it used.
///
/// What tells of the channel (counts, whether it is closed or the same) is a few loads; a clone,
/// and the drop of one that is not the last, two read-modify-writes. None of these waits or
/// allocates.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::Lanes::new([4, 4]).build()?;
/// let other = tx.clone();
/// let worker = std::thread::spawn(move || other.lane(1).send("later"));
/// assert_eq!(rx.recv()?, (1, "later"));
/// worker.join().unwrap()?;
/// drop(tx);
/// assert!(rx.recv().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LanesSender<T> {
    core: Arc<Core<T>>,
}

impl<T> LanesSender<T> {
    pub(super) const fn new(core: Arc<Core<T>>) -> Self {
        Self { core }
    }

    /// Lane `lane`, to send into. Costs nothing but the check.
    ///
    /// # Panics
    /// If there is no such lane, as an index does; [`get_lane`](Self::get_lane) is for numbers that
    /// come from outside.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// let urgent = tx.lane(0);
    /// urgent.try_send("one")?;
    /// assert_eq!(urgent.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn lane(&self, lane: usize) -> Lane<'_, T> {
        match self.get_lane(lane) {
            Some(lane) => lane,
            None => panic!("lane {lane} of {}", self.lanes()),
        }
    }

    /// Lane `lane`, if there is one. Costs nothing but the check.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// let asked_for = 7;
    /// let lane = tx.get_lane(asked_for).unwrap_or(tx.lane(1));
    /// assert_eq!(lane.index(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn get_lane(&self, lane: usize) -> Option<Lane<'_, T>> {
        (lane < self.lanes()).then(|| Lane::new(&self.core, lane))
    }

    /// Waits until the channel is closed: by [`close`](Self::close), or because one side is gone.
    /// As [`Sender::closed_async`](super::super::Sender::closed_async); never allocates.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has changed nothing.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// drop(rx);
    /// tx.closed_async().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn closed_async(&self) -> LanesClosedFuture<'_, T> {
        LanesClosedFuture::new(&self.core)
    }

    /// A message that no receiver has taken, as [`LanesReceiver::try_recv`](super::LanesReceiver)
    /// gives it; none if there is none.
    pub(crate) fn take_back(&self) -> Option<(usize, T)> {
        self.core.try_recv().ok()
    }

    /// How many lanes there are.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert_eq!(tx.lanes(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn lanes(&self) -> usize {
        self.core.tracks().len()
    }

    /// Lets no further message into any lane; true for the call that closed the channel.
    ///
    /// Wakes everybody who waits; for each it looks at the cells of that one's queue. Messages
    /// inside are still received. Neither waits nor allocates.
    /// What another call is told is either from before, or after all lanes are closed.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).send("in time")?;
    /// assert!(tx.close());
    /// assert!(!rx.close());
    /// assert!(tx.lane(0).send("late").is_err());
    /// assert_eq!(rx.recv()?, (1, "in time"));
    /// assert!(rx.recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[allow(clippy::must_use_candidate, reason = "closing is the point")]
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Whether sends are refused for good, in every lane. One load.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }

    /// The sums over all lanes and the receivers; what was evicted as in
    /// [`LaneStats`](super::LaneStats). A few loads a lane.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert_eq!(tx.stats().wakes, 0);
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
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// let _more = tx.clone();
    /// assert_eq!(tx.sender_count(), 2);
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
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert_eq!(tx.receiver_count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.core.receivers.count()
    }

    /// Whether both send into one channel.
    ///
    /// # Examples
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([1, 1]).build::<u8>()?;
    /// assert!(tx.same_channel(&tx.clone()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

impl<T> Clone for LanesSender<T> {
    fn clone(&self) -> Self {
        self.core.senders.add();
        Self::new(self.core.clone())
    }
}

impl<T> Drop for LanesSender<T> {
    fn drop(&mut self) {
        self.core.drop_sender();
    }
}

impl<T> fmt::Debug for LanesSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.describe(f.debug_struct("LanesSender"))
    }
}
