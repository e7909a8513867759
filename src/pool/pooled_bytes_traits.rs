//! What `PooledBytes` is to others: a slice, a `Buf`, something to compare and print.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

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

impl From<PooledBuf> for PooledBytes {
    /// As [`PooledBuf::freeze`].
    fn from(buf: PooledBuf) -> Self {
        buf.freeze()
    }
}

impl PartialEq for PooledBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for PooledBytes {}

impl PartialEq<[u8]> for PooledBytes {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
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
