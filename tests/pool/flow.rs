//! Buffers flow between threads: nobody starves, nothing is lost.

use std::sync::mpsc;
use std::thread;

use crate::pool;

#[test]
fn acquired_here_dropped_there() {
    let pool = pool(64, 8);
    let (tx, rx) = mpsc::sync_channel(8);
    let consumer = thread::spawn(move || {
        let mut sum = 0_u64;
        for bytes in rx.iter() {
            let bytes: shorttail::pool::PooledBytes = bytes;
            sum += u64::from_le_bytes(bytes[..8].try_into().unwrap());
        }
        sum
    });
    let (mut sent, mut refused) = (0_u64, 0_u64);
    while sent < 20_000 {
        match pool.try_acquire(8) {
            Ok(mut buf) => {
                buf.try_put(&sent.to_le_bytes()).unwrap();
                tx.send(buf.freeze()).unwrap();
                sent += 1;
            }
            Err(_) => {
                refused += 1;
                thread::yield_now();
            }
        }
    }
    drop(tx);
    assert_eq!(consumer.join().unwrap(), (0..20_000).sum::<u64>());
    assert_eq!((pool.outstanding(), pool.stats().exhausted), (0, refused));
}

#[test]
fn every_slot_has_one_holder_under_contention() {
    let pool = pool(64, 3);
    thread::scope(|scope| {
        for number in 0..6_u8 {
            let pool = &pool;
            scope.spawn(move || {
                for _ in 0..5_000 {
                    let Ok(mut buf) = pool.try_acquire(64) else {
                        continue;
                    };
                    buf.try_put(&[number; 64]).unwrap();
                    let bytes = buf.freeze();
                    let other = bytes.clone();
                    assert!(bytes.iter().all(|byte| *byte == number));
                    drop(bytes);
                    assert!(other.iter().all(|byte| *byte == number));
                }
            });
        }
    });
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn short_lived_threads_strand_nothing() {
    let pool = pool(64, 32);
    for _ in 0..20 {
        let kept: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        drop(pool.try_acquire(1).unwrap());
                        pool.try_acquire(1).unwrap()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(pool.outstanding(), 16);
        drop(kept);
        let all: Vec<_> = (0..32).map(|_| pool.try_acquire(1).unwrap()).collect();
        assert_eq!(all.len(), 32);
    }
}

#[test]
fn buffer_held_in_thread_local_storage_outlives_its_thread() {
    use std::cell::RefCell;
    thread_local! {
        static KEPT: RefCell<Option<shorttail::pool::PooledBuf>> = const { RefCell::new(None) };
    }
    let pool = pool(64, 1);
    let held = pool.clone();
    thread::spawn(move || KEPT.set(held.try_acquire(1).ok()))
        .join()
        .unwrap();
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn small_view_pins_its_whole_slot() {
    let pool = pool(65_536, 4);
    let kept: Vec<_> = (0..4)
        .map(|_| crate::frozen(&pool, &[7; 65_536]).slice(..20))
        .collect();
    assert!(pool.try_acquire(1).unwrap_err().is_exhausted());
    let copied: Vec<Vec<u8>> = kept.iter().map(|view| view.to_vec()).collect();
    drop(kept);
    assert_eq!((pool.outstanding(), copied.len()), (0, 4));
}

/// Every producer fills what it gets and sends it on; every consumer checks and drops. Nobody
/// starves: all come to their end, and the pool has all its slots then.
fn across(producers: u64, consumers: usize, rounds: u64) {
    const SLOTS: usize = 8;
    let pool = pool(64, SLOTS);
    let (tx, rx) = shorttail::channel::bounded(4);
    let sums: Vec<u64> = thread::scope(|scope| {
        for number in 0..producers {
            let (pool, tx) = (&pool, tx.clone());
            scope.spawn(move || {
                for round in 0..rounds {
                    let mut buf = pool.acquire(16).unwrap();
                    buf.try_put(&number.to_le_bytes()).unwrap();
                    buf.try_put(&round.to_le_bytes()).unwrap();
                    tx.send(buf.freeze()).unwrap();
                }
            });
        }
        drop(tx);
        let consumers: Vec<_> = (0..consumers)
            .map(|_| {
                let rx = rx.clone();
                scope.spawn(move || {
                    let parts = rx.iter().map(|bytes| {
                        let round = bytes.slice(8..);
                        drop(bytes);
                        u64::from_le_bytes(round[..].try_into().unwrap())
                    });
                    parts.sum::<u64>()
                })
            })
            .collect();
        consumers
            .into_iter()
            .map(|one| one.join().unwrap())
            .collect()
    });
    assert_eq!(
        sums.iter().sum::<u64>(),
        producers * (0..rounds).sum::<u64>()
    );
    assert_eq!(pool.outstanding(), 0);
    let all: Vec<_> = (0..SLOTS).map(|_| pool.try_acquire(1).unwrap()).collect();
    assert!(all.len() == SLOTS && pool.try_acquire(1).is_err());
}

#[test]
fn any_number_of_producers_and_consumers() {
    for (producers, consumers) in [(1, 1), (1, 3), (3, 1), (3, 3)] {
        across(producers, consumers, 3_000);
    }
}

#[test]
#[ignore = "stress: minutes"]
fn any_number_of_producers_and_consumers_for_long() {
    for (producers, consumers) in [(1, 1), (1, 3), (3, 1), (3, 3)] {
        across(producers, consumers, 10_000_000 / producers);
    }
}

/// A hundred thousand threads, each of which drops one buffer and hands one on.
#[test]
fn a_hundred_thousand_threads_strand_nothing() {
    let pool = pool(64, 8);
    let mut kept = Vec::with_capacity(4);
    for _ in 0..25_000 {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || {
                    drop(pool.acquire(1).unwrap());
                    pool.acquire(1).unwrap()
                })
            })
            .collect();
        kept.clear();
        kept.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
    }
    drop(kept);
    assert_eq!(pool.outstanding(), 0);
}
