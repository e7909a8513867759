//! One reserved slice, split into pieces that live together.

use std::{error, fmt, mem};

/// Room for decoded text: one reserved slice, handed out piece by piece.
///
/// Decoded text is never longer than the text it comes from, so a scratch as long as the head
/// and the body that are decoded is never full. Pieces live together, as long as the slice is
/// borrowed; there is no giving back. The next request takes a new scratch over the same memory.
/// It is `Send`, and so is a future that holds it, or what was decoded into it, across an
/// `.await`.
///
/// # Where the memory comes from
/// From any slice of initialised bytes; from a pooled buffer that was filled once:
/// ```
/// use bytes::BufMut;
/// use shorttail::http1::Scratch;
/// use shorttail::pool::BufferPool;
///
/// let buffers = BufferPool::builder().class(1024, 1).build()?;
/// let mut memory = buffers.try_acquire(1024)?;
/// memory.put_bytes(0, memory.capacity()); // once, not for each request
/// for raw in ["/caf%C3%A9", "/a%20b"] {
///     let mut scratch = Scratch::new(&mut memory);
///     let path = scratch.percent_decode(raw.as_bytes())?;
///     assert!(path.as_str()?.len() < raw.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// or from the arena of the request:
/// ```
/// use shorttail::arena::ArenaPool;
/// use shorttail::http1::Scratch;
///
/// let arenas = ArenaPool::new(1, 4096)?;
/// let arena = arenas.try_acquire()?;
/// let mut scratch = Scratch::new(arena.try_alloc_slice_fill_with(512, |_| 0)?);
/// assert_eq!(scratch.form_decode(b"a+b")?.as_str()?, "a b");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What does not compile
/// A piece does not outlive the memory, and the memory is not written while a piece lives:
/// ```compile_fail,E0597
/// use shorttail::http1::Scratch;
///
/// let piece = {
///     let mut memory = [0; 16];
///     Scratch::new(&mut memory).percent_decode(b"a%20b").unwrap()
/// };
/// assert_eq!(piece.as_bytes(), b"a b");
/// ```
/// ```compile_fail,E0506
/// use shorttail::http1::Scratch;
///
/// let mut memory = [0; 16];
/// let piece = Scratch::new(&mut memory).percent_decode(b"a%20b").unwrap();
/// memory[0] = b'x';
/// assert_eq!(piece.as_bytes(), b"a b");
/// ```
/// The read buffer is not written either, since text without escapes is not copied:
/// ```compile_fail,E0502
/// use shorttail::http1::Scratch;
///
/// let mut read = b"plain".to_vec();
/// let mut memory = [0; 16];
/// let piece = Scratch::new(&mut memory).percent_decode(&read).unwrap();
/// read.clear();
/// assert_eq!(piece.as_bytes(), b"plain");
/// ```
#[derive(Debug)]
pub struct Scratch<'s> {
    rest: &'s mut [u8],
}

impl<'s> Scratch<'s> {
    /// All of `memory`, whatever it holds: O(1). For an example see [`Scratch`].
    #[must_use]
    pub const fn new(memory: &'s mut [u8]) -> Self {
        Self { rest: memory }
    }

    /// Bytes that are not handed out yet. One load.
    ///
    /// ```
    /// let mut memory = [0; 16];
    /// let mut scratch = shorttail::http1::Scratch::new(&mut memory);
    /// assert_eq!(scratch.percent_decode(b"%41")?.as_bytes(), b"A");
    /// assert_eq!(scratch.remaining(), 15);
    /// # Ok::<(), shorttail::http1::DecodeError>(())
    /// ```
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Hands out the next `len` bytes, with whatever they hold.
    ///
    /// O(1); never waits, never allocates.
    ///
    /// ```
    /// use shorttail::http1::Scratch;
    ///
    /// let mut memory = [0; 4];
    /// let mut scratch = Scratch::new(&mut memory);
    /// let (left, right) = (scratch.try_take(2)?, scratch.try_take(2)?);
    /// left.swap_with_slice(right);
    /// # Ok::<(), shorttail::http1::ScratchFull>(())
    /// ```
    /// # Errors
    /// [`ScratchFull`] when fewer are left; nothing is taken then.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_take(&mut self, len: usize) -> Result<&'s mut [u8], ScratchFull> {
        let remaining = self.rest.len();
        if len > remaining {
            return Err(ScratchFull {
                requested: len,
                remaining,
            });
        }
        let (piece, rest) = mem::take(&mut self.rest).split_at_mut(len);
        self.rest = rest;
        Ok(piece)
    }
}

/// A scratch has fewer bytes left than asked for.
///
/// Nothing was taken. What was to be decoded is as it was: decode it into a larger scratch, or
/// answer with 413 or 414.
///
/// # Examples
/// ```
/// use shorttail::http1::{DecodeError, Scratch, ScratchFull};
///
/// let mut memory = [0; 2];
/// let full = Scratch::new(&mut memory).percent_decode(b"%61bc");
/// assert_eq!(full, Err(DecodeError::Full(ScratchFull { requested: 3, remaining: 2 })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScratchFull {
    /// Bytes asked for.
    pub requested: usize,
    /// Bytes left.
    pub remaining: usize,
}

impl fmt::Display for ScratchFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (requested, remaining) = (self.requested, self.remaining);
        write!(
            f,
            "{requested} bytes do not fit into the scratch's last {remaining}"
        )
    }
}

impl error::Error for ScratchFull {}
