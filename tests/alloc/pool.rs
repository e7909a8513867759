//! A buffer's life touches the heap once: for the box behind `bytes::Bytes`.

use std::future::Future;
use std::io::Read;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::{Buf, BufMut};
use shorttail::measure::{assert_no_alloc, count_allocs};
use shorttail::pool::{BufferPool, PooledBytes};

fn pool(slots: usize) -> BufferPool {
    let builder = BufferPool::builder().class(64, slots).class(1024, slots);
    builder.build().unwrap()
}

#[test]
fn acquire_fill_freeze_share_and_drop() {
    let pool = pool(4);
    assert_no_alloc(|| {
        for round in 0..50_000_u64 {
            let mut buf = pool.try_acquire(64).unwrap();
            buf.put_u64(round);
            buf.try_put(&[7; 20]).unwrap();
            let mut bytes = buf.freeze();
            let copy = bytes.clone();
            let view = bytes.slice(4..);
            let front = bytes.split_to(8);
            let back = bytes.split_off(10);
            assert_eq!((front.len(), bytes.len(), back.len()), (8, 10, 10));
            drop((copy, view, front, back));
            let mut buf = bytes.try_into_mut().unwrap();
            buf.clear();
        }
    });
}

#[test]
fn wiping() {
    let pool = BufferPool::builder()
        .class(64, 1)
        .wipe(true)
        .build()
        .unwrap();
    assert_no_alloc(|| {
        for _ in 0..1_000 {
            let mut buf = pool.try_acquire(64).unwrap();
            buf.put_u64(7);
            drop(buf.freeze());
        }
    });
}

#[test]
fn ages_kept_and_listed() {
    let pool = BufferPool::builder().class(64, 2).track_age(true);
    let pool = pool.build().unwrap();
    let mut local = pool.local();
    assert_no_alloc(|| {
        for _ in 0..1_000 {
            let bytes = pool.try_acquire(64).unwrap().freeze();
            let buf = local.try_acquire(64).unwrap();
            assert_eq!(pool.outstanding_older_than(Duration::ZERO).count(), 2);
            local.put_back(buf);
            drop(bytes);
            assert_eq!(pool.outstanding_older_than(Duration::ZERO).count(), 0);
        }
    });
}

#[test]
fn reading_and_writing() {
    let pool = pool(1);
    assert_no_alloc(|| {
        let mut buf = pool.try_acquire(1000).unwrap();
        buf.read_from(&mut &[1_u8; 2000][..]).unwrap();
        buf.read_from(&mut &[1_u8][..]).unwrap_err();
        assert!(buf.try_put(&[0]).is_err());
        let mut bytes = buf.freeze();
        assert_eq!(bytes.get_u16(), 0x0101);
    });
}

#[test]
fn taking_from_the_front_joining_and_what_does_not_fit() {
    let pool = pool(1);
    assert_no_alloc(|| {
        for _ in 0..1000 {
            let mut buf = pool.try_acquire(64).unwrap();
            buf.extend([7; 20]);
            buf.extend(&[8; 20]);
            assert_eq!(buf.get_u64(), u64::from_be_bytes([7; 8]));
            buf.read_exact(&mut [0; 8]).unwrap();
            buf.compact();
            buf.try_put_fmt(format_args!("{:>40}", 7)).unwrap();
            buf.try_put_fmt(format_args!("{:>40}", 7)).unwrap_err();
            buf.try_put_slice(&[1; 40]).unwrap_err();
            assert!(buf.not_full().is_err());
            let mut front = buf.freeze();
            let back = front.split_off(30);
            let middle = front.slice_ref(&front[10..20]);
            drop(front.try_unsplit(middle).unwrap_err());
            front.try_unsplit(back).unwrap();
            assert_eq!(front.into_iter().map(u64::from).count(), 64);
        }
    });
}

#[test]
fn refusals_and_stats() {
    let pool = pool(1);
    let _held = pool.try_acquire(64).unwrap();
    assert_no_alloc(|| {
        for _ in 0..1000 {
            pool.try_acquire(64).unwrap_err();
            pool.try_acquire(4096).unwrap_err();
        }
        let stats = pool.stats();
        assert_eq!((stats.exhausted, stats.oversized), (1000, 1000));
        assert_eq!(pool.class_stats().count(), 2);
    });
}

#[test]
fn release_from_another_thread() {
    let pool = pool(8);
    let frozen: Vec<PooledBytes> = (0..8)
        .map(|_| pool.try_acquire(64).unwrap().freeze())
        .collect();
    let other = std::thread::spawn(move || {
        // Outside the count: the vector that carried them.
        let mut frozen = frozen.into_iter();
        assert_no_alloc(|| frozen.by_ref().for_each(drop));
    });
    other.join().unwrap();
    assert_no_alloc(|| assert!((0..8).all(|_| pool.try_acquire(64).is_ok())));
}

