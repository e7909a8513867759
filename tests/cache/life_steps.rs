//! A cache against a map that forgets nothing: a hit is the last value stored under its key and is
//! as fresh as the clock says; what was removed, invalidated, outlived or left unread is gone; a
//! walk finds what gets find; no more is held than capacity and weight allow; and each entry that
//! leaves is told of once and with a reason that holds. An entry may be missing: the cache evicts.
//! The fuzz target `cache_ops` takes these steps too.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shorttail::cache::{
    Cache, Evicted, EvictedWhy, Inserted, KeyedState, Lookup, NoLoad, RefusedWhy, Tag, Terms,
};
use shorttail::time::{Clock, MockClock};

const TTL_NS: u64 = 100;
const WINDOW_NS: u64 = 50;

/// Reads are noted to a sixteenth of it.
const TTI_NS: u64 = 64;

/// Steps are taken on so many keys.
const KEYS: u8 = 32;

/// Each key has the tag of its number modulo this.
const TAGS: u8 = 3;

/// What all entries weigh at most, where they are weighed: a value weighs its number modulo 11.
const WEIGHT_MAX: u64 = 40;

fn tag(key: u8) -> Tag {
    Tag::new(u16::from(key % TAGS))
}

fn weight(value: usize) -> u64 {
    value as u64 % 11
}

/// What was stored, by the number of the step that did.
#[derive(Clone, Copy)]
struct Known {
    number: usize,
    is_negative: bool,
    stale_at_ns: u64,
    gone_at_ns: u64,
    noted_ns: u64,
    tti_ns: u64,
}

impl Known {
    fn is_gone(&self, now_ns: u64) -> bool {
        now_ns
            >= self
                .gone_at_ns
                .min(self.noted_ns.saturating_add(self.tti_ns))
    }

    fn note_read(&mut self, now_ns: u64) {
        if now_ns - self.noted_ns >= self.tti_ns / 16 {
            self.noted_ns = now_ns;
        }
    }

