//! What a buffer takes and what it refuses.

use std::io::{self, Read, Write};

use bytes::{Buf, BufMut};
use shorttail::pool::ReadError;

use crate::pool;

#[test]
fn put_fills_to_the_byte() {
    let pool = pool(10, 1);
    let mut buf = pool.try_acquire(10).unwrap();
    buf.put_u64(u64::MAX);
    assert_eq!(buf.remaining_mut(), 2);
    let full = buf.try_put(b"abc").unwrap_err();
    assert_eq!((full.requested, full.remaining), (3, 2));
    buf.try_put(b"ab").unwrap();
    assert_eq!(&buf[8..], b"ab");
    assert!(!buf.has_remaining_mut() && buf.chunk_mut().len() == 0);
}

#[test]
#[should_panic(expected = "put 3 bytes into a room of 2")]
fn put_slice_beyond_the_end_panics() {
    pool(2, 1).try_acquire(2).unwrap().put_slice(b"abc");
}

#[test]
#[should_panic(expected = "advance by 3 in a room of 2")]
fn advance_beyond_the_end_panics() {
    let pool = pool(2, 1);
    let mut buf = pool.try_acquire(2).unwrap();
    // SAFETY: more than there is room for: refused before anything is counted.
    unsafe { buf.advance_mut(3) };
}

#[test]
fn write_takes_what_fits_and_then_nothing() {
    let pool = pool(4, 1);
    let mut buf = pool.try_acquire(4).unwrap();
    assert_eq!(buf.write(b"abcdef").unwrap(), 4);
    assert_eq!(buf.write(b"ef").unwrap(), 0);
    let error = write!(buf, "more").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    assert_eq!(&buf[..], b"abcd");
}

#[test]
fn chunks_are_written_in_place() {
    let pool = pool(8, 1);
    let mut buf = pool.try_acquire(8).unwrap();
    buf.put(&b"abc"[..]);
    buf.chunk_mut()[..2].copy_from_slice(b"de");
    // SAFETY: two bytes were written just above.
    unsafe { buf.advance_mut(2) };
    buf[0] = b'A';
    assert_eq!(&buf[..], b"Abcde");
    buf.truncate(2);
    buf.put_bytes(b'x', 6);
    assert_eq!(&buf[..], b"Abxxxxxx");
}

#[test]
fn read_from_tells_full_from_end() {
    let pool = pool(4, 1);
    let mut buf = pool.try_acquire(4).unwrap();
    let mut input = &b"abcdef"[..];
    assert_eq!(buf.read_from(&mut Read::take(&mut input, 3)).unwrap(), 3);
    assert_eq!(buf.read_from(&mut input).unwrap(), 1);
    assert!(matches!(buf.read_from(&mut input), Err(ReadError::Full)));
    assert_eq!((&buf[..], input), (&b"abcd"[..], &b"ef"[..]));
    buf.clear();
    assert_eq!(buf.read_from(&mut io::empty()).unwrap(), 0);
}

#[test]
fn failed_read_leaves_the_buffer_as_it_was() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            room.fill(b'!');
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let pool = pool(4, 1);
    let mut buf = pool.try_acquire(4).unwrap();
    buf.try_put(b"a").unwrap();
    let Err(ReadError::Io(error)) = buf.read_from(&mut Broken) else {
        panic!("the reader fails");
    };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(&buf[..], b"a");
}

#[test]
#[should_panic(expected = "a reader put 9 bytes into 4")]
fn lying_reader_is_told() {
    struct Liar;
    impl Read for Liar {
        fn read(&mut self, _room: &mut [u8]) -> io::Result<usize> {
            Ok(9)
        }
    }
    let _read = pool(4, 1).try_acquire(4).unwrap().read_from(&mut Liar);
}

#[test]
fn thawed_buffer_keeps_what_it_shows_and_grows_to_the_slots_end() {
    let pool = pool(8, 1);
    let mut bytes = crate::frozen(&pool, b"abcdef");
    bytes.advance(2);
    bytes.truncate(3);
    let mut buf = bytes.try_into_mut().unwrap();
    assert_eq!((&buf[..], buf.capacity()), (&b"cde"[..], 6));
    buf.try_put(b"XYZ").unwrap();
    assert!(buf.try_put(b"!").is_err());
    assert_eq!(&buf.freeze()[..], b"cdeXYZ");
}