#[test]
fn a_workers_stock_and_what_is_too_much_for_it() {
    let pool = pool(20);
    let mut local = pool.local();
    let mut held = Vec::with_capacity(20);
    assert_no_alloc(|| {
        for _ in 0..100 {
            held.extend((0..20).map(|_| local.try_acquire(64).unwrap()));
            assert!(local.try_acquire(64).is_err());
            held.drain(..).for_each(|buf| local.put_back(buf));
            assert_eq!((local.stocked(), pool.outstanding()), (8, 8));
        }
        local.trim();
    });
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn waits_of_threads_and_tasks_cancels_and_timeouts() {
    let pool = pool(1);
    let mut cx = Context::from_waker(Waker::noop());
    let other = std::thread::spawn({
        let pool = pool.clone();
        move || assert_no_alloc(|| (0..1_000).for_each(|_| drop(pool.acquire(64).unwrap())))
    });
    assert_no_alloc(|| {
        for _ in 0..1_000 {
            let held = pool.acquire_timeout(64, Duration::MAX).unwrap();
            let mut waits = pin!(pool.acquire_async(64));
            let polled = waits.as_mut().poll(&mut cx);
            assert!(pool.acquire_timeout(64, Duration::ZERO).is_err());
            drop((polled, held));
        }
    });
    other.join().unwrap();
    assert_eq!(pool.outstanding(), 0);
}

/// Of four words.
const BOX_BYTES: u64 = 4 * size_of::<usize>() as u64;

#[test]
fn into_bytes_is_one_box_of_32_bytes() {
    let pool = pool(1);
    let mut buf = pool.try_acquire(64).unwrap();
    buf.put_slice(b"payload");
    let frozen = buf.freeze();
    let (counts, bytes) = count_allocs(|| frozen.into_bytes());
    assert_eq!(
        (counts.allocs, counts.reallocs, counts.bytes),
        (1, 0, BOX_BYTES)
    );
    let view = assert_no_alloc(|| bytes.clone().slice(3..));
    drop(bytes);
    let (counts, ()) = count_allocs(|| drop(view));
    assert_eq!((counts.allocs, counts.frees), (0, 1));
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn into_bytes_or_copy_is_one_allocation() {
    let pool = pool(1);
    for (max, bytes) in [(7, 7), (6, BOX_BYTES)] {
        let mut buf = pool.try_acquire(64).unwrap();
        buf.put_slice(b"payload");
        let frozen = buf.freeze();
        let (counts, _kept) = count_allocs(|| frozen.into_bytes_or_copy(max));
        assert_eq!((counts.allocs, counts.bytes), (1, bytes));
    }
}

/// Two allocations and two frees for each buffer from the heap, and for no other.
#[test]
fn the_heap_helps_out_by_two_allocations() {
    let builder = BufferPool::builder().class(1024, 1).heap_overflow(1024);
    let pool = builder.track_age(true).build().unwrap();
    let slot = assert_no_alloc(|| pool.try_acquire(1).unwrap());
    for _ in 0..3 {
        let (counts, buf) = count_allocs(|| pool.try_acquire(1).unwrap());
        assert_eq!((counts.allocs, counts.frees), (2, 0));
        assert!((1024..1024 + 128).contains(&counts.bytes), "{counts:?}");
        let bytes = assert_no_alloc(|| {
            assert!(pool.try_acquire(1).is_err());
            let bytes = buf.freeze();
            drop(bytes.slice(..0));
            bytes
        });
        let (counts, ()) = count_allocs(|| drop(bytes));
        assert_eq!((counts.allocs, counts.frees), (0, 2));
    }
    drop(slot);
    assert_no_alloc(|| drop(pool.try_acquire(1)));
}

#[test]
fn late_release_frees_what_the_constructor_took() {
    let (counts, ()) = count_allocs(|| {
        let builder = BufferPool::builder().class(64, 40).class(1024, 1);
        let pool = builder.heap_overflow(1024).build().unwrap();
        let buf = pool.try_acquire(1).unwrap();
        let other = pool.try_acquire(1000).unwrap().freeze();
        let on_heap = pool.try_acquire(1000).unwrap();
        assert!(on_heap.is_on_heap());
        drop(pool);
        drop((buf, other, on_heap));
    });
    assert_eq!(counts.allocs, counts.frees);
}

#[test]
fn upkeep_of_what_is_resident() {
    let pool = pool(4);
    let _lent = pool.try_acquire(64).unwrap();
    assert_no_alloc(|| {
        pool.maintain();
    });
}
