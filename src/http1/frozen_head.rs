//! A head that keeps the slot it was read into.

use crate::pool::PooledBytes;

use super::facts::Facts;
use super::head::Head;
use super::line::Line;
use super::table::Fields;

/// A request head split off its read buffer, from [`ReadBuf::parse_head`](super::ReadBuf).
///
/// Its bytes stay in the slot where the socket put them, which is now shared: the read buffer is
/// free to go on, and so the head may be looked at while the body is read. The table stays in
/// the arena. A clone is another handle on the slot: one read-modify-write, no allocation.
///
/// It keeps a whole read buffer; what is kept for long is better [owned](Head::to_owned_in).
///
/// # Examples
/// ```
/// # use shorttail::{arena::ArenaPool, http1::{Connection, Limits, ReadBuf}, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// let mut socket = &b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b"[..];
/// let mut connection = Connection::new(limits);
/// let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut socket)?;
/// let head = input.parse_head(&mut connection, &arena)?.ok_or("partial")?;
/// input.consume(4);
/// assert_eq!((head.as_head().target(), &input[..]), ("/a", &b"/b"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It does not outlive its table:
/// ```
/// # use shorttail::{arena::ArenaPool, http1::{Connection, Limits, ReadBuf}, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let mut arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// # let mut connection = Connection::new(limits);
/// # let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut &b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"[..])?;
/// let head = input.parse_head(&mut connection, &arena)?.ok_or("partial")?;
/// assert_eq!(head.as_head().target(), "/a");
/// arena.reset();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail,E0502
/// # use shorttail::{arena::ArenaPool, http1::{Connection, Limits, ReadBuf}, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let mut arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// # let mut connection = Connection::new(limits);
/// # let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut &b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"[..])?;
/// let head = input.parse_head(&mut connection, &arena)?.ok_or("partial")?;
/// arena.reset();
/// assert_eq!(head.as_head().target(), "/a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "dropping the head lets go of its slot"]
pub struct FrozenHead<'t> {
    pub(super) bytes: PooledBytes,
    pub(super) table: &'t [u8],
    pub(super) line: Line,
    pub(super) facts: Facts,
}

impl FrozenHead<'_> {
    /// The head.
    ///
    /// A few loads. Never waits, never allocates. For an example see [`FrozenHead`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn as_head(&self) -> Head<'_> {
        Head {
            line: self.line,
            fields: Fields::new(&self.bytes, self.table),
            facts: self.facts,
        }
    }
}
