//! Policies in plain collections, to stand beside the cache: each tells which requests hit.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// The share of hits, in percent, where `ask` says whether a request is one.
pub(crate) fn percent(keys: &[u64], mut ask: impl FnMut(u64) -> bool) -> f64 {
    let hits = keys.iter().filter(|key| ask(**key)).count();
    100.0 * hits as f64 / keys.len() as f64
}

/// Least recently used goes first.
pub(crate) fn lru(keys: &[u64], capacity: usize) -> f64 {
    let (mut used, mut order) = (HashMap::new(), BTreeMap::new());
    let mut now = 0_u64;
    percent(keys, |key| {
        now += 1;
        let before = used.insert(key, now);
        if let Some(before) = before {
            order.remove(&before);
        } else if order.len() == capacity {
            let oldest = order.pop_first().and_then(|(_, key)| used.remove(&key));
            assert!(oldest.is_some());
        }
        order.insert(now, key);
        before.is_some()
    })
}

/// Belady's optimum: goes that is asked for again last, which may be what has just come. No policy
/// hits more often.
pub(crate) fn optimum(keys: &[u64], capacity: usize) -> f64 {
    let mut next = vec![usize::MAX; keys.len()];
    let mut seen = HashMap::new();
    for (at, key) in keys.iter().enumerate().rev() {
        next[at] = seen.insert(*key, at).unwrap_or(usize::MAX);
    }
    let mut held = BTreeSet::new();
    let mut at = 0;
    percent(keys, |key| {
        let hit = held.remove(&(at, key));
        held.insert((next[at], key));
        if held.len() > capacity {
            held.pop_last();
        }
        at += 1;
        hit
    })
}

/// How far a policy is S3-FIFO: Yang and others, "FIFO queues are all you need for cache eviction"
/// (2023).
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Entries looked at in one eviction: then the one looked at goes, however it was used.
    pub(crate) visits_max: usize,
    /// New keys enter main while it has room.
    pub(crate) fills_main_first: bool,
    /// Keys remembered after they left the small queue, in percent of the capacity.
    pub(crate) ghosts_percent: usize,
    /// The small queue's part, in percent of the capacity; all of it makes a FIFO with a second
    /// chance.
    pub(crate) small_percent: usize,
}

impl Rules {
    /// As it was published, but that one hit promotes.
    pub(crate) const PUBLISHED: Self = Self {
        visits_max: usize::MAX,
        fills_main_first: false,
        ghosts_percent: 90,
        small_percent: 10,
    };
}

struct S3Fifo {
    rules: Rules,
    capacity: usize,
    small: VecDeque<u64>,
    main: VecDeque<u64>,
    /// Uses of those in either queue, up to three.
    uses: HashMap<u64, u8>,
    /// The number of a key's leaving, by key.
    ghosts: HashMap<u64, usize>,
    left: usize,
}

pub(crate) fn s3_fifo(keys: &[u64], capacity: usize, rules: Rules) -> f64 {
    let mut cache = S3Fifo {
        rules,
        capacity,
        small: VecDeque::new(),
        main: VecDeque::new(),
        uses: HashMap::new(),
        ghosts: HashMap::new(),
        left: 0,
    };
    percent(keys, |key| cache.ask(key))
}

impl S3Fifo {
    fn ask(&mut self, key: u64) -> bool {
        if let Some(uses) = self.uses.get_mut(&key) {
            *uses = 3.min(*uses + 1);
            return true;
        }
        let window = self.capacity * self.rules.ghosts_percent / 100;
        let ghost = self.ghosts.remove(&key);
        let is_recalled = ghost.is_some_and(|number| self.left - number < window);
        if self.uses.len() == self.capacity {
            self.evict();
        }
        let has_room = self.main.len() < self.capacity - self.small_target();
        if is_recalled || self.rules.fills_main_first && has_room {
            self.main.push_back(key);
        } else {
            self.small.push_back(key);
        }
        self.uses.insert(key, 0);
        false
    }

    fn small_target(&self) -> usize {
        (self.capacity * self.rules.small_percent / 100).max(1)
    }

    fn evict(&mut self) {
        for visit in 1.. {
            let is_small = self.main.is_empty() || self.small.len() >= self.small_target();
            let oldest = if is_small {
                self.small.pop_front()
            } else {
                self.main.pop_front()
            };
            let key = oldest.expect("full, so that one of them is not empty");
            let uses = self.uses.get_mut(&key).expect("it is in a queue");
            if *uses == 0 || visit == self.rules.visits_max {
                self.uses.remove(&key);
                if is_small {
                    self.left += 1;
                    self.ghosts.insert(key, self.left);
                }
                return;
            }
            *uses = if is_small { 0 } else { *uses - 1 };
            self.main.push_back(key);
        }
    }
}
