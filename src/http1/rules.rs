//! Where a connection is told to depart from the strict rules.

/// A rule that a connection may be told to relax with [`allow`](super::LimitsBuilder::allow).
///
/// Each is a leniency that many servers have, and one more way to be read apart from a strict
/// parser: allow it where none on the way judges the same bytes. With any of the first three every
/// head is read by the scanner, a byte at a time.
///
/// # Examples
/// ```
/// use shorttail::arena::Arena;
/// use shorttail::http1::{Connection, Lenient, Limits};
///
/// let limits = Limits::builder().allow(Lenient::BareLf).build()?;
/// let arena = Arena::new(limits.arena_bytes())?;
/// let head = Connection::new(limits).parse_head(b"GET / HTTP/1.1\nHost: a\n\n", &arena)?;
/// assert_eq!(head.ok_or("partial")?.path(), "/");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lenient {
    /// A line of a head may end in LF alone (RFC 9112 §2.2); empty lines before it and lines of a
    /// body may not.
    BareLf,
    /// More than one SP between the parts of a request line (RFC 9112 §3).
    ManySpaces,
    /// UTF-8 in a target.
    Utf8Target,
    /// `Content-Length` more than once, on several lines or as a list, if all are the same number
    /// (RFC 9112 §6.3).
    EqualLengths,
    /// SP or HTAB between a chunk size, or its extension, and the CRLF.
    ChunkSizeSpace,
    /// An empty `Host` where the target is a path.
    EmptyHost,
    /// Codings before `chunked`, which the caller has to undo; they stand in the
    /// `Transfer-Encoding` fields.
    OtherCodings,
    /// Expectations other than `100-continue`, which are ignored.
    OtherExpectations,
}

/// A rule that a connection may be told to add with [`refuse`](super::LimitsBuilder::refuse).
///
/// # Examples
/// ```
/// use shorttail::arena::Arena;
/// use shorttail::http1::{Connection, HeadErrorKind, Limits, Strict};
///
/// let limits = Limits::builder().refuse(Strict::OddTarget).build()?;
/// let arena = Arena::new(limits.arena_bytes())?;
/// let head = Connection::new(limits).parse_head(b"GET /a|b HTTP/1.1\r\nHost: a\r\n\r\n", &arena);
/// let error = head.expect_err("no URI holds a bar");
/// assert_eq!((error.kind(), error.offset()), (HeadErrorKind::Target, 6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strict {
    /// A `Host` that differs, ASCII case ignored, from the authority that the target names.
    OtherHost,
    /// A byte in the target that a URI has to escape: `"<>\^` and `` `{|} ``.
    OddTarget,
    /// `_` in a field's name, which some gateways read as `-`.
    Underscore,
    /// A field on several lines that means something on one only, such as `Content-Type`.
    Repeated,
    /// `Host`, `Content-Length` or `Transfer-Encoding` as an option of `Connection` (RFC 9110
    /// §7.6.1): a proxy that takes such fields out forwards another request. It removes nothing
    /// here.
    ConnectionOption,
}

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules(u16);

impl Rules {
    pub(super) const NONE: Self = Self(0);

    const SYNTAX: u16 =
        lenient(Lenient::BareLf) | lenient(Lenient::ManySpaces) | lenient(Lenient::Utf8Target);
    const STRICT: u16 = 0xff00;

    pub(super) const fn with(self, rule: Lenient) -> Self {
        Self(self.0 | lenient(rule))
    }

    pub(super) const fn with_strict(self, rule: Strict) -> Self {
        Self(self.0 | strict(rule))
    }

    #[inline]
    pub(super) const fn allow(self, rule: Lenient) -> bool {
        self.0 & lenient(rule) != 0
    }

    #[inline]
    pub(super) const fn refuse(self, rule: Strict) -> bool {
        self.0 & strict(rule) != 0
    }

    /// Whether a head may be taken that httparse, or what is checked beside it, refuses.
    #[inline]
    pub(super) const fn relax_syntax(self) -> bool {
        self.0 & Self::SYNTAX != 0
    }

    /// Whether any rule is added.
    #[inline]
    pub(super) const fn are_strict(self) -> bool {
        self.0 & Self::STRICT != 0
    }
}

const fn lenient(rule: Lenient) -> u16 {
    1 << rule as u16
}

const fn strict(rule: Strict) -> u16 {
    1 << (rule as u16 + 8)
}
