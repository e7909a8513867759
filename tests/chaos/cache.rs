//! cache: readers and writers held in the middle.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use shorttail::cache::{
    Cache, Contended, Load, Lookup, Miss, Outcome, RefusedWhy, Stale, Tag, Terms,
};
use shorttail::chaos::{Point, Stalled, passes, stall};
use shorttail::limit::Breaker;

const OPS: u64 = 1_000;
const LONG: Duration = Duration::from_secs(3_600);

type Shared = Arc<Cache<u64, u64>>;

fn filled(reserve: usize) -> Shared {
    let cache = Cache::builder(100).reserve(reserve).build().unwrap();
    for key in 0..50 {
        cache.insert(key, key).unwrap();
    }
    Arc::new(cache)
}

/// Two other threads complete their reads of the same shard, hits and misses.
fn others_read(cache: &Shared) {
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let cache = Arc::clone(cache);
            thread::spawn(move || {
                for op in 0..OPS {
                    assert!(cache.get(&(op % 40 + 1)).fresh().is_some());
                    assert_eq!(cache.get(&(op + 1_000_000)), Lookup::Miss);
                    cache.with(&1, |outer| {
                        assert_eq!(cache.get(&2), Lookup::Fresh(2), "nested");
                        assert_eq!(outer, Lookup::Fresh(&1));
                    });
                }
            })
        })
        .collect();
    for reader in readers {
        reader.join().unwrap();
    }
}

#[test]
fn a_writer_held_before_publish_holds_up_no_reader() {
    let cache = filled(4);
    let writer = stall(Point::CachePublish, {
        let cache = Arc::clone(&cache);
        move || cache.insert(0, 77)
    });
    others_read(&cache);
    assert_eq!(cache.get(&0), Lookup::Fresh(0), "not yet published");
    assert!(writer.release().is_ok());
    assert_eq!(cache.get(&0), Lookup::Fresh(77));
}

#[test]
fn a_writer_held_with_its_lock_holds_up_no_reader() {
    let cache = filled(4);
    let writer = stall(Point::CacheWriting, {
        let cache = Arc::clone(&cache);
        move || cache.remove(&0)
    });
    others_read(&cache);
    assert!(writer.release());
    assert_eq!(cache.get(&0), Lookup::Miss);
}

#[test]
fn a_writer_held_with_its_lock_makes_others_that_do_not_wait_give_up() {
    let cache = filled(4);
    let writer = stall(Point::CacheWriting, {
        let cache = Arc::clone(&cache);
        move || cache.insert(0, 77)
    });
    for op in 0..OPS {
        let refused = cache.try_insert(op, op + 1).unwrap_err();
        let RefusedWhy::Contended = refused.why else {
            panic!("{refused:?}");
        };
        assert_eq!((refused.key, refused.value), (op, op + 1));
        let refused = cache.try_insert_negative(op).unwrap_err();
        assert_eq!((refused.key, refused.why), (op, RefusedWhy::Contended));
        let refused = cache
            .try_insert_with_terms(op, op, Terms::new())
            .unwrap_err();
        assert_eq!((refused.key, refused.why), (op, RefusedWhy::Contended));
        assert_eq!(cache.try_remove(&1), Err(Contended));
    }
    cache.invalidate_tag(Tag::new(0)).unwrap_err(); // waits for nobody either
    others_read(&cache);
    assert!(writer.release().is_ok());
    assert_eq!(cache.stats().refused, 3 * OPS);
    assert_eq!(cache.stats().refused_contended, 3 * OPS);
    assert!(cache.try_insert(0, 78).is_ok());
    assert_eq!(cache.try_remove(&1), Ok(true));
    assert_eq!(cache.get(&0), Lookup::Fresh(78));
}

#[test]
fn a_writer_held_with_its_lock_holds_up_no_statistics() {
    let cache = filled(4);
    let before = cache.stats();
    let writer = stall(Point::CacheWriting, {
        let cache = Arc::clone(&cache);
        move || cache.insert(0, 77)
    });
    for op in 0..OPS {
        cache.get(&1);
        let stats = cache.stats();
        assert_eq!(stats.hits, before.hits + op + 1);
        assert_eq!(stats.replaced, before.replaced, "not yet");
        assert_eq!((cache.len(), cache.weight()), (filled(4).len(), 0));
    }
    assert!(writer.release().is_ok());
    assert_eq!(cache.stats().replaced, before.replaced + 1);
}

#[test]
fn a_writer_held_with_its_lock_holds_up_no_other_shard() {
    let cache = Arc::new(Cache::builder(1_024).shards(4).build().unwrap());
    let writer = stall(Point::CacheWriting, {
        let cache = Arc::clone(&cache);
        move || cache.insert(0_u64, 0_u64)
    });
    // Which shard a key is in is not said: a try at each key, on a thread that may be held up.
    let tries: Vec<_> = (1..64_u64)
        .map(|key| {
            let cache = Arc::clone(&cache);
            thread::spawn(move || cache.insert(key, key).is_ok())
        })
        .collect();
    while cache.len() < 16 {
        thread::yield_now();
    }
    assert!(writer.release().is_ok());
    assert!(tries.into_iter().all(|tried| tried.join().unwrap()));
}

