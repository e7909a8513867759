//! What a channel counted.

/// Wakes, stalls that were stepped over, waits that were spared, and what policies and receives of
/// fresh messages did; no messages, and no refusals or evictions of other calls, which whoever made
/// the call counts from its result.
///
/// From [`Sender::stats`](super::Sender::stats) or [`Receiver::stats`](super::Receiver::stats).
/// Each count is taken where the thing counted costs far more than the count; none is on the path
/// of a message that finds room and a message that is there.
///
/// # Examples
/// ```
/// use futures_util::FutureExt;
/// let (tx, rx) = shorttail::channel::bounded(1);
/// let mut receive = Box::pin(rx.recv_async());
/// assert!(receive.as_mut().now_or_never().is_none()); // it waits
/// tx.try_send(1).unwrap(); // and is woken
/// let stats = tx.stats();
/// assert_eq!((stats.wakes, stats.stepped_over, stats.waits_spared), (1, 0, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Positions given up because a thread stood still in the middle of a send or receive there:
    /// for each such thread one, and one more each time the messages come round to its slot.
    pub stepped_over: u64,
    /// Threads and tasks woken: for a message, for room or for the close. One system call each for
    /// threads.
    pub wakes: u64,
    /// Blocking calls that found what they needed by looking again, and so neither slept nor had
    /// to be woken. Not the system calls avoided: each of these spares two, the sleep and its wake;
    /// a call that finds what it wants at once spares them too and is not counted; and tasks do not
    /// look again.
    pub waits_spared: u64,
    /// Messages that an [`offer`](super::Sender::offer) handed back because there was no room.
    pub rejected: u64,
    /// Messages that an offer took out for its own: [`OnFull::DropOldest`](super::OnFull).
    pub evicted: u64,
    /// Messages that an offer dropped: [`OnFull::Shed`](super::OnFull).
    pub shed: u64,
    /// Messages that a receive took out behind their deadline and gave to the caller's sink.
    pub dropped_expired: u64,
    /// Messages that a receive took out and gave to the caller's sink because
    /// [`Codel`](crate::limit::Codel) sheds.
    pub dropped_overload: u64,
}
