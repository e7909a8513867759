//! The read buffer of a connection: pooled, small at first, larger when a head needs it.

use std::io::{self, Read};
use std::ops::Deref;
use std::{error, fmt, mem};

use bytes::{Buf, BufMut};

use crate::arena::Arena;
use crate::pool::{AcquireError, BufferPool, PooledBuf, PooledBytes, ReadError};

use super::connection::Connection;
use super::error::HeadError;
use super::frozen_head::FrozenHead;

/// What a socket brought and nobody has consumed, in one pooled slot.
///
/// It holds no slot before the first byte is wanted. When what is unread fills the slot, it moves
/// to the next larger class of the pool, once a class, and [`moves`](Self::moves) counts. Give
/// the pool a class of [`Limits::read_bytes`](super::Limits::read_bytes), and a head that is too
/// long is refused as such; where the pool has no slot for it, that is an error of the pool, what
/// was read stays, and the same call can be made again.
///
/// Dereferences to the unread bytes, at a load or two. No call waits, but
/// [`read_from`](Self::read_from) if its reader does; none allocates, but where the pool may use
/// the heap.
///
/// # Examples
/// ```
/// use shorttail::arena::ArenaPool;
/// use shorttail::http1::{Connection, Limits, ReadBuf};
/// use shorttail::pool::BufferPool;
///
/// let limits = Limits::default();
/// let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// let arena = arenas.try_acquire()?;
/// let pool = BufferPool::builder().class(64, 8).class(limits.read_bytes(), 2).build()?;
/// let mut connection = Connection::new(limits);
/// let mut input = ReadBuf::new(&pool, 64);
///
/// let request = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(100));
/// let mut socket = request.as_bytes();
/// let head = loop {
///     match input.parse_head(&mut connection, &arena)? {
///         Some(head) => break head,
///         None => assert_ne!(input.read_from(&mut socket)?, 0, "the end"),
///     }
/// };
/// assert_eq!(head.as_head().target().len(), 101);
/// assert_eq!(input.moves(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// While a head borrows the unread bytes, as one from [`Connection::parse_head`] does, nothing can
/// be written behind them, or take them off:
/// ```
/// # use shorttail::{arena::ArenaPool, http1::{Connection, Limits, ReadBuf}, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// # let mut connection = Connection::new(limits);
/// # let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut &b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"[..])?;
/// let head = connection.parse_head(&input, &arena)?.ok_or("partial")?;
/// assert_eq!(head.target(), "/a");
/// input.read_from(&mut &b"more"[..])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail,E0502
/// # use shorttail::{arena::ArenaPool, http1::{Connection, Limits, ReadBuf}, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// # let mut connection = Connection::new(limits);
/// # let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut &b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"[..])?;
/// let head = connection.parse_head(&input, &arena)?.ok_or("partial")?;
/// input.read_from(&mut &b"more"[..])?;
/// assert_eq!(head.target(), "/a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReadBuf {
    pool: BufferPool,
    first_bytes: usize,
    held: Held,
    /// Bytes of the slot before the unread ones.
    done: usize,
    /// What the slot that was acquired first can hold.
    first_capacity: usize,
    moves: u64,
}

#[derive(Debug)]
enum Held {
    Nothing,
    Filling(PooledBuf),
    /// Shared with a head that was split off.
    Frozen(PooledBytes),
}

impl ReadBuf {
    /// A buffer without a slot, which begins in the smallest class for `first_bytes`. Allocates
    /// nothing. For an example see [`ReadBuf`].
    #[must_use]
    pub fn new(pool: &BufferPool, first_bytes: usize) -> Self {
        Self {
            pool: pool.clone(),
            first_bytes: first_bytes.max(1),
            held: Held::Nothing,
            done: 0,
            first_capacity: 0,
            moves: 0,
        }
    }

