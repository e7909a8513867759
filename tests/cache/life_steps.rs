//! A cache against a map that forgets nothing: a hit is the last value stored under its key and is
//! as fresh as the clock says, what was removed, invalidated or outlived is gone, a walk finds what
//! gets find, no more entries are held than the capacity, and each entry that leaves is told of
//! once and with a reason that holds. An entry may be missing: the cache evicts. The fuzz target
//! `cache_ops` takes these steps too.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shorttail::cache::{Cache, Evicted, EvictedWhy, Inserted, KeyedState, Lookup, NoLoad};
use shorttail::time::{Clock, MockClock};

const TTL_NS: u64 = 100;
const WINDOW_NS: u64 = 50;

/// Steps are taken on so many keys.
const KEYS: u8 = 32;

/// What was stored, by the number of the step that did.
#[derive(Clone, Copy)]
struct Known {
    number: usize,
    is_negative: bool,
    stale_at_ns: u64,
    gone_at_ns: u64,
}

impl Known {
    /// What a get finds at the moment if the entry is still there.
    fn lookup(&self, now_ns: u64) -> Lookup<usize> {
        if now_ns >= self.gone_at_ns {
            Lookup::Miss
        } else if self.is_negative {
            Lookup::Negative
        } else if now_ns < self.stale_at_ns {
            Lookup::Fresh(self.number)
        } else {
            Lookup::Stale(self.number)
        }
    }
}

type Left = Arc<Mutex<Vec<(u8, Option<usize>, EvictedWhy)>>>;

struct Run {
    capacity: usize,
    clock: Arc<MockClock>,
    cache: Cache<u8, usize, NoLoad, KeyedState, Arc<MockClock>>,
    left: Left,
    /// What is known to the cache, if it has not evicted it.
    model: HashMap<u8, Known>,
    /// Values stored and not yet told of as left.
    stored: HashMap<usize, Known>,
    /// The step of the last invalidation.
    invalidated: usize,
    /// Negative entries not yet told of as left.
    negatives: usize,
    /// What was invalidated or outlived may count as there until its slot is used again.
    held: [bool; KEYS as usize],
}

impl Run {
    fn new(capacity: usize) -> Self {
        let clock = Arc::new(MockClock::new());
        let left = Left::default();
        let notes = Arc::clone(&left);
        let cache = Cache::builder(capacity)
            .ttl(Duration::from_nanos(TTL_NS))
            .stale_window(Duration::from_nanos(WINDOW_NS))
            .negative_ttl(Duration::from_nanos(TTL_NS))
            .jitter(0.0)
            .clock(Arc::clone(&clock))
            .on_evict(move |left: Evicted<u8, usize>| {
                let note = (left.key, left.value, left.why);
                notes.lock().unwrap().push(note);
            })
            .build()
            .expect("a cache");
        Self {
            capacity,
            clock,
            cache,
            left,
            model: HashMap::new(),
            stored: HashMap::new(),
            invalidated: 0,
            negatives: 0,
            held: [false; KEYS as usize],
        }
    }

    fn store(&mut self, key: u8, number: usize, is_negative: bool) {
        let now_ns = self.clock.now_ns();
        let window_ns = if is_negative { 0 } else { WINDOW_NS };
        let known = Known {
            number,
            is_negative,
            stale_at_ns: now_ns + TTL_NS,
            gone_at_ns: now_ns + TTL_NS + window_ns,
        };
        self.model.insert(key, known);
        self.held[usize::from(key)] = true;
        if is_negative {
            self.negatives += 1;
        } else {
            self.stored.insert(number, known);
        }
    }

    fn insert(&mut self, key: u8, number: usize, waits: bool) {
        let told = if waits {
            self.cache.insert(key, number)
        } else {
            self.cache.try_insert(key, number)
        };
        let told = told.expect("no reader holds a slot, and nobody else writes");
        assert!(told == Inserted::Stored || self.held[usize::from(key)]);
        self.store(key, number, false);
        let found = self.cache.get(&key);
        assert_eq!(found, Lookup::Fresh(number), "insert, then get");
    }

