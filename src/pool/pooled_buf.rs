//! A slot held by one owner who may write to it.

use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use std::io::{self, Read, Write};

use bytes::BufMut;
use bytes::buf::UninitSlice;

use super::class::{Before, Hold};
use super::extent::Extent;
use super::{BufferFull, PooledBytes, ReadError};

/// A buffer of fixed capacity that goes back to its pool on drop.
///
/// Dereferences to the bytes written so far, and to no others. Never grows and never leaves its
/// slot: [`BufMut::remaining_mut`] says what is left, [`try_put`](Self::try_put) refuses what
/// does not fit. `Send` and `Sync`, 16 bytes; the drop may be on any thread. The first byte lies on
/// a 64-byte line.
///
/// None of its own methods waits or allocates, but what a reader or a formatted value does; lengths
/// are a load or two. Nor does the drop, which wakes the first who waits for a buffer of the class,
/// zeroes what is dirty where the pool [wipes](super::Builder::wipe), and frees what is [from the
/// heap](Self::is_on_heap).
///
/// # Examples
/// ```
/// use bytes::BufMut;
///
/// let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
/// let mut buf = pool.try_acquire(64).unwrap();
/// buf.put_u32(7);
/// buf[0] = 1;
/// assert_eq!(buf[..], [1, 0, 0, 7]);
/// assert_eq!(buf.remaining_mut(), 60);
/// ```
#[must_use = "dropping the buffer gives the slot back"]
pub struct PooledBuf {
    /// Where the bytes before the buffer's first are counted, if there are any.
    hold: Hold,
    extent: Extent,
}

// SAFETY: the lease in `hold` makes the slot's bytes this value's alone, and bytes are `Send`.
unsafe impl Send for PooledBuf {}
// SAFETY: `&PooledBuf` gives `&[u8]` only.
unsafe impl Sync for PooledBuf {}

impl PooledBuf {
    #[inline]
    pub(super) fn new(hold: Hold) -> Self {
        hold.note_acquired();
        Self {
            hold,
            extent: Extent::of(0),
        }
    }

    /// The slot from `start` to its end, of which `len` bytes are written.
    ///
    /// # Safety
    /// `hold` must be the only one for its slot, `start` lie in the slot, and the `len` bytes
    /// after it too, written by this holder.
    #[inline]
    pub(super) unsafe fn from_parts(hold: Hold, start: NonNull<u8>, len: usize) -> Self {
        // Both fit: `Class::open` refuses slots of more than `u32::MAX` bytes.
        let before = (start.addr().get() - hold.start().addr().get()) as u32;
        let buf = Self {
            hold,
            extent: Extent::of(len as u32),
        };
        if before > 0 {
            buf.set_before(before, 0);
        }
        buf
    }

    /// The slot itself, and what was written to it forgotten.
    #[inline]
    pub(super) fn into_hold(self) -> Hold {
        let this = ManuallyDrop::new(self);
        this.leave();
        // SAFETY: `this` is never dropped or used again, so the hold is taken out once.
        unsafe { core::ptr::read(&raw const this.hold) }
    }

