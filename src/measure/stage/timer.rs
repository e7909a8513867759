//! The laps of one request.

/// One of the parts into which a request's time is split: a position in a
/// [`StageSet`](super::StageSet), and no more than that.
///
/// # Examples
/// ```
/// use shorttail::measure::Stage;
///
/// const PARSE: Stage = Stage::nth(4); // the first after the usual ones
/// assert_eq!(PARSE.index(), 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stage(usize);

impl Stage {
    /// From arrival until a worker was there to take it; for an example see [`StageTimer`].
    pub const QUEUE_WAIT: Self = Self(0);
    /// From the hand-over until the worker ran; for an example see [`StageTimer`].
    pub const SCHEDULING: Self = Self(1);
    /// The work itself; for an example see [`StageTimer`].
    pub const PROCESSING: Self = Self(2);
    /// Of a task: not ready, for something else than a processor.
    /// For an example see [`TaskTimes`](crate::measure::TaskTimes).
    pub const WAITING: Self = Self(3);

    /// The stage at `index` of a set; for an example see [`Stage`].
    #[must_use]
    pub const fn nth(index: usize) -> Self {
        Self(index)
    }

    /// The stage's position in its set; for an example see [`Stage`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// The laps of one request: each lap's time goes to one stage.
///
/// Time is passed in, so that a request of n laps costs n + 1 clock readings and a test needs no
/// clock at all. The stages sum exactly to [`total_ns`](Self::total_ns): a lap begins where the
/// one before it ended. Travels inside the queued item, to whatever thread.
///
/// # Guarantees
/// `N + 2` words, `Copy`. [`lap`](Self::lap) is a subtraction and two additions: never waits,
/// never allocates.
///
/// # Examples
/// ```
/// use shorttail::measure::{Stage, StageTimer};
///
/// let mut timer: StageTimer = StageTimer::start(1_000);
/// timer.lap(Stage::QUEUE_WAIT, 1_400);
/// timer.lap(Stage::SCHEDULING, 1_500);
/// timer.lap(Stage::PROCESSING, 4_000);
/// assert_eq!(timer.spent_ns(Stage::QUEUE_WAIT), 400);
/// assert_eq!(timer.total_ns(), 3_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageTimer<const N: usize = 3> {
    start_ns: u64,
    last_ns: u64,
    spent_ns: [u64; N],
}

impl<const N: usize> StageTimer<N> {
    /// A timer whose first lap begins at `now_ns`; for an example see [`StageTimer`].
    #[must_use]
    pub const fn start(now_ns: u64) -> Self {
        Self {
            start_ns: now_ns,
            last_ns: now_ns,
            spent_ns: [0; N],
        }
    }

    /// Ends a lap at `now_ns`, gives its time to `stage` and returns it;
    /// for an example see [`StageTimer`].
    ///
    /// A stage may have several laps; they add up. A `now_ns` before the last lap's end counts as
    /// that end.
    ///
    /// # Panics
    /// If `stage` is not below `N`.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[track_caller]
    pub const fn lap(&mut self, stage: Stage, now_ns: u64) -> u64 {
        let lap_ns = now_ns.saturating_sub(self.last_ns);
        self.spent_ns[stage.index()] += lap_ns;
        self.last_ns += lap_ns;
        lap_ns
    }

    /// Moves the start `spent_ns` back and gives that time to `stage`: what a message waited in a
    /// channel before the timer was there, for instance.
    ///
    /// Of a time that would begin before zero, only what comes after counts.
    ///
    /// # Panics
    /// If `stage` is not below `N`.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel;
    /// use shorttail::measure::{Stage, StageTimer};
    /// use shorttail::time::{Clock, StdClock};
    ///
    /// let (tx, rx) = channel::stamped(1, StdClock);
    /// tx.send("x")?;
    /// let aged = rx.recv()?;
    /// let mut timer: StageTimer = StageTimer::start(StdClock.now_ns());
    /// timer.begin_earlier(Stage::QUEUE_WAIT, aged.age_ns());
    /// assert_eq!(timer.total_ns(), aged.age_ns());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[track_caller]
    pub const fn begin_earlier(&mut self, stage: Stage, spent_ns: u64) {
        let start_ns = self.start_ns.saturating_sub(spent_ns);
        self.spent_ns[stage.index()] += self.start_ns - start_ns;
        self.start_ns = start_ns;
    }

    /// What the laps of `stage` took; for an example see [`StageTimer`].
    ///
    /// # Panics
    /// If `stage` is not below `N`.
    #[must_use]
    #[track_caller]
    pub const fn spent_ns(&self, stage: Stage) -> u64 {
        self.spent_ns[stage.index()]
    }

    /// From the start to the end of the last lap: the sum of all stages, exactly.
    /// For an example see [`StageTimer`].
    #[must_use]
    pub const fn total_ns(&self) -> u64 {
        self.last_ns - self.start_ns
    }

    /// From its parts, which somebody took apart by [`words`](Self::words).
    pub(super) const fn of(start_ns: u64, last_ns: u64, spent_ns: [u64; N]) -> Self {
        Self {
            start_ns,
            last_ns,
            spent_ns,
        }
    }

    /// Start, end, and what each stage took.
    pub(super) const fn words(&self) -> (u64, u64, [u64; N]) {
        (self.start_ns, self.last_ns, self.spent_ns)
    }
}
