//! What left and awaits its drop: how much, and for how long.

use std::sync::Arc;

use shorttail::cache::{Cache, Inserted, Lookup};

use crate::choices::Choices;

/// Entries that wait in a shard at most, besides those that readers hold.
fn bound(reserve: usize) -> usize {
    reserve.div_ceil(2).min(32)
}

#[test]
fn replacing_one_key_in_a_cache_with_room_leaves_few_behind() {
    let cache = Cache::builder(10_000).build().unwrap();
    let token = Arc::new(());
    for _ in 0..20_000 {
        cache.insert(7, Arc::clone(&token)).unwrap();
        let stats = cache.stats();
        assert!(stats.retired <= bound(32), "{}", stats.retired);
        assert_eq!(Arc::strong_count(&token), 2 + stats.retired);
    }
    let before = cache.stats().scans;
    for _ in 0..1_600 {
        cache.insert(7, Arc::clone(&token)).unwrap();
    }
    let stats = cache.stats();
    assert!(stats.scanned_max <= 64, "{}", stats.scanned_max);
    assert!(stats.scans - before <= 200, "one in eight writes at most");
}

#[test]
fn few_are_left_behind_whatever_the_writes() {
    for (capacity, reserve) in [(1, 1), (2, 2), (40, 3), (40, 8), (40, 200), (2_048, 32)] {
        let cache = Cache::builder(capacity).reserve(reserve).build().unwrap();
        let mut choices = Choices::new(capacity as u64);
        let shards = 1.max(capacity / 1_024);
        let mut most = 0;
        for _ in 0..20_000 {
            let key = choices.next(2 * capacity as u64);
            match choices.next(8) {
                0..3 => drop(cache.remove(&key)),
                3 => cache.invalidate_all(),
                _ => assert!(cache.insert(key, ()).is_ok()),
            }
            most = most.max(cache.stats().retired);
        }
        assert!(most <= shards * bound(reserve), "{capacity}: {most}");
        assert!(cache.stats().scanned_max <= 64);
    }
}

/// Seen by the values alone: a look at the statistics is a look at what readers hold, too.
#[test]
fn few_are_left_behind_where_nobody_looks() {
    let token = Arc::new(());
    let cache = Cache::builder(1_000).build().unwrap();
    for key in 0..500 {
        cache.insert(key, Arc::clone(&token)).unwrap();
    }
    for key in 0..500 {
        assert!(cache.remove(&key));
        let left = Arc::strong_count(&token) - 1 - (499 - key as usize);
        assert!(left <= bound(32), "{left} await their drop");
    }
    for _ in 0..2_000 {
        cache.insert(7, Arc::clone(&token)).unwrap();
        let left = Arc::strong_count(&token) - 2;
        assert!(left <= bound(32), "{left} await their drop");
    }
}

#[test]
fn held_entries_come_on_top_and_only_while_they_are_held() {
    fn nest(cache: &Cache<u32, u32>, depth: u32) {
        let held = 40 - depth as usize;
        assert!(cache.stats().retired <= held + bound(32));
        cache.with(&0, |found| {
            if depth > 0 {
                assert_eq!(cache.insert(0, depth), Ok(Inserted::Replaced));
                nest(cache, depth - 1);
            }
            assert_eq!(found, Lookup::Fresh(&(depth + 1)), "a version each");
        });
    }
    let cache = Cache::builder(400).build().unwrap();
    cache.insert(0, 41).unwrap();
    nest(&cache, 40);
    for write in 0..100 {
        cache.insert(1, write).unwrap();
    }
    assert!(cache.stats().retired <= bound(32), "they left after them");
}

#[test]
fn held_entries_do_not_make_every_write_scan() {
    /// Holds as many versions of a key as would let each write scan.
    fn hold(cache: &Cache<u32, u32>, versions: u32) {
        if versions > 0 {
            cache.insert(0, versions).unwrap();
            cache.with(&0, |_| hold(cache, versions - 1));
            return;
        }
        let before = cache.stats().scans;
        for write in 0..1_600 {
            cache.insert(1, write).unwrap();
        }
        let stats = cache.stats();
        assert!(stats.held >= 20, "{}", stats.held);
        let scans = stats.scans - before;
        assert!(scans <= 200, "{scans}: one in eight writes");
    }
    hold(&Cache::builder(400).build().unwrap(), 24);
}

#[test]
fn what_is_read_is_kept_in_every_shard() {
    let cache = Cache::builder(1_024).shards(4).build().unwrap();
    for key in 0..64 {
        let value = Arc::new(key);
        cache.insert(key, Arc::clone(&value)).unwrap();
        cache.with(&key, |found| {
            for _ in 0..100 {
                cache.insert(key, Arc::new(key)).unwrap();
            }
            assert_eq!(found, Lookup::Fresh(&value));
            assert_eq!(Arc::strong_count(&value), 2, "the cache has its own still");
        });
    }
}
