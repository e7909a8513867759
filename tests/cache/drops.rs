//! How many entries one call drops: user code that one caller pays for others.

use std::cell::Cell;

use shorttail::cache::Cache;

use crate::choices::Choices;

thread_local! {
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

/// Counts where it is dropped.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + 1);
    }
}

/// How many entries were dropped in `call`.
fn dropped<R>(call: impl FnOnce() -> R) -> usize {
    let before = DROPPED.get();
    drop(call());
    DROPPED.get() - before
}

#[test]
fn no_call_drops_more_than_two_entries() {
    let caches = [(1, 1, 1), (2, 1, 1), (50, 8, 2), (1_000, 32, 2)];
    for (capacity, reserve, bound) in caches {
        let builder = Cache::builder(capacity).reserve(reserve);
        let cache: Cache<u64, Counted> = builder.build().unwrap();
        let mut choices = Choices::new(capacity as u64);
        let mut most = 0;
        for _ in 0..40_000 {
            let key = choices.next(2 * capacity as u64);
            let count = match choices.next(64) {
                0 => dropped(|| cache.invalidate_all()),
                1..16 => dropped(|| cache.remove(&key)),
                16..40 => dropped(|| cache.with(&key, |_| ())),
                40 => dropped(|| cache.expire(&key)),
                _ => dropped(|| cache.insert(key, Counted).is_ok()),
            };
            most = most.max(count);
        }
        assert_eq!(
            most, bound,
            "room for {capacity}: the bound is met, and needed"
        );
        let held = cache.len() + cache.stats().retired;
        assert_eq!(
            dropped(|| drop(cache)),
            held,
            "the rest goes with the cache"
        );
    }
}

#[test]
fn a_get_drops_nothing_of_the_cache() {
    let cache = Cache::builder(10).build().unwrap();
    for key in 0..100 {
        cache.insert(key, Counted).unwrap();
    }
    let gets = || (0..100).for_each(|key| cache.with(&key, |_| ()));
    assert_eq!(dropped(gets), 0);
}
