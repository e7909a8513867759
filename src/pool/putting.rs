//! Filling a buffer where it matters what did not fit.

use core::fmt;

use bytes::BufMut;

use super::{BufferFull, PooledBuf, PutFmtError, PutSliceError};

impl PooledBuf {
    /// Appends as much of `bytes` as fits. One `memcpy`; never waits, never allocates.
    ///
    /// [`try_put`](Self::try_put) is for what makes no sense in part.
    ///
    /// # Errors
    /// [`PutSliceError`] if something is left, which it hands back.
    ///
    /// # Examples
    /// ```
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 2).build().unwrap();
    /// let mut buf = pool.try_acquire(4).unwrap();
    /// let mut next = pool.try_acquire(4).unwrap();
    /// let left = buf.try_put_slice(b"abcdef").unwrap_err();
    /// next.try_put_slice(left.rest).unwrap();
    /// assert_eq!((&buf[..], &next[..]), (&b"abcd"[..], &b"ef"[..]));
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_put_slice<'a>(&mut self, bytes: &'a [u8]) -> Result<(), PutSliceError<'a>> {
        let written = bytes.len().min(self.room());
        let (fits, rest) = bytes.split_at(written);
        self.append(fits);
        match rest {
            [] => Ok(()),
            rest => Err(PutSliceError { written, rest }),
        }
    }

    /// Appends formatted text, whole or not at all. Never waits, never allocates, unless a value's
    /// own formatting does.
    ///
    /// `write!` on a buffer stops at the first piece that does not fit and keeps those before it.
    ///
    /// # Errors
    /// [`PutFmtError::Full`] if the text does not fit, with the length it has;
    /// [`PutFmtError::Format`] if a value refuses to be formatted. Nothing is added either way.
    ///
    /// # Panics
    /// If a value's formatting does; the pieces before it are added then.
    ///
    /// # Examples
    /// ```
    /// use shorttail::pool::PutFmtError;
    ///
    /// # let pool = shorttail::pool::BufferPool::builder().class(8, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(8).unwrap();
    /// buf.try_put_fmt(format_args!("id={};", 7)).unwrap();
    /// let Err(PutFmtError::Full(full)) = buf.try_put_fmt(format_args!("n={}", 1000)) else {
    ///     panic!("there are three bytes left");
    /// };
    /// assert_eq!((full.requested, full.remaining), (6, 3));
    /// assert_eq!(buf, "id=7;");
    /// ```
    pub fn try_put_fmt(&mut self, text: fmt::Arguments<'_>) -> Result<(), PutFmtError> {
        let (len, remaining) = (self.len(), self.room());
        let mut target = Measured {
            buf: self,
            requested: 0,
        };
        let told = fmt::write(&mut target, text);
        let requested = target.requested;
        let refused = match told {
            Err(error) => PutFmtError::Format(error),
            Ok(()) if requested > remaining => PutFmtError::Full(BufferFull {
                requested,
                remaining,
            }),
            Ok(()) => return Ok(()),
        };
        self.truncate(len);
        Err(refused)
    }

    /// The buffer itself, if there is room in it. O(1).
    ///
    /// For readers that answer 0 both at the end of their input and to a buffer without room, as
    /// tokio's `read_buf` and [`std::io::Read`] do: asked through this, 0 is the end.
    ///
    /// # Errors
    /// [`BufferFull`] if there is none.
    ///
    /// # Examples
    /// ```
    /// use tokio::io::AsyncReadExt;
    ///
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
    /// let mut buf = pool.try_acquire(4)?;
    /// let mut input = &b"abcdef"[..];
    /// assert_eq!(input.read_buf(buf.not_full()?).await?, 4);
    /// assert!(buf.not_full().is_err()); // and nothing is said about the input
    /// buf.clear();
    /// assert_eq!(input.read_buf(buf.not_full()?).await?, 2);
    /// assert_eq!(input.read_buf(buf.not_full()?).await?, 0); // the end
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    #[inline]
    pub fn not_full(&mut self) -> Result<&mut Self, BufferFull> {
        BufferFull::check(1, self.room())?;
        Ok(self)
    }
}

/// A target that takes text of any length, keeps what fits from its start, and counts it all.
struct Measured<'a> {
    buf: &'a mut PooledBuf,
    requested: usize,
}

impl fmt::Write for Measured<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.requested = self.requested.saturating_add(text.len());
        // What is left out here is more than there is room for, and makes the whole be refused.
        let _kept = self.buf.try_put(text.as_bytes());
        Ok(())
    }
}

/// As [`BufMut::put_u8`] for each: what fits is kept, and the first byte that does not panics.
///
/// To stop at the end instead, and find the rest in the iterator:
/// ```
/// use bytes::BufMut;
///
/// # let pool = shorttail::pool::BufferPool::builder().class(4, 1).build().unwrap();
/// let mut buf = pool.try_acquire(4).unwrap();
/// let mut bytes = b'a'..=b'f';
/// buf.extend(bytes.by_ref().take(buf.remaining_mut()));
/// assert_eq!((&buf[..], bytes.next()), (&b"abcd"[..], Some(b'e')));
/// ```
impl Extend<u8> for PooledBuf {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        bytes.into_iter().for_each(|byte| self.put_u8(byte));
    }
}

/// As the other: what fits is kept, and the first byte that does not panics.
impl<'a> Extend<&'a u8> for PooledBuf {
    fn extend<I: IntoIterator<Item = &'a u8>>(&mut self, bytes: I) {
        self.extend(bytes.into_iter().copied());
    }
}
