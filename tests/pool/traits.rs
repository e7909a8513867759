//! A buffer and what it freezes into stand where bytes do.

use std::borrow::{Borrow, BorrowMut};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::{self, Write};
use std::io::{BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{Buf, Bytes};
use shorttail::pool::{BufferFull, PooledBuf, PooledBytes, PutFmtError};

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

#[test]
fn taken_from_the_front_as_from_other_readers() {
    let pool = pool(16, 1);
    let mut buf = filled(&pool, b"one\ntwo\nxyz");
    let (mut line, mut three) = (String::new(), [0; 3]);
    assert_eq!(buf.read_line(&mut line).unwrap(), 4);
    assert_eq!((line.as_str(), buf.len(), buf.capacity()), ("one\n", 7, 12));
    let mut bytes = buf.freeze();
    bytes.read_exact(&mut three).unwrap();
    assert_eq!((&three, &bytes[..]), (b"two", &b"\nxyz"[..]));
    let mut rest = Vec::new();
    assert_eq!(bytes.read_to_end(&mut rest).unwrap(), 4);
    assert_eq!(bytes.read(&mut three).unwrap(), 0);
    assert_eq!(rest, b"\nxyz");
}

#[test]
#[should_panic(expected = "byte 4 of 3")]
fn a_buffer_gives_no_more_than_it_has() {
    filled(&pool(16, 1), b"abc").advance(4);
}

#[test]
fn an_iterator_of_bytes_holds_the_slot() {
    let pool = pool(16, 2);
    let mut bytes = frozen(&pool, b"abc").into_iter();
    let mut buf = filled(&pool, b"xyz").into_iter();
    assert_eq!((bytes.next(), buf.len(), bytes.len()), (Some(b'a'), 3, 2));
    assert!(buf.by_ref().eq(*b"xyz") && bytes.by_ref().eq(*b"bc"));
    assert_eq!(pool.outstanding(), 2);
    drop((bytes, buf));
    assert_eq!(pool.outstanding(), 0);
}

/// What it says of the iterator: no byte is asked for that there is no room for, but one.
#[test]
fn extended_to_the_last_byte_and_then_a_panic() {
    let pool = pool(4, 1);
    let mut buf = filled(&pool, b"a");
    buf.extend(b"bc");
    let mut more = b"def".iter().copied();
    let caught = catch_unwind(AssertUnwindSafe(|| buf.extend(more.by_ref())));
    let text = *caught.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(text, "put 1 bytes into a room of 0");
    assert_eq!((&buf[..], more.next()), (&b"abcd"[..], Some(b'f')));
}

#[test]
fn text_that_does_not_fit_whole_leaves_nothing() {
    struct Refuses;
    impl fmt::Display for Refuses {
        fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    let pool = pool(8, 1);
    let mut buf = filled(&pool, b"ab");
    // Five pieces, since values are not literals: the first three would fit.
    let (one, other, last) = (12_u32, 345_u32, 6_u32);
    let refused = buf.try_put_fmt(format_args!("{one}-{other}-{last}"));
    let (requested, remaining) = (8, 6);
    let full = BufferFull {
        requested,
        remaining,
    };
    assert_eq!(refused, Err(PutFmtError::Full(full)));
    assert_eq!(buf, "ab");
    let refused = buf.try_put_fmt(format_args!("{one}{}", Refuses));
    assert_eq!(refused, Err(PutFmtError::Format(fmt::Error)));
    assert_eq!(buf, "ab");
    buf.try_put_fmt(format_args!("{one}-{other}")).unwrap();
    assert_eq!(buf, "ab12-345");
}

/// The slots of this class touch, so that an address alone does not tell whose a view is.
#[test]
fn only_parts_of_one_slot_are_joined() {
    let pool = pool(64, 2);
    let (mut a, mut b) = (frozen(&pool, &[1; 64]), frozen(&pool, &[1; 64]));
    if a.as_ptr() > b.as_ptr() {
        std::mem::swap(&mut a, &mut b);
    }
    assert_eq!(b.as_ptr().addr() - a.as_ptr().addr(), 64);
    let mut b = a.try_unsplit(b).unwrap_err();
    let (c, d) = (b.split_off(60), b.split_off(30));
    let d = c.clone().try_unsplit(d).unwrap_err();
    let c = b.try_unsplit(c).unwrap_err();
    b.try_unsplit(d).unwrap();
    b.try_unsplit(c).unwrap();
    assert_eq!((b.len(), b.try_into_mut().is_ok()), (64, true));
}

#[test]
#[should_panic(expected = "the slice lies outside the view")]
fn a_slice_behind_the_view_is_not_its_part() {
    let bytes = frozen(&pool(64, 1), b"abcd");
    let front = bytes.slice(..2);
    drop(front.slice_ref(&bytes[1..3]));
}
