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
