//! A message with its stamp, and with its age.

use core::fmt;
use core::time::Duration;

use crate::measure::Recorder;
use crate::time::{Clock, to_ns};

use super::Stamps;
use super::age::ages_at;

/// A message on its way, with the stamp of its send.
///
/// What a [`StampedSender`](super::StampedSender) puts into its channel. Seen where the plain
/// channel is used beneath it: in a batch, a permit, a stream, or when a message goes on to a
/// further channel with the stamp it came with.
///
/// # Examples
/// ```
/// use shorttail::channel::{self, Stamped};
/// use shorttail::time::StdClock;
///
/// let (tx, rx) = channel::stamped(4, StdClock);
/// let permit = tx.plain().try_reserve()?;
/// permit.send(Stamped::new("x", &StdClock))?;
/// let mut batch = Vec::with_capacity(4);
/// rx.plain().recv_many(&mut batch, 4)?;
/// let aged = batch.remove(0).into_aged(&StdClock);
/// assert_eq!(aged.value, "x");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Stamped<T, C: Stamps> {
    value: T,
    stamp: C::Stamp,
}

impl<T, C: Stamps> Stamped<T, C> {
    /// A message whose send begins now. Reads the clock once.
    ///
    /// # Examples
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use shorttail::{channel::Stamped, time::MockClock};
    ///
    /// let clock = Arc::new(MockClock::new());
    /// let message = Stamped::new("x", &clock);
    /// clock.advance(Duration::from_millis(3));
    /// assert_eq!(message.into_aged(&clock).age(), Duration::from_millis(3));
    /// ```
    #[inline]
    pub fn new(value: T, clock: &C) -> Self {
        let stamp = clock.at_call();
        Self { value, stamp }
    }

    /// The message with its age, up to now on `clock`: that of the send. Reads the clock once.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{NoClock, Stamped};
    ///
    /// let aged = Stamped::new("x", &NoClock).into_aged(&NoClock);
    /// assert_eq!((aged.value, aged.age().is_zero()), ("x", true));
    /// ```
    #[inline]
    pub fn into_aged(self, clock: &C) -> Aged<T> {
        let (waited_for_room, waited_in_queue) = clock.ages(&self.stamp);
        Aged {
            value: self.value,
            waited_for_room,
            waited_in_queue,
        }
    }

    /// The message without its stamp.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{NoClock, Stamped};
    ///
    /// assert_eq!(Stamped::new("x", &NoClock).into_inner(), "x");
    /// ```
    #[inline]
    pub fn into_inner(self) -> T {
        self.value
    }

    #[inline]
    pub(super) fn retry(&mut self, clock: &C) {
        clock.at_room(&mut self.stamp);
    }
}

impl<T, C: Clock> Stamped<T, C> {
    /// The message with its age up to `now_ns`.
    #[inline]
    pub(super) fn into_aged_at(self, now_ns: u64) -> Aged<T> {
        let (waited_for_room, waited_in_queue) = ages_at(self.stamp, now_ns);
        Aged {
            value: self.value,
            waited_for_room,
            waited_in_queue,
        }
    }
}

impl<T: fmt::Debug, C: Stamps> fmt::Debug for Stamped<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stamped = f.debug_struct("Stamped");
        stamped.field("value", &self.value).finish_non_exhaustive()
    }
}

/// A message that was received, and how long it had waited.
///
/// # Examples
/// ```
/// use shorttail::channel;
/// use shorttail::measure::Recorder;
/// use shorttail::time::StdClock;
///
/// let (for_room, in_queue) = (Recorder::new(), Recorder::new());
/// let (tx, rx) = channel::stamped(1, StdClock);
/// tx.send("x")?;
/// let aged = rx.recv()?;
/// aged.record(&for_room, &in_queue);
/// assert_eq!(in_queue.histogram().snapshot().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the message is inside"]
pub struct Aged<T> {
    /// The message.
    pub value: T,
    /// From the call of its send to the attempt that brought it in; zero if the first did.
    pub waited_for_room: Duration,
    /// From that attempt to its receive.
    pub waited_in_queue: Duration,
}

impl<T> Aged<T> {
    /// Both waits together: since the call of its send.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::channel::Aged;
    ///
    /// let aged = Aged {
    ///     value: "x",
    ///     waited_for_room: Duration::from_nanos(2),
    ///     waited_in_queue: Duration::from_nanos(3),
    /// };
    /// assert_eq!(aged.age(), Duration::from_nanos(5));
    /// ```
    #[must_use]
    #[inline]
    pub fn age(&self) -> Duration {
        self.waited_for_room.saturating_add(self.waited_in_queue)
    }

    /// Both waits together, in nanoseconds, for histograms of any kind; stops at `u64::MAX`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::channel::Aged;
    ///
    /// let aged = Aged {
    ///     value: "x",
    ///     waited_for_room: Duration::from_nanos(2),
    ///     waited_in_queue: Duration::from_nanos(3),
    /// };
    /// assert_eq!(aged.age_ns(), 5);
    /// ```
    #[must_use]
    #[inline]
    pub fn age_ns(&self) -> u64 {
        to_ns(self.age())
    }

    /// Counts both waits, in nanoseconds. Never waits, never allocates.
    ///
    /// A [`Recorder`] is one thread's: several receivers have two each, and their snapshots are
    /// merged. What goes to [`Freshness::dropped`](super::Freshness::dropped) is in them only if
    /// that records it too.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::{channel::Aged, measure::Recorder};
    ///
    /// let aged = Aged {
    ///     value: "x",
    ///     waited_for_room: Duration::from_nanos(2),
    ///     waited_in_queue: Duration::from_nanos(3),
    /// };
    /// let (for_room, in_queue) = (Recorder::new(), Recorder::new());
    /// aged.record(&for_room, &in_queue);
    /// assert_eq!(in_queue.histogram().snapshot().sum(), 3);
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn record(&self, for_room: &Recorder, in_queue: &Recorder) {
        for_room.record(to_ns(self.waited_for_room));
        in_queue.record(to_ns(self.waited_in_queue));
    }

    /// The same age with another value.
    ///
    /// # Examples
    /// ```
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send("four")?;
    /// assert_eq!(rx.recv()?.map(str::len).value, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Aged<U> {
        Aged {
            value: change(self.value),
            waited_for_room: self.waited_for_room,
            waited_in_queue: self.waited_in_queue,
        }
    }
}
