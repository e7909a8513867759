//! The description of a channel with lanes.

use crate::ring::Ring;
use crate::sync::Arc;

use super::super::{ConfigError, OnFull};
use super::core::Core;
use super::marks::MOST;
use super::{LanesReceiver, LanesSender};

/// The description of a channel with lanes, checked by [`build`](Self::build).
///
/// A lane is a bounded queue with a capacity of its own; all lanes have the same receivers, who get
/// the lane's number with each message. Sends wait for room in their lane alone, so no lane's
/// backlog delays or refuses another's messages. What an [`offer`](super::Lane::offer) does with a
/// full lane is chosen for each: [`on_full`](Self::on_full).
///
/// # Which lane is next
/// Lane 0 first, then lane 1 and so on: a receive passes over a lane only if that lane held no
/// completed send's message at some moment of the call. The exception is the aged turn, so that no
/// lane starves. Receives that find more than one lane with messages are counted, and every `n`-th
/// of these ([`aging`](Self::aging), if not set as many as there are lanes) serves, of the lanes
/// below lane 0 that have messages, the one that was last served longest ago. With one receiver at
/// a time this comes to:
///
/// - Of `n` receives in a row at most one is aged: while lane 0 has messages it gets at least
///   `n - 1` of them.
/// - A lane with messages is served at least once in `n · (lanes - 1)` receives.
/// - A lane with messages gets at least every `n`-th receive, if those before it are one lane that
///   always has messages; with `m` such lanes waiting behind that one, each gets one of `n · m`.
///   (Before the lane's first aged turn, twice as many may pass.)
///
/// Receives that run at the same time take their turns in one order and may complete in another.
///
/// # Messages that come too late
/// A lane below others is where messages get old. Send [`Stamped`](super::super::Stamped) ones and
/// judge what is received, by one set of rules for all lanes or one for each:
/// [`Stamped::into_fresh`](super::super::Stamped::into_fresh) has the example. Their whole wait
/// counts as time in the queue, the wait for room in a blocking send too.
///
/// # What holds as for the plain channel
/// Everything the [module page](super::super) says of order (within a lane), stalled threads,
/// wakes, fairness and forgotten futures, and besides:
///
/// - Nobody waits for a sender that stands between the publish of its message and the lane's mark,
///   or for a receiver that stands in the middle of taking a mark away.
/// - `Empty` means that there was a moment of the call at which no lane held a completed send's
///   message.
/// - The lanes close one after the other, but no call says `Closed` before all are closed.
///
/// # Examples
/// ```
/// use shorttail::channel::Lanes;
///
/// const URGENT: usize = 0;
/// const BULK: usize = 1;
/// let (tx, rx) = Lanes::new([8, 64]).build()?;
/// tx.lane(BULK).try_send("report")?;
/// tx.lane(URGENT).try_send("health check")?;
/// assert_eq!(rx.recv()?, (URGENT, "health check"));
/// assert_eq!(rx.recv()?, (BULK, "report"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build()"]
pub struct Lanes {
    capacities: Vec<usize>,
    aging: Aging,
    patience: Option<u16>,
    /// By lane, the later ones over the earlier.
    policies: Vec<(usize, OnFull)>,
}

#[derive(Clone, Copy, Debug)]
enum Aging {
    Usual,
    Every(u32),
    Never,
}

