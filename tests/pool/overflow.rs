//! Buffers from the heap: as many bytes as the budget has, used as any other, and back in time.

use std::future::Future;
use std::mem::MaybeUninit;
use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use bytes::BufMut;
use shorttail::pool::{BufferPool, Builder, PooledBuf, PooledBytes};

/// One slot of 64 bytes, and heap for three more less a byte.
fn builder() -> Builder {
    BufferPool::builder().class(64, 1).heap_overflow(64 * 3 - 1)
}

fn heap(pool: &BufferPool) -> (usize, usize) {
    let stats = pool.stats();
    (stats.heap_buffers, stats.heap_bytes)
}

#[test]
fn the_budget_is_kept_to_the_byte() {
    let pool = builder().build().unwrap();
    let mut bufs: Vec<PooledBuf> = (0..3).map(|_| pool.try_acquire(1).unwrap()).collect();
    let on_heap: Vec<_> = bufs.iter().map(PooledBuf::is_on_heap).collect();
    assert_eq!((on_heap, heap(&pool)), (vec![false, true, true], (2, 128)));
    assert!(pool.try_acquire(1).unwrap_err().is_exhausted());
    assert!(pool.acquire_timeout(1, Duration::ZERO).is_err());
    // The slot comes first again, and then what the budget has again.
    drop((bufs.remove(0), bufs.remove(0)));
    assert_eq!((pool.outstanding(), heap(&pool)), (1, (1, 64)));
    let again = [pool.try_acquire(1).unwrap(), pool.acquire(1).unwrap()];
    assert_eq!(again.each_ref().map(PooledBuf::is_on_heap), [false, true]);
    assert!(pool.try_acquire(1).is_err());
    drop((again, bufs));
    let stats = pool.stats();
    assert_eq!((pool.outstanding(), heap(&pool)), (0, (0, 0)));
    // A timed call asks once, as the others do.
    assert_eq!((stats.heap_taken, stats.heap_refused), (3, 3));
}

/// Classes share the budget; a size takes from it what its class has, and none that is too large.
#[test]
fn classes_of_all_sizes_pay_from_one_budget() {
    let builder = BufferPool::builder().class(8, 1).class(100, 1);
    let pool = builder.heap_overflow(116).build().unwrap();
    let slots = [pool.try_acquire(8).unwrap(), pool.try_acquire(9).unwrap()];
    let large = pool.try_acquire(9).unwrap();
    assert_eq!((large.capacity(), heap(&pool)), (100, (1, 100)));
    let small = [(); 2].map(|()| pool.try_acquire(0).unwrap());
    assert_eq!(small.each_ref().map(PooledBuf::capacity), [8, 8]);
    assert_eq!(heap(&pool), (3, 116));
    assert!(pool.try_acquire(1).unwrap_err().is_exhausted());
    assert!(!pool.try_acquire(101).unwrap_err().is_exhausted());
    drop(large);
    assert!(pool.try_acquire(100).is_ok());
    drop((slots, small));
    assert_eq!(heap(&pool), (0, 0));
}

#[test]
fn a_larger_class_helps_out_before_the_heap() {
    let builder = builder().class(128, 1).use_next_larger(true);
    let pool = builder.build().unwrap();
    let bufs = [(); 3].map(|()| pool.try_acquire(1).unwrap());
    assert_eq!(bufs.each_ref().map(PooledBuf::capacity), [64, 128, 64]);
    assert!(bufs[2].is_on_heap());
}

/// A buffer from the heap, with the only slot forgotten.
fn on_heap(pool: &BufferPool) -> PooledBuf {
    std::mem::forget(pool.try_acquire(1).unwrap());
    let buf = pool.try_acquire(1).unwrap();
    assert!(buf.is_on_heap() && buf.as_ptr().addr() % 64 == 0);
    buf
}

#[test]
fn used_and_shared_as_any_other() {
    let pool = builder().build().unwrap();
    let mut buf = on_heap(&pool);
    buf.put_bytes(b'a', 60);
    assert!(buf.try_put(b"too much").is_err());
    buf.put_slice(b"wxyz");
    let mut front: PooledBytes = buf.freeze();
    let back = front.split_off(60);
    let owned = back.clone().into_bytes();
    front.try_unsplit(back).unwrap();
    let front = front.try_into_mut().unwrap_err();
    assert_eq!(owned, "wxyz");
    drop(owned);
    let mut buf = front.try_into_mut().unwrap();
    buf.clear();
    buf.put_slice(b"again");
    assert_eq!(
        (&buf[..], buf.capacity(), heap(&pool)),
        (&b"again"[..], 64, (1, 64))
    );
    let kept = buf.freeze().slice(..1);
    assert!(kept.is_on_heap());
    assert_eq!(heap(&pool), (1, 64));
    drop(kept);
    assert_eq!(heap(&pool), (0, 0));
}

