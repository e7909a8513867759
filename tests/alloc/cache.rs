//! cache: nothing after build, on any path.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use shorttail::cache::{
    Cache, Codec, Evicted, Export, Load, Lookup, Miss, Outcome, RefusedWhy, Restore, Snapshot, Tag,
    Terms,
};
use shorttail::measure::{AllocRegion, assert_no_alloc};
use shorttail::time::MockClock;

const LONG: Duration = Duration::from_secs(3_600);

#[test]
fn reads_and_writes_allocate_nothing() {
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(2_000)
        .shards(4)
        .tags(8)
        .ttl(Duration::from_secs(10))
        .stale_window(Duration::from_secs(5))
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
    assert_no_alloc(|| {
        for key in 0..10_000_u64 {
            cache.insert(key, [key; 4]).unwrap(); // fills, then evicts
            assert_eq!(cache.get(&key), Lookup::Fresh([key; 4]));
            assert_eq!(cache.get(&(key + 100_000)), Lookup::Miss);
            if key % 3 == 0 {
                cache.insert(key, [0; 4]).unwrap(); // replaces
                cache.expire(&key);
                assert_eq!(cache.get(&key), Lookup::Stale([0; 4]));
            }
            if key % 5 == 0 {
                cache.remove(&key);
            }
            if key % 11 == 0 {
                cache.try_insert(key, [1; 4]).unwrap();
                assert_eq!(cache.try_remove(&key), Ok(true));
            }
            if key % 7 == 0 {
                cache.insert_negative(key).ok();
                cache.try_insert_negative(key).ok();
            }
            if key % 13 == 0 {
                let terms = Terms::new().tag(Tag::new(3)).ttl(LONG);
                cache.insert_with_terms(key, [2; 4], terms).unwrap();
                cache.try_insert_with_terms(key, [3; 4], terms).unwrap();
                cache.invalidate_tag(Tag::new(3)).unwrap();
                assert_eq!(cache.get(&key), Lookup::Miss);
                let unknown = Terms::new().tag(Tag::new(8));
                cache.insert_with_terms(key, [2; 4], unknown).unwrap_err();
            }
            cache.insert_low_trust(key + 1_000_000, [1; 4]).ok(); // mostly refused
            clock.advance(Duration::from_millis(1));
        }
        cache.invalidate_all();
        cache.maintain(1_000);
        assert!(cache.stats().visits_max <= 16);
    });
}

#[test]
fn weighing_allocates_nothing() {
    let builder = Cache::builder(1_000).weight_max(10_000, |_, value: &u64| *value as u32);
    let cache = builder.build().unwrap();
    assert_no_alloc(|| {
        for key in 0..10_000_u64 {
            cache.insert(key % 3_000, key % 97).ok(); // fills, then evicts
            cache.insert_low_trust(key, key % 13).ok();
            cache.insert(key, 20_000).unwrap_err();
            assert!(cache.weight() <= 10_000);
        }
    });
    assert!(cache.stats().evicted > 1_000 && cache.stats().refused_weight > 0);
}

#[test]
fn idleness_and_upkeep_allocate_nothing() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(1_000).tti(Duration::from_secs(16));
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    assert_no_alloc(|| {
        for round in 0..20_u64 {
            for key in 0..500 {
                cache.insert(key, round).unwrap();
            }
            clock.advance(Duration::from_secs(15));
            for key in 0..250 {
                assert_eq!(cache.get(&key), Lookup::Fresh(round)); // noted
            }
            clock.advance(Duration::from_secs(1));
            assert_eq!(cache.get(&400), Lookup::Miss);
            assert!(cache.maintain(10_000).removed > 0);
        }
    });
    assert_eq!((cache.len(), cache.stats().expired), (250, 20 * 250));
}

#[test]
fn walks_allocate_nothing() {
    let cache = Cache::builder(100).build().unwrap();
    for key in 0..80_u64 {
        cache.insert(key, key).unwrap();
    }
    assert_no_alloc(|| {
        let mut sum = 0;
        cache.for_each(|key, value| sum += key + value);
        let copied: u64 = cache.iter().map(|(key, value)| key + value).sum();
        assert_eq!(sum, copied);
        (&cache).extend((0..50).map(|key| (key, 0)));
        let mut job = cache.remove_where(|key, _| key % 2 == 0);
        while !job.step(16).is_over {}
    });
}