    /// Bytes written.
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// assert_eq!(pool.try_acquire(64).unwrap().len(), 0);
    /// ```
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.extent.len() as usize
    }

    /// Whether nothing is written.
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// assert!(pool.try_acquire(64).unwrap().is_empty());
    /// ```
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that fit from empty.
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// assert_eq!(pool.try_acquire(1).unwrap().capacity(), 64);
    /// ```
    #[must_use]
    #[inline]
    pub fn capacity(&self) -> usize {
        self.hold.slot_bytes() - self.before().all as usize
    }

    /// Whether the memory is from the heap, by [`heap_overflow`](super::Builder::heap_overflow),
    /// and so in none of the pool's [`regions`](super::BufferPool::regions).
    ///
    /// ```
    /// let builder = shorttail::pool::BufferPool::builder().class(64, 1);
    /// let pool = builder.heap_overflow(64).build().unwrap();
    /// let bufs = [pool.try_acquire(1).unwrap(), pool.try_acquire(1).unwrap()];
    /// assert!(!bufs[0].is_on_heap() && bufs[1].is_on_heap());
    /// ```
    #[must_use]
    pub fn is_on_heap(&self) -> bool {
        self.hold.is_on_heap()
    }

    /// Appends `bytes`. One `memcpy`; never waits, never allocates.
    ///
    /// # Errors
    /// [`BufferFull`] if they do not fit; nothing is written then.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// assert!(buf.try_put(b"de").is_err());
    /// assert_eq!(&buf[..], b"abc");
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_put(&mut self, bytes: &[u8]) -> Result<(), BufferFull> {
        BufferFull::check(bytes.len(), self.room())?;
        self.append(bytes);
        Ok(())
    }

    /// Forgets what was written. O(1).
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// buf.clear();
    /// assert!(buf.is_empty());
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Forgets what was written from `len` on; does nothing if that is beyond the end. O(1).
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// buf.truncate(9);
    /// buf.truncate(1);
    /// assert_eq!(&buf[..], b"a");
    /// ```
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            self.extent = self.extent.with_len(len as u32);
        }
    }

    /// The room behind what is written, to be filled and then counted by `set_len`.
    ///
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.spare_capacity_mut()[0].write(b'x');
    /// // SAFETY: the first byte was written just above.
    /// unsafe { buf.set_len(1) };
    /// assert_eq!(&buf[..], b"x");
    /// ```
    #[inline]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        self.hold.header().note_write();
        self.note_lent();
        // A caller may leave it in any state.
        self.extent = Extent::of(self.extent.len());
        let spare = NonNull::slice_from_raw_parts(self.spare_start().cast(), self.room());
        // SAFETY: the room from `len` to `capacity` lies in our slot, which the lease makes ours
        // alone; any bits are a `MaybeUninit`.
        unsafe { &mut *spare.as_ptr() }
    }

    /// Says how many bytes are written.
    ///
    /// # Safety
    /// `len` must be at most [`capacity`](Self::capacity), and this holder must have written each
    /// of the first `len` bytes: others may be a former holder's, or not initialized at all.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// buf.clear();
    /// // SAFETY: three bytes were written above.
    /// unsafe { buf.set_len(3) };
    /// assert_eq!(&buf[..], b"abc");
    /// ```
    #[inline]
    pub unsafe fn set_len(&mut self, len: usize) {
        debug_assert!(len <= self.capacity());
        self.extent = self.extent.with_len(len as u32);
    }

    /// Appends what one `read` gives; 0 is the end of the input.
    ///
    /// Never allocates; waits if `reader` does. The first call zeroes the spare room, since a
    /// reader may look at it and must not see what a former holder left.
    ///
    /// # Errors
    /// [`ReadError::Full`] if there is no room, which is not the end of the input;
    /// [`ReadError::Io`] if `reader` fails.
    ///
    /// # Panics
    /// If `reader` claims to have read more than there was room for.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// assert_eq!(buf.read_from(&mut &b"abc"[..]).unwrap(), 3);
    /// assert_eq!(buf.read_from(&mut &b""[..]).unwrap(), 0);
    /// assert_eq!(&buf[..], b"abc");
    /// ```
    pub fn read_from<R: Read + ?Sized>(&mut self, reader: &mut R) -> Result<usize, ReadError> {
        let room = self.room();
        if room == 0 {
            return Err(ReadError::Full);
        }
        let read = reader.read(self.clean_spare()).map_err(ReadError::Io)?;
        assert!(read <= room, "a reader put {read} bytes into {room}");
        self.extent = self.extent.with_len(self.extent.len() + read as u32);
        Ok(read)
    }

    /// Moves what is written to the slot's start, so that all the rest of the slot is room.
    ///
    /// For a buffer that bytes were taken from, by [`Buf`](bytes::Buf) or `Read`, or that was
    /// thawed from the middle of its slot. One `memmove` of [`len`](Self::len) bytes, none if the
    /// buffer begins at the start already; never waits, never allocates.
    ///
    /// # Examples
    /// ```
    /// use bytes::Buf;
    ///
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abcd").unwrap();
    /// buf.advance(3);
    /// assert!(buf.try_put(b"e").is_err());
    /// buf.compact();
    /// buf.try_put(b"efg").unwrap();
    /// assert_eq!(&buf[..], b"defg");
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn compact(&mut self) {
        let before = self.before();
        if before.all == 0 {
            return;
        }
        // As far as the bytes lie now: what is moved is left behind too.
        self.note_written();
        self.hold.header().note_write();
        let (from, to) = (self.start(), self.hold.start());
        // SAFETY: `len` bytes from either lie in our slot, which the lease makes ours alone; they
        // may overlap.
        unsafe { to.as_ptr().copy_from(from.as_ptr(), self.len()) };
        // Where another holder wrote before our start, a reader must not see what is left of that.
        self.extent = match before.taken == before.all {
            true => self.extent.with_clean(self.extent.clean() + before.all),
            false => Extent::of(self.extent.len()),
        };
        self.set_before(0, 0);
    }

    /// Turns the buffer into bytes that can be shared. O(1); never waits, never allocates.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(64, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// let bytes = buf.freeze();
    /// assert_eq!(bytes.clone(), bytes);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the bytes gives the slot back"]
    pub fn freeze(self) -> PooledBytes {
        let (start, len) = (self.start(), self.len());
        // SAFETY: ours alone until now, and the first `len` bytes are written.
        unsafe { PooledBytes::from_parts(self.into_hold(), start, len) }
    }

    /// Has the slot zeroed on release, if the pool wipes, as far as this holder wrote: `clean`
    /// counts all that was written, and readers' room, since other room was lent, which is noted
    /// at once.
    #[inline]
    fn note_written(&self) {
        let end = self.before().all as usize + self.extent.clean() as usize;
        // SAFETY: `clean` is at most `capacity`; the lease makes the slot ours alone.
        unsafe { self.hold.note_dirty(end) };
    }

    /// For who parts with the slot: notes what was written, and leaves no bytes before the next
    /// buffer's first.
    #[inline]
    fn leave(&self) {
        self.note_written();
        if self.before().all > 0 {
            self.set_before(0, 0);
        }
    }

    /// The first byte of the buffer, good for `capacity` bytes.
    #[inline]
    fn start(&self) -> NonNull<u8> {
        // SAFETY: within the slot or just behind it, as each `set_before` keeps it.
        unsafe { self.hold.start().add(self.before().all as usize) }
    }

    #[inline]
    fn before(&self) -> Before {
        // SAFETY: the lease makes the slot this buffer's alone, and `&self` allows no change.
        unsafe { self.hold.before() }
    }

    /// `all` bytes of the slot lie before the buffer's first, `taken` of them from it.
    #[inline]
    fn set_before(&self, all: u32, taken: u32) {
        // SAFETY: the lease makes the slot this buffer's alone; the callers have `&mut` or the
        // buffer itself, so nobody looks at the same time.
        unsafe { self.hold.set_before(Before { all, taken }) };
    }

    /// Has the whole slot zeroed on release, if the pool wipes.
    #[inline]
    fn note_lent(&self) {
        // SAFETY: the lease makes the slot ours alone.
        unsafe { self.hold.note_dirty(self.hold.slot_bytes()) };
    }

    #[inline]
    pub(super) fn room(&self) -> usize {
        self.capacity() - self.len()
    }

    /// Moves the start `count` bytes on; the caller has seen that as many are written.
    #[inline]
    pub(super) fn skip(&mut self, count: usize) {
        debug_assert!(count <= self.len());
        let (before, count) = (self.before(), count as u32);
        // At most `len` bytes on, so within the slot or just behind it.
        self.set_before(before.all + count, before.taken + count);
        self.extent = self.extent.without(count);
    }

    fn spare_start(&self) -> NonNull<u8> {
        // SAFETY: `len <= capacity`, which every change of `len` keeps, and `start` is good for
        // `capacity` bytes of the slot.
        unsafe { self.start().add(self.len()) }
    }

    /// The spare room, zeroed where this holder has not written.
    fn clean_spare(&mut self) -> &mut [u8] {
        self.hold.header().note_write();
        let dirty = self.extent.clean() as usize;
        // SAFETY: `dirty <= capacity`: what is clean is written or zeroed, and in the slot.
        let start = unsafe { self.start().add(dirty) };
        // SAFETY: from `dirty` to `capacity` lies in our slot, which the lease makes ours alone.
        unsafe { start.write_bytes(0, self.capacity() - dirty) };
        self.extent = self.extent.with_clean(self.capacity() as u32);
        let spare = NonNull::slice_from_raw_parts(self.spare_start(), self.room());
        // SAFETY: ours alone as above, and every byte is written: up to the former `clean` by
        // this holder since it last lent spare room, from there on just now.
        unsafe { &mut *spare.as_ptr() }
    }

    /// Copies `bytes`, which the caller has seen to fit.
    #[inline]
    pub(super) fn append(&mut self, bytes: &[u8]) {
        debug_assert!(bytes.len() <= self.room());
        self.hold.header().note_write();
        let (source, count) = (bytes.as_ptr(), bytes.len());
        // SAFETY: `count` bytes fit behind `len` in our slot, which the lease makes ours alone,
        // so `bytes` lies elsewhere.
        unsafe {
            self.spare_start()
                .as_ptr()
                .copy_from_nonoverlapping(source, count)
        };
        self.extent = self.extent.with_len(self.extent.len() + count as u32);
    }
}

