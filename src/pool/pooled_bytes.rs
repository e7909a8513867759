//! A slot shared by those who read it.

use core::mem::ManuallyDrop;
use core::ops::{Bound, RangeBounds};
use core::ptr::NonNull;

use super::PooledBuf;
use super::class::{Header, Hold};
use crate::sync::atomic::{Ordering, fence};

/// More handles than this on one slot cannot be by accident, and must not wrap.
const REFS_MAX: usize = isize::MAX as usize;

/// Bytes in a slot, read by any number of handles. The last one's drop frees the slot.
///
/// Cloning, slicing and splitting count another handle on the slot and neither copy nor allocate.
/// However short the view, it keeps its whole slot. `Send` and `Sync`; three words.
///
/// No method waits, or allocates where it does not say so; lengths are a load. A drop is one
/// read-modify-write, none where the handle is the only one; the last also does what the drop of a
/// [`PooledBuf`] does.
///
/// # Examples
/// ```
/// let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
/// let mut buf = pool.try_acquire(64).unwrap();
/// buf.try_put(b"key=value").unwrap();
///
/// let mut rest = buf.freeze();
/// let key = rest.split_to(3);
/// let value = rest.slice(1..);
/// assert_eq!((&key[..], &value[..]), (&b"key"[..], &b"value"[..]));
/// drop((key, rest));
/// assert_eq!(pool.outstanding(), 1); // `value` keeps the slot
/// ```
pub struct PooledBytes {
    hold: ManuallyDrop<Hold>,
    /// Inside the slot, followed by `len` written bytes.
    pub(super) start: NonNull<u8>,
    pub(super) len: usize,
}

// SAFETY: handles on one slot only read its bytes and count themselves by atomic steps; the one
// that drops the hold is the last, after all others' reads (`let_go`).
unsafe impl Send for PooledBytes {}
// SAFETY: `&PooledBytes` gives `&[u8]` and clones.
unsafe impl Sync for PooledBytes {}

impl PooledBytes {
    /// The first handle on `hold`'s slot.
    ///
    /// # Safety
    /// `hold` must be the only one for its slot, and the `len` bytes from `start` lie in that slot
    /// and be written.
    #[inline]
    pub(super) unsafe fn from_parts(hold: Hold, start: NonNull<u8>, len: usize) -> Self {
        Self {
            hold: ManuallyDrop::new(hold),
            start,
            len,
        }
    }

    /// Bytes in this view.
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// assert_eq!(pool.try_acquire(4).unwrap().freeze().len(), 0);
    /// ```
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether this view has no bytes. It keeps its slot all the same.
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// assert!(pool.try_acquire(4).unwrap().freeze().is_empty());
    /// ```
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the memory is from the heap: see [`PooledBuf::is_on_heap`].
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// assert!(!pool.try_acquire(4).unwrap().freeze().is_on_heap());
    /// ```
    #[must_use]
    pub fn is_on_heap(&self) -> bool {
        self.hold.is_on_heap()
    }

