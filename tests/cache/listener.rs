//! Who is told of what left: each entry once, by value, with why; and what the told may do.

use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, Evicted, EvictedWhy, Lookup, NoLoad, RefusedWhy};
use shorttail::time::MockClock;

use crate::choices::Choices;

type Told<V> = Arc<Mutex<Vec<(u32, Option<V>, EvictedWhy)>>>;

/// A listener that notes what it is told, and its notes.
fn notes<V: Send + 'static>() -> (Told<V>, impl Fn(Evicted<u32, V>) + Send + Sync + 'static) {
    let told = Told::default();
    let notes = Arc::clone(&told);
    let listen = move |left: Evicted<u32, V>| {
        let note = (left.key, left.value, left.why);
        notes.lock().unwrap().push(note);
    };
    (told, listen)
}

fn taken<V>(told: &Told<V>) -> Vec<(u32, Option<V>, EvictedWhy)> {
    std::mem::take(&mut told.lock().unwrap())
}

#[test]
fn each_way_out_is_told_with_its_reason() {
    let clock = Arc::new(MockClock::new());
    let (told, listen) = notes();
    let cache = Cache::builder(1)
        .ttl(Duration::from_secs(60))
        .error_window(Duration::from_secs(1))
        .clock(Arc::clone(&clock))
        .on_evict(listen)
        .build()
        .unwrap();
    let flushed = || {
        cache.maintain(100);
        taken(&told)
    };
    cache.insert(1, 'a').unwrap();
    assert_eq!(flushed(), [], "it is still there");
    cache.insert(1, 'b').unwrap();
    assert_eq!(flushed(), [(1, Some('a'), EvictedWhy::Replaced)]);
    cache.remove(&1);
    assert_eq!(flushed(), [(1, Some('b'), EvictedWhy::Removed)]);
    cache.insert(2, 'c').unwrap();
    cache.insert(3, 'd').unwrap();
    assert_eq!(flushed(), [(2, Some('c'), EvictedWhy::Policy)]);
    clock.advance(Duration::from_secs(60));
    cache.insert(4, 'e').unwrap();
    assert_eq!(
        flushed(),
        [(3, Some('d'), EvictedWhy::Policy)],
        "past its time to live, yet of use while its source is down"
    );
    clock.advance(Duration::from_secs(61));
    cache.insert_negative(5).unwrap();
    assert_eq!(flushed(), [(4, Some('e'), EvictedWhy::Expired)]);
    cache.insert(6, 'f').unwrap();
    assert_eq!(flushed(), [(5, None, EvictedWhy::Policy)]);
    cache.invalidate_all();
    cache.insert(7, 'g').unwrap();
    assert_eq!(flushed(), [(6, Some('f'), EvictedWhy::Invalidated)]);
    clock.advance(Duration::from_secs(61));
    cache.insert(7, 'h').unwrap();
    assert_eq!(
        flushed(),
        [(7, Some('g'), EvictedWhy::Replaced)],
        "dead, but that is not what made it leave"
    );
    drop(cache);
    assert_eq!(taken(&told), [], "what goes with the cache is not told");
}

#[test]
fn every_entry_is_told_once_and_at_most_two_a_call() {
    let (told, listen) = notes();
    let cache = Cache::builder(600)
        .shards(2)
        .on_evict(listen)
        .build()
        .unwrap();
    let mut choices = Choices::new(25);
    let mut live = vec![false; 40_000];
    for number in 0..40_000_u32 {
        let key = choices.next(1_500) as u32;
        match choices.next(8) {
            0 => drop(cache.remove(&key)),
            1 => drop(cache.get(&key)),
            2 if number % 1_000 == 2 => cache.invalidate_all(),
            _ => {
                cache.insert(key, number).unwrap();
                live[number as usize] = true;
            }
        }
        let left = taken(&told);
        assert!(left.len() <= 2, "{left:?}");
        for (_, number, _) in left {
            let was = std::mem::take(&mut live[number.unwrap() as usize]);
            assert!(was, "told twice, or never stored");
        }
    }
    let untold = live.iter().filter(|live| **live).count();
    assert_eq!(untold, cache.len() + cache.stats().retired);
    assert!(untold <= 600 + 2 * 32);
}

