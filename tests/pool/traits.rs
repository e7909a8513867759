//! A buffer and what it freezes into stand where bytes do.

use std::borrow::{Borrow, BorrowMut};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write;

use bytes::Bytes;
use shorttail::pool::{PooledBuf, PooledBytes};

use crate::{frozen, pool};

fn filled(pool: &shorttail::pool::BufferPool, bytes: &[u8]) -> PooledBuf {
    let mut buf = pool.try_acquire(bytes.len()).unwrap();
    buf.try_put(bytes).unwrap();
    buf
}

#[test]
fn equal_to_whatever_has_the_same_bytes() {
    let pool = pool(64, 4);
    let (bytes, buf) = (frozen(&pool, b"abc"), filled(&pool, b"abc"));
    assert_eq!(bytes, *b"abc");
    assert_eq!(bytes, b"abc");
    assert_eq!(bytes, "abc");
    assert_eq!(bytes, Vec::from(*b"abc"));
    assert_eq!(bytes, Bytes::from_static(b"abc"));
    assert_eq!(bytes, frozen(&pool, b"abc"));
    assert_eq!(bytes, buf);
    assert_eq!(buf, bytes);
    assert_eq!(buf, "abc");
    assert_eq!(buf, [b'a', b'b', b'c'][..]);
    assert!(bytes != frozen(&pool, b"abd") && bytes != "ab" && buf != *b"abcd");
}

#[test]
fn keys_of_maps_that_are_asked_with_slices() {
    let pool = pool(64, 3);
    let mut map: HashMap<PooledBytes, u32> = HashMap::new();
    map.insert(frozen(&pool, b"one"), 1);
    map.insert(frozen(&pool, b"two"), 2);
    assert_eq!(
        (map.get(&b"one"[..]), map.get(&b"six"[..])),
        (Some(&1), None)
    );
    let buffers: HashSet<PooledBuf> = HashSet::from([filled(&pool, b"three")]);
    assert!(buffers.contains(&b"three"[..]) && !buffers.contains(&b"thre"[..]));
}

#[test]
fn ordered_as_slices_are() {
    let pool = pool(64, 6);
    let words: [&[u8]; 3] = [b"b", b"", b"ab"];
    let frozen: BTreeSet<_> = words.iter().map(|word| frozen(&pool, word)).collect();
    assert!(
        frozen
            .iter()
            .map(|word| &word[..])
            .eq([&b""[..], b"ab", b"b"])
    );
    let filled: BTreeSet<_> = words.iter().map(|word| filled(&pool, word)).collect();
    assert!(
        filled
            .iter()
            .map(|word| &word[..])
            .eq([&b""[..], b"ab", b"b"])
    );
}

#[test]
fn lent_as_slices_and_iterated() {
    let pool = pool(64, 1);
    let mut buf = filled(&pool, b"abc");
    buf.as_mut()[0] = b'x';
    BorrowMut::<[u8]>::borrow_mut(&mut buf)[1] = b'y';
    assert_eq!(Borrow::<[u8]>::borrow(&buf), b"xyc");
    assert!((&buf).into_iter().eq(b"xyc"));
    let bytes = buf.freeze();
    assert!((&bytes).into_iter().eq(b"xyc"));
}

#[test]
fn text_fits_or_is_refused() {
    let pool = pool(8, 1);
    let mut buf = pool.try_acquire(8).unwrap();
    write!(buf, "{}-", 1234).unwrap();
    assert!(buf.write_str("four").is_err());
    assert_eq!(buf, "1234-");
    buf.write_str("567").unwrap();
    assert!(buf.write_char('8').is_err());
    assert_eq!(buf, "1234-567");
}

#[test]
fn a_short_piece_that_is_kept_keeps_no_slot() {
    let pool = pool(64, 1);
    let mut bytes = frozen(&pool, b"token and the rest");
    let rest = bytes.split_off(5);
    let token = bytes.into_bytes_or_copy(5);
    assert_eq!((&token[..], pool.outstanding()), (&b"token"[..], 1));
    let kept = rest.into_bytes_or_copy(12);
    assert_eq!((&kept[..], pool.outstanding()), (&b" and the rest"[..], 1));
    drop(kept);
    assert_eq!(pool.outstanding(), 0);
}