struct Numbers;

impl Codec<u64, u64> for Numbers {
    fn write_key(&self, key: &u64, into: &mut Vec<u8>) {
        into.extend(key.to_le_bytes());
    }

    fn read_key(&self, bytes: &[u8]) -> Option<u64> {
        bytes.try_into().ok().map(u64::from_le_bytes)
    }

    fn write_value(&self, value: &u64, into: &mut Vec<u8>) -> bool {
        self.write_key(value, into);
        true
    }

    fn read_value(&self, bytes: &[u8]) -> Option<u64> {
        self.read_key(bytes)
    }
}

#[test]
fn an_export_allocates_a_byte_a_lane_and_a_buffer_and_a_restore_a_buffer() {
    let build = || Cache::<u64, u64>::builder(4_000).build().unwrap();
    let (old, new) = (build(), build());
    for key in 0..3_000 {
        old.insert(key, key).unwrap();
    }
    let mut file = vec![0; 200_000];
    let region = AllocRegion::new("an export");
    let written = region.run(|| {
        Export::new()
            .write(&old, &Numbers, &mut &mut file[..])
            .unwrap()
    });
    assert_eq!(written.entries, 3_000);
    let counts = region.counts();
    assert_eq!((counts.allocs, counts.zeroed), (2, 1), "{counts:?}");
    assert!(counts.bytes < 12_000, "{counts:?}");
    let region = AllocRegion::new("a restore");
    region.run(|| {
        let mut snapshot = Snapshot::open(&file[..], &Numbers).unwrap();
        assert_eq!(
            Restore::new().apply(&new, &mut snapshot).unwrap().stored,
            3_000
        );
    });
    let counts = region.counts();
    assert_eq!(counts.allocs, 1, "{counts:?}");
    assert!(counts.bytes < 100, "{counts:?}");
}

#[test]
fn telling_a_listener_allocates_nothing() {
    let sum = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&sum);
    let cache = Cache::builder(100)
        .on_evict(move |left: Evicted<u64, u64>| {
            told.fetch_add(left.value.unwrap_or(0), Ordering::Relaxed);
        })
        .build()
        .unwrap();
    assert_no_alloc(|| {
        for key in 0..1_000 {
            cache.insert(key, 1).unwrap();
            cache.remove(&(key / 2));
        }
        cache.maintain(1_000);
    });
    assert_eq!(sum.load(Ordering::Relaxed), 1_000 - cache.len() as u64);
}

#[test]
fn an_entry_takes_at_most_150_bytes_of_a_cache_four_fifths_full() {
    for capacity in [10_000, 100_000] {
        let entries = capacity * 4 / 5;
        let region = AllocRegion::new("a cache");
        let cache = region.run(|| {
            let clock = Arc::new(MockClock::new());
            let builder = Cache::builder(capacity).ttl(LONG).clock(clock);
            let cache = builder.build().unwrap();
            for key in 0..entries as u64 {
                cache.insert(key, [key as u8; 64]).unwrap();
            }
            cache
        });
        let counts = region.counts();
        assert_eq!(cache.len(), entries);
        // What was asked for: no less than what is live.
        let each = counts.bytes as f64 / entries as f64;
        assert!(each <= 150.0, "{each} bytes an entry of {capacity}");
    }
}

#[test]
fn nested_reads_and_refusals_allocate_nothing() {
    let cache = Cache::builder(10).reserve(1).build().unwrap();
    cache.insert(1, 1).unwrap();
    assert_no_alloc(|| {
        fn nest(cache: &Cache<u32, u32>, depth: u32) {
            if depth > 0 {
                cache.with(&1, |_| nest(cache, depth - 1));
            }
        }
        nest(&cache, 100);
        for key in 0..10 {
            cache.insert(key, 2).unwrap();
        }
        cache.with(&1, |_| {
            cache.insert(1, 3).unwrap();
            let refused = cache.insert(1, 4).unwrap_err();
            assert_eq!(refused.why, RefusedWhy::Pressure);
        });
    });
}

