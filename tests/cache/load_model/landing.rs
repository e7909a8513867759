//! How loads go on once they are begun, and what those who wait for them find.

use shorttail::cache::{Miss, Outcome, Stale};

use super::{Answer, Asked, DOUBLINGS, Flight, LEASE_NS, Model, Said, Stage, tag};

impl Model {
    /// What a task has to do next: the flight that it asks the source for.
    pub(crate) fn take(&mut self) -> Option<usize> {
        while let Some(flight) = self.queue.pop_front() {
            if self.take_up(flight) {
                return Some(flight);
            }
        }
        None
    }

    fn take_up(&mut self, flight: usize) -> bool {
        let key = self.flights[flight].key;
        if self.closed {
            self.land(flight, Outcome::Miss(Miss::Closed), false);
            return false;
        }
        if self.stored(key).is_some() {
            self.counts.superseded += 1;
            self.land(flight, Outcome::Miss(Miss::Shed), true);
            return false;
        }
        if self.flights[flight].cancelled {
            self.land(flight, Outcome::Miss(Miss::LoadCancelled), true);
            return false;
        }
        let ticket = match self.admits().then_some(&self.breaker) {
            Some(None) => None,
            Some(Some(breaker)) => Some(breaker.admit(self.now_ns).expect("it admits")),
            None => {
                self.counts.broken_off += 1;
                self.unclaim(key);
                self.land(flight, Outcome::Miss(Miss::BreakerOpen), false);
                return false;
            }
        };
        let (until_ns, born) = (self.now_ns + LEASE_NS, self.count);
        let load = self.table.iter_mut().find(|load| load.flight == flight);
        load.expect("registered").stage = Stage::Asking { until_ns, born };
        let is_hung = false;
        self.asked.push(Asked {
            flight,
            until_ns,
            ticket,
            is_hung,
        });
        true
    }

    /// The source answers.
    pub(crate) fn answer(&mut self, flight: usize, answer: Answer) {
        let key = self.flights[flight].key;
        let failed = match answer {
            Answer::Panic => true,
            Answer::Error(error) => error % 2 == 1,
            _ => false,
        };
        let one = self.end_asked(flight);
        if let (Some(breaker), Some(ticket)) = (&self.breaker, one.ticket) {
            match failed || self.now_ns >= one.until_ns {
                true => breaker.failed(ticket, self.now_ns),
                false => breaker.succeeded(ticket, self.now_ns),
            }
        }
        let (said, value) = match answer {
            Answer::Value(value) => (Outcome::Fresh(value), Some(Some(value))),
            Answer::Nothing => (Outcome::Negative, Some(None)),
            Answer::Error(error) => (Outcome::Miss(Miss::LoaderError(error)), None),
            Answer::Panic => (Outcome::Miss(Miss::LoaderPanicked), None),
        };
        *match answer {
            Answer::Value(_) | Answer::Nothing => &mut self.counts.done,
            Answer::Error(_) => &mut self.counts.failed,
            Answer::Panic => &mut self.counts.panicked,
        } += 1;
        let load = self.table.iter().find(|load| load.flight == flight);
        let stage = load.expect("registered").stage;
        let superseded = match (stage, value) {
            (Stage::Asking { born, .. }, Some(value)) if !self.is_dead(born, tag(key)) => {
                self.rests.remove(&key);
                self.store(key, value, born, tag(key));
                for load in self.table.iter().filter(|load| load.key == key) {
                    self.flights[load.flight].written |= load.stage == Stage::Succeeded;
                }
                false
            }
            (_, Some(_)) => {
                self.counts.superseded += 1;
                self.unclaim(key);
                true
            }
            (Stage::Succeeded, None) => true,
            (_, None) => {
                self.rest(key);
                stage == Stage::Void
            }
        };
        self.land(flight, said, superseded);
    }

    /// The key rests after a failure.
    fn rest(&mut self, key: u8) {
        let rest = self.rests.entry(key).or_default();
        let most_ns = self.backoff_ns << rest.failures.min(DOUBLINGS);
        rest.free = (self.now_ns + most_ns - most_ns / 2, self.now_ns + most_ns);
        rest.failures += 1;
        let free = rest.free;
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.free = free;
        }
    }

    /// Its task is dropped, or drops it.
    pub(crate) fn abandon(&mut self, flight: usize) {
        self.unclaim(self.flights[flight].key);
        let ticket = self.end_asked(flight).ticket;
        if let (Some(breaker), Some(ticket)) = (&self.breaker, ticket) {
            breaker.cancelled(ticket);
        }
        self.land(flight, Outcome::Miss(Miss::LoadCancelled), true);
    }

    fn end_asked(&mut self, flight: usize) -> Asked {
        let at = self.asked.iter().position(|one| one.flight == flight);
        self.asked.swap_remove(at.expect("asked"))
    }

    fn land(&mut self, flight: usize, said: Said, superseded: bool) {
        self.table.retain(|load| load.flight != flight);
        self.counts.active -= 1;
        self.flights[flight].landed = Some((said, superseded));
    }

    pub(crate) fn close(&mut self, by_last_task: bool) {
        self.closed = true;
        if !by_last_task {
            return;
        }
        while let Some(flight) = self.queue.pop_front() {
            self.land(flight, Outcome::Miss(Miss::Closed), false);
        }
    }

    /// What who waits for the flight finds, if there is anything.
    pub(crate) fn result(&self, flight: usize) -> Option<Said> {
        let Flight {
            key,
            written,
            cancelled,
            landed,
        } = &self.flights[flight];
        let Some((said, superseded)) = landed else {
            let stored = self.stored(*key);
            return match (self.closed, cancelled, written) {
                (true, ..) => Some(Outcome::Miss(Miss::Closed)),
                (_, true, _) => Some(stored.unwrap_or(Outcome::Miss(Miss::LoadCancelled))),
                (_, _, true) => stored,
                _ => None,
            };
        };
        let stored = superseded.then(|| self.stored(*key)).flatten();
        Some(match (stored, *said) {
            (Some(stored), _) => stored,
            (None, Outcome::Fresh(value)) if *superseded => {
                let why = Stale::Superseded;
                Outcome::Stale { value, why }
            }
            (None, said) => said,
        })
    }
}
