//! Plain queues, which lane is served next, and what is done where one of them is full.

use std::collections::VecDeque;

use shorttail::channel::{Offered, OnFull, TryRecvError, TrySendError};

#[derive(Default)]
pub(crate) struct Oracle {
    pub(crate) lanes: Vec<Queue>,
    /// Every so many-th turn is aged; none if zero.
    aging: u64,
    turns: u64,
    pub(crate) closed: bool,
}

#[derive(Default)]
pub(crate) struct Queue {
    pub(crate) inside: VecDeque<usize>,
    pub(crate) capacity: usize,
    pub(crate) policy: OnFull,
    /// The turn in which it was served last.
    served: u64,
    pub(crate) aged: u64,
    pub(crate) received: u64,
    pub(crate) rejected: u64,
    pub(crate) evicted: u64,
    pub(crate) shed: u64,
}

impl Queue {
    pub(crate) fn room(&self) -> usize {
        self.capacity - self.inside.len()
    }
}

impl Oracle {
    pub(crate) fn new(lanes: &[(usize, OnFull)], aging: u32) -> Self {
        let lanes = lanes.iter().map(|&(capacity, policy)| Queue {
            capacity,
            policy,
            ..Queue::default()
        });
        Self {
            lanes: lanes.collect(),
            aging: aging.into(),
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.inside.len()).sum()
    }

    pub(crate) fn filled(&self) -> Vec<usize> {
        let lanes = 0..self.lanes.len();
        lanes
            .filter(|&lane| !self.lanes[lane].inside.is_empty())
            .collect()
    }

    pub(crate) fn send(&mut self, lane: usize, n: usize) -> Result<(), TrySendError<usize>> {
        if self.closed {
            return Err(TrySendError::Closed(n));
        }
        if self.lanes[lane].room() == 0 {
            return Err(TrySendError::Full(n));
        }
        self.lanes[lane].inside.push_back(n);
        Ok(())
    }

    pub(crate) fn force(
        &mut self,
        lane: usize,
        n: usize,
    ) -> Result<Option<usize>, TrySendError<usize>> {
        match self.send(lane, n) {
            Err(TrySendError::Full(n)) => {
                let lane = &mut self.lanes[lane];
                lane.evicted += 1;
                lane.inside.push_back(n);
                Ok(lane.inside.pop_front())
            }
            sent => sent.map(|()| None),
        }
    }

    /// `Full` under [`OnFull::Wait`] means that it waits.
    pub(crate) fn offer(
        &mut self,
        lane: usize,
        n: usize,
    ) -> Result<Offered<usize>, TrySendError<usize>> {
        let policy = self.lanes[lane].policy;
        if policy == OnFull::DropOldest {
            let evicted = self.force(lane, n)?;
            return Ok(evicted.map_or(Offered::Sent, Offered::Evicted));
        }
        let told = self.send(lane, n);
        if told.is_err_and(|error| error.is_full()) {
            self.lanes[lane].rejected += u64::from(policy == OnFull::Reject);
            self.lanes[lane].shed += u64::from(policy == OnFull::Shed);
            if policy == OnFull::Shed {
                return Ok(Offered::Shed);
            }
        }
        told.map(|()| Offered::Sent)
    }

    pub(crate) fn recv(&mut self) -> Result<(usize, usize), TryRecvError> {
        let filled = self.filled();
        let Some(&first) = filled.first() else {
            return Err(if self.closed {
                TryRecvError::Closed
            } else {
                TryRecvError::Empty
            });
        };
        let mut lane = first;
        if filled.len() > 1 && self.aging > 0 {
            self.turns += 1;
            if self.turns % self.aging == 0 {
                let below = filled.iter().filter(|lane| **lane > 0);
                lane = *below.min_by_key(|lane| self.lanes[**lane].served).unwrap();
                self.lanes[lane].aged += 1;
            }
            self.lanes[lane].served = self.turns;
        }
        self.lanes[lane].received += 1;
        Ok((lane, self.lanes[lane].inside.pop_front().unwrap()))
    }
}
