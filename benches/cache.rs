//! Micro benches of the cache: one thread, values of 8 bytes, keys in order.
//! Run as `cargo bench --bench cache`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use shorttail::cache::{Cache, Lookup};
use shorttail::time::{CoarseClock, StdClock};

const KEYS: u64 = 100_000;

fn reads(c: &mut Criterion) {
    let mut group = c.benchmark_group("cache");
    for (name, count) in [("1k", 1_000), ("100k", KEYS)] {
        let cache = Cache::builder(count as usize * 2).build().unwrap();
        for key in 0..count {
            cache.insert(key, key).unwrap();
        }
        let mut key = 0;
        group.bench_function(format!("get-hit {name}"), |b| {
            b.iter(|| {
                key = (key + 7_919) % count;
                assert_eq!(cache.get(black_box(&key)), Lookup::Fresh(key));
            });
        });
        group.bench_function(format!("get-miss {name}"), |b| {
            b.iter(|| {
                key = (key + 7_919) % count;
                assert_eq!(cache.get(black_box(&(key + KEYS))), Lookup::Miss);
            });
        });
    }
    let timed = Cache::builder(2_000)
        .ttl(Duration::from_secs(3_600))
        .clock(StdClock);
    let timed = timed.build().unwrap();
    let coarse = Cache::builder(2_000)
        .ttl(Duration::from_secs(3_600))
        .clock(Arc::new(CoarseClock::new()))
        .build()
        .unwrap();
    timed.insert(1, 1).unwrap();
    coarse.insert(1, 1).unwrap();
    group.bench_function("get-hit with ttl, system clock", |b| {
        b.iter(|| assert_eq!(timed.get(black_box(&1)), Lookup::Fresh(1)));
    });
    group.bench_function("get-hit with ttl, coarse clock", |b| {
        b.iter(|| assert_eq!(coarse.get(black_box(&1)), Lookup::Fresh(1)));
    });
    group.finish();
}

fn writes(c: &mut Criterion) {
    let mut group = c.benchmark_group("cache");
    for (name, count) in [("1k", 1_000), ("100k", KEYS)] {
        let cache = Cache::builder(count as usize).build().unwrap();
        let mut key = 0;
        while cache.len() < count as usize {
            cache.insert(key, key).unwrap();
            key += 1;
        }
        group.bench_function(format!("insert-evict {name}"), |b| {
            b.iter(|| {
                key += 1;
                assert!(cache.insert(black_box(key), key).is_ok());
            });
        });
        group.bench_function(format!("replace {name}"), |b| {
            b.iter(|| {
                let hot = key - key % 16;
                assert!(cache.insert(black_box(hot), key).is_ok());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reads, writes);
criterion_main!(benches);