    /// The slot, with room behind the unread bytes for one more at least: to read into by
    /// [`PooledBuf::read_from`], or as [`BufMut`] by an asynchronous reader.
    ///
    /// ```
    /// # use shorttail::{http1::ReadBuf, pool::BufferPool};
    /// let pool = BufferPool::builder().class(64, 1).build()?;
    /// let mut input = ReadBuf::new(&pool, 64);
    /// input.room()?.try_put(b"GET /")?; // what a reader of another kind brought
    /// assert_eq!(&input[..], b"GET /");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Guarantees
    /// Never waits, never allocates, but where the pool may use the heap.
    /// # Errors
    /// [`AcquireError`] if a slot is needed, the first one or a larger one, and the pool has
    /// none. Nothing is lost.
    /// # Complexity
    /// O(1) while there is room. Else one copy of the unread bytes: to the slot's start, when at
    /// least as many were consumed since the last one, else to a larger slot. So a byte is copied
    /// for each that was consumed, and once a class; where the pool has no larger slot free,
    /// they go to the slot's start if anything was consumed.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn room(&mut self) -> Result<&mut PooledBuf, AcquireError> {
        match self.filling() {
            Ok(buf) => {
                let Held::Filling(buf) = self.hold(buf) else {
                    unreachable!("it was put there just now")
                };
                Ok(buf)
            }
            Err((held, error)) => {
                self.held = held;
                Err(error)
            }
        }
    }

    /// Appends what one `read` gives; 0 is the end of the input. Waits if `reader` does.
    /// For an example see [`ReadBuf`].
    ///
    /// # Errors
    /// [`FillError::NoRoom`] as from [`room`](Self::room), before anything is read;
    /// [`FillError::Io`] if `reader` fails.
    ///
    /// # Panics
    /// If `reader` claims to have read more than there was room for.
    pub fn read_from<R: Read + ?Sized>(&mut self, reader: &mut R) -> Result<usize, FillError> {
        let room = self.room().map_err(FillError::NoRoom)?;
        match room.read_from(reader) {
            Ok(read) => Ok(read),
            Err(ReadError::Io(error)) => Err(FillError::Io(error)),
            Err(ReadError::Full) => unreachable!("`room` leaves some"),
        }
    }

    /// Takes `count` bytes off the front. O(1); moves nothing.
    ///
    /// Once all is consumed, a slot that is larger than the first goes back to the pool.
    /// For an example see [`FrozenHead`].
    ///
    /// # Panics
    /// If there are not as many.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn consume(&mut self, count: usize) {
        assert!(count <= self.len(), "consume {count} of {}", self.len());
        self.done += count;
        match &mut self.held {
            Held::Nothing => {}
            Held::Filling(buf) => buf.advance(count),
            Held::Frozen(bytes) => bytes.advance(count),
        }
        if !self.is_empty() {
            return;
        }
        match &mut self.held {
            Held::Filling(buf) if self.done + buf.capacity() <= self.first_capacity => {
                // Nothing is left to be moved.
                buf.compact();
                self.done = 0;
            }
            _ => self.release(),
        }
    }

    /// Gives the slot back, and whatever is unread in it. Never waits, never allocates.
    /// For an example see [`release_unused`](Self::release_unused).
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn release(&mut self) {
        self.held = Held::Nothing;
        self.done = 0;
    }

    /// Gives the slot back if nothing is unread: for a connection that waits for a request. Never
    /// waits, never allocates.
    ///
    /// ```
    /// # use shorttail::{http1::ReadBuf, pool::BufferPool};
    /// let pool = BufferPool::builder().class(64, 1).build()?;
    /// let mut input = ReadBuf::new(&pool, 64);
    /// input.read_from(&mut &b"GET /"[..])?;
    /// input.release_unused(); // something is unread
    /// assert_eq!((input.len(), pool.outstanding()), (5, 1));
    /// input.release();
    /// assert_eq!((input.len(), pool.outstanding()), (0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn release_unused(&mut self) {
        if self.is_empty() {
            self.release();
        }
    }

    /// Parses the head at the front and splits it off, or says that it is incomplete.
    ///
    /// The slot is then shared with the head. What was read behind the head stays in it, unread,
    /// until more room is needed: then it moves to another slot if the head is still there, and
    /// stays where it is if not. For an example see [`ReadBuf`].
    ///
    /// # Guarantees
    /// As those of [`Connection::parse_head`].
    /// # Errors
    /// Those of [`Connection::parse_head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn parse_head<'t>(
        &mut self,
        connection: &mut Connection,
        arena: &'t Arena,
    ) -> Result<Option<FrozenHead<'t>>, HeadError> {
        let Some(found) = connection.find_head(self, arena)? else {
            return Ok(None);
        };
        let (table, facts, line) = (found.parsed.table, found.facts, found.parsed.outline.line);
        let head_len = found.parsed.bytes.len();
        let mut bytes = match mem::replace(&mut self.held, Held::Nothing) {
            Held::Filling(buf) => buf.freeze(),
            Held::Frozen(bytes) => bytes,
            Held::Nothing => unreachable!("a head has bytes"),
        };
        let head = FrozenHead {
            bytes: bytes.split_to(head_len),
            table,
            line,
            facts,
        };
        self.held = Held::Frozen(bytes);
        self.done += head_len;
        self.consume(0);
        Ok(Some(head))
    }

    /// How often unread bytes have moved to a larger class; for an example see [`ReadBuf`].
    #[must_use]
    pub const fn moves(&self) -> u64 {
        self.moves
    }

    fn hold(&mut self, buf: PooledBuf) -> &mut Held {
        self.held = Held::Filling(buf);
        &mut self.held
    }

    /// A slot that is ours alone, holds the unread bytes and has room; else what was held.
    fn filling(&mut self) -> Result<PooledBuf, (Held, AcquireError)> {
        let buf = match mem::replace(&mut self.held, Held::Nothing) {
            Held::Filling(buf) => buf,
            Held::Nothing => {
                let first = self.pool.try_acquire(self.first_bytes);
                let first = first.map_err(|error| (Held::Nothing, error))?;
                self.first_capacity = first.capacity();
                first
            }
            Held::Frozen(bytes) => match bytes.try_into_mut() {
                Ok(buf) => buf,
                Err(shared) => {
                    // The head is still there.
                    let bytes = self.first_bytes.max(shared.len() + 1);
                    match self.pool.try_acquire(bytes) {
                        Ok(next) => self.move_to(next, &shared),
                        Err(error) => return Err((Held::Frozen(shared), error)),
                    }
                }
            },
        };
        self.widen(buf)
    }

    fn widen(&mut self, mut buf: PooledBuf) -> Result<PooledBuf, (Held, AcquireError)> {
        if buf.has_remaining_mut() {
            return Ok(buf);
        }
        if self.done < buf.len() || self.done == 0 {
            match self.pool.try_acquire(self.done + buf.capacity() + 1) {
                Ok(larger) => {
                    self.moves += 1;
                    return Ok(self.move_to(larger, &buf));
                }
                Err(error) => {
                    buf.compact();
                    self.done = 0;
                    return match buf.has_remaining_mut() {
                        true => Ok(buf),
                        false => Err((Held::Filling(buf), error)),
                    };
                }
            }
        }
        buf.compact();
        self.done = 0;
        Ok(buf)
    }

    /// `next`, which is empty and has room for `unread`, with these bytes.
    fn move_to(&mut self, mut next: PooledBuf, unread: &[u8]) -> PooledBuf {
        let fits = next.try_put(unread);
        debug_assert!(fits.is_ok());
        self.done = 0;
        next
    }
}

