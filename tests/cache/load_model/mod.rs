//! What the loads of a cache come to, told by plain maps, one thread, and a breaker of the model's.

mod landing;

use std::collections::{HashMap, VecDeque};

use shorttail::cache::{Lookup, Miss, Outcome, Stale, Stats};
use shorttail::limit::{Breaker, Ticket};

pub(crate) const TTL_NS: u64 = 100;
pub(crate) const NEGATIVE_NS: u64 = 30;
pub(crate) const STALE_NS: u64 = 50;
pub(crate) const ERROR_NS: u64 = 100;
pub(crate) const LEASE_NS: u64 = 40;

/// Doublings of the first rest at most.
const DOUBLINGS: u32 = 6;

pub(crate) type Said = Outcome<u64, u8>;

/// What a source says. An odd error says that it is ill, an even one does not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Value(u64),
    Nothing,
    Error(u8),
    Panic,
}

/// A key's tag; half of the keys have none.
pub(crate) fn tag(key: u8) -> Option<u8> {
    (key >= 4).then_some(key % 2)
}

#[derive(Clone, Copy)]
struct Entry {
    value: Option<u64>,
    fresh_until: u64,
    born: u64,
    tag: Option<u8>,
    /// When its refresh may be claimed: not before the first, surely from the second on.
    free: (u64, u64),
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Queued,
    Asking { until_ns: u64, born: u64 },
    Void,
    Succeeded,
}

struct Load {
    key: u8,
    flight: usize,
    stage: Stage,
}

/// What those who wait for a load find.
#[derive(Default)]
struct Flight {
    key: u8,
    written: bool,
    cancelled: bool,
    landed: Option<(Said, bool)>,
}

struct Asked {
    flight: usize,
    until_ns: u64,
    ticket: Option<Ticket>,
    is_hung: bool,
}

#[derive(Clone, Copy, Default)]
struct Rest {
    failures: u32,
    free: (u64, u64),
}

/// What a caller that may load starts with.
pub(crate) enum Start {
    Over(Said),
    /// The flight, what stands in, and whether this call began it.
    Wait(usize, Option<u64>, bool),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    started: u64,
    done: u64,
    failed: u64,
    panicked: u64,
    shed: u64,
    broken_off: u64,
    superseded: u64,
    opened: u64,
    active: u32,
    zombies: u32,
}

impl From<Stats> for Counts {
    fn from(stats: Stats) -> Self {
        Self {
            started: stats.loads_started,
            done: stats.loads_done,
            failed: stats.loads_failed,
            panicked: stats.loads_panicked,
            shed: stats.loads_shed,
            broken_off: stats.loads_broken_off,
            superseded: stats.superseded,
            opened: stats.breaker_opened,
            active: stats.loads_active,
            zombies: stats.zombies,
        }
    }
}

pub(crate) struct Model {
    pub(crate) now_ns: u64,
    pub(crate) loads_max: usize,
    pub(crate) runners: usize,
    pub(crate) waiters_max: usize,
    pub(crate) backoff_ns: u64,
    pub(crate) breaker: Option<Breaker>,
    pub(crate) closed: bool,
    /// Who waits, by flight.
    pub(crate) waiting: HashMap<usize, usize>,
    entries: HashMap<u8, Entry>,
    rests: HashMap<u8, Rest>,
    flights: Vec<Flight>,
    table: Vec<Load>,
    asked: Vec<Asked>,
    queue: VecDeque<usize>,
    /// Invalidations; the last of all; the last of each tag.
    count: u64,
    all: u64,
    tags: [u64; 2],
    counts: Counts,
}

