//! Several heads of one read.

use std::iter::FusedIterator;

use crate::arena::Arena;

use super::connection::Connection;
use super::error::HeadError;
use super::head::Head;

/// The heads that stand one after another in the bytes of one read, from
/// [`Connection::heads`].
///
/// All of them live in the one arena, and together. It ends behind a head whose body must be
/// read first, that is the connection's last, or that offers to switch protocols; before a head
/// that is not whole; and behind an error. Then [`consumed`](Self::consumed) bytes are done
/// with, and the connection goes on from there as after a single head. `next` costs what
/// [`Connection::parse_head`] does.
///
/// # Examples
/// ```
/// use shorttail::arena::Arena;
/// use shorttail::http1::{Connection, Head, Limits};
///
/// let bytes = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3";
/// let mut connection = Connection::new(Limits::default());
/// let arena = Arena::new(16 * 1024)?;
/// let mut heads = connection.heads(bytes, &arena);
/// let batch: Vec<Head<'_>> = heads.by_ref().collect::<Result<_, _>>()?;
/// assert_eq!(batch.iter().map(Head::target).collect::<Vec<_>>(), ["/1", "/2"]);
/// assert_eq!(&bytes[heads.consumed()..], b"GET /3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "heads are parsed as they are asked for"]
pub struct Heads<'c, 'a> {
    connection: &'c mut Connection,
    arena: &'a Arena,
    bytes: &'a [u8],
    consumed: usize,
    over: bool,
}

impl Connection {
    /// The heads at the front of `bytes`, each parsed when it is asked for.
    ///
    /// The call itself parses nothing. Answer them in their order. Each takes 64 bytes of `arena`
    /// and 16 a field. For an example see [`Heads`].
    ///
    /// # Guarantees
    /// As those of [`parse_head`](Self::parse_head), whose verdicts these are.
    /// # Errors
    /// The items are those of [`parse_head`](Self::parse_head). After
    /// [`ArenaFull`](super::HeadErrorKind::ArenaFull) the heads before are good, and the rest
    /// can be parsed with an empty arena.
    pub const fn heads<'c, 'a>(&'c mut self, bytes: &'a [u8], arena: &'a Arena) -> Heads<'c, 'a> {
        Heads {
            connection: self,
            arena,
            bytes,
            consumed: 0,
            over: false,
        }
    }
}

impl Heads<'_, '_> {
    /// Bytes of the heads handed out so far: one load. For an example see [`Heads`].
    #[must_use]
    pub const fn consumed(&self) -> usize {
        self.consumed
    }
}

impl<'a> Iterator for Heads<'_, 'a> {
    type Item = Result<Head<'a>, HeadError>;

    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        self.over = true;
        let rest = &self.bytes[self.consumed..];
        let head = match self.connection.parse_head(rest, self.arena).transpose()? {
            Ok(head) => head,
            Err(error) => return Some(Err(error)),
        };
        self.consumed += head.head_len();
        self.over = !self.connection.awaits_head();
        Some(Ok(head))
    }
}

impl FusedIterator for Heads<'_, '_> {}
