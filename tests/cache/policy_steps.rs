//! The cache and a plain model of its policy take the same steps, and must keep the same keys. The
//! fuzz target `cache_policy` takes them too.

use std::hash::{BuildHasher, Hasher};

use shorttail::cache::{Cache, Inserted};

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

/// S3-FIFO with 16 visits, in vectors: index 0 is the oldest.
struct Model {
    capacity: usize,
    small: Vec<(u32, u8)>,
    main: Vec<(u32, u8)>,
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

    fn get(&mut self, key: u32) {
        if let Some(entry) = self.find(key) {
            entry.1 = (entry.1 + 1).min(3);
        }
    }

    fn haunts(&self, key: u32) -> Option<usize> {
        let window = self.capacity * 9 / 10;
        let recent = |ghost: &(u32, usize)| ghost.0 == key && self.ghosts - ghost.1 < window;
        self.ghost.iter().position(recent)
    }

    fn insert(&mut self, key: u32) {
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
            return true;
        }
        if self.small.len() + self.main.len() == self.capacity {
            let unused = self.small.first().is_some_and(|entry| entry.1 == 0);
            if self.haunts(key).is_none() || !unused {
                return false;
            }
            self.small.remove(0);
        }
        if self.main.len() < self.capacity - self.small_target() {
            self.main.push((key, 0));
        } else {
            self.small.push((key, 0));
        }
        true
    }

    fn evict(&mut self) {
        for visit in 1..=16 {
            let small = self.main.is_empty() || self.small.len() >= self.small_target();
            let queue = if small {
                &mut self.small
            } else {
                &mut self.main
            };
            let (key, uses) = queue.remove(0);
            if uses == 0 || visit == 16 {
                if small {
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
    }
}

/// Steps are taken on so many keys.
const KEYS: u32 = 48;

/// Takes the steps, each named by two bytes: what to do, and with which key.
pub(crate) fn run(capacity: usize, steps: &[u8]) {
    let cache = Cache::builder(capacity).hasher(Fixed(0)).build().unwrap();
    let mut model = Model::new(capacity);
    for step in steps.chunks_exact(2) {
        let key = u32::from(step[1]) % KEYS;
        let is_known = model.find(key).is_some();
        match step[0] % 14 {
            0..6 => {
                assert_eq!(
                    cache.get(&key).value(),
                    is_known.then_some(key),
                    "get {key}"
                );
                model.get(key);
            }
            6..12 => {
                let told = cache.insert(key, key).unwrap();
                assert_eq!(told == Inserted::Replaced, is_known, "insert {key}");
                model.insert(key);
            }
            12 => {
                let taken = cache.insert_low_trust(key, key);
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
        }
        for key in 0..KEYS {
            assert_eq!(cache.contains(&key), model.find(key).is_some(), "{key}");
        }
    }
    assert!(cache.stats().visits_max <= 16);
}