impl Drop for PooledBuf {
    #[inline]
    fn drop(&mut self) {
        self.leave();
    }
}

impl Deref for PooledBuf {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.hold.header().note_read();
        // SAFETY: the first `len` bytes are written, in our slot, and `&self` allows no writer.
        unsafe { core::slice::from_raw_parts(self.start().as_ptr(), self.len()) }
    }
}

impl DerefMut for PooledBuf {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        self.hold.header().note_write();
        // SAFETY: the first `len` bytes are written, in our slot, which the lease makes ours.
        unsafe { core::slice::from_raw_parts_mut(self.start().as_ptr(), self.len()) }
    }
}

impl AsRef<[u8]> for PooledBuf {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

// SAFETY: `remaining_mut` is the room between `len` and `capacity`, `chunk_mut` all of it, and
// `advance_mut` counts no byte beyond it; none of them changes what is written.
unsafe impl BufMut for PooledBuf {
    #[inline]
    fn remaining_mut(&self) -> usize {
        self.room()
    }

    /// # Panics
    /// If `count` is more than [`remaining_mut`](Self::remaining_mut).
    #[inline]
    unsafe fn advance_mut(&mut self, count: usize) {
        let remaining = self.room();
        assert!(
            count <= remaining,
            "advance by {count} in a room of {remaining}"
        );
        // SAFETY: at most `capacity`, as seen above; the caller has written the bytes.
        unsafe { self.set_len(self.len() + count) };
    }

    #[inline]
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        UninitSlice::uninit(self.spare_capacity_mut())
    }

    /// # Panics
    /// If `source` is longer than [`remaining_mut`](Self::remaining_mut).
    #[inline]
    fn put_slice(&mut self, source: &[u8]) {
        let (requested, remaining) = (source.len(), self.room());
        assert!(
            requested <= remaining,
            "put {requested} bytes into a room of {remaining}"
        );
        self.append(source);
    }
}

/// Writes what fits; 0 once full, as for `&mut [u8]`. Never waits, never allocates.
impl Write for PooledBuf {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().min(self.room());
        self.append(&bytes[..fits]);
        Ok(fits)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for PooledBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledBuf")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}