    fn remove(&mut self, key: u8, waits: bool) {
        self.model.remove(&key);
        let was = if waits {
            self.cache.remove(&key)
        } else {
            self.cache.try_remove(&key).expect("nobody else writes")
        };
        assert!(!was || self.held[usize::from(key)]);
        self.held[usize::from(key)] = false;
        assert_eq!(self.cache.get(&key), Lookup::Miss, "remove, then get");
    }

    fn expire(&mut self, key: u8) {
        let now_ns = self.clock.now_ns();
        let there = self.cache.expire(&key);
        assert!(!there || self.held[usize::from(key)]);
        if let (true, Some(known)) = (there, self.model.get_mut(&key)) {
            known.stale_at_ns = known.stale_at_ns.min(now_ns);
            let window_ns = if known.is_negative { 0 } else { WINDOW_NS };
            known.gone_at_ns = known.gone_at_ns.min(now_ns + window_ns);
            let gone_at_ns = known.gone_at_ns;
            let stored = self.stored.get_mut(&known.number);
            stored
                .into_iter()
                .for_each(|stored| stored.gone_at_ns = gone_at_ns);
        }
    }

    fn get(&self, key: u8) -> Option<usize> {
        let found = self.cache.get(&key);
        let known = self.model.get(&key);
        let expected = known.map_or(Lookup::Miss, |known| known.lookup(self.clock.now_ns()));
        assert!(
            found == expected || found == Lookup::Miss,
            "{key}: {found:?}, not {expected:?}"
        );
        found.value()
    }

    fn walk(&self) {
        let found: BTreeMap<u8, usize> = (0..KEYS)
            .filter_map(|key| Some((key, self.get(key)?)))
            .collect();
        let mut seen = BTreeMap::new();
        self.cache.for_each(|key, value| {
            assert!(seen.insert(*key, *value).is_none(), "{key} twice");
        });
        assert_eq!(seen, found, "a walk");
        assert!(self.cache.iter().eq(self.cache.iter()) && self.cache.iter().count() == seen.len());
    }

    /// Whether what the listener was told holds; `most` entries may have left.
    fn check_left(&mut self, number: usize, most: usize) {
        let left = std::mem::take(&mut *self.left.lock().unwrap());
        assert!(left.len() <= most, "{left:?} in one call");
        for (key, value, why) in left {
            let Some(value) = value else {
                self.negatives = self.negatives.checked_sub(1).expect("told twice");
                continue;
            };
            let known = self
                .stored
                .remove(&value)
                .expect("told twice, or never stored");
            let was_invalidated = value < self.invalidated;
            match why {
                EvictedWhy::Expired => assert!(known.gone_at_ns <= self.clock.now_ns()),
                EvictedWhy::Invalidated => assert!(was_invalidated),
                EvictedWhy::Policy => assert!(value < number),
                EvictedWhy::Replaced | EvictedWhy::Removed => {
                    let now = self.model.get(&key);
                    assert!(was_invalidated || now.is_none_or(|now| now.number != value));
                }
                _ => unreachable!("all there is today"),
            }
        }
    }
}

/// Takes the steps, each named by two bytes: what to do, and with which key or how much.
pub(crate) fn run(capacity: usize, steps: &[u8]) {
    let mut run = Run::new(capacity);
    for (number, step) in steps.chunks_exact(2).enumerate() {
        let key = step[1] % KEYS;
        let mut most = 2;
        match step[0] % 10 {
            0 | 1 => {
                run.insert(key, number, step[0] & 0x80 != 0);
            }
            2 => {
                // May be refused: the part of the cache for such entries is small.
                if run.cache.insert_negative(key).is_ok() {
                    run.store(key, number, true);
                }
            }
            3 => run.remove(key, step[0] & 0x80 != 0),
            4 => run.expire(key),
            5 => run.clock.advance(Duration::from_nanos(u64::from(step[1]))),
            6 if step[0] >= 0xe0 => {
                run.cache.invalidate_all();
                run.model.clear();
                run.invalidated = number;
            }
            6 => {
                most = usize::from(step[1]);
                assert!(run.cache.maintain(most).dropped <= most);
            }
            7 => run.walk(),
            _ => drop(run.get(key)),
        }
        run.check_left(number, most);
        assert!(run.cache.len() <= run.capacity);
    }
    let held = run.cache.len() + run.cache.stats().retired;
    assert_eq!(run.stored.len() + run.negatives, held, "none is lost");
}
