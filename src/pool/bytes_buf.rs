//! A slot of a pool of `Bytes`, held by one owner who may write to it.

use core::fmt;
use core::mem::{self, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use std::io::{self, Read, Write};

use bytes::buf::UninitSlice;
use bytes::{BufMut, Bytes, BytesMut};

use super::bytes_pool::BytesShelves;
use super::{BufferFull, ReadError};
use crate::sync::Arc;

/// A buffer of fixed capacity from a [`BytesPool`](super::BytesPool), that freezes into
/// [`Bytes`] or goes back to the pool on drop.
///
/// Dereferences to the bytes written so far, and to no others. Never grows and never leaves its
/// slot: [`BufMut::remaining_mut`] says what is left, [`try_put`](Self::try_put) refuses what
/// does not fit. `Send` and `Sync`; the drop may be on any thread. The first byte lies on a
/// 64-byte line. A forgotten buffer keeps its slot, and its memory, for good.
///
/// No method waits or allocates, but what a reader does in [`read_from`](Self::read_from); lengths
/// are a load or two. The drop neither waits nor allocates.
///
/// # Examples
/// ```
/// use bytes::BufMut;
///
/// let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
/// let mut buf = pool.try_acquire(64).unwrap();
/// buf.put_u32(7);
/// buf[0] = 1;
/// assert_eq!(buf[..], [1, 0, 0, 7]);
/// assert_eq!(buf.remaining_mut(), 60);
/// ```
#[must_use = "dropping the buffer gives the slot back"]
pub struct BytesBuf<'p> {
    /// The slot's, alone and with all its memory; left without any on freeze.
    master: NonNull<BytesMut>,
    home: Home<'p>,
    class: u32,
    slot: u32,
    /// Bytes from the start that this holder wrote or zeroed, those up to its length aside.
    clean: u32,
}

/// Where the slot goes back to.
enum Home<'p> {
    Borrowed(&'p Arc<BytesShelves>),
    Owned(Arc<BytesShelves>),
    /// Nowhere: another buffer has taken this one's place.
    Left,
}

// SAFETY: the slot is in this value's hand, so its master, which is `Send`, is this value's alone;
// and what it goes back to may be reached from any thread.
unsafe impl Send for BytesBuf<'_> {}
// SAFETY: `&BytesBuf` gives `&[u8]` only.
unsafe impl Sync for BytesBuf<'_> {}

impl<'p> BytesBuf<'p> {
    /// # Safety
    /// The slot must be in the caller's hand, which leaves it to the buffer.
    #[inline]
    pub(super) unsafe fn new(shelves: &'p Arc<BytesShelves>, class: usize, slot: u32) -> Self {
        Self {
            master: shelves.class(class).master(slot),
            home: Home::Borrowed(shelves),
            // Fits: a class more is memory more, and there is none for so many.
            class: class as u32,
            slot,
            clean: 0,
        }
    }

