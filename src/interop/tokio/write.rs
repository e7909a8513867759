//! Several pooled pieces to a socket in one call.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, ErrorKind, IoSlice};

use bytes::Buf;
use tokio::io::AsyncWrite;

/// Pieces that one write hands over at most; the rest follows with the next. They are looked up
/// anew for each write, on the stack.
const SLICES_MAX: usize = 16;

/// Writes all pieces in their order, as many in one system call as `writer` takes: a head and a
/// body, or a list of shared parts, without a copy into one buffer.
///
/// What is written is taken from the front of the pieces, so that they tell at each moment what is
/// left: all are empty in the end. They are [`Buf`], as [`PooledBytes`](crate::pool::PooledBytes),
/// [`PooledBuf`](crate::pool::PooledBuf) and `bytes::Bytes` are. Allocates nothing.
///
/// # Errors
/// Those of `writer`, and [`ErrorKind::WriteZero`] if it takes nothing.
///
/// # Cancel safety
/// Dropped, it has taken from the pieces what was written, and no more: call it again with the same
/// pieces to go on.
///
/// # Examples
/// ```
/// use shorttail::interop::tokio::write_all_pieces;
/// use shorttail::pool::BufferPool;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let pool = BufferPool::builder().class(16, 2).build()?;
/// let (mut head, mut body) = (pool.try_acquire(16)?, pool.try_acquire(16)?);
/// head.try_put(b"length: 2\n\n")?;
/// body.try_put(b"ok")?;
/// let mut pieces = [head.freeze(), body.freeze()];
/// let mut socket = Vec::new();
/// write_all_pieces(&mut socket, &mut pieces).await?;
/// assert_eq!(socket, b"length: 2\n\nok");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub const fn write_all_pieces<'a, W, B>(
    writer: &'a mut W,
    pieces: &'a mut [B],
) -> WriteAllPieces<'a, W, B>
where
    W: AsyncWrite + Unpin + ?Sized,
    B: Buf,
{
    WriteAllPieces { writer, pieces }
}

/// One write of what is left of the pieces, sixteen slices at most; how many bytes were taken from
/// them. 0 if nothing was left.
///
/// # Errors
/// Those of `writer`, and [`ErrorKind::WriteZero`] if it takes nothing of what is left.
///
/// # Panics
/// If `writer` claims to have written more than it was given.
///
/// # Examples
/// See [`write_all_pieces`].
pub fn poll_write_pieces<W: AsyncWrite + ?Sized, B: Buf>(
    writer: Pin<&mut W>,
    cx: &mut Context<'_>,
    pieces: &mut [B],
) -> Poll<io::Result<usize>> {
    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
    let mut used = 0;
    for piece in pieces.iter().filter(|piece| piece.has_remaining()) {
        if used == SLICES_MAX {
            break;
        }
        let got = piece.chunks_vectored(&mut slices[used..]);
        used += got;
        // A piece in parts of its own may not have shown all of them.
        let shown: usize = slices[used - got..used].iter().map(|s| s.len()).sum();
        if shown < piece.remaining() {
            break;
        }
    }
    if used == 0 {
        return Poll::Ready(Ok(0));
    }
    let count = ready!(writer.poll_write_vectored(cx, &slices[..used]))?;
    if count == 0 {
        return Poll::Ready(Err(ErrorKind::WriteZero.into()));
    }
    let left = pieces.iter_mut().fold(count, |left, piece| {
        let part = left.min(piece.remaining());
        piece.advance(part);
        left - part
    });
    assert_eq!(left, 0, "a writer took more than there was");
    Poll::Ready(Ok(count))
}

/// The future of [`write_all_pieces`]; for an example see there.
///
/// # Cancel safety
/// That of [`write_all_pieces`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WriteAllPieces<'a, W: ?Sized, B> {
    writer: &'a mut W,
    pieces: &'a mut [B],
}

impl<W: AsyncWrite + Unpin + ?Sized, B: Buf> Future for WriteAllPieces<'_, W, B> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            let written = poll_write_pieces(Pin::new(&mut *this.writer), cx, this.pieces);
            if ready!(written)? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<W: ?Sized, B: Buf> fmt::Debug for WriteAllPieces<'_, W, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left: usize = self.pieces.iter().map(Buf::remaining).sum();
        f.debug_struct("WriteAllPieces")
            .field("left", &left)
            .finish_non_exhaustive()
    }
}
