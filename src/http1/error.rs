//! Why a head or a body was refused: what, and at which byte.

use std::{error, fmt};

/// A refused request head: what is wrong, at which byte, and the status to answer with.
///
/// The same bytes give the same error however they were cut into reads. Eight bytes, which its
/// getters give; the status is found by a match.
///
/// # Examples
/// ```
/// use shorttail::http1::{HeadError, HeadErrorKind};
///
/// let error = HeadError::new(HeadErrorKind::LineEnd, 14);
/// assert_eq!((error.kind(), error.offset()), (HeadErrorKind::LineEnd, 14));
/// assert_eq!(error.status(), 400);
/// assert_eq!(error.to_string(), "line does not end in CRLF at byte 14");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadError {
    kind: HeadErrorKind,
    offset: u32,
}

impl HeadError {
    /// An error of `kind` at byte `offset`; for an example see [`HeadError`].
    #[must_use]
    pub const fn new(kind: HeadErrorKind, offset: usize) -> Self {
        // Heads are at most 1 MiB (`LimitsBuilder::build`), so the cast keeps every offset.
        Self {
            kind,
            offset: offset as u32,
        }
    }

    /// What is wrong; for an example see [`HeadError`].
    #[must_use]
    pub const fn kind(&self) -> HeadErrorKind {
        self.kind
    }

    /// The byte, counted from the first byte handed to `parse_head`.
    ///
    /// For a broken rule of the grammar and for a limit: the first byte that no acceptable head
    /// could have there. For a broken rule about a whole field: where the field or its value
    /// begins, or the offending byte in it. For an example see [`HeadError`].
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset as usize
    }

    /// The status code of the answer; close the connection after it.
    /// For an example see [`HeadError`].
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind.text(), self.offset)
    }
}

impl error::Error for HeadError {}

/// What is wrong with a request head.
///
/// # Examples
/// ```
/// use shorttail::http1::HeadErrorKind;
///
/// assert_eq!(HeadErrorKind::TargetTooLong.status(), 414);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeadErrorKind {
    /// More than two empty lines, or a bare LF, before the request line. 400
    BlankLines,
    /// The method is empty or holds a byte that is not a `tchar`. 400
    Method,
    /// The method exceeds 32 bytes. 501
    MethodTooLong,
    /// The target holds a control, space, `#`, DEL or non-ASCII byte, or is missing. 400
    Target,
    /// The target is none of the four forms, or not the form its method asks for. 400
    TargetForm,
    /// The target exceeds its limit. 414
    TargetTooLong,
    /// The version is missing or misspelled, or something follows it. 400
    Version,
    /// The version is well formed and its major number is not 1. 505
    UnsupportedVersion,
    /// The bytes are the preface of HTTP/2. 505
    Http2Preface,
    /// A line ends in a bare LF, or a CR is not followed by LF. 400
    LineEnd,
    /// A field line begins with whitespace: a folded line, or one before the first field. 400
    Fold,
    /// A field name is empty, holds a byte that is not a `tchar`, or has no colon. 400
    FieldName,
    /// A field value holds a control byte. 400
    FieldValue,
    /// More fields than the limit. 431
    TooManyFields,
    /// A line above the limit. 431
    LineTooLong,
    /// A head above the limit. 431
    HeadTooLarge,
    /// HTTP/1.1 without `Host`. 400
    HostMissing,
    /// Two `Host` fields. 400
    HostRepeated,
    /// A `Host` that is not `host[:port]`, or empty where the target is a path. 400
    Host,
    /// A `Content-Length` that is not one decimal number below 2⁶³. 400
    ContentLength,
    /// Two `Content-Length` fields, equal or not. 400
    ContentLengthRepeated,
    /// `Content-Length` beside `Transfer-Encoding`. 400
    FramingConflict,
    /// A `Transfer-Encoding` whose last, and only last, coding is not `chunked`. 400
    TransferEncoding,
    /// A well-formed `Transfer-Encoding` with a coding before `chunked`. 501
    UnsupportedCoding,
    /// `Transfer-Encoding` in HTTP/1.0. 400
    TransferEncodingVersion,
    /// `Content-Length` or `Transfer-Encoding` with CONNECT. 400
    FramedConnect,
    /// A declared length above the body limit. 413
    BodyTooLarge,
    /// A field on a second line that means something on one only; refused
    /// [if asked](super::Strict::Repeated). 400
    FieldRepeated,
    /// A `Connection` that names a field which says how to read the request; refused
    /// [if asked](super::Strict::ConnectionOption). 400
    ConnectionOption,
    /// An expectation other than `100-continue`. 417
    Expectation,
    /// The arena has no room for the header table; retry with an empty or larger one. 431
    ArenaFull,
    /// The caller's timer ran out inside the head. 408
    TimedOut,
    /// The body of the request before was not read to its end: the caller's mistake. 500
    BodyUnread,
    /// A protocol switch nobody offered: the caller's mistake. 500
    NoUpgrade,
    /// An earlier error ended the connection; nothing was parsed. 400
    AfterError,
    /// An earlier request closed or switched the connection; nothing was parsed. 400
    AfterClose,
}

