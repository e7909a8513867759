//! A pool of `Bytes` touches the heap when it is built and when it is freed.

use bytes::{BufMut, Bytes};
use shorttail::measure::{AllocFault, assert_no_alloc, count_allocs};
use shorttail::pool::{BytesPool, ConfigError};

fn pool(slots: usize) -> BytesPool {
    let builder = BytesPool::builder().class(64, slots).class(1024, slots);
    builder.track_age(true).build().unwrap()
}

fn frozen(pool: &BytesPool, byte: u8) -> Bytes {
    let mut buf = pool.try_acquire(64).unwrap();
    buf.put_bytes(byte, 20);
    buf.freeze()
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
            drop(bytes.try_into_mut().unwrap_err());
            drop(pool.try_acquire(1).unwrap());
            drop(pool.try_acquire(1).unwrap().freeze());
        }
    });
}

#[test]
fn refusals_reports_and_looks_in_vain() {
    let pool = pool(40);
    let mut all: Vec<_> = (0..40).map(|byte| frozen(&pool, byte)).collect();
    assert_no_alloc(|| {
        for _ in 0..1000 {
            pool.try_acquire(64).unwrap_err();
            pool.try_acquire(4096).unwrap_err();
            pool.maintain();
        }
        let stats = pool.stats();
        assert_eq!((stats.exhausted, stats.oversized), (1000, 1000));
        assert_eq!((stats.in_use, stats.hostages), (40, 40));
        let older = pool.outstanding_older_than(std::time::Duration::ZERO);
        assert_eq!(older.count(), 40);
        // Every one of them comes back once as a hostage.
        for byte in 0..40 {
            drop(all.remove(0));
            pool.maintain();
            all.push(frozen(&pool, byte));
        }
    });
}

#[test]
fn reading_writing_and_refusals_of_a_full_buffer() {
    let pool = pool(1);
    assert_no_alloc(|| {
        let mut buf = pool.try_acquire(1000).unwrap();
        buf.read_from(&mut &[1_u8; 2000][..]).unwrap();
        buf.read_from(&mut &[1_u8][..]).unwrap_err();
        assert!(buf.try_put(&[0]).is_err());
        assert_eq!(buf.chunk_mut().len(), 0);
        assert_eq!(buf.into_owned().freeze().len(), 1024);
    });
}

#[test]
fn a_workers_stock_and_what_is_too_much_for_it() {
    let pool = pool(20);
    let mut local = pool.local();
    let mut held = Vec::with_capacity(20);
    assert_no_alloc(|| {
        for _ in 0..100 {
            for _ in 0..20 {
                let mut buf = local.try_acquire(64).unwrap();
                buf.put_u64(7);
                held.push(local.freeze(buf));
            }
            assert!(local.try_acquire(64).is_err());
            held.clear();
            assert_eq!(local.stocked(), 8);
        }
        local.trim();
        pool.maintain();
    });
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn drops_on_another_thread() {
    let pool = pool(8);
    let frozen: Vec<_> = (0..8).map(|byte| frozen(&pool, byte)).collect();
    let other = std::thread::spawn(move || {
        // Outside the count: the vector that carried them.
        let mut frozen = frozen.into_iter();
        assert_no_alloc(|| frozen.by_ref().for_each(drop));
    });
    other.join().unwrap();
    assert_no_alloc(|| assert!((0..8).all(|_| pool.try_acquire(64).is_ok())));
}

#[test]
fn late_drops_free_what_the_constructor_took() {
    let (counts, ()) = count_allocs(|| {
        let pool = pool(40);
        let buf = pool.try_acquire(1).unwrap().into_owned();
        let other = frozen(&pool, 1);
        drop(pool);
        drop((buf, other));
    });
    assert_eq!(counts.allocs, counts.frees);
}

#[test]
fn memory_that_is_not_to_be_had_is_a_refusal() {
    let builder = BytesPool::builder().class(4096, 2);
    let bytes = 2 * (4096 + 63);
    // The first slot's memory; the second's, after the first's box and the list of slots.
    for before in [0, 3] {
        let builder = builder.clone();
        let (struck, built) = AllocFault::fail_after(before).run(|| builder.build());
        let refused = ConfigError::OutOfMemory { bytes };
        assert_eq!((struck, built.err()), (1, Some(refused)));
    }
}
