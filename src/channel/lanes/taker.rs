//! A receiver as a pool of workers has it.

use crate::sync::Arc;
use crate::time::Deadline;

use super::super::{RecvError, RecvTimeoutError, TryRecvError};
use super::core::Core;
use super::{Lane, LanesReceiver};

/// Receives from all lanes, or from one alone, so that a message of that lane never stands behind
/// others'. While one is there the channel is open. The last one leaves behind what is inside, to
/// be [taken back](super::LanesSender::take_back).
pub(crate) struct Taker<T> {
    core: Arc<Core<T>>,
    own: Option<usize>,
}

impl<T> LanesReceiver<T> {
    /// A receiver of lane `own` alone, or of all lanes.
    pub(crate) fn taker(&self, own: Option<usize>) -> Taker<T> {
        assert!(own.is_none_or(|lane| lane < self.lanes()), "a lane");
        self.core.add_taker(own);
        let core = self.core.clone();
        Taker { core, own }
    }
}

impl<T> Taker<T> {
    /// As [`LanesReceiver::try_recv`].
    pub(crate) fn try_recv(&self) -> Result<(usize, T), TryRecvError> {
        match self.own {
            None => self.core.try_recv(),
            Some(lane) => self.core.try_recv_own(lane).map(|value| (lane, value)),
        }
    }

    /// As [`LanesReceiver::recv`].
    pub(crate) fn recv(&self) -> Result<(usize, T), RecvError> {
        let received = match self.own {
            None => self.core.recv_until(Deadline::NEVER),
            Some(lane) => self.recv_own(lane),
        };
        received.map_err(|_| RecvError)
    }

    fn recv_own(&self, lane: usize) -> Result<(usize, T), RecvTimeoutError> {
        let received = self.core.recv_own_until(lane, Deadline::NEVER);
        received.map(|value| (lane, value))
    }

    /// The lane that it receives from, if it is one alone.
    pub(crate) const fn own(&self) -> Option<usize> {
        self.own
    }

    /// Lane `lane`, to send into: who receives may, without counting as a sender.
    pub(crate) fn lane(&self, lane: usize) -> Option<Lane<'_, T>> {
        (lane < self.core.tracks().len()).then(|| Lane::new(&self.core, lane))
    }
}

impl<T> Drop for Taker<T> {
    fn drop(&mut self) {
        self.core.leave(self.own);
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::super::Lanes;

    #[test]
    fn who_receives_from_one_lane_counts_the_threads_of_that_lane_alone() {
        let (tx, rx) = Lanes::new([2, 2]).build::<u8>().unwrap();
        let of_all = rx.taker(None);
        let awake = |lane: usize| of_all.core.awake_beside(&of_all.core.tracks()[lane]);
        assert_eq!([awake(0), awake(1)], [1, 1], "the sender");
        let own = [(); 2].map(|()| rx.taker(Some(0)));
        assert_eq!([awake(0), awake(1)], [3, 1]);
        // One that receives from all lanes is at work elsewhere, or asleep: not of this lane.
        assert_eq!(of_all.core.awake(), 5);
        let another = tx.clone();
        assert_eq!([awake(0), awake(1)], [4, 2]);
        drop((own, another));
        assert_eq!([awake(0), awake(1)], [1, 1]);
    }
}
