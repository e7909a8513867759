//! Name and value pairs of a query or of an `application/x-www-form-urlencoded` body.

use std::iter::FusedIterator;

use super::decode::{DecodeError, Decoded};
use super::head::Head;
use super::scratch::Scratch;

/// One pair, as it came.
///
/// # Examples
/// ```
/// use shorttail::http1::{FormPair, Scratch};
///
/// let pair = FormPair { name: b"q", value: b"ring+buffer" };
/// let mut memory = [0; 16];
/// let value = pair.decode_value(&mut Scratch::new(&mut memory))?;
/// assert_eq!(value.as_bytes(), b"ring buffer");
/// # Ok::<(), shorttail::http1::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FormPair<'a> {
    /// What stands before the first `=`, not decoded.
    pub name: &'a [u8],
    /// What stands behind it, not decoded; empty without one.
    pub value: &'a [u8],
}

impl<'a> FormPair<'a> {
    /// The name, decoded. Allocates nothing. For an example see [`FormPairs`].
    ///
    /// # Errors
    /// As [`Scratch::form_decode`]; offsets count from the name's first byte.
    pub fn decode_name<'s>(&self, scratch: &mut Scratch<'s>) -> Result<Decoded<'a>, DecodeError>
    where
        's: 'a,
    {
        scratch.form_decode(self.name)
    }

    /// The value, decoded. Allocates nothing. For an example see [`FormPair`].
    ///
    /// # Errors
    /// As [`Scratch::form_decode`]; offsets count from the value's first byte.
    pub fn decode_value<'s>(&self, scratch: &mut Scratch<'s>) -> Result<Decoded<'a>, DecodeError>
    where
        's: 'a,
    {
        scratch.form_decode(self.value)
    }
}

/// The pairs of a query or form body, in order, from [`Head::query_pairs`] or [`new`](Self::new).
///
/// Split as WHATWG's URL Standard does (`application/x-www-form-urlencoded` parsing): at each
/// `&`, then at the first `=`. Members between two `&` that are empty are skipped; `=` alone is an
/// empty name with an empty value. Names may repeat. O(bytes) over all; never waits, never
/// allocates. Unlike there, an escape that is none is an error when the pair is decoded.
///
/// # Examples
/// ```
/// use shorttail::http1::{FormPairs, Scratch};
///
/// let body = b"name=J%C3%BCrgen&&tag=a&tag=b&done";
/// let mut memory = [0; 64];
/// let mut scratch = Scratch::new(&mut memory);
/// let mut names = Vec::new();
/// for pair in FormPairs::new(body) {
///     names.push(pair.decode_name(&mut scratch)?.as_str()?);
///     if pair.name == b"name" {
///         assert_eq!(pair.decode_value(&mut scratch)?.as_str()?, "Jürgen");
///     }
/// }
/// assert_eq!(names, ["name", "tag", "tag", "done"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FormPairs<'a> {
    rest: &'a [u8],
}

impl<'a> FormPairs<'a> {
    /// The pairs of `text`: a query without its `?`, or a whole body. O(1).
    /// For an example see [`FormPairs`].
    #[must_use]
    pub const fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for FormPairs<'a> {
    type Item = FormPair<'a>;

    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn next(&mut self) -> Option<FormPair<'a>> {
        while !self.rest.is_empty() {
            let (member, rest) = split_at_first(self.rest, b'&');
            self.rest = rest;
            if !member.is_empty() {
                let (name, value) = split_at_first(member, b'=');
                return Some(FormPair { name, value });
            }
        }
        None
    }
}

impl FusedIterator for FormPairs<'_> {}

/// What stands before and behind the first `mark`; all of it and nothing without one.
fn split_at_first(bytes: &[u8], mark: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&b| b == mark) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[]),
    }
}

impl<'a> Head<'a> {
    /// The pairs of the query, in order and not decoded; none without a query. Finds the query, as
    /// [`query`](Self::query) does; each pair is found when it is asked for.
    ///
    /// ```
    /// # let arenas = shorttail::arena::ArenaPool::new(1, 16 * 1024)?;
    /// # let arena = arenas.try_acquire()?;
    /// use shorttail::http1::{Connection, Limits, Scratch};
    ///
    /// let bytes = b"GET /find?q=a%26b&page=2 HTTP/1.1\r\nHost: a\r\n\r\n";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// let mut memory = [0; 64];
    /// let mut scratch = Scratch::new(&mut memory);
    /// let q = head.query_pairs().find(|pair| pair.name == b"q").ok_or("no q")?;
    /// assert_eq!(q.decode_value(&mut scratch)?.as_str()?, "a&b");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn query_pairs(&self) -> FormPairs<'a> {
        FormPairs::new(self.query().unwrap_or("").as_bytes())
    }
}
