//! Readers and writers of a small cache, for ThreadSanitizer: `tests/sanitize.sh thread`.
//!
//! Writers only try: a lock that is waited for is taken inside the standard library, where the
//! sanitizer does not look, and all that follows would be a false report. No `Arc` for the same
//! reason: its last drop has a fence.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use shorttail::cache::{Cache, Lookup, Tag, Terms};

const ROUNDS: u64 = 200_000;
const KEYS: u64 = 24;

/// What a torn or freed entry would not keep: both halves say which key's it is.
#[derive(Clone, Debug)]
struct Twins(Box<u64>, Box<u64>);

impl Twins {
    fn of(key: u64) -> Self {
        Self(Box::new(key), Box::new(key))
    }

    fn is_of(&self, key: u64) -> bool {
        *self.0 == key && *self.1 == key
    }
}

type Shared = &'static Cache<u64, Twins>;

fn read(cache: Shared, first: u64) -> u64 {
    let mut hits = 0;
    for round in 0..ROUNDS {
        let key = (first + round * 7) % KEYS;
        if let Lookup::Fresh(twins) = cache.get(&key) {
            assert!(twins.is_of(key));
            hits += 1;
        }
        cache.with(&((key + 1) % KEYS), |outer| {
            if let Lookup::Fresh(twins) = outer {
                // A read within a read: the next record, or a count at the slot.
                let inner = cache.get(&key);
                assert!(inner.fresh().is_none_or(|twins| twins.is_of(key)));
                assert!(twins.is_of((key + 1) % KEYS));
            }
        });
        if round % 512 == 0 {
            cache.for_each(|key, twins| assert!(twins.is_of(*key)));
        }
    }
    hits
}

fn write(cache: Shared, first: u64) -> u64 {
    let mut stored = 0;
    for round in 0..ROUNDS {
        let key = (first + round * 5) % KEYS;
        let terms = Terms::new().tag(Tag::new(key as u16 % 2));
        let inserted = match round % 16 {
            0 => cache.try_remove(&key).is_ok_and(|removed| removed),
            1 => cache
                .try_insert_with_terms(key, Twins::of(key), terms)
                .is_ok(),
            2 => cache.try_insert_negative(key).is_ok(),
            _ => cache.try_insert(key, Twins::of(key)).is_ok(),
        };
        stored += u64::from(inserted);
        match round % 4_096 {
            7 => cache.invalidate_all(),
            8 => cache.invalidate_tag(Tag::new(1)).expect("one of two"),
            _ => {}
        }
    }
    stored
}

fn main() {
    static HITS: AtomicU64 = AtomicU64::new(0);
    static STORED: AtomicU64 = AtomicU64::new(0);
    static LEFT: AtomicU64 = AtomicU64::new(4);
    let cache = Cache::builder(16).reserve(4).tags(2).build();
    let cache: Shared = Box::leak(Box::new(cache.expect("a small cache")));
    for number in 0..4 {
        let thread = thread::spawn(move || {
            match number % 2 {
                0 => HITS.fetch_add(read(cache, number), Ordering::SeqCst),
                _ => STORED.fetch_add(write(cache, number), Ordering::SeqCst),
            };
            LEFT.fetch_sub(1, Ordering::SeqCst);
        });
        mem::forget(thread); // neither joined nor dropped: it shares `Arc`s with the thread
    }
    while LEFT.load(Ordering::SeqCst) > 0 {
        thread::yield_now();
    }
    let (hits, stored) = (HITS.load(Ordering::SeqCst), STORED.load(Ordering::SeqCst));
    assert!(
        hits > ROUNDS / 100 && stored > ROUNDS / 100,
        "{hits} {stored}"
    );
    println!("races: {hits} hits beside {stored} writes");
}