#[test]
fn a_panic_ends_one_call_and_is_counted() {
    /// Panics when it is dropped, as what is thrown may.
    struct Thrown;
    impl Drop for Thrown {
        fn drop(&mut self) {
            if !thread::panicking() {
                panic_any("again");
            }
        }
    }
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let cache = Cache::builder(10)
        .on_evict(move |left: Evicted<u32, Arc<()>>| {
            if counted.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
                panic_any(Thrown);
            }
            assert_ne!(left.why, EvictedWhy::Removed);
        })
        .build()
        .unwrap();
    let value = Arc::new(());
    for key in 0..1_000 {
        cache.insert(key, Arc::clone(&value)).unwrap();
        assert!(cache.contains(&key));
    }
    while cache.maintain(100).dropped > 0 {}
    assert_eq!(calls.load(Ordering::Relaxed), 990, "it stays enabled");
    assert_eq!(cache.stats().listener_panics, 495);
    let held = Arc::strong_count(&value) - 1;
    assert_eq!(held, 10, "the entries are dropped all the same");
}

/// A cache that a listener can reach.
type Reached = Arc<OnceLock<Cache<u32, u32, NoLoad>>>;

#[test]
fn a_listener_may_call_the_cache_and_is_not_called_inside_itself() {
    let shared = Reached::default();
    let (calls, inside) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let (stored, refused) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let (seen, kept, reach) = (
        Arc::clone(&calls),
        Arc::clone(&stored),
        Arc::downgrade(&shared),
    );
    let listen = move |left: Evicted<u32, u32>| {
        assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0, "inside itself");
        seen.fetch_add(1, Ordering::Relaxed);
        let cache = Weak::upgrade(&reach).expect("the test holds it");
        let cache = cache.get().expect("set before the first insert");
        assert_ne!(cache.get(&left.key), Lookup::Fresh(u32::MAX));
        // No lock is held: what does not wait is not turned away for another writer.
        cache.try_remove(&(left.key / 2)).unwrap();
        match cache.try_insert(left.key + 1_000_000, left.key) {
            Ok(_) => drop(kept.fetch_add(1, Ordering::Relaxed)),
            Err(back) => {
                assert_eq!(back.why, RefusedWhy::Pressure);
                refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        cache.invalidate_all();
        assert_eq!(cache.maintain(100).dropped, 0, "that is for the outer call");
        assert!(cache.len() <= 20);
        inside.fetch_sub(1, Ordering::Relaxed);
    };
    shared.get_or_init(|| {
        let builder = Cache::builder(20).reserve(4).on_evict(listen);
        builder.build().unwrap()
    });
    let cache = shared.get().unwrap();
    for key in 0..10_000 {
        cache.insert(key, key).unwrap();
        assert!(cache.contains(&key) || calls.load(Ordering::Relaxed) > 0);
    }
    assert_eq!(cache.stats().listener_panics, 0);
    assert!(calls.load(Ordering::Relaxed) > 9_000);
    assert!(
        stored.load(Ordering::Relaxed) > 1_000,
        "freed slots are used"
    );
}

#[test]
fn listeners_of_two_caches_may_write_into_one_another() {
    let pair = [Reached::default(), Reached::default()];
    let depth = Arc::new(AtomicUsize::new(0));
    for here in 0..2 {
        let other = Arc::downgrade(&pair[1 - here]);
        let depth = Arc::clone(&depth);
        let listen = move |left: Evicted<u32, u32>| {
            assert!(depth.fetch_add(1, Ordering::Relaxed) < 2, "each once");
            let other = other.upgrade().expect("the test holds both");
            other.get().unwrap().insert(left.key, left.key).ok();
            depth.fetch_sub(1, Ordering::Relaxed);
        };
        pair[here].get_or_init(|| Cache::builder(8).on_evict(listen).build().unwrap());
    }
    let caches = [pair[0].get().unwrap(), pair[1].get().unwrap()];
    let mut moved = 0;
    for key in 0..10_000 {
        caches[0].insert(key, key).unwrap();
        moved += usize::from(caches[1].len() == 8);
    }
    assert!(moved > 9_000, "the second tier is full nearly all the time");
    for cache in caches {
        assert_eq!(cache.stats().listener_panics, 0);
    }
}

#[test]
fn a_listener_that_stands_still_holds_up_its_caller_alone() {
    let (entered, has_entered) = channel();
    let (release, go_on) = channel::<()>();
    let go_on = Mutex::new(go_on);
    let cache = Cache::builder(8)
        .on_evict(move |left: Evicted<u32, u32>| {
            if left.why == EvictedWhy::Removed {
                entered.send(left.key).unwrap();
                go_on.lock().unwrap().recv().unwrap();
            }
        })
        .build()
        .unwrap();
    cache.insert(0, 0).unwrap();
    thread::scope(|scope| {
        let stuck = scope.spawn(|| {
            cache.remove(&0);
            cache.maintain(1).dropped
        });
        assert_eq!(has_entered.recv(), Ok(0));
        for key in 1..1_000 {
            cache.try_insert(key, key).unwrap();
            assert_eq!(cache.get(&key), Lookup::Fresh(key));
        }
        release.send(()).unwrap();
        assert_eq!(stuck.join().unwrap(), 1);
    });
}

#[test]
fn an_insert_that_an_invalidation_overtakes_is_told_as_invalidated() {
    type Reached = OnceLock<Cache<Key, u32>>;
    /// Invalidates all while an insert looks where it belongs.
    struct Key(Weak<Reached>);
    impl std::hash::Hash for Key {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            if let Some(cache) = self.0.upgrade() {
                cache.get().unwrap().invalidate_all();
            }
            0.hash(state);
        }
    }
    impl PartialEq for Key {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Key {}
    let shared = Arc::new(Reached::new());
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&told);
    let listen = move |left: Evicted<Key, u32>| {
        notes.lock().unwrap().push((left.value, left.why));
    };
    shared.get_or_init(|| Cache::builder(8).on_evict(listen).build().unwrap());
    let cache = shared.get().unwrap();
    assert!(cache.insert(Key(Arc::downgrade(&shared)), 7).is_ok());
    let left = [(Some(7), EvictedWhy::Invalidated)];
    assert_eq!(*told.lock().unwrap(), left);
    assert!(!cache.contains(&Key(Weak::new())));
}

