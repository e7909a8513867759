//! What the ends share: a ring and a sender queue for each lane, one receiver queue for all.

mod offer;
mod own;
mod recv;
mod send;

use core::fmt;

use crate::ring::Ring;
use crate::sync::chaos::{Point, point};
use crate::sync::{MODEL, Panics, Tally};
use crate::wait::{Spin, WaitQueue};

use super::super::handles::Handles;
use super::super::overflow::Overflow;
use super::super::{OnFull, Stats};
use super::LaneStats;
use super::marks::Marks;
use super::turns::{Served, Turns};

/// Waiters of each queue that no stalled thread can hold up, as in the plain channel.
const CELLS: usize = if MODEL { 0 } else { 32 };
/// The same of the receivers of one lane alone, who are few.
const OWN_CELLS: usize = if MODEL { 1 } else { 8 };

/// One channel with lanes. Who sends and receives wakes others by the rules of the plain channel
/// (`super::super::shared`), senders by lane; and besides:
///
/// - who publishes marks the lane, then wakes;
/// - who finds a lane full, or is about to sleep and finds it filled, marks it too: its sender may
///   have lost its processor between publish and mark;
/// - the lanes close one after the other, and who finds one of them closed closes the rest before
///   he says so.
#[derive(Debug)]
pub(super) struct Core<T> {
    tracks: Box<[Track<T>]>,
    marks: Marks,
    turns: Turns,
    /// Receivers that wait for a message in any lane.
    pub(super) receivers_waiting: WaitQueue,
    /// Tasks that wait for the close of all lanes.
    pub(super) closed_waiting: WaitQueue,
    pub(super) senders: Handles,
    pub(super) receivers: Handles,
    recv_spin: Spin,
}

/// One lane.
#[derive(Debug)]
pub(super) struct Track<T> {
    pub(super) ring: Ring<T>,
    /// Senders that wait for room in this lane.
    pub(super) senders_waiting: WaitQueue,
    send_spin: Spin,
    /// Receivers that wait for a message in this lane alone.
    own_waiting: WaitQueue,
    /// How many of them there are, asleep or not.
    own_receivers: Tally,
    own_spin: Spin,
    served: Served,
    aged: Tally,
    overflow: Overflow,
}

impl<T> Track<T> {
    fn new(ring: Ring<T>) -> Self {
        let [send_spin, own_spin] = [(); 2].map(|()| Spin::new(ring.capacity()));
        Self {
            ring,
            senders_waiting: WaitQueue::with_cells(CELLS),
            send_spin,
            own_waiting: WaitQueue::with_cells(OWN_CELLS),
            own_receivers: Tally::default(),
            own_spin,
            served: Served::default(),
            aged: Tally::default(),
            overflow: Overflow::default(),
        }
    }

    pub(super) fn stats(&self) -> LaneStats {
        let Stats {
            rejected,
            evicted,
            shed,
            ..
        } = self.overflow.counts();
        LaneStats {
            received: self.ring.taken().saturating_sub(evicted),
            rejected,
            evicted,
            shed,
            aged: self.aged.get(),
            stepped_over: self.ring.stepped_over(),
            wakes: self.senders_waiting.wakes(),
        }
    }
}

/// The lengths of the lanes, for `Debug`.
struct Lens<'a, T>(&'a [Track<T>]);

impl<T> fmt::Debug for Lens<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lens = self.0.iter().map(|track| track.ring.len());
        f.debug_list().entries(lens).finish()
    }
}

impl<T> Core<T> {
    /// A channel over `rings`, one a lane, with one sender and one receiver; every `aging`-th
    /// receive is aged, none if zero.
    pub(super) fn new(rings: impl IntoIterator<Item = Ring<T>>, aging: u32) -> Self {
        let tracks: Box<[_]> = rings.into_iter().map(Track::new).collect();
        let capacity = tracks.iter().map(|track| track.ring.capacity());
        let capacity = capacity.fold(0, usize::saturating_add);
        Self {
            tracks,
            marks: Marks::new(),
            turns: Turns::new(aging),
            receivers_waiting: WaitQueue::with_cells(CELLS),
            closed_waiting: WaitQueue::with_cells(CELLS),
            senders: Handles::one(),
            receivers: Handles::one(),
            recv_spin: Spin::new(capacity),
        }
    }

    /// With this policy for a lane, which is there.
    pub(super) fn on_full(mut self, (lane, policy): (usize, OnFull)) -> Self {
        self.tracks[lane].overflow.set_policy(policy);
        self
    }

    pub(super) fn tracks(&self) -> &[Track<T>] {
        &self.tracks
    }