    /// The same buffer, keeping the pool alive itself: to be stored, or sent to another thread.
    ///
    /// One more handle on the pool is counted, and uncounted on freeze or drop; the last one frees
    /// the memory. Never waits, never allocates.
    ///
    /// # Examples
    /// ```
    /// let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(64).unwrap().into_owned();
    /// drop(pool);
    /// let filled = std::thread::spawn(move || {
    ///     buf.try_put(b"abc").unwrap();
    ///     buf.freeze()
    /// });
    /// assert_eq!(filled.join().unwrap(), "abc");
    /// ```
    pub fn into_owned(mut self) -> BytesBuf<'static> {
        let home = match mem::replace(&mut self.home, Home::Left) {
            Home::Borrowed(shelves) => Home::Owned(Arc::clone(shelves)),
            Home::Owned(shelves) => Home::Owned(shelves),
            Home::Left => Home::Left,
        };
        BytesBuf {
            master: self.master,
            home,
            class: self.class,
            slot: self.slot,
            clean: self.clean,
        }
    }

    /// Bytes written.
    ///
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
    /// assert_eq!(pool.try_acquire(64).unwrap().len(), 0);
    /// ```
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.master().len()
    }

    /// Whether nothing is written.
    ///
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
    /// assert!(pool.try_acquire(64).unwrap().is_empty());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.master().is_empty()
    }

    /// Bytes that fit from empty.
    ///
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
    /// assert_eq!(pool.try_acquire(1).unwrap().capacity(), 64);
    /// ```
    #[must_use]
    #[inline]
    pub fn capacity(&self) -> usize {
        self.master().capacity()
    }

    /// Appends `bytes`. One `memcpy`; never waits, never allocates.
    ///
    /// # Errors
    /// [`BufferFull`] if they do not fit; nothing is written then.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// assert!(buf.try_put(b"de").is_err());
    /// assert_eq!(&buf[..], b"abc");
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_put(&mut self, bytes: &[u8]) -> Result<(), BufferFull> {
        BufferFull::check(bytes.len(), self.remaining())?;
        self.master_mut().extend_from_slice(bytes);
        Ok(())
    }

    /// Forgets what was written. O(1).
    ///
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// buf.clear();
    /// assert!(buf.is_empty());
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.master_mut().clear();
    }

    /// Forgets what was written from `len` on; does nothing if that is beyond the end. O(1).
    ///
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// buf.truncate(9);
    /// buf.truncate(1);
    /// assert_eq!(&buf[..], b"a");
    /// ```
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        self.master_mut().truncate(len);
    }

    /// The room behind what is written, to be filled and then counted by `set_len`.
    ///
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.spare_capacity_mut()[0].write(b'x');
    /// // SAFETY: the first byte was written just above.
    /// unsafe { buf.set_len(1) };
    /// assert_eq!(&buf[..], b"x");
    /// ```
    #[inline]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        // A caller may leave it in any state.
        self.clean = self.len() as u32;
        self.master_mut().spare_capacity_mut()
    }

    /// Says how many bytes are written.
    ///
    /// # Safety
    /// `len` must be at most [`capacity`](Self::capacity), and this holder must have written each
    /// of the first `len` bytes: others may be a former holder's, or not initialized at all.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(4, 1).build().unwrap();
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
        // SAFETY: the caller vouches for both; what a `BytesMut` holds are bytes.
        unsafe { self.master_mut().set_len(len) };
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
    /// # let pool = shorttail::pool::BytesPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// assert_eq!(buf.read_from(&mut &b"abc"[..]).unwrap(), 3);
    /// assert_eq!(buf.read_from(&mut &b""[..]).unwrap(), 0);
    /// assert_eq!(&buf[..], b"abc");
    /// ```
    pub fn read_from<R: Read + ?Sized>(&mut self, reader: &mut R) -> Result<usize, ReadError> {
        let (len, room) = (self.len(), self.remaining());
        if room == 0 {
            return Err(ReadError::Full);
        }
        let read = reader.read(self.clean_spare()).map_err(ReadError::Io)?;
        assert!(read <= room, "a reader put {read} bytes into {room}");
        // SAFETY: at most `capacity`; all of the spare room was zeroed, and a reader that has
        // `&mut [u8]` leaves bytes in it.
        unsafe { self.master_mut().set_len(len + read) };
        Ok(read)
    }

    /// The buffer itself, if there is room in it. O(1).
    ///
    /// For readers that answer 0 both at the end of their input and to a buffer without room, as
    /// tokio's `read_buf` does: asked through this, 0 is the end.
    ///
    /// # Errors
    /// [`BufferFull`] if there is none.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.not_full().unwrap().try_put(b"abcd").unwrap();
    /// assert_eq!(buf.not_full().unwrap_err().remaining, 0);
    /// ```
    #[inline]
    pub fn not_full(&mut self) -> Result<&mut Self, BufferFull> {
        BufferFull::check(1, self.remaining())?;
        Ok(self)
    }

    /// Turns the buffer into `Bytes`. O(1); never waits, never allocates.
    ///
    /// An empty one is back in the pool at once, and so is the slot when the last of the bytes is
    /// dropped, on whatever thread; the pool sees it when it [looks](super::BytesPool).
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BytesPool::builder().class(64, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// buf.try_put(b"abc").unwrap();
    /// assert_eq!(buf.freeze(), "abc");
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[must_use = "dropping the bytes gives the slot back"]
    pub fn freeze(mut self) -> Bytes {
        if self.is_empty() {
            return Bytes::new();
        }
        self.split_all()
    }

    /// As [`freeze`](Self::freeze), but for a buffer that borrows `shelves`: of that, the slot that
    /// is lent stays in the caller's hand, who is told its class and number.
    #[inline]
    pub(super) fn freeze_in_hand(
        mut self,
        shelves: &Arc<BytesShelves>,
    ) -> (Bytes, Option<(usize, u32)>) {
        let ours = matches!(&self.home, Home::Borrowed(home) if Arc::ptr_eq(home, shelves));
        if !ours || self.is_empty() {
            return (self.freeze(), None);
        }
        let bytes = self.split_all();
        self.home = Home::Left;
        (bytes, Some((self.class as usize, self.slot)))
    }

    /// All the capacity goes along, so that the master stays in its place without any.
    #[inline]
    fn split_all(&mut self) -> Bytes {
        self.master_mut().split_off(0).freeze()
    }

    #[inline]
    fn master(&self) -> &BytesMut {
        // SAFETY: the slot is in our hand until the drop, so its master is ours alone, and `home`
        // keeps it alive: by a borrow, or by a count of its own.
        unsafe { self.master.as_ref() }
    }

    #[inline]
    fn master_mut(&mut self) -> &mut BytesMut {
        // SAFETY: as in `master`; and `self` is borrowed for as long as this is.
        unsafe { self.master.as_mut() }
    }

    #[inline]
    fn remaining(&self) -> usize {
        self.master().capacity() - self.master().len()
    }

    /// The spare room, zeroed where this holder has not written.
    fn clean_spare(&mut self) -> &mut [u8] {
        let (len, capacity) = (self.len(), self.capacity());
        let clean = len.max(self.clean as usize);
        // SAFETY: this holder wrote or zeroed up to `clean`, which is at most `capacity`, and lent
        // no spare room since.
        unsafe { self.master_mut().set_len(clean) };
        self.master_mut().resize(capacity, 0);
        self.master_mut().truncate(len);
        self.clean = capacity as u32;
        let spare: *mut [MaybeUninit<u8>] = self.master_mut().spare_capacity_mut();
        // SAFETY: every byte of it is written, as seen above; the borrow is that of `self`.
        unsafe { &mut *(spare as *mut [u8]) }
    }
}

