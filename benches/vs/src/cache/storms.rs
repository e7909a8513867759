//! Everything goes at once, again and again: by its time to live, or because it is told to. The
//! threads get, and insert what they miss.

use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Detail, Muster, Team};

use super::{Cache, ENTRIES, Expires, Forgets, Value, next, ours, peers, value};

/// Long enough for all to be inserted before the first of them go.
const TTL: Duration = Duration::from_millis(10);

/// How long after all was forgotten it is forgotten again.
const PAUSE: Duration = Duration::from_millis(1);

const GET: usize = 0;
const HIT: usize = 1;
const REFUSED: usize = 2;

const DETAIL: Detail = Detail {
    every: 8,
    second: "insert",
    told: &[("gets", None), ("hits", Some(GET)), ("refused", None)],
};

fn body<C: Cache>(cache: &Arc<C>, thread: usize) -> Body {
    let (cache, mut key) = (Arc::clone(cache), thread as u64 * 1_234 % ENTRIES);
    Box::new(move |course: &mut Course| {
        while course.goes_on() {
            key = next(key);
            let found = black_box(course.call(|| cache.get(key)));
            course.tell(GET, true);
            course.tell(HIT, found.is_some());
            course.count();
            if found.is_none() {
                let taken = course.second_call(|| cache.offer(key, value(key)));
                course.tell(REFUSED, !taken);
                course.count();
            }
        }
    })
}

fn expiring<C: Expires<Value>>(threads: usize) -> (&'static str, Muster) {
    let cache = Arc::new(C::with_ttl(2 * ENTRIES as usize, TTL));
    let muster = move || (0..threads).map(|thread| body(&cache, thread)).collect();
    (C::NAME, Box::new(muster))
}

/// One thread more, that forgets.
fn forgetting<C: Forgets<Value>>(threads: usize) -> (&'static str, Muster) {
    let cache = Arc::new(C::with_room(2 * ENTRIES as usize));
    let muster = move || {
        let mut bodies: Vec<Body> = (0..threads).map(|thread| body(&cache, thread)).collect();
        let cache = Arc::clone(&cache);
        bodies.push(Box::new(move |course: &mut Course| {
            while course.goes_on() {
                cache.forget_all();
                std::thread::sleep(PAUSE);
            }
        }));
        bodies
    };
    (C::NAME, Box::new(muster))
}

fn expiry(bench: &mut Bench, threads: usize, name: &'static str) {
    if !bench.takes(name) {
        return;
    }
    let contenders = vec![
        expiring::<ours::Coarse<Value>>(threads),
        expiring::<ours::Timed<Value>>(threads),
        expiring::<moka::sync::Cache<u64, Value>>(threads),
        expiring::<peers::MokaLru<Value>>(threads),
        expiring::<mini_moka::sync::Cache<u64, Value>>(threads),
        expiring::<peers::Amalgam>(threads),
    ];
    Team::new(name, contenders).with(DETAIL).run(bench);
}

fn invalidation(bench: &mut Bench, threads: usize, name: &'static str) {
    if !bench.takes(name) {
        return;
    }
    let contenders = vec![
        forgetting::<shorttail::cache::Cache<u64, Value>>(threads),
        forgetting::<moka::sync::Cache<u64, Value>>(threads),
        forgetting::<peers::MokaLru<Value>>(threads),
        forgetting::<mini_moka::sync::Cache<u64, Value>>(threads),
        forgetting::<quick_cache::sync::Cache<u64, Value>>(threads),
        forgetting::<foyer_memory::Cache<u64, Value>>(threads),
        forgetting::<peers::FoyerS3<Value>>(threads),
        forgetting::<peers::Amalgam>(threads),
        forgetting::<Mutex<lru::LruCache<u64, Value>>>(threads),
    ];
    Team::new(name, contenders).with(DETAIL).run(bench);
}

pub(crate) fn run(bench: &mut Bench) {
    expiry(
        bench,
        2,
        "cache-storm: all expire each 10 ms, 2 threads, 10 000 keys",
    );
    expiry(
        bench,
        8,
        "cache-storm: all expire each 10 ms, 8 threads, 10 000 keys",
    );
    invalidation(
        bench,
        2,
        "cache-storm: all forgotten each 1 ms, 2 threads, 10 000 keys",
    );
    invalidation(
        bench,
        8,
        "cache-storm: all forgotten each 1 ms, 8 threads, 10 000 keys",
    );
}