#[test]
fn a_writer_held_with_its_lock_holds_up_no_call_with_a_budget_of_zero() {
    struct Never;
    impl Load<u64, u64> for Never {
        type Error = ();
        fn load(&self, _: &u64) -> Result<Option<u64>, ()> {
            Ok(None)
        }
    }
    let cache = Arc::new(Cache::builder(10).loader(Never).build().unwrap());
    cache.insert(1, 11).unwrap();
    let writer = stall(Point::CacheWriting, {
        let cache = Arc::clone(&cache);
        move || cache.remove(&0)
    });
    for _ in 0..OPS {
        let outcome = cache.get_or_load(&9, Duration::ZERO);
        assert_eq!(outcome, Outcome::Miss(Miss::Contended));
        assert_eq!(cache.get_or_load(&1, Duration::ZERO), Outcome::Fresh(11));
    }
    writer.release();
}

#[test]
fn a_writer_held_with_its_lock_holds_up_no_caller_while_the_breaker_is_open() {
    struct Dead;
    impl Load<u64, u64> for Dead {
        type Error = ();
        fn load(&self, _: &u64) -> Result<Option<u64>, ()> {
            Err(())
        }
    }
    let breaker = Breaker::builder().calls(1).rest(LONG).build().unwrap();
    let builder = Cache::builder(10).stale_window(LONG).loader(Dead);
    let cache = Arc::new(builder.breaker(breaker).build().unwrap());
    cache.insert_for(1, 11, Duration::ZERO).unwrap();
    let failed = Outcome::Miss(Miss::LoaderError(()));
    assert_eq!(cache.get_or_load(&9, LONG), failed);
    while cache.stats().loads_active > 0 {
        thread::yield_now();
    }
    let writer = stall(Point::CacheWriting, {
        let cache = Arc::clone(&cache);
        move || cache.remove(&0)
    });
    let (value, why) = (11, Stale::Refreshing);
    for _ in 0..OPS {
        assert_eq!(cache.get_or_load(&1, LONG), Outcome::Stale { value, why });
        let refused = Outcome::Miss(Miss::BreakerOpen);
        assert_eq!(
            cache.get_or_load(&9, LONG),
            refused,
            "however long it may wait"
        );
    }
    writer.release();
    assert_eq!(cache.stats().loads_broken_off, 2 * OPS);
}

fn held_reader(cache: &Shared, key: u64) -> Stalled<Lookup<u64>> {
    let cache = Arc::clone(cache);
    stall(Point::CacheReading, move || cache.get(&key))
}

#[test]
fn a_held_reader_holds_back_one_slot_and_nobody() {
    let cache = filled(4);
    let reader = held_reader(&cache, 0);
    others_read(&cache);
    for op in 0..OPS {
        cache.insert(0, op + 100).unwrap();
        cache.insert(op + 1_000, op).unwrap();
        cache.remove(&(op + 1_000));
        assert!(
            cache.stats().retired <= 1 + 4 / 2,
            "the one held, and half the reserve"
        );
    }
    assert_eq!(cache.get(&0), Lookup::Fresh(OPS + 99));
    assert_eq!(
        reader.release(),
        Lookup::Fresh(0),
        "the entry it was reading"
    );
}

#[test]
fn a_reader_held_before_its_second_look_finds_the_newest_of_many_versions() {
    let cache = filled(4);
    let reader = stall(Point::CacheClaimed, {
        let cache = Arc::clone(&cache);
        move || cache.get(&0)
    });
    for op in 0..OPS {
        cache.insert(0, op + 100).unwrap();
        assert!(cache.stats().retired <= 1 + 4 / 2);
    }
    others_read(&cache);
    assert_eq!(reader.release(), Lookup::Fresh(OPS + 99));
}

#[test]
fn a_reader_held_before_its_second_look_misses_what_was_removed_for_another() {
    let cache = filled(4);
    let reader = stall(Point::CacheClaimed, {
        let cache = Arc::clone(&cache);
        move || cache.get(&0)
    });
    assert!(cache.remove(&0));
    for op in 0..OPS {
        cache.insert(op + 1_000, op).unwrap();
    }
    assert_eq!(reader.release(), Lookup::Miss);
}

