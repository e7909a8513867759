//! A parsed head: slices of the read buffer and a header table in the arena.

use std::iter::FusedIterator;
use std::ops::Range;

use super::facts::Facts;
use super::framing::Framing;
use super::grammar::offset_of;
use super::known::Known;
use super::line::{Line, text};
use super::method::Method;
use super::table::Fields;
use super::target::{Form, Target, odd_at};
use super::version::Version;

/// A request head, borrowed from the read buffer and the arena.
///
/// Slices only: it copies in a few words, is `Send` and `Sync`, and crosses an `.await`. No method
/// waits or allocates; each is a few loads, and says so where it looks at more.
/// Nothing in it outlives the arena's reset:
///
/// ```
/// use shorttail::arena::ArenaPool;
/// use shorttail::http1::{Connection, Limits};
///
/// let limits = Limits::default();
/// let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// let mut arena = arenas.try_acquire()?;
/// let mut connection = Connection::new(limits);
/// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
/// assert_eq!(head.target(), "/");
/// arena.reset();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail,E0502
/// use shorttail::arena::ArenaPool;
/// use shorttail::http1::{Connection, Limits};
///
/// let limits = Limits::default();
/// let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// let mut arena = arenas.try_acquire()?;
/// let mut connection = Connection::new(limits);
/// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
/// arena.reset();
/// assert_eq!(head.target(), "/");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Examples
/// ```
/// # let arena = shorttail::arena::Arena::new(16 * 1024)?;
/// use shorttail::http1::{Connection, Framing, Known, Limits, Method, Target, Version};
///
/// let bytes = b"PUT /a?b=c HTTP/1.1\r\nHost: d:80\r\nContent-Length: 2\r\n\r\nok";
/// let mut connection = Connection::new(Limits::default());
/// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
/// assert_eq!((head.method(), head.version()), (Method::Put, Version::Http11));
/// assert_eq!(head.target_form(), Target::Origin { path: "/a", query: Some("b=c") });
/// assert_eq!((head.target(), head.path(), head.query()), ("/a?b=c", "/a", Some("b=c")));
/// assert!(head.is_plain_target() && !head.is_repeated(Known::Host));
/// assert_eq!((head.authority(), head.get(Known::Host)), (Some("d:80"), Some(&b"d:80"[..])));
/// assert_eq!((head.framing(), head.keep_alive()), (Framing::Length(2), true));
/// assert_eq!(head.bytes(), &bytes[..head.head_len()]);
/// assert_eq!(&bytes[head.head_len()..], b"ok");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    pub(super) line: Line,
    pub(super) fields: Fields<'a>,
    pub(super) facts: Facts,
}

