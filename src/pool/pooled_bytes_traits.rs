//! What `PooledBytes` is to others: a slice, a `Buf`, something to compare and print.

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;
use core::slice;

use bytes::{Buf, Bytes};

use super::{PooledBuf, PooledBytes};

impl Deref for PooledBytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.header().note_read();
        // SAFETY: `len` written bytes of our slot follow `start`, and nobody writes to it while a
        // handle is left.
        unsafe { core::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl AsRef<[u8]> for PooledBytes {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Reading moves the start of this view; other handles do not see it.
impl Buf for PooledBytes {
    #[inline]
    fn remaining(&self) -> usize {
        self.len
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self
    }

    /// # Panics
    /// If `count` is more than [`remaining`](Self::remaining).
    #[inline]
    fn advance(&mut self, count: usize) {
        self.skip(count);
    }

    /// Copies nothing: the result shares the slot, at the price of
    /// [`into_bytes`](PooledBytes::into_bytes).
    ///
    /// # Panics
    /// If `count` is more than [`remaining`](Self::remaining).
    fn copy_to_bytes(&mut self, count: usize) -> Bytes {
        self.split_to(count).into_bytes()
    }
}

impl From<PooledBytes> for Bytes {
    /// As [`PooledBytes::into_bytes`].
    fn from(bytes: PooledBytes) -> Self {
        bytes.into_bytes()
    }
}

impl From<PooledBuf> for Bytes {
    /// As [`PooledBuf::freeze`] and [`PooledBytes::into_bytes`].
    fn from(buf: PooledBuf) -> Self {
        buf.freeze().into_bytes()
    }
}

impl From<PooledBuf> for PooledBytes {
    /// As [`PooledBuf::freeze`].
    fn from(buf: PooledBuf) -> Self {
        buf.freeze()
    }
}

/// As bytes, with whatever else is: slices, arrays, strings, `Vec`, `Bytes`, another of these.
impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for PooledBytes {
    fn eq(&self, other: &T) -> bool {
        **self == *other.as_ref()
    }
}

impl Eq for PooledBytes {}

impl PartialOrd for PooledBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PooledBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

/// A map with these for keys is asked with a slice.
impl Borrow<[u8]> for PooledBytes {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl<'a> IntoIterator for &'a PooledBytes {
    type Item = &'a u8;
    type IntoIter = slice::Iter<'a, u8>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Hash for PooledBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// The bytes as a byte string.
impl fmt::Debug for PooledBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}