impl HeadErrorKind {
    /// The status code of the answer, by a match; for an example see [`HeadErrorKind`].
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::TimedOut => 408,
            Self::BodyTooLarge => 413,
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::TooManyFields | Self::LineTooLong | Self::HeadTooLarge | Self::ArenaFull => 431,
            Self::BodyUnread | Self::NoUpgrade => 500,
            Self::MethodTooLong | Self::UnsupportedCoding => 501,
            Self::UnsupportedVersion | Self::Http2Preface => 505,
            _ => 400,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::BlankLines => "too many empty lines before the request line",
            Self::Method => "method is not a token",
            Self::MethodTooLong => "method is too long",
            Self::Target => "target holds a forbidden byte",
            Self::TargetForm => "target has the wrong form",
            Self::TargetTooLong => "target is too long",
            Self::Version => "version is malformed",
            Self::UnsupportedVersion => "version is not supported",
            Self::Http2Preface => "HTTP/2 preface",
            Self::LineEnd => "line does not end in CRLF",
            Self::Fold => "field line begins with whitespace",
            Self::FieldName => "field name is malformed",
            Self::FieldValue => "field value holds a control byte",
            Self::TooManyFields => "too many fields",
            Self::LineTooLong => "line is too long",
            Self::HeadTooLarge => "head is too large",
            Self::HostMissing => "host is missing",
            Self::HostRepeated => "host is repeated",
            Self::Host => "host is malformed",
            Self::ContentLength => "content length is malformed",
            Self::ContentLengthRepeated => "content length is repeated",
            Self::FramingConflict => "content length beside transfer encoding",
            Self::TransferEncoding => "transfer encoding is malformed",
            Self::UnsupportedCoding => "transfer coding is not supported",
            Self::TransferEncodingVersion => "transfer encoding in HTTP/1.0",
            Self::FramedConnect => "body framing with CONNECT",
            Self::BodyTooLarge => "body is too large",
            Self::FieldRepeated => "field is repeated",
            Self::ConnectionOption => "connection names a field of framing or routing",
            Self::Expectation => "expectation is not supported",
            Self::ArenaFull => "arena is full",
            Self::TimedOut => "head timed out",
            Self::BodyUnread => "body of the request before is unread",
            Self::NoUpgrade => "no protocol switch was offered",
            Self::AfterError => "connection failed earlier",
            Self::AfterClose => "connection is closed",
        }
    }
}

/// A refused request body: what is wrong, at which byte, and the status to answer with. Two words,
/// which its getters give; the status is found by a match.
///
/// # Examples
/// ```
/// use shorttail::http1::{BodyError, BodyErrorKind};
///
/// let error = BodyError::new(BodyErrorKind::ChunkSize, 0);
/// assert_eq!((error.kind(), error.offset()), (BodyErrorKind::ChunkSize, 0));
/// assert_eq!(error.status(), 400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyError {
    kind: BodyErrorKind,
    offset: u64,
}

impl BodyError {
    /// An error of `kind` at byte `offset` of the body as received;
    /// for an example see [`BodyError`].
    #[must_use]
    pub const fn new(kind: BodyErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// What is wrong; for an example see [`BodyError`].
    #[must_use]
    pub const fn kind(&self) -> BodyErrorKind {
        self.kind
    }

    /// The byte, counted from the first byte after the head, chunk framing included;
    /// for an example see [`BodyError`].
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The status code of the answer; close the connection after it.
    /// For an example see [`BodyError`].
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at body byte {}", self.kind.text(), self.offset)
    }
}

impl error::Error for BodyError {}

/// What is wrong with a request body.
///
/// # Examples
/// ```
/// use shorttail::http1::BodyErrorKind;
///
/// assert_eq!(BodyErrorKind::TooLarge.status(), 413);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyErrorKind {
    /// A chunk size that is not 1 to 16 hexadecimal digits. 400
    ChunkSize,
    /// A chunk extension outside the grammar. 400
    ChunkExtension,
    /// A chunk size line that does not end in CRLF. 400
    ChunkLineEnd,
    /// Chunk data that is not followed by CRLF. 400
    ChunkDataEnd,
    /// A chunk size line above 1 KiB. 400
    ChunkLineTooLong,
    /// More framing than the data justifies. 400
    ChunkOverhead,
    /// More data than the body limit. 413
    TooLarge,
    /// A malformed trailer line. 400
    Trailer,
    /// A trailer that would change framing or routing. 400
    TrailerForbidden,
    /// Trailers above their limits. 431
    TrailersTooLarge,
    /// An earlier error ended the connection; nothing was read. 400
    AfterError,
}

impl BodyErrorKind {
    /// The status code of the answer, by a match; for an example see [`BodyErrorKind`].
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::TrailersTooLarge => 431,
            _ => 400,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::ChunkSize => "chunk size is malformed",
            Self::ChunkExtension => "chunk extension is malformed",
            Self::ChunkLineEnd => "chunk size line does not end in CRLF",
            Self::ChunkDataEnd => "chunk data does not end in CRLF",
            Self::ChunkLineTooLong => "chunk size line is too long",
            Self::ChunkOverhead => "too much chunk framing",
            Self::TooLarge => "body is too large",
            Self::Trailer => "trailer is malformed",
            Self::TrailerForbidden => "trailer is not allowed",
            Self::TrailersTooLarge => "trailers are too large",
            Self::AfterError => "connection failed earlier",
        }
    }
}
