//! Values that take long to clone or to drop: who waits for them? Half gets, half inserts into a
//! cache that is full.

use std::hint::{black_box, spin_loop};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Detail, Muster, Team};

use super::keys::Keys;
use super::{Cache, ENTRIES, Sent, peers};

const SLOW: Duration = Duration::from_micros(10);

/// One of so many keys has such a value; the most frequent one has not.
const SLOW_EVERY: u64 = 16;

const fn is_slow(key: u64) -> bool {
    key % SLOW_EVERY == 1
}

fn take_long() {
    let start = Instant::now();
    while start.elapsed() < SLOW {
        spin_loop();
    }
}

const DETAIL: Detail = Detail {
    every: 8,
    second: "insert",
    told: &[("timed gets", None), ("hits", Some(0)), ("refused", None)],
};

/// What is slow about a value.
trait Slow: Sent {
    fn of(key: u64) -> Self;
}

/// The last of an entry's handles is slow to drop.
struct Heavy(u64);

impl Drop for Heavy {
    fn drop(&mut self) {
        if is_slow(self.0) {
            take_long();
        }
    }
}

impl Slow for Arc<Heavy> {
    fn of(key: u64) -> Self {
        Self::new(Heavy(key))
    }
}

/// Slow to clone.
struct Copied(u64);

impl Clone for Copied {
    fn clone(&self) -> Self {
        if is_slow(self.0) {
            take_long();
        }
        Self(self.0)
    }
}

impl Slow for Copied {
    fn of(key: u64) -> Self {
        Self(key)
    }
}

fn churn<V: Slow, C: Cache<V>>(threads: usize) -> (&'static str, Muster) {
    let cache = Arc::new(C::with_room(ENTRIES as usize));
    let mut keys = Keys::new(0);
    (0..2 * ENTRIES).for_each(|_| {
        let key = keys.next();
        cache.put(key, V::of(key));
    });
    let mut first = 0;
    let muster = move || {
        first += threads;
        let all = first - threads..first;
        all.map(|thread| body(&cache, thread)).collect()
    };
    (C::NAME, Box::new(muster))
}

/// A get of what is slow itself is not timed.
fn body<V: Slow, C: Cache<V>>(cache: &Arc<C>, thread: usize) -> Body {
    let (cache, mut keys) = (Arc::clone(cache), Keys::new(thread));
    Box::new(move |course: &mut Course| {
        while course.goes_on() {
            let key = keys.next();
            if is_slow(key) {
                drop(black_box(cache.get(key)));
            } else {
                let found = black_box(course.call(|| cache.get(key)));
                course.tell(0, true);
                course.tell(1, found.is_some());
            }
            let key = keys.next();
            let value = V::of(key);
            let taken = course.second_call(|| cache.offer(key, value));
            course.tell(2, !taken);
            course.count_many(2);
        }
    })
}

fn cell<V: Slow>(bench: &mut Bench, threads: usize, name: &'static str) {
    if !bench.takes(name) {
        return;
    }
    let contenders = vec![
        churn::<V, shorttail::cache::Cache<u64, V>>(threads),
        churn::<V, moka::sync::Cache<u64, V>>(threads),
        churn::<V, peers::MokaLru<V>>(threads),
        churn::<V, mini_moka::sync::Cache<u64, V>>(threads),
        churn::<V, quick_cache::sync::Cache<u64, V>>(threads),
        churn::<V, tinyufo::TinyUfo<u64, V>>(threads),
        churn::<V, foyer_memory::Cache<u64, V>>(threads),
        churn::<V, peers::FoyerS3<V>>(threads),
        churn::<V, Mutex<lru::LruCache<u64, V>>>(threads),
    ];
    Team::new(name, contenders).with(DETAIL).run(bench);
}

pub(crate) fn run(bench: &mut Bench) {
    let drops = "cache-slow: one value of 16 drops in 10 us, 2 threads, 50 % insert";
    cell::<Arc<Heavy>>(bench, 2, drops);
    let drops = "cache-slow: one value of 16 drops in 10 us, 8 threads, 50 % insert";
    cell::<Arc<Heavy>>(bench, 8, drops);
    let clones = "cache-slow: one value of 16 clones in 10 us, 2 threads, 50 % insert";
    cell::<Copied>(bench, 2, clones);
    let clones = "cache-slow: one value of 16 clones in 10 us, 8 threads, 50 % insert";
    cell::<Copied>(bench, 8, clones);
}
