//! What a lane counted.

/// What went on in one lane, from [`Lane::stats`](super::Lane::stats) or
/// [`LanesReceiver::lane_stats`](super::LanesReceiver::lane_stats).
///
/// Unlike [`Stats`](super::super::Stats) it counts what a
/// [`force_send`](super::Lane::force_send) evicts too: what was received is told apart by that.
/// None of the counts is on the path of a message that finds room and is received in its order.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::Lanes::new([2, 8]).aging(2).build()?;
/// for n in 0..4 {
///     tx.lane(0).force_send(n)?;
///     tx.lane(1).try_send(n)?;
/// }
/// let lanes: Vec<usize> = (0..6).map(|_| rx.recv().unwrap().0).collect();
/// assert_eq!(lanes, [0, 1, 0, 1, 1, 1]); // the second is aged; then there is no choice
/// let (first, second) = (rx.lane_stats(0), rx.lane_stats(1));
/// assert_eq!((first.received, first.evicted, first.aged), (2, 2, 0));
/// assert_eq!((second.received, second.evicted, second.aged), (4, 0, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaneStats {
    /// Messages received; exact when nobody is in a call.
    pub received: u64,
    /// Messages that an [`offer`](super::Lane::offer) handed back because there was no room.
    pub rejected: u64,
    /// Messages that came out to make room for one that was forced, or offered.
    pub evicted: u64,
    /// Messages that an offer dropped.
    pub shed: u64,
    /// Messages received by an aged turn.
    pub aged: u64,
    /// As [`Stats::stepped_over`](super::super::Stats::stepped_over), in this lane.
    pub stepped_over: u64,
    /// Senders of this lane woken. Receivers wait for all lanes: their wakes are in the
    /// [`stats`](super::LanesReceiver::stats) of the channel.
    pub wakes: u64,
}
