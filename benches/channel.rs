//! Micro benches of the channel: one thread alone, one pair, and four on each side.

use std::collections::VecDeque;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shorttail::channel::{Builder, Lanes, NoClock, OnFull, bounded, stamped};
use shorttail::time::StdClock;

fn uncontended(c: &mut Criterion) {
    let (tx, rx) = bounded(64);
    c.bench_function("channel/try_send+try_recv", |b| {
        b.iter(|| {
            tx.try_send(black_box(1_u64)).expect("room");
            black_box(rx.try_recv().expect("a message"))
        });
    });
}

/// The same through the first lane: the others empty, and one of them with a message that waits.
fn lanes(c: &mut Criterion) {
    let mut group = c.benchmark_group("channel/lanes/try_send+try_recv");
    for lanes in [1, 2, 4] {
        let (tx, rx) = Lanes::new(vec![64; lanes]).build().expect("lanes");
        group.bench_function(format!("{lanes}"), |b| {
            b.iter(|| {
                tx.lane(0).try_send(black_box(1_u64)).expect("room");
                black_box(rx.try_recv().expect("a message"))
            });
        });
    }
    let (tx, rx) = Lanes::new([64, 64]).aging(u32::MAX).build().expect("lanes");
    tx.lane(1).try_send(2).expect("room");
    group.bench_function("2_one_waits", |b| {
        b.iter(|| {
            tx.lane(0).try_send(black_box(1_u64)).expect("room");
            black_box(rx.try_recv().expect("a message"))
        });
    });
    group.finish();
}

/// A blocking send that finds room, beside the receive that makes it.
fn blocking(c: &mut Criterion) {
    let (tx, rx) = bounded(64);
    c.bench_function("channel/send+recv, one thread", |b| {
        b.iter(|| {
            tx.send(black_box(1_u64)).expect("open");
            black_box(rx.recv().expect("a message"))
        });
    });
}

/// What a policy that is not needed costs, and what age costs, on and off.
fn policy_and_age(c: &mut Criterion) {
    for policy in [OnFull::Wait, OnFull::DropOldest] {
        let (tx, rx) = Builder::new(64).on_full(policy).build().expect("room");
        c.bench_function(&format!("channel/offer+try_recv/{policy:?}"), |b| {
            b.iter(|| {
                tx.offer(black_box(1_u64)).map(drop).expect("room");
                black_box(rx.try_recv().expect("a message"))
            });
        });
    }
    let (tx, rx) = stamped(64, NoClock);
    c.bench_function("channel/stamped/NoClock", |b| {
        b.iter(|| {
            tx.try_send(black_box(1_u64)).expect("room");
            black_box(rx.try_recv().expect("a message").value)
        });
    });
    let (tx, rx) = stamped(64, StdClock);
    c.bench_function("channel/stamped/StdClock", |b| {
        b.iter(|| {
            tx.try_send(black_box(1_u64)).expect("room");
            black_box(rx.try_recv().expect("a message"))
        });
    });
}

/// Eight messages through the channel by one call on each side.
fn batch(c: &mut Criterion) {
    let (tx, rx) = bounded(64);
    let (mut values, mut buf) = (VecDeque::with_capacity(8), Vec::with_capacity(8));
    let mut group = c.benchmark_group("channel/try_send_many+try_recv_many");
    group.throughput(Throughput::Elements(8));
    group.bench_function("8", |b| {
        b.iter(|| {
            values.extend(black_box([1_u64; 8]));
            tx.try_send_many(&mut values).expect("room");
            rx.try_recv_many(&mut buf, 8).expect("messages");
            black_box(&mut buf).clear();
        });
    });
    group.finish();
}

/// Time to move `messages` through one channel with `pairs` threads on each side.
fn moved(pairs: u64, capacity: usize, messages: u64) -> Duration {
    let (tx, rx) = bounded(capacity);
    let each = messages.div_ceil(pairs);
    let start = Instant::now();
    let received: u64 = thread::scope(|scope| {
        for _ in 0..pairs {
            let tx = tx.clone();
            scope.spawn(move || (0..each).for_each(|n| tx.send(n).expect("open")));
        }
        drop(tx);
        let receivers: Vec<_> = (0..pairs)
            .map(|_| {
                let rx = rx.clone();
                scope.spawn(move || rx.iter().count() as u64)
            })
            .collect();
        receivers
            .into_iter()
            .map(|r| r.join().expect("no panic"))
            .sum()
    });
    assert_eq!(received, each * pairs);
    start.elapsed()
}

fn threads(c: &mut Criterion) {
    let mut group = c.benchmark_group("channel/send+recv");
    group.throughput(Throughput::Elements(1));
    for (pairs, capacity) in [(1, 64), (1, 1024), (4, 64), (4, 1024)] {
        group.bench_function(format!("{pairs}p{pairs}c_{capacity}"), |b| {
            b.iter_custom(|messages| moved(pairs, capacity, messages));
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    uncontended,
    blocking,
    policy_and_age,
    lanes,
    batch,
    threads
);
criterion_main!(benches);
