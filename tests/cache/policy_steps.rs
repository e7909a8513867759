//! The cache and a plain model of its policy take the same steps, and must keep the same keys. The
//! fuzz target `cache_policy` takes them too.

use std::hash::{BuildHasher, Hasher};

use shorttail::cache::{Cache, Inserted, NoLoad, RefusedWhy, Tag, Terms};

/// A fixed hasher, so that the ghost's sets do not vary from run to run.
#[derive(Clone, Default)]
struct Fixed(u64);

impl BuildHasher for Fixed {
    type Hasher = Self;
    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for Fixed {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u32");
    }
    fn write_u32(&mut self, value: u32) {
        let mixed = u64::from(value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = (mixed ^ (mixed >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// What an entry weighs, by the upper bits of the step that stores it.
const WEIGHTS: [u32; 4] = [1, 2, 9, 40];

#[derive(Clone, Copy)]
struct Kept {
    key: u32,
    uses: u8,
    weight: u32,
    is_dead: bool,
}

/// S3-FIFO with 16 visits, in vectors: index 0 is the oldest.
struct Model {
    capacity: usize,
    weight_max: u32,
    /// Where small begins to lose and main stops to fill; moves if the weight is what is short.
    small_target: usize,
    main_target: usize,
    small: Vec<Kept>,
    main: Vec<Kept>,
    /// Whether there was an invalidation at all.
    may_die: bool,
    /// Keys with the number of their insertion.
    ghost: Vec<(u32, usize)>,
    ghosts: usize,
}

impl Model {
    fn new(capacity: usize, weight_max: u32) -> Self {
        let small_target = (capacity / 10).max(1);
        Self {
            capacity,
            weight_max,
            small_target,
            main_target: capacity - small_target,
            small: Vec::new(),
            main: Vec::new(),
            may_die: false,
            ghost: Vec::new(),
            ghosts: 0,
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Kept> {
        self.small.iter_mut().chain(&mut self.main)
    }

    fn find(&mut self, key: u32) -> Option<&mut Kept> {
        self.all().find(|entry| entry.key == key)
    }

    fn len(&self) -> usize {
        self.small.len() + self.main.len()
    }

    fn weight(&mut self) -> u32 {
        self.all().map(|entry| entry.weight).sum()
    }

    fn lives(&mut self, key: u32) -> bool {
        self.find(key).is_some_and(|entry| !entry.is_dead)
    }

    fn get(&mut self, key: u32) {
        if let Some(entry) = self.find(key).filter(|entry| !entry.is_dead) {
            entry.uses = (entry.uses + 1).min(3);
        }
    }

    fn invalidate(&mut self, is_meant: impl Fn(u32) -> bool) {
        self.may_die = true;
        let meant = self.all().filter(|entry| is_meant(entry.key));
        meant.for_each(|entry| entry.is_dead = true);
    }

    fn haunts(&self, key: u32) -> Option<usize> {
        let window = self.capacity * 9 / 10;
        let recent = |ghost: &(u32, usize)| ghost.0 == key && self.ghosts - ghost.1 < window;
        self.ghost.iter().position(recent)
    }

    /// Whether an entry of this weight is too much in place of the key's.
    fn lacks(&mut self, key: u32, weight: u32) -> bool {
        let old = self.find(key).map_or(0, |entry| entry.weight);
        self.weight() - old + weight > self.weight_max
    }

    fn insert(&mut self, key: u32, weight: u32) -> Result<(), RefusedWhy> {
        if weight > self.weight_max {
            return Err(RefusedWhy::Oversized);
        }
        if self.lacks(key, weight) {
            self.settle();
            let mut visits = 0;
            while self.lacks(key, weight) {
                if !self.evict(&mut visits, Some(key)) {
                    return Err(RefusedWhy::Weight);
                }
            }
        }
        if !self.replace(key, weight) {
            let recalled = self.haunts(key).map(|at| self.ghost.remove(at)).is_some();
            if self.len() == self.capacity {
                self.settle();
                assert!(self.evict(&mut 0, None), "somebody goes");
            }
            self.admit(key, weight, recalled);
        }
        Ok(())
    }

    /// A tenth of the entries that there are is to be in the small queue.
    fn settle(&mut self) {
        self.small_target = (self.len() / 10).max(1);
        self.main_target = self.len().saturating_sub(self.small_target);
    }

    fn replace(&mut self, key: u32, weight: u32) -> bool {
        let old = self.find(key);
        old.map(|old| {
            old.weight = weight;
            old.is_dead = false;
        })
        .is_some()
    }

    fn admit(&mut self, key: u32, weight: u32, recalled: bool) {
        let entry = Kept {
            key,
            uses: 0,
            weight,
            is_dead: false,
        };
        if recalled || self.main.len() < self.main_target {
            self.main.push(entry);
        } else {
            self.small.push(entry);
        }
    }

    fn insert_low_trust(&mut self, key: u32, weight: u32) -> Result<(), RefusedWhy> {
        if weight > self.weight_max {
            return Err(RefusedWhy::Oversized);
        }
        let full = self.find(key).is_none() && self.len() == self.capacity;
        if full || self.lacks(key, weight) {
            let is_known = self.haunts(key).is_some();
            let may_die = self.may_die;
            let oldest = |queue: &[Kept], unused: bool| {
                let looked = if may_die || unused { 8 } else { 0 };
                let goes = move |entry: &&Kept| entry.is_dead || unused && entry.uses == 0;
                let some = queue.iter().take(looked).filter(goes);
                some.copied().filter(|entry| entry.key != key).collect()
            };
            let found: [Vec<Kept>; 2] = [oldest(&self.main, false), oldest(&self.small, is_known)];
            let before = (self.small.clone(), self.main.clone());
            let mut gone = 0;
            for entry in found.concat() {
                self.remove(entry.key);
                gone += 1;
                if !self.lacks(key, weight) {
                    break;
                }
            }
            if gone == 0 || self.lacks(key, weight) {
                (self.small, self.main) = before;
                return Err(RefusedWhy::NoRoom);
            }
        }
        if !self.replace(key, weight) {
            self.admit(key, weight, false);
        }
        Ok(())
    }

    /// Whether an entry left; of 16 visits, so many were made.
    fn evict(&mut self, visits: &mut usize, spared: Option<u32>) -> bool {
        if self.may_die && *visits < 16 {
            *visits += 1;
            let oldest = self.main.first();
            if oldest.is_some_and(|entry| entry.is_dead && Some(entry.key) != spared) {
                self.main.remove(0);
                return true;
            }
        }
        while *visits < 16 {
            *visits += 1;
            let small = self.main.is_empty() || self.small.len() >= self.small_target;
            let queue = if small {
                &mut self.small
            } else {
                &mut self.main
            };
            let mut entry = queue.remove(0);
            let is_spared = Some(entry.key) == spared;
            if !is_spared && (entry.is_dead || entry.uses == 0 || *visits == 16) {
                if small && !entry.is_dead {
                    self.ghost.retain(|ghost| ghost.0 != entry.key);
                    self.ghosts += 1;
                    self.ghost.push((entry.key, self.ghosts));
                }
                return true;
            }
            entry.uses = if small {
                0
            } else {
                entry.uses.saturating_sub(1)
            };
            self.main.push(entry);
        }
        false
    }

    fn remove(&mut self, key: u32) {
        self.small.retain(|entry| entry.key != key);
        self.main.retain(|entry| entry.key != key);
    }
}

/// Steps are taken on so many keys.
const KEYS: u32 = 48;

/// A key has the tag of its number modulo this, or none if that is the last.
const TAGS: u16 = 4;

fn tag(key: u32) -> u16 {
    (key % u32::from(TAGS)) as u16
}

type Value = (u32, u32);

struct Run {
    cache: Cache<u32, Value, NoLoad, Fixed>,
    is_weighed: bool,
    model: Model,
}

impl Run {
    fn new(capacity: usize, weight_max: u32) -> Self {
        let builder = Cache::builder(capacity)
            .hasher(Fixed(0))
            .tags(usize::from(TAGS) - 1);
        let is_weighed = weight_max > 0;
        let builder = match is_weighed {
            true => builder.weight_max(weight_max.into(), |_, value: &Value| value.1),
            false => builder,
        };
        Self {
            cache: builder.build().unwrap(),
            is_weighed,
            model: Model::new(capacity, if is_weighed { weight_max } else { u32::MAX }),
        }
    }

    fn get(&mut self, key: u32) {
        let found = self.cache.get(&key).value();
        let lives = self.model.lives(key);
        assert_eq!(found.map(|value| value.0), lives.then_some(key), "{key}");
        self.model.get(key);
    }

    fn insert(&mut self, key: u32, weight: u32, low_trust: bool) {
        let terms = match tag(key) {
            tag if tag == TAGS - 1 => Terms::new(),
            tag => Terms::new().tag(Tag::new(tag)),
        };
        let is_known = self.model.find(key).is_some();
        let (terms, expected) = match low_trust {
            true => (terms.low_trust(), self.model.insert_low_trust(key, weight)),
            false => (terms, self.model.insert(key, weight)),
        };
        let told = (self.cache).insert_with_terms(key, (key, weight), terms);
        let told = told.map_err(|refused| {
            assert_eq!((refused.key, refused.value), (key, (key, weight)));
            refused.why
        });
        let stored = match is_known {
            true => Inserted::Replaced,
            false => Inserted::Stored,
        };
        assert_eq!(told, expected.map(|()| stored), "insert {key}");
    }

    /// Removes what lives among the keys that leave this rest.
    fn remove_where(&mut self, rest: u32) {
        let job = self
            .cache
            .remove_where(|key, _| key % 5 == rest)
            .step(usize::MAX);
        let before = self.model.len();
        let goes = |entry: &Kept| entry.key % 5 == rest && !entry.is_dead;
        self.model.small.retain(|entry| !goes(entry));
        self.model.main.retain(|entry| !goes(entry));
        assert_eq!(job.removed, before - self.model.len());
    }

    /// Makes the dead leave, all of them.
    fn maintain(&mut self) {
        let done = self.cache.maintain(usize::MAX);
        let before = self.model.len();
        self.model.small.retain(|entry| !entry.is_dead);
        self.model.main.retain(|entry| !entry.is_dead);
        assert_eq!(done.removed, before - self.model.len());
    }

    fn invalidate_tag(&mut self, gone: u16) {
        let told = self.cache.invalidate_tag(Tag::new(gone));
        assert_eq!(told.is_ok(), gone < TAGS - 1);
        if told.is_ok() {
            self.model.invalidate(|key| tag(key) == gone);
        }
    }

    fn check(&mut self) {
        for key in 0..KEYS {
            assert_eq!(self.cache.contains(&key), self.model.lives(key), "{key}");
        }
        assert_eq!(self.cache.len(), self.model.len());
        let weight = if self.is_weighed {
            self.model.weight()
        } else {
            0
        };
        assert_eq!(self.cache.weight(), u64::from(weight));
        assert!(weight <= self.model.weight_max);
    }
}

/// Takes the steps, each named by two bytes: what to do, and with which key. If `weight_max` is not
/// 0, entries are weighed.
pub(crate) fn run(capacity: usize, weight_max: u32, steps: &[u8]) {
    let mut run = Run::new(capacity, weight_max);
    for step in steps.chunks_exact(2) {
        let key = u32::from(step[1]) % KEYS;
        let weight = WEIGHTS[usize::from(step[0] / 64)];
        match step[0] % 64 {
            60 => {
                run.cache.invalidate_all();
                run.model.invalidate(|_| true);
            }
            61 | 62 => run.invalidate_tag(tag(key)),
            63 if step[0] < 128 => run.maintain(),
            63 => run.remove_where(key % 5),
            other => match other % 15 {
                0..6 => run.get(key),
                6..12 => run.insert(key, weight, false),
                12 => run.insert(key, weight, true),
                _ => {
                    let is_known = run.model.find(key).is_some();
                    assert_eq!(run.cache.remove(&key), is_known, "remove {key}");
                    run.model.remove(key);
                }
            },
        }
        run.check();
    }
    assert!(run.cache.stats().visits_max <= 16);
}
