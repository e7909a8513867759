//! cache: reads on every path, and writes that do not wait.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use shorttail::cache::{Cache, Evicted, Load, Lookup, Miss, Outcome, Stale, Tag, Terms};

use crate::realtime::nonblocking;

const LONG: Duration = Duration::from_secs(3_600);

#[test]
fn reads_neither_allocate_nor_lock_nor_call_the_system() {
    let cache = Cache::builder(100)
        .stale_window(Duration::from_secs(60))
        .build()
        .unwrap();
    for key in 0..50_u32 {
        cache.insert(key, key).unwrap();
    }
    cache.insert_for(60, 60, Duration::from_secs(600)).unwrap();
    cache.insert_negative(61).unwrap();
    cache.insert(62, 62).unwrap();
    cache.expire(&62);
    nonblocking(|| {
        for key in 0..50 {
            assert_eq!(cache.get(&key), Lookup::Fresh(key));
            assert_eq!(cache.get(&(key + 100)), Lookup::Miss);
        }
        assert_eq!(cache.get(&60), Lookup::Fresh(60), "reads the clock");
        assert_eq!(cache.get(&61), Lookup::Negative);
        assert_eq!(cache.get(&62), Lookup::Stale(62));
        assert!(cache.contains(&1));
        assert!(cache.stats().hits > 50);
        // More nested reads than a reader has records to try.
        cache.with(&1, |_| {
            cache.with(&2, |_| {
                cache.with(&3, |_| {
                    cache.with(&4, |_| {
                        cache.with(&5, |_| assert_eq!(cache.get(&6), Lookup::Fresh(6)))
                    });
                });
            });
        });
    });
}

#[test]
fn writes_that_do_not_wait_neither_allocate_nor_lock_nor_call_the_system() {
    let cache = Cache::builder(100).reserve(2).tags(2).build().unwrap();
    nonblocking(|| {
        for key in 0..1_000_u32 {
            cache.try_insert(key, key).unwrap(); // fills, then evicts and scans
            cache.try_insert(key, key + 1).unwrap(); // replaces
            if key % 3 == 0 {
                assert_eq!(cache.try_remove(&key), Ok(true));
            }
            assert_eq!(cache.try_remove(&(key + 1)), Ok(false));
        }
        cache.try_insert_negative(2_000).unwrap();
        let terms = Terms::new().ttl(Duration::from_secs(60)).tag(Tag::new(1));
        cache.try_insert_with_terms(2_001, 0, terms).unwrap();
        cache.invalidate_tag(Tag::new(1)).unwrap();
        assert_eq!(cache.get(&2_001), Lookup::Miss);
        cache.invalidate_all();
        for key in 0..200 {
            cache.try_insert(key, key).unwrap(); // in place of the dead
        }
        cache.try_insert(1_000, 0).unwrap(); // full again
        cache.with(&1_000, |outer| {
            assert_eq!(outer, Lookup::Fresh(&0));
            cache.try_insert(1_000, 1).unwrap();
            cache.try_insert(1_000, 2).unwrap();
            cache.with(&1_000, |inner| {
                assert_eq!(inner, Lookup::Fresh(&2));
                cache.try_insert(1_000, 3).unwrap();
                cache.try_insert(1_000, 4).unwrap_err(); // both spare slots are held
            });
        });
    });
}

/// Whom nobody holds up does not wait, by whichever name.
#[test]
fn writes_that_might_wait_neither_allocate_nor_call_the_system_while_nobody_else_writes() {
    let builder = Cache::builder(100).tti(Duration::from_secs(60));
    let builder = builder.weight_max(1_000, |_, value: &u32| *value);
    let cache = builder.build().unwrap();
    nonblocking(|| {
        for key in 0..1_000_u32 {
            cache.insert(key, 2).unwrap();
            assert_eq!(cache.get(&key), Lookup::Fresh(2));
            cache.expire(&key);
            cache.insert(key, 1).unwrap();
            assert!(cache.remove(&key));
            cache.insert(key, 1).unwrap();
        }
    });
}

