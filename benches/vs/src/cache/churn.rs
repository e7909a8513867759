//! Half gets, half inserts into a cache that is full: both kinds of call timed, and what came of
//! them told. Then how many of the same gets hit, by one thread and by eight.

use std::hint::black_box;
use std::sync::{Arc, Mutex};

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Detail, Muster, Team};

use super::keys::Keys;
use super::{Cache, ENTRIES, Value, ours, peers, together, value};

const GET: usize = 0;
const HIT: usize = 1;
const REFUSED: usize = 2;

/// More calls are timed than elsewhere, for the 99.99th percentile of inserts.
const DETAIL: Detail = Detail {
    every: 8,
    second: "insert",
    told: &[
        ("gets", None),
        ("hits", Some(GET)),
        ("refused", Some(GET)), // there are as many inserts as gets
    ],
};

fn churn<C: Cache>(threads: usize) -> (&'static str, Muster) {
    let cache = Arc::new(C::with_room(ENTRIES as usize));
    let mut keys = Keys::new(0);
    (0..3 * ENTRIES).for_each(|_| cache.put(keys.next(), value(0)));
    // In each turn from other places on: the keys of the turn before are in the cache.
    let mut first = 0;
    let muster = move || {
        first += threads;
        let all = first - threads..first;
        all.map(|thread| body(&cache, thread)).collect()
    };
    (C::NAME, Box::new(muster))
}

fn body<C: Cache>(cache: &Arc<C>, thread: usize) -> Body {
    let (cache, mut keys) = (Arc::clone(cache), Keys::new(thread));
    Box::new(move |course: &mut Course| {
        while course.goes_on() {
            let key = keys.next();
            let found = black_box(course.call(|| cache.get(key)));
            course.tell(GET, true);
            course.tell(HIT, found.is_some());
            let key = keys.next();
            let taken = course.second_call(|| cache.offer(key, value(key)));
            course.tell(REFUSED, !taken);
            course.count_many(2);
        }
    })
}

pub(crate) fn run(bench: &mut Bench) {
    let cells = [
        (
            1,
            "cache-churn: 50 % insert, 1 thread, zipf 0.9 of 100 000 keys, room for 10 000",
        ),
        (
            2,
            "cache-churn: 50 % insert, 2 threads, zipf 0.9 of 100 000 keys, room for 10 000",
        ),
        (
            8,
            "cache-churn: 50 % insert, 8 threads, zipf 0.9 of 100 000 keys, room for 10 000",
        ),
    ];
    for (threads, name) in cells {
        if !bench.takes(name) {
            continue;
        }
        let contenders = vec![
            churn::<ours::Coarse<Value>>(threads),
            churn::<ours::Timed<Value>>(threads),
            churn::<ours::Trying<Value>>(threads),
            churn::<moka::sync::Cache<u64, Value>>(threads),
            churn::<peers::MokaLru<Value>>(threads),
            churn::<mini_moka::sync::Cache<u64, Value>>(threads),
            churn::<quick_cache::sync::Cache<u64, Value>>(threads),
            churn::<tinyufo::TinyUfo<u64, Value>>(threads),
            churn::<foyer_memory::Cache<u64, Value>>(threads),
            churn::<peers::FoyerS3<Value>>(threads),
            churn::<Mutex<lru::LruCache<u64, Value>>>(threads),
        ];
        Team::new(name, contenders).with(DETAIL).run(bench);
    }
    run_together(bench);
}

fn run_together(bench: &mut Bench) {
    let cell =
        "cache-churn: hits in percent of 1 048 576 gets, with as many inserts, room for 10 000";
    if !bench.takes(cell) {
        return;
    }
    println!("\n{cell}");
    println!("contender              1 thread  8 threads  difference   refused");
    together::row::<shorttail::cache::Cache<u64, Value>>(bench, cell);
    together::row::<ours::Coarse<Value>>(bench, cell);
    together::row::<ours::Trying<Value>>(bench, cell);
    together::row::<moka::sync::Cache<u64, Value>>(bench, cell);
    together::row::<peers::MokaLru<Value>>(bench, cell);
    together::row::<mini_moka::sync::Cache<u64, Value>>(bench, cell);
    together::row::<quick_cache::sync::Cache<u64, Value>>(bench, cell);
    together::row::<tinyufo::TinyUfo<u64, Value>>(bench, cell);
    together::row::<foyer_memory::Cache<u64, Value>>(bench, cell);
    together::row::<peers::FoyerS3<Value>>(bench, cell);
    together::row::<Mutex<lru::LruCache<u64, Value>>>(bench, cell);
}