    /// Whether every lane is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.tracks.last().is_none_or(|last| last.ring.is_closed())
    }

    /// Closes the channel; true for the call that did it.
    pub(super) fn close(&self) -> bool {
        let first = self.close_lanes();
        self.each_queue(WaitQueue::notify_all);
        first
    }

    /// Closes the lanes in their order: who closes the first one closes the channel, and it is
    /// closed with the last one, whoever comes to that.
    fn close_lanes(&self) -> bool {
        let mut tracks = self.tracks.iter();
        let first = tracks.next().is_some_and(|track| track.ring.close());
        point(Point::CloseMiddle);
        tracks.for_each(|track| _ = track.ring.close());
        first
    }

    /// For a task that waits for the close: that all lanes are closed, or nothing. The last of them
    /// decides, as for [`is_closed`](Self::is_closed).
    pub(super) fn closed_ready(&self) -> Option<()> {
        let last = self.tracks.last();
        let closed = last.is_none_or(|last| last.ring.settle_closed());
        if closed {
            self.each_queue(WaitQueue::notify_one);
        }
        closed.then_some(())
    }

    /// A lane is closed: then so are all, when the caller comes to say so.
    #[cold]
    fn found_closed(&self) {
        if !self.is_closed() {
            self.close_lanes();
        }
        self.each_queue(WaitQueue::notify_one);
    }

    /// A waker that panics keeps no wake from the other queues.
    fn each_queue(&self, notify: impl Fn(&WaitQueue)) {
        let mut panics = Panics::default();
        panics.catch(|| notify(&self.receivers_waiting));
        panics.catch(|| notify(&self.closed_waiting));
        for track in &self.tracks {
            panics.catch(|| notify(&track.senders_waiting));
            panics.catch(|| notify(&track.own_waiting));
        }
        panics.resume();
    }

    #[cold]
    fn pass_on_receive(&self) {
        let filled = || self.tracks.iter().any(|track| track.ring.looks_filled());
        if self.is_closed() || filled() {
            self.receivers_waiting.notify_one();
        }
    }

    #[cold]
    fn pass_on_send(&self, track: &Track<T>) {
        if track.ring.is_closed() || track.ring.looks_open() {
            track.senders_waiting.notify_one();
        }
    }

    /// Threads with a handle of this channel that do not sleep in it; a guess for the spin.
    pub(super) fn awake(&self) -> usize {
        let senders = self
            .tracks
            .iter()
            .map(|track| track.senders_waiting.asleep() + track.own_waiting.asleep());
        let waiting = senders.sum::<usize>() + self.receivers_waiting.asleep();
        (self.senders.count() + self.receivers.count()).saturating_sub(waiting)
    }

    /// As [`awake`](Self::awake), of the threads that a receiver of `track` alone has to do with.
    ///
    /// Receivers of all lanes are left out: they may be at work on other lanes for long, and it is
    /// for those times that this lane has receivers of its own. As of another channel's receivers,
    /// nothing is known of whether that work needs a processor.
    pub(super) fn awake_beside(&self, track: &Track<T>) -> usize {
        let senders = self.tracks.iter().map(|track| &track.senders_waiting);
        let asleep = senders.map(WaitQueue::asleep).sum::<usize>() + track.own_waiting.asleep();
        let own = track.own_receivers.get() as usize;
        (self.senders.count() + own).saturating_sub(asleep)
    }

    pub(super) fn stats(&self) -> Stats {
        let mut all = Stats {
            wakes: self.receivers_waiting.wakes() + self.closed_waiting.wakes(),
            waits_spared: self.recv_spin.found(),
            ..Stats::default()
        };
        for track in &self.tracks {
            all.stepped_over += track.ring.stepped_over();
            all.wakes += track.senders_waiting.wakes() + track.own_waiting.wakes();
            all.waits_spared += track.send_spin.found() + track.own_spin.found();
            let dropped = track.overflow.counts();
            all.rejected += dropped.rejected;
            all.evicted += dropped.evicted;
            all.shed += dropped.shed;
        }
        all
    }

    /// For the `Debug` of both ends.
    pub(super) fn describe(&self, mut end: fmt::DebugStruct<'_, '_>) -> fmt::Result {
        end.field("lens", &Lens(&self.tracks))
            .field("closed", &self.is_closed())
            .field("receivers_waiting", &self.receivers_waiting.waiting())
            .finish_non_exhaustive()
    }

    /// One sender less; the last one closes.
    pub(super) fn drop_sender(&self) {
        if self.senders.remove() {
            point(Point::LastDrop);
            self.close();
        }
    }

    /// One more of `lane` alone, or of all; counted before it can wait.
    pub(super) fn add_taker(&self, own: Option<usize>) {
        self.receivers.add();
        if let Some(lane) = own {
            self.tracks[lane].own_receivers.add(1);
        }
    }

    /// One receiver less, that leaves what is inside to others; the last one closes.
    pub(super) fn leave(&self, own: Option<usize>) {
        if let Some(lane) = own {
            self.tracks[lane].own_receivers.sub(1);
        }
        if self.receivers.remove() {
            self.close();
        }
    }

    /// One receiver less; the last one closes and drops what is inside.
    pub(super) fn drop_receiver(&self) {
        if self.receivers.remove() {
            let mut panics = Panics::default();
            panics.catch(|| _ = self.close());
            point(Point::LastDrop);
            for track in &self.tracks {
                while panics.catch(|| while track.ring.try_pop().is_ok() {}) {}
            }
            panics.resume();
        }
    }
}