/// Four run inside one another; what the fifth cache lets go of there is told later, once.
#[test]
fn a_fifth_listener_inside_four_others_is_called_later() {
    let told: Arc<[AtomicUsize; 6]> = Arc::default();
    let chain: Arc<OnceLock<Vec<Cache<u32, u32>>>> = Arc::default();
    let cache = |depth: usize| {
        let (told, chain) = (Arc::clone(&told), Arc::downgrade(&chain));
        let listen = move |_| {
            told[depth].fetch_add(1, Ordering::Relaxed);
            let chain: Arc<OnceLock<Vec<Cache<u32, u32>>>> = chain.upgrade().unwrap();
            if let Some(next) = chain.get().unwrap().get(depth + 1) {
                next.remove(&1);
                next.maintain(100);
            }
        };
        let cache = Cache::builder(10).on_evict(listen).build().unwrap();
        cache.insert(1, 1).unwrap();
        cache
    };
    let caches = chain.get_or_init(|| (0..6).map(cache).collect());
    let seen = || told.each_ref().map(|count| count.load(Ordering::Relaxed));
    caches[0].remove(&1);
    caches[0].maintain(100);
    assert_eq!(seen(), [1, 1, 1, 1, 0, 0]);
    assert_eq!((caches[4].len(), caches[5].len()), (0, 1));
    caches[4].maintain(100);
    assert_eq!(seen(), [1, 1, 1, 1, 1, 1]);
}