/// Answers each call when told to.
struct Told(Mutex<Receiver<Result<u64, u8>>>);

impl Load<u64, u64> for Told {
    type Error = u8;
    fn load(&self, _: &u64) -> Result<Option<u64>, u8> {
        let answer = self.0.lock().unwrap().recv();
        answer.unwrap_or(Err(0)).map(Some)
    }
}

type Loading = Cache<u64, u64, Told>;

fn loading(loads_max: usize) -> (Loading, Sender<Result<u64, u8>>) {
    let (tell, told) = channel();
    let loader = Told(Mutex::new(told));
    let builder = Cache::builder(100).loader(loader).loads_max(loads_max);
    (builder.loader_threads(1).build().unwrap(), tell)
}

#[test]
fn loading_and_waiting_allocate_nothing() {
    let (cache, tell) = loading(4);
    for key in 0..50 {
        tell.send(Ok(key)).unwrap();
        tell.send(Err(7)).unwrap();
    }
    assert_no_alloc(|| {
        for key in 0..50 {
            assert_eq!(cache.get_or_load(&key, LONG), Outcome::Fresh(key));
            assert_eq!(cache.get_or_load(&key, LONG), Outcome::Fresh(key));
            let outcome = cache.get_or_load(&(key + 1_000), LONG);
            assert_eq!(outcome, Outcome::Miss(Miss::LoaderError(7)));
        }
    });
}

#[test]
fn joining_shedding_and_deadlines_allocate_nothing() {
    let (cache, tell) = loading(2);
    assert_no_alloc(|| {
        let started = cache.get_or_load(&1, Duration::ZERO);
        assert_eq!(started, Outcome::Miss(Miss::LoadStarted));
        let joined = cache.get_or_load(&1, Duration::ZERO);
        assert_eq!(joined, Outcome::Miss(Miss::InFlight));
        let late = cache.get_or_load(&1, Duration::from_micros(50));
        assert_eq!(late, Outcome::Miss(Miss::Deadline));
        let started = cache.get_or_load(&2, Duration::ZERO);
        assert_eq!(started, Outcome::Miss(Miss::LoadStarted));
        for key in 3..100 {
            assert_eq!(cache.get_or_load(&key, LONG), Outcome::Miss(Miss::Shed));
        }
    });
    drop(tell);
}

#[test]
fn tasks_that_wait_and_leave_allocate_nothing() {
    let (cache, tell) = loading(2);
    let mut cx = Context::from_waker(Waker::noop());
    assert_no_alloc(|| {
        for _ in 0..100 {
            let mut leaves = pin!(cache.get_or_load_async(&1));
            assert!(leaves.as_mut().poll(&mut cx).is_pending());
            let mut stays = pin!(cache.get_or_load_async(&1));
            assert!(stays.as_mut().poll(&mut cx).is_pending());
            assert!(stays.as_mut().poll(&mut cx).is_pending());
        }
    });
    drop(tell);
}

/// Waits until the test is over.
struct Held(Mutex<Receiver<()>>);

impl Load<String, u64> for Held {
    type Error = u8;
    fn load(&self, _: &String) -> Result<Option<u64>, u8> {
        self.0.lock().unwrap().recv().ok();
        Err(0)
    }
}

#[test]
fn joining_and_shedding_make_no_keys() {
    let (tell, told) = channel();
    let cache = Cache::builder(100).loader(Held(Mutex::new(told)));
    let cache = cache.loads_max(2).loader_threads(1).build().unwrap();
    for key in ["a", "b"] {
        let started = cache.get_or_load(key, Duration::ZERO);
        assert_eq!(started, Outcome::Miss(Miss::LoadStarted));
    }
    assert_no_alloc(|| {
        for _ in 0..1_000 {
            let joined = cache.get_or_load("b", Duration::ZERO);
            assert_eq!(joined, Outcome::Miss(Miss::InFlight));
            assert_eq!(cache.get_or_load("c", LONG), Outcome::Miss(Miss::Shed));
        }
    });
    drop(tell);
}