#[test]
fn outlives_the_pool_on_another_thread() {
    let pool = builder().build().unwrap();
    let mut buf = on_heap(&pool);
    buf.put_slice(b"late");
    drop(pool);
    let bytes = thread::spawn(|| buf.freeze()).join().unwrap();
    assert_eq!(bytes, "late");
}

#[test]
fn ages_are_known_until_it_is_freed() {
    let pool = builder().track_age(true).build().unwrap();
    let buf = on_heap(&pool);
    let held = |pool: &BufferPool| {
        let held = pool.outstanding_older_than(Duration::ZERO);
        let mut held: Vec<_> = held.map(|held| (held.slot_bytes, held.on_heap)).collect();
        held.sort_unstable();
        held
    };
    assert_eq!(held(&pool), [(64, false), (64, true)]);
    assert_eq!(pool.outstanding_older_than(Duration::MAX).count(), 0);
    let bytes = buf.freeze();
    assert_eq!(held(&pool).len(), 2);
    drop(bytes);
    assert_eq!(held(&pool), [(64, false)]);
}

#[test]
fn more_than_the_list_of_ages_has_are_counted() {
    let builder = BufferPool::builder().class(8, 1).heap_overflow(8 * 1030);
    let pool = builder.track_age(true).build().unwrap();
    let bufs: Vec<_> = (0..1031).map(|_| pool.try_acquire(1).unwrap()).collect();
    let listed = |pool: &BufferPool| pool.outstanding_older_than(Duration::ZERO).count();
    assert_eq!((listed(&pool), heap(&pool)), (1025, (1030, 8240)));
    drop(bufs);
    assert_eq!((listed(&pool), heap(&pool)), (0, (0, 0)));
}

/// Wiped before it goes: shown by who gets the same memory, which is not freed between.
#[test]
fn handed_to_who_waits_and_wiped_before() {
    let builder = BufferPool::builder().class(64, 1).heap_overflow(64);
    let pool = builder.wipe(true).build().unwrap();
    let mut buf = on_heap(&pool);
    buf.put_bytes(b'S', 50);
    let place = buf.as_ptr();
    let mut waits = pin!(pool.acquire_async(1));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(waits.as_mut().poll(&mut cx).is_pending());
    drop(buf.freeze());
    let Poll::Ready(Ok(mut buf)) = waits.as_mut().poll(&mut cx) else {
        panic!("it was handed over");
    };
    assert_eq!(
        (buf.as_ptr(), buf.is_on_heap(), heap(&pool)),
        (place, true, (1, 64))
    );
    let zeroed = |byte: &MaybeUninit<u8>| {
        // SAFETY: written by the holder before, and the memory was not freed since.
        unsafe { byte.assume_init_read() == 0 }
    };
    assert!(buf.spare_capacity_mut()[..50].iter().all(zeroed));
}

#[test]
fn a_worker_keeps_none_in_its_stock() {
    let pool = builder().build().unwrap();
    let mut local = pool.local();
    let slot = local.try_acquire(1).unwrap();
    let heap_buf = local.try_acquire(1).unwrap();
    assert!(heap_buf.is_on_heap());
    local.put_back(heap_buf);
    assert_eq!((local.stocked(), heap(&pool)), (0, (0, 0)));
    local.put_back(slot);
    assert_eq!(local.stocked(), 1);
}

/// Nobody ever sees more bytes than the budget, and all come back.
#[test]
fn threads_share_the_budget() {
    const THREADS: usize = 6;
    let builder = BufferPool::builder().class(32, 1).heap_overflow(32 * 3);
    let pool = builder.build().unwrap();
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (pool, start) = (&pool, &start);
            scope.spawn(move || {
                start.wait();
                for _ in 0..2_000 {
                    let Ok(mut buf) = pool.try_acquire(32) else {
                        continue;
                    };
                    buf.put_bytes(number as u8, 32);
                    assert!(heap(pool).1 <= 96);
                    let bytes = buf.freeze();
                    drop(bytes.clone());
                    assert!(bytes.iter().all(|byte| usize::from(*byte) == number));
                }
            });
        }
    });
    assert_eq!((pool.outstanding(), heap(&pool)), (0, (0, 0)));
    let all: Vec<_> = std::iter::from_fn(|| pool.try_acquire(1).ok()).collect();
    assert_eq!(all.len(), 4);
}
