//! Receives: from which lane, and what to say where none has a message.

use crate::ring::{Claimed, PopError};
use crate::time::Deadline;
use crate::wait::TimedOut;

use super::super::super::shared::may_spin;
use super::super::super::{RecvError, RecvTimeoutError, TryRecvError};
use super::super::marks::LaneSet;
use super::super::turns::Turn;
use super::Core;

/// A message that is won, and its lane.
type Found<'a, T> = (usize, Claimed<'a, T>);

impl<T> Core<T> {
    #[inline]
    pub(in super::super) fn try_recv(&self) -> Result<(usize, T), TryRecvError> {
        let (lane, claimed) = self.claim()?;
        Ok((lane, claimed.take()))
    }

    /// Wins a message and wakes whom that concerns, all before the copy: a thread may lose its
    /// processor there, and nobody shall sleep behind it.
    #[inline]
    pub(in super::super) fn claim(&self) -> Result<Found<'_, T>, TryRecvError> {
        let found = self.find()?;
        self.tracks[found.0].senders_waiting.notify_one();
        if self.receivers_waiting.has_waiters() {
            self.pass_on_receive();
        }
        Ok(found)
    }

    /// Nothing waits behind the one lane that is marked, nearly always: then no turn is counted.
    #[inline]
    fn find(&self) -> Result<Found<'_, T>, TryRecvError> {
        let marked = self.marks.get();
        if let Some(lane) = marked.only() {
            if let Ok(claimed) = self.tracks[lane].ring.try_claim() {
                return Ok((lane, claimed));
            }
        }
        self.search(marked)
    }

    /// Looks at the marked lanes, each once, and again until nothing was there at one moment.
    fn search(&self, mut marked: LaneSet) -> Result<Found<'_, T>, TryRecvError> {
        let turn = self.turn(marked);
        if let Some(turn) = turn.filter(|turn| turn.is_aged) {
            if let Some(found) = self.find_aged(turn, marked) {
                return Ok(found);
            }
        }
        let mut before = None;
        while !marked.is_empty() {
            let mut heads = 0_u64;
            for lane in marked {
                if let Some(found) = self.look(lane, marked) {
                    turn.inspect(|turn| self.tracks[lane].served.at(*turn));
                    return Ok(found);
                }
                heads = heads.wrapping_add(self.tracks[lane].ring.head());
            }
            // Of these lanes nothing was taken since they were found empty, and they are empty
            // again: so they were when the marks were read in between, and so were the others.
            if before == Some((marked, heads)) {
                break;
            }
            before = Some((marked, heads));
            marked = self.marks.get();
        }
        self.without_message()
    }

    /// A turn, if more than one of the lanes has a message: one of them has to be passed over.
    fn turn(&self, marked: LaneSet) -> Option<Turn> {
        if marked.only().is_some() {
            return None;
        }
        let filled = marked.filter(|&lane| self.tracks[lane].ring.looks_filled());
        if filled.take(2).count() == 2 {
            self.turns.next()
        } else {
            None
        }
    }

    /// The next message of the lane below the first that was last served longest ago.
    #[cold]
    fn find_aged(&self, turn: Turn, marked: LaneSet) -> Option<Found<'_, T>> {
        let mut left = marked.below_the_first();
        loop {
            let lane = left.min_by_key(|&lane| self.tracks[lane].served.number())?;
            if let Some(found) = self.look(lane, marked) {
                self.tracks[lane].served.at(turn);
                self.tracks[lane].aged.add(1);
                return Some(found);
            }
            left = left.without(lane);
        }
    }

    /// Wins the next message of `lane`. Found empty it loses its mark, if that is in the way of
    /// others' messages.
    fn look(&self, lane: usize, marked: LaneSet) -> Option<Found<'_, T>> {
        let ring = &self.tracks[lane].ring;
        match ring.try_claim() {
            Ok(claimed) => return Some((lane, claimed)),
            Err(PopError::Empty) if marked.only().is_some() => {}
            Err(PopError::Empty) => self.clear(lane),
            Err(PopError::Closed) => {
                self.marks.end(lane);
                self.found_closed();
            }
        }
        None
    }

    /// Takes the mark of `lane` away, which was found empty.
    #[cold]
    pub(in super::super) fn clear(&self, lane: usize) {
        let ring = &self.tracks[lane].ring;
        self.marks.clear(lane, || ring.settle_pop());
    }

    /// No lane holds a message of a completed send.
    #[cold]
    fn without_message(&self) -> Result<Found<'_, T>, TryRecvError> {
        if !self.is_closed() {
            self.found_empty();
            return Err(TryRecvError::Empty);
        }
        // None is open now: each has a message, or is closed for good.
        for (lane, track) in self.tracks.iter().enumerate() {
            if let Ok(claimed) = track.ring.try_claim() {
                return Ok((lane, claimed));
            }
        }
        self.found_closed();
        Err(TryRecvError::Closed)
    }

    /// On the way a head may have moved over dead positions, or a sender was passed over.
    fn found_empty(&self) {
        for track in &self.tracks {
            if track.senders_waiting.has_waiters() {
                self.pass_on_send(track);
            }
        }
    }

    /// For a receiver that waits: a message, or that none will come, or nothing.
    pub(in super::super) fn recv_ready(&self) -> Option<Result<(usize, T), RecvError>> {
        while self.may_pop() {
            if let Some(received) = self.recv_now() {
                return Some(received);
            }
        }
        None
    }

    /// For a receiver that waits: whether a lane has a message or is closed, of which its sender or
    /// closer may not have told yet: the caller does. If not, it goes to sleep, and they see that.
    fn may_pop(&self) -> bool {
        let filled = self.tracks.iter().position(|track| track.ring.settle_pop());
        match filled {
            Some(lane) => self.marks.set(lane),
            None => self.found_empty(),
        }
        filled.is_some()
    }

    /// Tries to receive; nothing if the channel is empty.
    pub(in super::super) fn recv_now(&self) -> Option<Result<(usize, T), RecvError>> {
        match self.try_recv() {
            Ok(received) => Some(Ok(received)),
            Err(TryRecvError::Closed) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// Blocks the thread until there is a message, or until `deadline`.
    pub(in super::super) fn recv_until(
        &self,
        deadline: Deadline,
    ) -> Result<(usize, T), RecvTimeoutError> {
        match self.try_recv() {
            Ok(received) => Ok(received),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Empty) => self.recv_waiting(deadline),
        }
    }

    #[cold]
    fn recv_waiting(&self, deadline: Deadline) -> Result<(usize, T), RecvTimeoutError> {
        if may_spin(deadline) {
            let look = || self.is_ready().then(|| self.recv_now())?;
            if let Some(received) = self.recv_spin.until(self.awake(), look) {
                return received.map_err(RecvTimeoutError::from);
            }
        }
        match self.receivers_waiting.wait(deadline, || self.recv_ready()) {
            Ok(received) => received.map_err(RecvTimeoutError::from),
            Err(TimedOut) => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Whether a marked lane has a message to take. Two loads a lane; a hint.
    pub(in super::super) fn is_ready(&self) -> bool {
        self.marks
            .get()
            .any(|lane| self.tracks[lane].ring.is_ready())
    }
}