    /// What a get finds at the moment if the entry is still there.
    fn lookup(&self, now_ns: u64) -> Lookup<usize> {
        if self.is_gone(now_ns) {
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
    tti_ns: u64,
    is_weighed: bool,
    clock: Arc<MockClock>,
    cache: Cache<u8, usize, NoLoad, KeyedState, Arc<MockClock>>,
    left: Left,
    /// What is known to the cache, if it has not evicted it.
    model: HashMap<u8, Known>,
    /// Values stored and not yet told of as left.
    stored: HashMap<usize, Known>,
    /// The step of each tag's last invalidation.
    invalidated: [usize; TAGS as usize],
    /// Negative entries not yet told of as left.
    negatives: usize,
    /// What was invalidated or outlived may count as there until its slot is used again.
    held: [bool; KEYS as usize],
}

impl Run {
    fn new(capacity: usize, idles: bool, is_weighed: bool) -> Self {
        let clock = Arc::new(MockClock::new());
        // At 0, writes take it that no time is kept: what is expired by hand then is not dead yet.
        clock.advance(Duration::from_nanos(1));
        let left = Left::default();
        let notes = Arc::clone(&left);
        let tti_ns = if idles { TTI_NS } else { u64::MAX };
        let builder = Cache::builder(capacity).tags(TAGS.into());
        let builder = match is_weighed {
            true => builder.weight_max(WEIGHT_MAX, |_, value| weight(*value) as u32),
            false => builder,
        };
        let builder = match idles {
            true => builder.tti(Duration::from_nanos(TTI_NS)),
            false => builder,
        };
        let cache = builder
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
            tti_ns,
            is_weighed,
            clock,
            cache,
            left,
            model: HashMap::new(),
            stored: HashMap::new(),
            invalidated: [0; TAGS as usize],
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
            noted_ns: now_ns,
            tti_ns: self.tti_ns,
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
        let terms = Terms::new().tag(tag(key));
        let told = if waits {
            self.cache.insert_with_terms(key, number, terms)
        } else {
            self.cache.try_insert_with_terms(key, number, terms)
        };
        let told = match told {
            Ok(told) => told,
            Err(refused) => {
                // No reader holds a slot, and nobody else writes.
                assert_eq!((refused.why, refused.value), (RefusedWhy::Weight, number));
                assert!(self.is_weighed);
                return;
            }
        };
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

    fn get(&mut self, key: u8) -> Option<usize> {
        let found = self.cache.get(&key);
        let (known, now_ns) = (self.model.get(&key), self.clock.now_ns());
        let expected = known.map_or(Lookup::Miss, |known| known.lookup(now_ns));
        assert!(
            found == expected || found == Lookup::Miss,
            "{key}: {found:?}, not {expected:?}"
        );
        if found != Lookup::Miss {
            let known = self.model.get_mut(&key).expect("what was found");
            known.note_read(now_ns);
            if let Some(stored) = self.stored.get_mut(&known.number) {
                stored.note_read(now_ns);
            }
        }
        found.value()
    }

    fn walk(&mut self) {
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

    /// Forgets the values that are meant, and negative entries, which have no tag, only with `all`:
    /// nothing of them may be served from step `number` on.
    fn invalidate(&mut self, number: usize, all: bool, is_meant: impl Fn(u8) -> bool) {
        self.model
            .retain(|key, known| !is_meant(*key) || known.is_negative && !all);
        for key in (0..TAGS).filter(|key| is_meant(*key)) {
            self.invalidated[usize::from(key)] = number;
        }
    }

    /// Removes values whose key leaves this rest; says how many entries left.
    fn remove_where(&mut self, rest: u8) -> usize {
        let mut job = self.cache.remove_where(|key, _| key % 5 == rest);
        let removed = job.step(usize::MAX).removed;
        let held = &mut self.held;
        self.model.retain(|key, known| {
            let goes = key % 5 == rest && !known.is_negative;
            held[usize::from(*key)] &= !goes;
            !goes
        });
        removed
    }

    /// Makes the dead leave, of as many slots as `budget` says.
    fn maintain(&mut self, budget: usize) {
        let done = self.cache.maintain(budget);
        assert!(done.dropped <= budget && done.slots <= budget);
        assert!(done.removed <= done.slots);
        if budget >= self.capacity + 32 {
            let now_ns = self.clock.now_ns();
            let gone = self.model.iter().filter(|(_, known)| known.is_gone(now_ns));
            assert!(self.cache.len() <= self.model.len() - gone.count());
        }
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
            let was_invalidated = value < self.invalidated[usize::from(key % TAGS)];
            match why {
                EvictedWhy::Expired => assert!(known.is_gone(self.clock.now_ns())),
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

/// Takes the steps, each named by two bytes: what to do, and with which key or how much. The
/// settings are bits: whether entries idle, and whether they weigh.
pub(crate) fn run(capacity: usize, settings: u8, steps: &[u8]) {
    let mut run = Run::new(capacity, settings & 1 != 0, settings & 2 != 0);
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
                run.invalidate(number, true, |_| true);
            }
            6 if step[0] >= 0xc0 => {
                run.cache.invalidate_tag(tag(key)).unwrap();
                run.invalidate(number, false, |other| tag(other) == tag(key));
            }
            6 if step[0] >= 0xa0 => most = 2 * run.remove_where(key % 5),
            6 => {
                most = usize::from(step[1]);
                run.maintain(most);
            }
            7 => run.walk(),
            _ => drop(run.get(key)),
        }
        run.check_left(number, most);
        assert!(run.cache.len() <= run.capacity);
        assert!(run.cache.weight() <= if run.is_weighed { WEIGHT_MAX } else { 0 });
    }
    let held = run.cache.len() + run.cache.stats().retired;
    assert_eq!(run.stored.len() + run.negatives, held, "none is lost");
}