#[test]
fn telling_a_listener_neither_allocates_nor_locks_nor_calls_the_system() {
    let calls = Arc::new(AtomicUsize::new(0));
    let told = Arc::clone(&calls);
    let cache = Cache::builder(100)
        .on_evict(move |_: Evicted<u32, u32>| {
            told.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .unwrap();
    nonblocking(|| {
        for key in 0..1_000 {
            cache.try_insert(key, key).unwrap();
        }
    });
    assert!(calls.load(Ordering::Relaxed) > 800);
}

#[test]
fn a_walk_neither_allocates_nor_locks_nor_calls_the_system() {
    let builder = Cache::builder(100).ttl(Duration::from_secs(600));
    let cache = builder.build().unwrap();
    for key in 0..50_u32 {
        cache.insert(key, key).unwrap();
    }
    nonblocking(|| {
        let mut sum = 0;
        cache.for_each(|key, value| sum += key + value);
        assert_eq!(sum, 49 * 50);
    });
}

#[test]
fn callers_that_get_a_hit_a_stale_value_or_are_shed_neither_allocate_nor_lock() {
    struct Nothing;
    impl Load<u32, u32> for Nothing {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<u32>, ()> {
            Ok(None)
        }
    }
    let builder = Cache::builder(100).stale_window(LONG).loader(Nothing);
    let (cache, loads) = builder.loads_max(1).build_manual().unwrap();
    for key in 0..50 {
        cache.insert(key, key).unwrap();
    }
    for key in 50..60 {
        cache.insert_for(key, key, Duration::ZERO).unwrap();
    }
    let started = Outcome::Miss(Miss::LoadStarted);
    assert_eq!(cache.get_or_load(&99, Duration::ZERO), started); // takes the only place
    nonblocking(|| {
        for key in 0..50 {
            assert_eq!(cache.get_or_load(&key, LONG), Outcome::Fresh(key));
        }
        for _ in 0..2 {
            for key in 50..60 {
                // The first claims its refresh, finds no place for it and gives the claim back.
                let (value, why) = (key, Stale::Refreshing);
                assert_eq!(cache.get_or_load(&key, LONG), Outcome::Stale { value, why });
            }
        }
        for key in 100..200 {
            for budget in [Duration::ZERO, LONG] {
                let shed = Outcome::Miss(Miss::Shed);
                assert_eq!(cache.get_or_load(&key, budget), shed);
            }
        }
        let under_way = Outcome::Miss(Miss::InFlight);
        assert_eq!(cache.get_or_load(&99, Duration::ZERO), under_way);
    });
    assert!(loads.run_one());
}

#[test]
fn a_stale_hit_that_begins_its_refresh_neither_allocates_nor_calls_the_system() {
    struct Next;
    impl Load<u32, u32> for Next {
        type Error = ();
        fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
            Ok(Some(key + 1))
        }
    }
    let builder = Cache::builder(100).stale_window(LONG).loader(Next);
    let (cache, loads) = builder.loads_max(20).build_manual().unwrap();
    for key in 0..20 {
        cache.insert_for(key, key, Duration::ZERO).unwrap();
    }
    nonblocking(|| {
        for key in 0..20 {
            let (value, why) = (key, Stale::Refreshing);
            assert_eq!(cache.get_or_load(&key, LONG), Outcome::Stale { value, why });
        }
    });
    assert_eq!(cache.stats().loads_started, 20);
    while loads.run_one() {}
    assert_eq!(cache.get(&7), Lookup::Fresh(8));
}

#[test]
fn writes_of_keys_that_are_loaded_neither_allocate_nor_lock_nor_call_the_system() {
    struct Waits(Mutex<(Sender<()>, Receiver<()>)>);
    impl Load<u32, u32> for Waits {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<u32>, ()> {
            let (asked, go_on) = &*self.0.lock().unwrap();
            asked.send(()).unwrap();
            go_on.recv().ok();
            Ok(None)
        }
    }
    let (asked, is_asked) = channel();
    let (release, go_on) = channel();
    let loader = Waits(Mutex::new((asked, go_on)));
    let cache = Cache::builder(100).loader(loader).build().unwrap();
    for key in [1, 2] {
        let _ = cache.get_or_load(&key, Duration::ZERO); // nobody waits for it
    }
    is_asked.recv().unwrap();
    nonblocking(|| {
        for key in 1..10 {
            cache.try_insert(key, key).unwrap();
            assert_eq!(cache.try_remove(&key), Ok(true));
        }
    });
    drop(release);
}
