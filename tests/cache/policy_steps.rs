//! The cache and a plain model of its policy take the same steps, and must keep the same keys. The
//! fuzz target `cache_policy` takes them too.

use std::hash::{BuildHasher, Hasher};

use shorttail::cache::{Cache, Inserted, Tag, Terms};

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

/// S3-FIFO with 16 visits, in vectors of keys and uses: index 0 is the oldest.
struct Model {
    capacity: usize,
    small: Vec<(u32, u8)>,
    main: Vec<(u32, u8)>,
    /// Those of the keys that were invalidated.
    dead: Vec<u32>,
    /// Whether there was an invalidation at all.
    may_die: bool,
    /// Keys with the number of their insertion.
    ghost: Vec<(u32, usize)>,
    ghosts: usize,
}

impl Model {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            small: Vec::new(),
            main: Vec::new(),
            dead: Vec::new(),
            may_die: false,
            ghost: Vec::new(),
            ghosts: 0,
        }
    }

    fn small_target(&self) -> usize {
        (self.capacity / 10).max(1)
    }

    fn find(&mut self, key: u32) -> Option<&mut (u32, u8)> {
        let mut all = self.small.iter_mut().chain(&mut self.main);
        all.find(|entry| entry.0 == key)
    }

    fn lives(&mut self, key: u32) -> bool {
        self.find(key).is_some() && !self.dead.contains(&key)
    }

    fn get(&mut self, key: u32) {
        if self.lives(key) {
            let entry = self.find(key).unwrap();
            entry.1 = (entry.1 + 1).min(3);
        }
    }

    /// The key's entry is another one from now on, or none.
    fn revive(&mut self, key: u32) {
        self.dead.retain(|dead| *dead != key);
    }

    fn invalidate(&mut self, is_meant: impl Fn(u32) -> bool) {
        self.may_die = true;
        let all = self.small.iter().chain(&self.main);
        let meant: Vec<u32> = all
            .map(|entry| entry.0)
            .filter(|key| is_meant(*key))
            .collect();
        self.dead.extend(meant);
    }

    fn haunts(&self, key: u32) -> Option<usize> {
        let window = self.capacity * 9 / 10;
        let recent = |ghost: &(u32, usize)| ghost.0 == key && self.ghosts - ghost.1 < window;
        self.ghost.iter().position(recent)
    }

    fn insert(&mut self, key: u32) {
        self.revive(key);
        if self.find(key).is_some() {
            return;
        }
        let recalled = self.haunts(key).map(|at| self.ghost.remove(at)).is_some();
        if self.small.len() + self.main.len() == self.capacity {
            self.evict();
        }
        if recalled || self.main.len() < self.capacity - self.small_target() {
            self.main.push((key, 0));
        } else {
            self.small.push((key, 0));
        }
    }

    fn insert_low_trust(&mut self, key: u32) -> bool {
        if self.find(key).is_some() {
            self.revive(key);
            return true;
        }
        if self.small.len() + self.main.len() == self.capacity {
            let dead = &self.dead;
            let is_unused = |entry: &(u32, u8)| entry.1 == 0 || dead.contains(&entry.0);
            let unused = self.small.first().is_some_and(is_unused);
            if self.haunts(key).is_none() || !unused {
                return false;
            }
            let gone = self.small.remove(0).0;
            self.revive(gone);
        }
        if self.main.len() < self.capacity - self.small_target() {
            self.main.push((key, 0));
        } else {
            self.small.push((key, 0));
        }
        true
    }

    fn evict(&mut self) {
        let oldest = self.main.first().map(|entry| entry.0);
        if let Some(key) = oldest.filter(|key| self.dead.contains(key)) {
            self.remove(key);
            return;
        }
        for visit in 1 + u8::from(self.may_die)..=16 {
            let small = self.main.is_empty() || self.small.len() >= self.small_target();
            let queue = if small {
                &mut self.small
            } else {
                &mut self.main
            };
            let (key, uses) = queue.remove(0);
            let is_dead = self.dead.contains(&key);
            if is_dead || uses == 0 || visit == 16 {
                self.revive(key);
                if small && !is_dead {
                    self.ghost.retain(|ghost| ghost.0 != key);
                    self.ghosts += 1;
                    self.ghost.push((key, self.ghosts));
                }
                return;
            }
            self.main.push((key, if small { 0 } else { uses - 1 }));
        }
    }

    fn remove(&mut self, key: u32) {
        self.small.retain(|entry| entry.0 != key);
        self.main.retain(|entry| entry.0 != key);
        self.revive(key);
    }
}

/// Steps are taken on so many keys.
const KEYS: u32 = 48;

/// A key has the tag of its number modulo this, or none if that is the last.
const TAGS: u16 = 4;

fn tag(key: u32) -> u16 {
    (key % u32::from(TAGS)) as u16
}

/// Takes the steps, each named by two bytes: what to do, and with which key.
pub(crate) fn run(capacity: usize, steps: &[u8]) {
    let cache = Cache::builder(capacity)
        .hasher(Fixed(0))
        .tags(usize::from(TAGS) - 1)
        .build()
        .unwrap();
    let mut model = Model::new(capacity);
    for step in steps.chunks_exact(2) {
        let key = u32::from(step[1]) % KEYS;
        let is_known = model.find(key).is_some();
        let terms = match tag(key) {
            tag if tag == TAGS - 1 => Terms::new(),
            tag => Terms::new().tag(Tag::new(tag)),
        };
        match step[0] % 64 {
            60 => {
                cache.invalidate_all();
                model.invalidate(|_| true);
            }
            61..64 => {
                let gone = tag(key);
                let told = cache.invalidate_tag(Tag::new(gone));
                assert_eq!(told.is_ok(), gone < TAGS - 1);
                if told.is_ok() {
                    model.invalidate(|key| tag(key) == gone);
                }
            }
            other => match other % 15 {
                0..6 => {
                    assert_eq!(
                        cache.get(&key).value(),
                        model.lives(key).then_some(key),
                        "get {key}"
                    );
                    model.get(key);
                }
                6..12 => {
                    let told = cache.insert_with_terms(key, key, terms).unwrap();
                    assert_eq!(told == Inserted::Replaced, is_known, "insert {key}");
                    model.insert(key);
                }
                12 => {
                    let taken = cache.insert_with_terms(key, key, terms.low_trust());
                    assert_eq!(
                        taken.is_ok(),
                        model.insert_low_trust(key),
                        "low trust {key}"
                    );
                }
                _ => {
                    assert_eq!(cache.remove(&key), is_known, "remove {key}");
                    model.remove(key);
                }
            },
        }
        for key in 0..KEYS {
            assert_eq!(cache.contains(&key), model.lives(key), "{key}");
        }
    }
    assert!(cache.stats().visits_max <= 16);
}
