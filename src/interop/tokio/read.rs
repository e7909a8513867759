//! What a socket has to say, in a pooled buffer.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::pool::{PooledBuf, ReadError};

/// Appends what one read of `reader` gives; 0 is the end of the input.
///
/// [`PooledBuf`] is a `BufMut`, so that tokio's `read_buf` takes it too. This tells a full buffer
/// from the end of the input, which `read_buf` does not: both are `Ok(0)` there. Nothing is zeroed
/// before the read, and nothing allocated.
///
/// # Errors
/// [`ReadError::Full`] if there is no room; [`ReadError::Io`] if `reader` fails. Nothing was read
/// then.
///
/// # Cancel safety
/// Dropped before completion, nothing was read, as far as `reader` keeps to it: the streams of
/// tokio do. What completed reads gave is in the buffer.
///
/// # Examples
/// ```
/// use shorttail::interop::tokio::read_into;
/// use shorttail::pool::{BufferPool, ReadError};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let pool = BufferPool::builder().class(4, 1).build()?;
/// let (mut reader, mut buf) = (&b"abcde"[..], pool.try_acquire(4)?);
/// assert_eq!(read_into(&mut reader, &mut buf).await?, 4);
/// assert!(matches!(read_into(&mut reader, &mut buf).await, Err(ReadError::Full)));
/// assert_eq!(&buf[..], b"abcd");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub const fn read_into<'a, R>(reader: &'a mut R, buf: &'a mut PooledBuf) -> ReadInto<'a, R>
where
    R: AsyncRead + Unpin + ?Sized,
{
    ReadInto { reader, buf }
}

/// As [`read_into`], in a poll: for a future written by hand.
///
/// # Errors
/// Those of [`read_into`].
///
/// # Panics
/// If `reader` puts another buffer in place of the one that it was given.
///
/// # Examples
/// See [`read_into`].
pub fn poll_read_into<R: AsyncRead + ?Sized>(
    reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    buf: &mut PooledBuf,
) -> Poll<Result<usize, ReadError>> {
    let len = buf.len();
    if len == buf.capacity() {
        return Poll::Ready(Err(ReadError::Full));
    }
    let room = buf.spare_capacity_mut();
    let start = room.as_ptr().cast::<u8>();
    let mut read = ReadBuf::uninit(room);
    ready!(reader.poll_read(cx, &mut read)).map_err(ReadError::Io)?;
    let filled = read.filled();
    // Safe code can swap the `ReadBuf` behind the reference for another one.
    assert!(core::ptr::eq(filled.as_ptr(), start), "another buffer");
    let count = filled.len();
    // SAFETY: a `ReadBuf` fills from its start and vouches that what is filled is initialized; it
    // is the one over our spare room (asserted above), so that `count` fits in and was written.
    unsafe { buf.set_len(len + count) };
    Poll::Ready(Ok(count))
}

/// The future of [`read_into`]; for an example see there.
///
/// # Cancel safety
/// That of [`read_into`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ReadInto<'a, R: ?Sized> {
    reader: &'a mut R,
    buf: &'a mut PooledBuf,
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadInto<'_, R> {
    type Output = Result<usize, ReadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        poll_read_into(Pin::new(&mut *this.reader), cx, this.buf)
    }
}

impl<R: ?Sized> fmt::Debug for ReadInto<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadInto")
            .field("buf", &self.buf)
            .finish_non_exhaustive()
    }
}
