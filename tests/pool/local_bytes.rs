//! A worker's own stock of slots that become `Bytes`.

use bytes::Bytes;
use shorttail::pool::{BytesPool, LocalBytes};

fn pool(slots: usize) -> BytesPool {
    let builder = BytesPool::builder().class(64, slots).class(256, 1);
    builder.build().unwrap()
}

fn frozen(local: &mut LocalBytes<'_>, byte: u8) -> Bytes {
    let mut buf = local.try_acquire(64).unwrap();
    buf.try_put(&[byte; 20]).unwrap();
    local.freeze(buf)
}

#[test]
fn a_slot_that_is_back_is_taken_again_and_one_that_is_not_never() {
    let pool = pool(20);
    let mut local = pool.local();
    let mut held: Vec<(u8, Bytes)> = Vec::new();
    for round in 0..2_000_usize {
        let byte = round as u8;
        held.push((byte, frozen(&mut local, byte)));
        if held.len() > round % 12 {
            held.swap_remove(round % held.len());
        }
        for (byte, bytes) in &held {
            assert_eq!(bytes[..], [*byte; 20]);
        }
        assert!(local.stocked() <= 8);
    }
    drop((held, local));
    pool.maintain();
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn the_last_slot_is_looked_at_first() {
    let pool = pool(8);
    let mut local = pool.local();
    let all: Vec<_> = (0..4).map(|byte| frozen(&mut local, byte)).collect();
    let at: Vec<_> = all.iter().map(|bytes| bytes.as_ptr()).collect();
    drop(all);
    for _ in 0..2 {
        assert_eq!(frozen(&mut local, 1).as_ptr(), at[3]);
    }
    assert_eq!((local.stocked(), pool.outstanding()), (4, 4));
}

#[test]
fn a_full_stock_gives_up_what_it_had_longest() {
    let pool = pool(9);
    let mut local = pool.local();
    let mut all: Vec<_> = (0..9).map(|byte| frozen(&mut local, byte)).collect();
    assert_eq!((local.stocked(), pool.outstanding()), (8, 9));
    let first = all.remove(0);
    let at = first.as_ptr();
    drop(first);
    assert_eq!(pool.try_acquire(64).unwrap().as_ptr(), at);
    drop(all);
    assert!(pool.try_acquire(64).is_ok());
    pool.maintain();
    assert_eq!(pool.outstanding(), 8);
}

#[test]
fn trim_and_drop_give_all_back() {
    let pool = pool(3);
    let mut local = pool.local();
    let all: Vec<_> = (0..3).map(|byte| frozen(&mut local, byte)).collect();
    local.trim();
    assert_eq!((local.stocked(), pool.outstanding()), (0, 3));
    drop(all);
    drop(frozen(&mut local, 1));
    assert_eq!(local.stocked(), 1);
    drop(local);
    pool.maintain();
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn what_is_not_this_pools_or_empty_is_not_stocked() {
    let (pool, other) = (pool(2), pool(2));
    let mut local = pool.local();
    let mut stranger = other.try_acquire(64).unwrap();
    stranger.try_put(b"other").unwrap();
    let bytes = local.freeze(stranger);
    let mut owned = local.try_acquire(64).unwrap().into_owned();
    owned.try_put(b"owned").unwrap();
    let owned = local.freeze(owned);
    let empty = local.try_acquire(64).unwrap();
    assert_eq!((local.freeze(empty).len(), local.stocked()), (0, 0));
    assert_eq!((&bytes[..], &owned[..]), (&b"other"[..], &b"owned"[..]));
    drop((bytes, owned));
    pool.maintain();
    other.maintain();
    assert_eq!((pool.outstanding(), other.outstanding()), (0, 0));
}

#[test]
fn each_class_has_a_stock_and_refusals_are_the_pools() {
    let pool = pool(1);
    let mut local = pool.local();
    let small = frozen(&mut local, 1);
    assert!(local.try_acquire(64).unwrap_err().is_exhausted());
    assert!(!local.try_acquire(257).unwrap_err().is_exhausted());
    let mut large = local.try_acquire(65).unwrap();
    large.try_put(&[0; 256]).unwrap();
    let large = local.freeze(large);
    assert_eq!((local.stocked(), small.len(), large.len()), (2, 20, 256));
    assert_eq!((pool.stats().exhausted, pool.stats().oversized), (1, 1));
}