impl<'a> Head<'a> {
    /// The method. Looks at each of its bytes, that they are text. For an example see [`Head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn method(&self) -> Method<'a> {
        Method::from(text(self.line.method(self.bytes())))
    }

    /// The target as it stands on the wire: visible ASCII unless
    /// [UTF-8 is allowed](super::Lenient::Utf8Target), not decoded.
    ///
    /// Looks at each of its bytes, that they are text, as do [`path`](Self::path),
    /// [`query`](Self::query) and what else is made of it. For an example see [`Head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn target(&self) -> &'a str {
        text(self.line.target(self.bytes()))
    }

    /// The target, split into its parts. Looks at each of its bytes, once or twice.
    /// For an example see [`Head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn target_form(&self) -> Target<'a> {
        self.facts.form().target(self.target())
    }

    /// The path, not decoded; empty for `*`, CONNECT, and an absolute target without one.
    /// For an example see [`Head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn path(&self) -> &'a str {
        match self.target_form() {
            Target::Origin { path, .. } | Target::Absolute { path, .. } => path,
            Target::Authority(_) | Target::Asterisk => "",
        }
    }

    /// What follows the first `?`, not decoded; for an example see [`Head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        match self.target_form() {
            Target::Origin { query, .. } | Target::Absolute { query, .. } => query,
            Target::Authority(_) | Target::Asterisk => None,
        }
    }

    /// Whether each byte of the target may stand in a URI; browsers leave some unescaped. Looks at
    /// each byte of the target. For an example see [`Head`].
    #[must_use]
    pub fn is_plain_target(&self) -> bool {
        self.odd_target_at().is_none()
    }

    /// The authority asked for: the target's when it names one, else the `Host` field's. Looks at
    /// each of its bytes. For an example see [`Head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn authority(&self) -> Option<&'a str> {
        if self.facts.form() != Form::Origin {
            if let Target::Absolute { authority, .. } | Target::Authority(authority) =
                self.target_form()
            {
                return Some(authority);
            }
        }
        // A judged `Host` is ASCII, so this never fails.
        self.get(Known::Host)
            .and_then(|host| std::str::from_utf8(host).ok())
    }

    /// The version; for an example see [`Head`].
    #[must_use]
    pub const fn version(&self) -> Version {
        self.facts.version()
    }

    /// The fields in their order on the wire. O(1): each is read when it is asked for.
    /// For an example see [`Headers`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        Headers {
            fields: self.fields,
            rest: 0..self.fields.len(),
        }
    }

    /// The first value of a known field: one load of the index. For an example see [`Head`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    #[inline]
    pub fn get(&self, name: Known) -> Option<&'a [u8]> {
        let at = self.fields.first(name)?;
        Some(self.fields.value(at))
    }

    /// Every value of a known field, in order. O(1): each is found, by a load, when it is asked
    /// for. For an example see [`Values`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn get_all(&self, name: Known) -> Values<'a> {
        Values::new(self.fields, name)
    }

    /// Whether a known field stands on more than one line. A few loads.
    /// For an example see [`Head`].
    #[must_use]
    pub fn is_repeated(&self, name: Known) -> bool {
        self.get_all(name).nth(1).is_some()
    }

    /// The head's bytes, with the empty lines before it; for an example see [`Head`].
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.fields.bytes()
    }

    /// Where in the target its first byte stands that a URI has to escape.
    pub(crate) fn odd_target_at(&self) -> Option<usize> {
        odd_at(self.target())
    }

    /// Where `part`, a part of the head's bytes, begins in them.
    pub(crate) fn offset_of(&self, part: &[u8]) -> usize {
        offset_of(self.bytes(), part)
    }

    /// How the body is framed; for an example see [`Head`].
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.facts.framing()
    }

    /// Whether the client lets the connection go on after this request;
    /// for an example see [`Head`].
    #[must_use]
    pub const fn keep_alive(&self) -> bool {
        self.facts.keep_alive()
    }

    /// Whether the client waits for `100 Continue` before it sends the body;
    /// for an example see [`Connection::take_continue`](super::Connection::take_continue).
    #[must_use]
    pub const fn expects_continue(&self) -> bool {
        self.facts.expects_continue()
    }

    /// The protocol the client offers to switch to.
    ///
    /// `None` unless `Connection: upgrade` came with it, in HTTP/1.1.
    /// For an example see [`Connection::switch_protocols`](super::Connection::switch_protocols).
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn upgrade(&self) -> Option<&'a [u8]> {
        if self.facts.upgrade() {
            self.get(Known::Upgrade)
        } else {
            None
        }
    }

    /// Bytes of the head, with the empty lines before it: the body begins here.
    /// For an example see [`Head`].
    #[must_use]
    pub const fn head_len(&self) -> usize {
        self.fields.bytes().len()
    }
}

/// One header field.
///
/// # Examples
/// ```
/// use shorttail::http1::Header;
///
/// let header = Header { name: "accept", value: b"*/*" };
/// assert_eq!(header.value, b"*/*");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header<'a> {
    /// The name as the client spelled it.
    pub name: &'a str,
    /// The value without surrounding SP and HTAB.
    pub value: &'a [u8],
}

/// The fields of a head, from [`Head::headers`]. `next` is a few loads, and looks at each byte of
/// the name, that it is text.
///
/// # Examples
/// ```
/// # let arenas = shorttail::arena::ArenaPool::new(1, 16 * 1024)?;
/// # let arena = arenas.try_acquire()?;
/// use shorttail::http1::{Connection, Limits};
///
/// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
/// let mut connection = Connection::new(Limits::default());
/// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
/// let names: Vec<&str> = head.headers().map(|header| header.name).collect();
/// assert_eq!(names, ["Host", "Accept"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    fields: Fields<'a>,
    rest: Range<usize>,
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    #[inline]
    fn next(&mut self) -> Option<Header<'a>> {
        let at = self.rest.next()?;
        Some(Header {
            // A judged name is a token, so this never fails.
            name: std::str::from_utf8(self.fields.name(at)).unwrap_or_default(),
            value: self.fields.value(at),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl ExactSizeIterator for Headers<'_> {}
impl FusedIterator for Headers<'_> {}

/// The values of one known field, from [`Head::get_all`]. `next` is a few loads.
///
/// # Examples
/// ```
/// # let arenas = shorttail::arena::ArenaPool::new(1, 16 * 1024)?;
/// # let arena = arenas.try_acquire()?;
/// use shorttail::http1::{Connection, Known, Limits};
///
/// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: b=1\r\nCookie: c=2\r\n\r\n";
/// let mut connection = Connection::new(Limits::default());
/// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
/// assert_eq!(head.get_all(Known::Cookie).last(), Some(b"c=2".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Values<'a> {
    fields: Fields<'a>,
    at: Option<usize>,
}

impl<'a> Values<'a> {
    pub(super) fn new(fields: Fields<'a>, name: Known) -> Self {
        let at = fields.first(name);
        Self { fields, at }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let at = self.at?;
        self.at = self.fields.next(at);
        Some(self.fields.value(at))
    }
}

impl FusedIterator for Values<'_> {}