impl Drop for BytesBuf<'_> {
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    fn drop(&mut self) {
        let shelves = match &self.home {
            Home::Borrowed(shelves) => shelves,
            Home::Owned(shelves) => shelves,
            Home::Left => return,
        };
        let class = shelves.class(self.class as usize);
        if self.master().capacity() == 0 {
            class.put_lent(self.slot);
        } else {
            // SAFETY: as in `master_mut`.
            unsafe { self.master.as_mut() }.clear();
            class.put_alone(self.slot);
        }
    }
}

impl Deref for BytesBuf<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.master()
    }
}

impl DerefMut for BytesBuf<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        self.master_mut()
    }
}

impl AsRef<[u8]> for BytesBuf<'_> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for BytesBuf<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

// SAFETY: `remaining_mut` is the room between length and capacity, `chunk_mut` all of it, and
// `advance_mut` counts no byte beyond it; none of them changes what is written, or moves it.
unsafe impl BufMut for BytesBuf<'_> {
    #[inline]
    fn remaining_mut(&self) -> usize {
        self.remaining()
    }

    /// # Panics
    /// If `count` is more than [`remaining_mut`](Self::remaining_mut).
    #[inline]
    unsafe fn advance_mut(&mut self, count: usize) {
        let remaining = self.remaining();
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
        let put = self.try_put(source);
        assert!(put.is_ok(), "{put:?}");
    }
}

/// Writes what fits; 0 once full, as for `&mut [u8]`. Never waits, never allocates.
impl Write for BytesBuf<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().min(self.remaining());
        self.master_mut().extend_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Text that does not fit whole is refused whole; what was written before it stays. Never waits,
/// never allocates.
impl fmt::Write for BytesBuf<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_put(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for BytesBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesBuf")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}