impl Deref for ReadBuf {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.held {
            Held::Nothing => &[],
            Held::Filling(buf) => buf,
            Held::Frozen(bytes) => bytes,
        }
    }
}

/// Why [`ReadBuf::read_from`] read nothing.
///
/// # Examples
/// ```
/// use shorttail::http1::{FillError, ReadBuf};
/// use shorttail::pool::{AcquireError, BufferPool};
///
/// let pool = BufferPool::builder().class(64, 1).build()?;
/// let mut input = ReadBuf::new(&pool, 65);
/// let error = input.read_from(&mut &b"x"[..]).unwrap_err();
/// assert!(matches!(error, FillError::NoRoom(AcquireError::Oversized { .. })));
/// # Ok::<(), shorttail::pool::ConfigError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum FillError {
    /// The pool has no slot for what is unread and one byte more. Nothing was read, and the call
    /// can be made again when a slot is free; who does not wait for that answers 503.
    NoRoom(AcquireError),
    /// The reader failed.
    Io(io::Error),
}

impl fmt::Display for FillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom(_) => f.write_str("no buffer to read into"),
            Self::Io(_) => f.write_str("the read failed"),
        }
    }
}

impl error::Error for FillError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::NoRoom(error) => Some(error),
            Self::Io(error) => Some(error),
        }
    }
}