#[test]
fn held_readers_beyond_the_reserve_refuse_inserts_until_they_go_on() {
    let cache = Arc::new(Cache::builder(10).reserve(3).build().unwrap());
    for key in 0..10 {
        cache.insert(key, 0).unwrap();
    }
    let mut readers = Vec::new();
    for round in 1..=3 {
        readers.push(held_reader(&cache, 0));
        cache.insert(0, round).unwrap(); // retires the version that was just read
    }
    for op in 0..OPS {
        let refused = cache.insert(op % 20, 9).unwrap_err();
        assert_eq!(refused.why, RefusedWhy::Pressure);
        assert_eq!(cache.get(&0), Lookup::Fresh(3), "reads go on");
    }
    assert_eq!(cache.len(), 10);
    assert_eq!(readers.pop().unwrap().release(), Lookup::Fresh(2));
    for op in 0..OPS {
        cache.insert(op % 20, op).unwrap();
    }
    for (round, reader) in readers.into_iter().enumerate() {
        assert_eq!(reader.release(), Lookup::Fresh(round as u64));
    }
}

#[test]
fn more_held_readers_than_records_hold_up_nobody() {
    let cache = filled(100);
    let readers: Vec<_> = (0..80).map(|_| held_reader(&cache, 0)).collect();
    others_read(&cache);
    for op in 0..OPS {
        cache.insert(op % 60, op % 60).unwrap();
    }
    for reader in readers {
        assert_eq!(reader.release(), Lookup::Fresh(0));
    }
    for key in 0..60 {
        cache.remove(&key);
    }
    while cache.maintain(100).dropped > 0 {}
    assert_eq!(cache.stats().retired, 0, "nothing stays held");
}

/// Every key has this hash: buckets overflow.
#[derive(Clone, Copy, Default)]
struct One(Option<u64>);

impl std::hash::BuildHasher for One {
    type Hasher = Self;
    fn build_hasher(&self) -> Self {
        *self
    }
}

impl std::hash::Hasher for One {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u64");
    }
    fn write_u64(&mut self, key: u64) {
        self.0 = self.0.or(Some(key.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    }
    fn finish(&self) -> u64 {
        self.0.unwrap_or_default()
    }
}

#[test]
fn a_lookup_looks_at_two_lines_of_the_index_whatever_goes_on() {
    for hasher in [One(None), One(Some(3))] {
        let cache = Cache::builder(300).hasher(hasher).build().unwrap();
        for op in 0..50 * OPS {
            let key = op * op % 1_009;
            let (found, lines) = passes(Point::CacheLine, || cache.get(&key));
            assert_eq!(lines, 2, "{found:?}");
            let (_, lines) = passes(Point::CacheLine, || cache.contains(&key));
            assert_eq!(lines, 2);
            cache.insert(key, op).unwrap();
            if op % 7 == 0 {
                cache.remove(&(op % 1_009));
            }
            if op % 5_000 == 0 {
                cache.invalidate_all();
            }
        }
        let stats = cache.stats();
        assert!(stats.hits > OPS / 10 && stats.misses > OPS, "{stats:?}");
        assert_eq!(stats.bucket_evicted > OPS, hasher.0.is_some(), "{stats:?}");
        assert_eq!(stats.visits_max, 16, "it is needed, and held");
    }
}

#[test]
fn a_reader_held_before_it_looks_at_the_index_holds_back_nothing() {
    let cache = filled(1);
    let reader = stall(Point::CacheLine, {
        let cache = Arc::clone(&cache);
        move || cache.get(&0)
    });
    others_read(&cache);
    for op in 0..OPS {
        cache.insert(0, op).unwrap();
        assert_eq!(cache.stats().held, 0);
    }
    assert_eq!(reader.release(), Lookup::Fresh(OPS - 1));
}

struct Next;

impl Load<u64, u64> for Next {
    type Error = ();
    fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
        Ok((*key < 100).then_some(key + 1))
    }
}

#[test]
fn a_loader_held_between_its_value_and_its_landing_holds_up_nobody_else() {
    let builder = Cache::builder(10).loader(Next).loads_max(2);
    let (cache, loads) = builder.build_manual().unwrap();
    let (cache, loads) = (Arc::new(cache), Arc::new(loads));
    let started = Outcome::Miss(Miss::LoadStarted);
    for key in [1, 100] {
        assert_eq!(cache.get_or_load(&key, Duration::ZERO), started);
        let loader = stall(Point::CacheLanding, {
            let loads = Arc::clone(&loads);
            move || loads.run_one()
        });
        for op in 0..OPS {
            let stored = match key {
                1 => Outcome::Fresh(2),
                _ => Outcome::Negative,
            };
            assert_eq!(cache.get_or_load(&key, LONG), stored, "it is there already");
            assert!(!cache.cancel_load(&key), "too late");
            assert_eq!(cache.get_or_load(&(op % 90 + 2), Duration::ZERO), started);
            assert!(loads.run_one(), "another thread runs others' loads");
            assert!(cache.get_or_load(&(op % 90 + 2), LONG).is_fresh());
            cache.remove(&(op % 90 + 2));
            cache.insert(1_000, op).unwrap();
        }
        assert!(loader.release());
    }
    assert_eq!(cache.stats().loads_active, 0);
    assert_eq!(cache.stats().loads_done, 2 + 2 * OPS);
}
