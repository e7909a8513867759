//! A cache against a map that forgets nothing: a hit is the last value stored under its key and is
//! as fresh as the clock says, what was removed, invalidated or outlived is gone, and no more
//! entries are held than the capacity. An entry may be missing: the cache evicts.
#![no_main]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use shorttail::cache::{Cache, Inserted, Lookup};
use shorttail::time::{Clock, MockClock};

const TTL_NS: u64 = 100;
const WINDOW_NS: u64 = 50;

#[derive(Clone, Copy)]
struct Entry {
    /// `None`: known not to be at the source.
    value: Option<usize>,
    stale_at_ns: u64,
    gone_at_ns: u64,
}

fuzz_target!(|data: &[u8]| {
    let [capacity, steps @ ..] = data else { return };
    let capacity = usize::from(capacity % 16) + 1;
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(capacity)
        .ttl(Duration::from_nanos(TTL_NS))
        .stale_window(Duration::from_nanos(WINDOW_NS))
        .negative_ttl(Duration::from_nanos(TTL_NS))
        .jitter(0.0)
        .clock(Arc::clone(&clock))
        .build()
        .expect("a cache");
    let mut model: HashMap<u8, Entry> = HashMap::new();
    // What was invalidated or outlived may count as there until its slot is used again.
    let mut held = [false; 32];
    for (number, step) in steps.chunks_exact(2).enumerate() {
        let (op, key, now_ns) = (step[0] % 8, step[1] % 32, clock.now_ns());
        let entry = |value: Option<usize>| Entry {
            value,
            stale_at_ns: now_ns + TTL_NS,
            gone_at_ns: now_ns + TTL_NS + if value.is_some() { WINDOW_NS } else { 0 },
        };
        match op {
            0 | 1 => {
                let inserted = cache.insert(key, number).expect("no reader holds a slot");
                model.insert(key, entry(Some(number)));
                assert!(inserted == Inserted::Stored || held[usize::from(key)]);
                held[usize::from(key)] = true;
                assert_eq!(cache.get(&key), Lookup::Fresh(number), "insert, then get");
            }
            2 => {
                // May be refused: the part of the cache for such entries is small.
                if cache.insert_negative(key).is_ok() {
                    model.insert(key, entry(None));
                    held[usize::from(key)] = true;
                }
            }
            3 => {
                model.remove(&key);
                assert!(!cache.remove(&key) || held[usize::from(key)]);
                held[usize::from(key)] = false;
                assert_eq!(cache.get(&key), Lookup::Miss, "remove, then get");
            }
            4 => {
                let there = cache.expire(&key);
                assert!(!there || held[usize::from(key)]);
                if let (true, Some(known)) = (there, model.get_mut(&key)) {
                    known.stale_at_ns = known.stale_at_ns.min(now_ns);
                    known.gone_at_ns = known.gone_at_ns.min(now_ns + WINDOW_NS);
                }
            }
            5 => clock.advance(Duration::from_nanos(u64::from(step[1]))),
            6 if step[0] >= 0xe0 => {
                cache.invalidate_all();
                model.clear();
            }
            6 => drop(cache.maintain(usize::from(step[1]))),
            _ => match (cache.get(&key), model.get(&key)) {
                (Lookup::Miss, _) => {}
                (_, None) => panic!("key {key} is not there"),
                (Lookup::Negative, Some(known)) => {
                    assert!(known.value.is_none() && now_ns <= known.gone_at_ns);
                }
                (Lookup::Fresh(value), Some(known)) => {
                    assert!(known.value == Some(value) && now_ns <= known.stale_at_ns);
                }
                (Lookup::Stale(value), Some(known)) => {
                    assert!(known.value == Some(value));
                    assert!((known.stale_at_ns..=known.gone_at_ns).contains(&now_ns));
                }
            },
        }
        assert!(cache.len() <= capacity);
    }
});
