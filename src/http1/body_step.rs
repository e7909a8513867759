//! What a decoder of bodies says of its input: spans of it.

use super::head::Header;

/// What [`Connection::read_body`](super::Connection::read_body) made of its input.
///
/// # Examples
/// ```
/// use shorttail::http1::{BodyEvent, BodyStep};
///
/// let step = BodyStep { consumed: 5, event: BodyEvent::Data(b"hello") };
/// assert_eq!(step.consumed, 5);
/// ```
///
/// Its data is gone with the buffer, and cannot be looked at once it is consumed:
/// ```
/// # use shorttail::{arena::ArenaPool, http1::*, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// # let mut connection = Connection::new(limits);
/// # let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut &b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"[..])?;
/// let head = input.parse_head(&mut connection, &arena)?.ok_or("partial")?;
/// assert_eq!(head.as_head().target(), "/");
/// let step = connection.read_body(&input)?;
/// assert_eq!(step.event, BodyEvent::Data(b"ok"));
/// let consumed = step.consumed;
/// input.consume(consumed);
/// drop(input);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail,E0502
/// # use shorttail::{arena::ArenaPool, http1::*, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// # let mut connection = Connection::new(limits);
/// # let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut &b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"[..])?;
/// let head = input.parse_head(&mut connection, &arena)?.ok_or("partial")?;
/// assert_eq!(head.as_head().target(), "/");
/// let step = connection.read_body(&input)?;
/// let consumed = step.consumed;
/// input.consume(consumed);
/// assert_eq!(step.event, BodyEvent::Data(b"ok"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail,E0505
/// # use shorttail::{arena::ArenaPool, http1::*, pool::BufferPool};
/// # let limits = Limits::default();
/// # let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// # let arena = arenas.try_acquire()?;
/// # let pool = BufferPool::builder().class(4096, 2).build()?;
/// # let mut connection = Connection::new(limits);
/// # let mut input = ReadBuf::new(&pool, 4096);
/// input.read_from(&mut &b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"[..])?;
/// let head = input.parse_head(&mut connection, &arena)?.ok_or("partial")?;
/// assert_eq!(head.as_head().target(), "/");
/// let step = connection.read_body(&input)?;
/// drop(input);
/// assert_eq!(step.event, BodyEvent::Data(b"ok"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the consumed bytes must not be handed in again"]
pub struct BodyStep<'a> {
    /// Bytes of the input that are done with; a data span is among them.
    pub consumed: usize,
    /// What they were.
    pub event: BodyEvent<'a>,
}

/// One step through a body.
///
/// # Examples
/// ```
/// use shorttail::http1::BodyEvent;
///
/// assert_ne!(BodyEvent::More, BodyEvent::End);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEvent<'a> {
    /// Body data, never empty: a span of the input.
    Data(&'a [u8]),
    /// A field behind the data of a chunked body, a span of the input.
    ///
    /// It is no field of the head, and what it says nobody has checked but for its grammar.
    Trailer(Header<'a>),
    /// The body goes on. What of the input is not consumed is the front of a trailer line: hand it
    /// in again, with more behind it.
    More,
    /// The body is over; what follows is the next request.
    End,
}