    /// A view of part of this one. O(1); never waits, never allocates.
    ///
    /// # Panics
    /// If the range does not lie in this view.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let bytes = buf.freeze();
    /// assert_eq!(&bytes.slice(1..=1)[..], b"b");
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        let from = match range.start_bound() {
            Bound::Included(&first) => first,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => self.len,
        };
        assert!(from <= to, "slice from {from} to {to}");
        self.assert_within(to);
        let mut part = self.clone();
        part.truncate(to);
        part.skip(from);
        part
    }

    /// Splits off the first `at` bytes and returns them. O(1); never waits, never allocates.
    ///
    /// # Panics
    /// If `at` is more than [`len`](Self::len).
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let mut bytes = buf.freeze();
    /// assert_eq!(&bytes.split_to(2)[..], b"ab");
    /// assert_eq!(&bytes[..], b"c");
    /// ```
    #[inline]
    #[must_use = "truncate or advance drop a part"]
    pub fn split_to(&mut self, at: usize) -> Self {
        let front = self.slice(..at);
        self.skip(at);
        front
    }

    /// Splits off the bytes from `at` on and returns them. O(1); never waits, never allocates.
    ///
    /// # Panics
    /// If `at` is more than [`len`](Self::len).
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let mut bytes = buf.freeze();
    /// assert_eq!(&bytes.split_off(2)[..], b"c");
    /// assert_eq!(&bytes[..], b"ab");
    /// ```
    #[inline]
    #[must_use = "truncate or advance drop a part"]
    pub fn split_off(&mut self, at: usize) -> Self {
        let back = self.slice(at..);
        self.truncate(at);
        back
    }

    /// Joins `after` to the end of this view, if it is what follows there. O(1); never waits, never
    /// allocates.
    ///
    /// Undoes [`split_to`](Self::split_to) and [`split_off`](Self::split_off).
    ///
    /// # Errors
    /// `after` if it lies in another slot, or does not begin where this view ends.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let mut front = buf.freeze();
    /// let back = front.split_off(2);
    /// front.try_unsplit(back).unwrap();
    /// assert_eq!(&front[..], b"abc");
    /// assert!(front.try_unsplit(front.slice(..1)).is_err());
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_unsplit(&mut self, after: Self) -> Result<(), Self> {
        let end = self.start.addr().get() + self.len;
        // Slots apart may touch: the addresses alone would not do.
        let same_slot = core::ptr::eq(self.header(), after.header());
        if !same_slot || after.start.addr().get() != end {
            return Err(after);
        }
        // Both lie in the slot and are written, so their sum does and is.
        self.len += after.len;
        Ok(())
    }

    /// The view of `part`, which is a part of this one's bytes. O(1); never waits, never allocates.
    ///
    /// For what a parser gives back as slices. An empty `part` may lie anywhere.
    ///
    /// # Panics
    /// If `part` does not lie in this view.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(9).unwrap();
    /// # buf.try_put(b"key=value").unwrap();
    /// let bytes = buf.freeze();
    /// let value = bytes.split(|byte| *byte == b'=').nth(1).unwrap();
    /// let value = bytes.slice_ref(value);
    /// drop(bytes);
    /// assert_eq!(value, "value");
    /// ```
    #[must_use]
    pub fn slice_ref(&self, part: &[u8]) -> Self {
        if part.is_empty() {
            return self.slice(..0);
        }
        let from = part.as_ptr().addr().checked_sub(self.start.addr().get());
        let range = from.and_then(|from| Some(from..from.checked_add(part.len())?));
        let within = range.filter(|range| range.end <= self.len);
        match within {
            Some(range) => self.slice(range),
            None => panic!("the slice lies outside the view"),
        }
    }

    /// Shortens the view to `len`; does nothing if it is no longer. O(1).
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let mut bytes = buf.freeze();
    /// bytes.truncate(2);
    /// assert_eq!(&bytes[..], b"ab");
    /// ```
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// The buffer back, to write to, if this is the only handle on its slot.
    ///
    /// O(1); never waits, never allocates. The buffer begins where this view does: what lay before
    /// it, also by `Buf::advance`, is lost to it until the slot is released.
    ///
    /// # Errors
    /// `self` if other handles are left; another thread's drop that is not over counts as one.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let bytes = buf.freeze();
    /// let shared = bytes.clone();
    /// let bytes = bytes.try_into_mut().unwrap_err();
    /// drop(shared);
    /// let mut buf = bytes.try_into_mut().unwrap();
    /// buf[0] = b'x';
    /// assert_eq!((&buf[..], buf.capacity()), (&b"xbc"[..], 64));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_into_mut(self) -> Result<PooledBuf, Self> {
        // Acquire: pairs with the Release in `let_go`; other handles' reads are over. [pool-2]
        if self.header().refs.load(Ordering::Acquire) != 1 {
            return Err(self);
        }
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped or used again, so the hold is taken out once.
        let hold = unsafe { ManuallyDrop::take(&mut this.hold) };
        // SAFETY: the count says that no other handle is left, and nobody makes one without one.
        // The view lies in the slot and is written.
        Ok(unsafe { PooledBuf::from_parts(hold, this.start, this.len) })
    }

    /// The same bytes as [`bytes::Bytes`], which keep the slot until their last clone is dropped.
    ///
    /// Allocates one box of 32 bytes, which the last clone's drop frees: `Bytes` has no other way
    /// to tell anybody of it. Copies nothing. Turning the result into `BytesMut` or `Vec` does
    /// copy, and then frees the slot.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let bytes: bytes::Bytes = buf.freeze().into_bytes();
    /// assert_eq!(bytes.slice(1..), "bc");
    /// drop(bytes);
    /// assert_eq!(pool.outstanding(), 0);
    /// ```
    #[must_use]
    pub fn into_bytes(self) -> bytes::Bytes {
        bytes::Bytes::from_owner(self)
    }

    /// As [`into_bytes`](Self::into_bytes), or a copy of `max` bytes at most, which lets the slot
    /// go at once: for a short piece that is kept for long, and would keep a large slot with it.
    ///
    /// One allocation either way: of the length, if that is no more than `max`; none if it is zero.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// # let mut buf = pool.try_acquire(4).unwrap();
    /// # buf.try_put(b"abc").unwrap();
    /// let token = buf.freeze().into_bytes_or_copy(16);
    /// assert_eq!(token, "abc");
    /// assert_eq!(pool.outstanding(), 0); // the token is a copy
    /// ```
    #[must_use]
    pub fn into_bytes_or_copy(self, max: usize) -> bytes::Bytes {
        match self.len() <= max {
            true => bytes::Bytes::copy_from_slice(&self),
            false => self.into_bytes(),
        }
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        self.hold.header()
    }

    /// Moves the view's start `count` bytes on; the caller has seen that it has as many.
    #[inline]
    pub(super) fn skip(&mut self, count: usize) {
        self.assert_within(count);
        // SAFETY: at most `len` bytes on, so within the slot or just behind it.
        self.start = unsafe { self.start.add(count) };
        self.len -= count;
    }

    #[inline]
    #[track_caller]
    pub(super) fn assert_within(&self, end: usize) {
        assert!(end <= self.len, "byte {end} of {}", self.len);
    }
}

