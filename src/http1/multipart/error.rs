//! Why a form was refused: what, and at which byte.

use std::{error, fmt};

/// A refused form: what is wrong, at which byte, and the status to answer with.
///
/// The same bytes give the same error however they were cut. Two words, which its getters give; the
/// status is found by a match.
///
/// # Examples
/// ```
/// use shorttail::http1::{Multipart, MultipartError, MultipartErrorKind, MultipartLimits};
///
/// let mut form = Multipart::new(b"b", MultipartLimits::default())?;
/// let error = form.read(b"--b\nA: b").unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (MultipartErrorKind::Delimiter, 3));
/// assert_eq!(error, MultipartError::new(MultipartErrorKind::Delimiter, 3));
/// assert_eq!(error.status(), 400);
/// # Ok::<(), shorttail::http1::BoundaryError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultipartError {
    kind: MultipartErrorKind,
    offset: u64,
}

impl MultipartError {
    /// An error of `kind` at byte `offset` of the form; for an example see [`MultipartError`].
    #[must_use]
    pub const fn new(kind: MultipartErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// What is wrong; for an example see [`MultipartError`].
    #[must_use]
    pub const fn kind(&self) -> MultipartErrorKind {
        self.kind
    }

    /// The byte, counted from the first one of the body, chunk framing not included: the first that
    /// no acceptable form could have there, or where the field begins that is wrong.
    /// For an example see [`MultipartError`].
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The status code of the answer; for an example see [`MultipartError`].
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at form byte {}", self.kind.text(), self.offset)
    }
}

impl error::Error for MultipartError {}

/// What is wrong with a form.
///
/// # Examples
/// ```
/// use shorttail::http1::MultipartErrorKind;
///
/// assert_eq!(MultipartErrorKind::TooManyParts.status(), 413);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MultipartErrorKind {
    /// More before the first boundary than the limit. 400
    Preamble,
    /// A boundary followed by neither CRLF nor `--`, or in the head of a part. 400
    Delimiter,
    /// A line of the head of a part ends in a bare LF, or a CR is not followed by LF. 400
    LineEnd,
    /// A folded line in the head of a part. 400
    Fold,
    /// A field name is empty, holds a byte that is not a `tchar`, or has no colon. 400
    FieldName,
    /// A field value holds a control byte. 400
    FieldValue,
    /// More fields in the head of a part than the limit. 413
    TooManyFields,
    /// The head of a part above the limit. 413
    HeadTooLarge,
    /// More parts than the limit. 413
    TooManyParts,
    /// A part without `Content-Disposition`. 400
    DispositionMissing,
    /// A `Content-Disposition` that is not `form-data` with well-formed parameters. 400
    Disposition,
    /// A `Content-Disposition` without a `name`. 400
    NameMissing,
    /// A second `Content-Disposition` or `Content-Type`. 400
    FieldRepeated,
    /// A second `name` or `filename`. 400
    ParameterRepeated,
    /// `name*` or `filename*`, which RFC 7578 §4.2 forbids and parsers read apart. 400
    ParameterExtended,
    /// The input ends before the form does. 400
    Unfinished,
    /// An earlier error ended the form; nothing was read. 400
    AfterError,
}

impl MultipartErrorKind {
    /// The status code of the answer, by a match; for an example see [`MultipartErrorKind`].
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::TooManyFields | Self::HeadTooLarge | Self::TooManyParts => 413,
            _ => 400,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Preamble => "too much before the first boundary",
            Self::Delimiter => "boundary is not a line of its own",
            Self::LineEnd => "line of a part's head does not end in CRLF",
            Self::Fold => "field line begins with whitespace",
            Self::FieldName => "field name is malformed",
            Self::FieldValue => "field value holds a control byte",
            Self::TooManyFields => "too many fields in a part's head",
            Self::HeadTooLarge => "head of a part is too large",
            Self::TooManyParts => "too many parts",
            Self::DispositionMissing => "content disposition is missing",
            Self::Disposition => "content disposition is malformed",
            Self::NameMissing => "part has no name",
            Self::FieldRepeated => "field of a part's head is repeated",
            Self::ParameterRepeated => "name or filename is repeated",
            Self::ParameterExtended => "name or filename is extended",
            Self::Unfinished => "form ends early",
            Self::AfterError => "form failed earlier",
        }
    }
}
