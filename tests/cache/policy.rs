//! The policy against a plain model of it, step by step, and its bounds.

use std::hash::{BuildHasher, Hasher};

use proptest::prelude::*;
use shorttail::cache::{Cache, Inserted, RefusedWhy};

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

#[derive(Clone, Copy, Debug)]
enum Step {
    Get(u32),
    Insert(u32),
    LowTrust(u32),
    Remove(u32),
}

const KEYS: u32 = 48;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..KEYS).prop_map(Step::Get),
        6 => (0..KEYS).prop_map(Step::Insert),
        1 => (0..KEYS).prop_map(Step::LowTrust),
        1 => (0..KEYS).prop_map(Step::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_cache_keeps_what_the_model_keeps(
        capacity in 1_usize..28,
        steps in prop::collection::vec(step(), 1..600),
    ) {
        let cache = Cache::builder(capacity).hasher(Fixed(0)).build().unwrap();
        let mut model = Model::new(capacity);
        for step in steps {
            match step {
                Step::Get(key) => {
                    prop_assert_eq!(cache.get(&key).value(), model.find(key).map(|_| key));
                    model.get(key);
                }
                Step::Insert(key) => {
                    let known = model.find(key).is_some();
                    let told = cache.insert(key, key).unwrap();
                    prop_assert_eq!(told == Inserted::Replaced, known);
                    model.insert(key);
                }
                Step::LowTrust(key) => {
                    let taken = cache.insert_low_trust(key, key);
                    prop_assert_eq!(taken.is_ok(), model.insert_low_trust(key));
                }
                Step::Remove(key) => {
                    prop_assert_eq!(cache.remove(&key), model.find(key).is_some());
                    model.remove(key);
                }
            }
            for key in 0..KEYS {
                prop_assert_eq!(cache.contains(&key), model.find(key).is_some(), "{}", key);
            }
        }
        prop_assert!(cache.stats().visits_max <= 16);
    }
}

#[test]
fn an_eviction_visits_sixteen_slots_at_most_however_hot_they_are() {
    let cache = Cache::builder(1_000).build().unwrap();
    for key in 0..1_000 {
        cache.insert(key, key).unwrap();
    }
    for _ in 0..3 {
        for key in 0..1_000 {
            cache.get(&key);
        }
    }
    for key in 1_000..1_500 {
        cache.insert(key, key).unwrap();
    }
    assert_eq!(
        cache.stats().visits_max,
        16,
        "the bound was needed, and held"
    );
}

#[test]
fn low_trust_inserts_never_push_out_what_was_used() {
    let cache = Cache::builder(100).build().unwrap();
    for key in 0..100 {
        cache.insert(key, key).unwrap();
        cache.get(&key);
    }
    let mut refused = 0;
    for key in 100..10_000 {
        if let Err(back) = cache.insert_low_trust(key, key) {
            assert_eq!((back.key, back.why), (key, RefusedWhy::NoRoom));
            refused += 1;
        }
    }
    assert_eq!(refused, 9_900);
    assert!((0..100).all(|key| cache.contains(&key)));
}

#[test]
fn a_scan_does_not_push_out_the_working_set() {
    let cache = Cache::builder(1_000).build().unwrap();
    for _ in 0..3 {
        for key in 0..800_u64 {
            if cache.get(&key).value().is_none() {
                cache.insert(key, key).unwrap();
            }
        }
    }
    for key in 10_000..30_000 {
        cache.insert(key, key).unwrap();
    }
    let kept = (0..800).filter(|key| cache.contains(key)).count();
    assert_eq!(kept, 800);
}