impl Clone for PooledBytes {
    /// Another handle on the slot: one read-modify-write; never waits, never allocates.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    fn clone(&self) -> Self {
        // Relaxed: this handle keeps the count above zero; whoever gets the new one is handed it
        // by means that order what they do. [pool-1]
        let refs = self.header().refs.fetch_add(1, Ordering::Relaxed);
        if refs > REFS_MAX {
            std::process::abort();
        }
        // SAFETY: the copy is counted, and a hold is dropped by the last handle alone.
        let hold = unsafe { core::ptr::read(&raw const self.hold) };
        Self {
            hold,
            start: self.start,
            len: self.len,
        }
    }
}

impl Drop for PooledBytes {
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    fn drop(&mut self) {
        if let_go(self.header()) {
            // SAFETY: no other handle is left, so the hold is dropped once; this one is gone
            // after this call.
            unsafe { ManuallyDrop::drop(&mut self.hold) };
        }
    }
}

/// Counts one handle less; `true` if it was the last, and then leaves the count at 1.
#[inline]
fn let_go(header: &Header) -> bool {
    // Acquire: pairs with the Release below; the other handles' reads are over. An only handle
    // needs no read-modify-write: nobody can make another. [pool-2]
    if header.refs.load(Ordering::Acquire) == 1 {
        return true;
    }
    // Release: this handle's reads come before the slot's next use. [pool-3]
    if header.refs.fetch_sub(1, Ordering::Release) != 1 {
        return false;
    }
    // Acquire: pairs with the Release above; the other handles' reads are over. [pool-3]
    fence(Ordering::Acquire);
    // Relaxed: nobody else is left; the slot's release publishes it to the next holder. [pool-4]
    header.refs.store(1, Ordering::Relaxed);
    true
}