impl Lanes {
    /// One lane for each of `capacities`, from the first served to the last. Allocates the list.
    ///
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 16, 256]).build::<u8>()?;
    /// assert_eq!((tx.lanes(), rx.capacity(2)), (3, 256));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(capacities: impl IntoIterator<Item = usize>) -> Self {
        Self {
            capacities: capacities.into_iter().collect(),
            aging: Aging::Usual,
            patience: None,
            policies: Vec::new(),
        }
    }

    /// Every `n`-th receive that finds several lanes with messages is an aged turn.
    ///
    /// If not set, as many as there are lanes, but at least two. The larger it is, the less the
    /// lanes below take from lane 0: `1 / n` of the receives at most.
    ///
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([8, 8]).aging(4).build()?;
    /// for n in 0..8 {
    ///     tx.lane(0).try_send(n)?;
    ///     tx.lane(1).try_send(n)?;
    /// }
    /// let lanes: Vec<usize> = (0..8).map(|_| rx.recv().unwrap().0).collect();
    /// assert_eq!(lanes, [0, 0, 0, 1, 0, 0, 0, 1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn aging(mut self, n: u32) -> Self {
        self.aging = Aging::Every(n);
        self
    }

    /// No aged turns: a lane is served only where all before it are empty, and may starve.
    ///
    /// ```
    /// let (tx, rx) = shorttail::channel::Lanes::new([8, 8]).strict().build()?;
    /// for n in 0..4 {
    ///     tx.lane(1).try_send(n)?;
    ///     tx.lane(0).try_send(n)?;
    /// }
    /// let lanes: Vec<usize> = (0..8).map(|_| rx.recv().unwrap().0).collect();
    /// assert_eq!(lanes, [0, 0, 0, 0, 1, 1, 1, 1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn strict(mut self) -> Self {
        self.aging = Aging::Never;
        self
    }

    /// What an [`offer`](super::Lane::offer) into `lane` does when there is no room in it. If not
    /// set, it waits. May allocate.
    ///
    /// ```
    /// use shorttail::channel::{Lanes, OnFull};
    ///
    /// const REQUESTS: usize = 0;
    /// const SAMPLES: usize = 1;
    /// let (tx, rx) = Lanes::new([1, 1])
    ///     .on_full(REQUESTS, OnFull::Reject) // the caller answers 503
    ///     .on_full(SAMPLES, OnFull::DropOldest) // the newest counts
    ///     .build()?;
    /// for n in 0..2 {
    ///     let _ = tx.lane(REQUESTS).offer(n);
    ///     let _ = tx.lane(SAMPLES).offer(n);
    /// }
    /// assert_eq!((rx.recv()?, rx.recv()?), ((REQUESTS, 0), (SAMPLES, 1)));
    /// assert_eq!(rx.lane_stats(REQUESTS).rejected, 1);
    /// assert_eq!(rx.lane_stats(SAMPLES).evicted, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_full(mut self, lane: usize, policy: OnFull) -> Self {
        self.policies.push((lane, policy));
        self
    }

    /// As [`Builder::patience`](super::super::Builder::patience), for all lanes.
    ///
    /// ```
    /// let (tx, _rx) = shorttail::channel::Lanes::new([8, 8]).patience(0).build()?;
    /// tx.lane(1).try_send([0_u8; 4096])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn patience(mut self, looks: u16) -> Self {
        self.patience = Some(looks);
        self
    }

    /// Takes all the memory the channel will ever have: for each lane what a channel of its
    /// capacity takes. Nothing allocates after this.
    ///
    /// # Errors
    /// [`ConfigError`] if there are no lanes or more than thirty-two, if a capacity is zero or too
    /// large, if every or every zeroth receive shall be aged, if a policy is for a lane that is not
    /// there, or if there is no memory.
    ///
    /// ```
    /// use shorttail::channel::{ConfigError, Lanes};
    ///
    /// let refused = Lanes::new([]).build::<u8>().unwrap_err();
    /// assert_eq!(refused, ConfigError::LaneCount { lanes: 0 });
    /// let refused = Lanes::new([1, 1]).aging(1).build::<u8>().unwrap_err();
    /// assert_eq!(refused, ConfigError::Aging);
    /// let refused = Lanes::new([1, 1]).on_full(2, Default::default()).build::<u8>();
    /// assert_eq!(refused.unwrap_err(), ConfigError::NoSuchLane { lane: 2, lanes: 2 });
    /// ```
    pub fn build<T>(self) -> Result<(LanesSender<T>, LanesReceiver<T>), ConfigError> {
        let aging = self.aged_every()?;
        let ring = |capacity| {
            Ring::try_new(capacity, self.patience).map_err(|why| ConfigError::of(why, capacity))
        };
        let rings: Vec<Ring<T>> = self
            .capacities
            .into_iter()
            .map(ring)
            .collect::<Result<_, _>>()?;
        let core = Core::new(rings, aging);
        let core = self.policies.into_iter().fold(core, Core::on_full);
        let core = Arc::new(core);
        Ok((LanesSender::new(core.clone()), LanesReceiver::new(core)))
    }

    /// Every how many receives one is aged, 0 for none; if what was said fits together.
    pub(crate) fn aged_every(&self) -> Result<u32, ConfigError> {
        let lanes = self.capacities.len();
        if lanes == 0 || lanes > MOST {
            return Err(ConfigError::LaneCount { lanes });
        }
        if self.capacities.contains(&0) {
            return Err(ConfigError::NoCapacity);
        }
        if let Some(&(lane, _)) = self.policies.iter().find(|(lane, _)| *lane >= lanes) {
            return Err(ConfigError::NoSuchLane { lane, lanes });
        }
        match self.aging {
            Aging::Usual => Ok(lanes.max(2) as u32),
            Aging::Every(0 | 1) => Err(ConfigError::Aging),
            Aging::Every(n) => Ok(n),
            Aging::Never => Ok(0),
        }
    }
}