impl Model {
    pub(crate) fn new(loads_max: usize, breaker: Option<Breaker>) -> Self {
        Self {
            now_ns: 1,
            loads_max,
            runners: loads_max,
            waiters_max: usize::MAX,
            backoff_ns: 0,
            breaker,
            closed: false,
            waiting: HashMap::new(),
            entries: HashMap::new(),
            rests: HashMap::new(),
            flights: Vec::new(),
            table: Vec::new(),
            asked: Vec::new(),
            queue: VecDeque::new(),
            count: 0,
            all: 0,
            tags: [0; 2],
            counts: Counts::default(),
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let hung = self.asked.iter().filter(|one| self.now_ns >= one.until_ns);
        Counts {
            zombies: hung.count() as u32,
            opened: self.breaker.as_ref().map_or(0, Breaker::opened),
            ..self.counts
        }
    }

    /// Whether what comes of asking for the key now is drawn, and not for a model to say.
    pub(crate) fn is_drawn(&self, key: u8) -> bool {
        let among = |free: (u64, u64)| free.0 <= self.now_ns && self.now_ns < free.1;
        self.rests.get(&key).is_some_and(|rest| among(rest.free))
            || self
                .entries
                .get(&key)
                .is_some_and(|entry| among(entry.free))
    }

    fn is_dead(&self, born: u64, tag: Option<u8>) -> bool {
        born < self.all || tag.is_some_and(|tag| born < self.tags[usize::from(tag)])
    }

    /// The key's entry, and how long it is past its time, if no invalidation came since.
    fn entry(&self, key: u8) -> Option<(Entry, Option<u64>)> {
        let entry = self.entries.get(&key)?;
        let living = !self.is_dead(entry.born, entry.tag);
        living.then_some((*entry, self.now_ns.checked_sub(entry.fresh_until)))
    }

    pub(crate) fn get(&self, key: u8) -> Lookup<u64> {
        match self.entry(key) {
            Some((Entry { value: None, .. }, None)) => Lookup::Negative,
            Some((
                Entry {
                    value: Some(value), ..
                },
                None,
            )) => Lookup::Fresh(value),
            Some((
                Entry {
                    value: Some(value), ..
                },
                Some(past),
            )) if past < STALE_NS => Lookup::Stale(value),
            _ => Lookup::Miss,
        }
    }

    /// What there is within its time.
    fn stored(&self, key: u8) -> Option<Said> {
        match self.get(key) {
            Lookup::Fresh(value) => Some(Outcome::Fresh(value)),
            Lookup::Negative => Some(Outcome::Negative),
            _ => None,
        }
    }

    pub(crate) fn insert(&mut self, key: u8, value: Option<u64>, tag: Option<u8>) {
        self.store(key, value, self.count, tag);
        self.mark(key, true);
    }

    fn store(&mut self, key: u8, value: Option<u64>, born: u64, tag: Option<u8>) {
        let life_ns = if value.is_some() { TTL_NS } else { NEGATIVE_NS };
        let fresh_until = self.now_ns + life_ns;
        let free = (0, 0);
        let entry = Entry {
            value,
            fresh_until,
            born,
            tag,
            free,
        };
        self.entries.insert(key, entry);
    }

    /// The key was written: its loads store nothing.
    fn mark(&mut self, key: u8, is_insert: bool) {
        for load in self.table.iter_mut().filter(|load| load.key == key) {
            if matches!(load.stage, Stage::Asking { .. }) {
                load.stage = Stage::Void;
            }
            self.flights[load.flight].written |= is_insert;
        }
    }

    /// Removes the key, or ends its freshness.
    pub(crate) fn forget(&mut self, key: u8, removes: bool) {
        self.mark(key, false);
        let now_ns = self.now_ns;
        if removes {
            self.entries.remove(&key);
        } else if let Some(entry) = self.entries.get_mut(&key) {
            entry.fresh_until = entry.fresh_until.min(now_ns);
        }
    }

    pub(crate) fn invalidate(&mut self, tag: Option<u8>) {
        self.count += 1;
        *tag.map_or(&mut self.all, |tag| &mut self.tags[usize::from(tag)]) = self.count;
    }

    /// Tells the breaker of those that hang.
    fn lapse(&mut self) {
        for one in self.asked.iter_mut().filter(|one| !one.is_hung) {
            if self.now_ns >= one.until_ns {
                one.is_hung = true;
                if let (Some(breaker), Some(ticket)) = (&self.breaker, one.ticket.take()) {
                    breaker.failed(ticket, self.now_ns);
                }
            }
        }
    }

    fn all_hang(&mut self) -> bool {
        self.lapse();
        let hung = self.asked.iter().filter(|one| one.is_hung).count();
        hung >= self.runners
    }

    fn admits(&mut self) -> bool {
        if self.breaker.is_some() {
            self.lapse();
        }
        let now_ns = self.now_ns;
        self.breaker
            .as_ref()
            .is_none_or(|breaker| breaker.admits(now_ns))
    }

    pub(crate) fn start(&mut self, key: u8, waits: bool) -> Start {
        if let Some(outcome) = self.stored(key) {
            return Start::Over(outcome);
        }
        let past = self
            .entry(key)
            .and_then(|(entry, past)| Some((entry.value?, past?)));
        let mut stands_in = None;
        match past {
            Some((value, past)) if past < STALE_NS => {
                self.refresh(key);
                let why = Stale::Refreshing;
                return Start::Over(Outcome::Stale { value, why });
            }
            Some((value, past)) if past < STALE_NS + ERROR_NS => stands_in = Some(value),
            _ => {}
        }
        match self.begin(key, waits) {
            Ok((flight, began)) => Start::Wait(flight, stands_in, began),
            Err(why) => Start::Over(or_stale(Outcome::Miss(why), stands_in)),
        }
    }

    fn refresh(&mut self, key: u8) {
        if !self.admits() {
            self.counts.broken_off += 1;
            return;
        }
        let now_ns = self.now_ns;
        let entry = self.entries.get_mut(&key).expect("stale");
        if entry.free.1 > now_ns {
            return;
        }
        entry.free = (now_ns + LEASE_NS, now_ns + LEASE_NS);
        if self.begin(key, false).is_err() {
            self.unclaim(key);
        }
    }

    fn unclaim(&mut self, key: u8) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.free = (0, 0);
        }
    }

    /// Joins the key's load or begins one.
    fn begin(&mut self, key: u8, waits: bool) -> Result<(usize, bool), Miss<u8>> {
        if self.closed {
            return Err(Miss::Closed);
        }
        if self.counts.active == 0 && !self.admits() {
            self.counts.broken_off += 1;
            return Err(Miss::BreakerOpen);
        }
        let last = |load: &Load| load.key == key && load.stage != Stage::Succeeded;
        let found = self.table.iter().position(last);
        if let Some(at) = found {
            let Load { flight, stage, .. } = self.table[at];
            let serves = match stage {
                Stage::Queued => true,
                Stage::Asking { until_ns, born } => {
                    self.now_ns < until_ns && !self.is_dead(born, tag(key))
                }
                _ => false,
            };
            if serves {
                if waits && stage == Stage::Queued && self.all_hang() {
                    self.counts.shed += 1;
                    return Err(Miss::Shed);
                }
                let waiting = self.waiting.get(&flight).copied().unwrap_or(0);
                if waits && waiting >= self.waiters_max {
                    self.counts.shed += 1;
                    return Err(Miss::Shed);
                }
                return Ok((flight, false));
            }
        }
        if self
            .rests
            .get(&key)
            .is_some_and(|rest| self.now_ns < rest.free.1)
        {
            return Err(Miss::BackingOff);
        }
        if !self.admits() {
            self.counts.broken_off += 1;
            return Err(Miss::BreakerOpen);
        }
        if self.all_hang() || self.counts.active as usize == self.loads_max {
            self.counts.shed += 1;
            return Err(Miss::Shed);
        }
        if let Some(at) = found {
            self.table[at].stage = Stage::Succeeded;
        }
        let flight = self.flights.len();
        self.flights.push(Flight {
            key,
            ..Flight::default()
        });
        let stage = Stage::Queued;
        self.table.push(Load { key, flight, stage });
        self.queue.push_back(flight);
        self.counts.active += 1;
        self.counts.started += 1;
        Ok((flight, true))
    }

    pub(crate) fn cancel(&mut self, key: u8) -> bool {
        let last = |load: &&mut Load| load.key == key && load.stage != Stage::Succeeded;
        let found = self.table.iter_mut().find(last);
        let Some(load) = found else {
            return false;
        };
        load.stage = Stage::Succeeded;
        self.flights[load.flight].cancelled = true;
        self.unclaim(key);
        true
    }

    pub(crate) fn key(&self, flight: usize) -> u8 {
        self.flights[flight].key
    }

    pub(crate) fn is_cancelled(&self, flight: usize) -> bool {
        self.flights[flight].cancelled
    }
}

/// What stands in for a miss.
pub(crate) fn or_stale(outcome: Said, stands_in: Option<u64>) -> Said {
    match (outcome, stands_in) {
        (Outcome::Miss(why), Some(value)) => {
            let why = Stale::InsteadOf(why);
            Outcome::Stale { value, why }
        }
        (outcome, _) => outcome,
    }
}
