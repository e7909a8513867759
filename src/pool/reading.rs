//! What a handle is to who takes bytes from its front: a `Buf`, a reader, an iterator.

use core::cmp::min;
use std::io::{self, BufRead, Read};

use bytes::{Buf, buf::IntoIter};

use super::{PooledBuf, PooledBytes};

/// Taking moves the start of the buffer on, and its capacity shrinks by as much, as with
/// `bytes::BytesMut`: [`compact`](PooledBuf::compact) brings the room back.
///
/// `copy_to_bytes` copies to the heap, since others would share what may still be written:
/// [`freeze`](PooledBuf::freeze) first where the slot is to be shared instead.
///
/// # Examples
/// ```
/// use bytes::Buf;
///
/// let pool = shorttail::pool::BufferPool::builder().class(8, 1).build().unwrap();
/// let mut buf = pool.try_acquire(8).unwrap();
/// buf.try_put(&[0, 3, b'a']).unwrap(); // a length, and the first of so many bytes
/// assert_eq!(buf.get_u16(), 3);
/// assert_eq!((&buf[..], buf.capacity()), (&b"a"[..], 6));
/// buf.compact();
/// assert_eq!((&buf[..], buf.capacity()), (&b"a"[..], 8));
/// ```
impl Buf for PooledBuf {
    #[inline]
    fn remaining(&self) -> usize {
        self.len()
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self
    }

    /// # Panics
    /// If `count` is more than [`len`](Self::len).
    #[inline]
    fn advance(&mut self, count: usize) {
        assert!(count <= self.len(), "byte {count} of {}", self.len());
        self.skip(count);
    }
}

/// Takes bytes from the front, as `VecDeque<u8>` does; 0 once none is left. Never waits.
impl Read for PooledBuf {
    #[inline]
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Ok(take_front(self, room))
    }
}

/// What is written, and consumed from the front. Never waits.
impl BufRead for PooledBuf {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self)
    }

    #[inline]
    fn consume(&mut self, count: usize) {
        self.advance(count);
    }
}

/// Takes bytes from the front of this view, as `&[u8]` does; 0 once none is left. Never waits.
///
/// # Examples
/// ```
/// use std::io::BufRead;
///
/// let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
/// let mut buf = pool.try_acquire(64).unwrap();
/// buf.try_put(b"one\ntwo\n").unwrap();
/// let lines: Vec<_> = buf.freeze().lines().map(Result::unwrap).collect();
/// assert_eq!(lines, ["one", "two"]);
/// ```
impl Read for PooledBytes {
    #[inline]
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Ok(take_front(self, room))
    }
}

/// The bytes of this view, consumed from the front. Never waits.
impl BufRead for PooledBytes {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self)
    }

    #[inline]
    fn consume(&mut self, count: usize) {
        self.advance(count);
    }
}

/// The bytes, one after another; the slot is held until the iterator is dropped.
impl IntoIterator for PooledBuf {
    type Item = u8;
    type IntoIter = IntoIter<Self>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter::new(self)
    }
}

/// The bytes, one after another; the slot is held until the iterator is dropped.
impl IntoIterator for PooledBytes {
    type Item = u8;
    type IntoIter = IntoIter<Self>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter::new(self)
    }
}

/// Moves what fits from the front of `from` to the front of `room`; how much.
fn take_front(from: &mut impl Buf, room: &mut [u8]) -> usize {
    let count = min(from.remaining(), room.len());
    from.copy_to_slice(&mut room[..count]);
    count
}
