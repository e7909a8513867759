//! The boundary that a `Content-Type` names.

use std::{error, fmt};

use super::delimiter::BOUNDARY_BYTES;
use crate::http1::params::Params;

/// The boundary in the value of a `Content-Type` field.
pub(super) fn of_content_type(value: &[u8]) -> Result<&[u8], BoundaryError> {
    use BoundaryErrorKind as Kind;
    const FORM_DATA: &[u8] = b"multipart/form-data";
    let is_end = |b: &u8| matches!(b, b';' | b' ' | b'\t');
    let end = value.iter().position(is_end).unwrap_or(value.len());
    if !value[..end].eq_ignore_ascii_case(FORM_DATA) {
        return Err(BoundaryError::new(Kind::NotFormData, 0));
    }
    let mut boundary = None;
    for param in Params::new(value, end) {
        let param = param.map_err(|at| BoundaryError::new(Kind::Parameter, at))?;
        if !param.name.eq_ignore_ascii_case(b"boundary") {
            continue;
        }
        if boundary.is_some() {
            return Err(BoundaryError::new(Kind::Repeated, param.name_at));
        }
        check(param.value.raw(), param.value_at)?;
        boundary = Some(param.value.raw());
    }
    boundary.ok_or_else(|| BoundaryError::new(Kind::Missing, value.len()))
}

/// Checks a boundary that stands at byte `start`.
pub(super) fn check(boundary: &[u8], start: usize) -> Result<(), BoundaryError> {
    let (kind, at) = if let Some(at) = boundary.iter().position(|&b| !is_boundary_byte(b)) {
        (BoundaryErrorKind::Byte, at)
    } else if boundary.is_empty() {
        (BoundaryErrorKind::Empty, 0)
    } else if boundary.len() > BOUNDARY_BYTES {
        (BoundaryErrorKind::TooLong, BOUNDARY_BYTES)
    } else if boundary.ends_with(b" ") {
        (BoundaryErrorKind::Byte, boundary.len() - 1)
    } else {
        return Ok(());
    };
    Err(BoundaryError::new(kind, start + at))
}

/// `bchars` of RFC 2046 §5.1.1.
const fn is_boundary_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'\''
                | b'('
                | b')'
                | b'+'
                | b'_'
                | b','
                | b'-'
                | b'.'
                | b'/'
                | b':'
                | b'='
                | b'?'
                | b' '
        )
}

/// No boundary: what is wrong, at which byte, and the status to answer with. Two words, which its
/// getters give.
///
/// # Examples
/// ```
/// use shorttail::http1::{BoundaryErrorKind, Multipart, MultipartLimits};
///
/// let refused = Multipart::from_content_type(b"multipart/form-data", MultipartLimits::default());
/// let error = refused.unwrap_err();
/// assert_eq!((error.kind(), error.status()), (BoundaryErrorKind::Missing, 400));
/// assert_eq!(error.offset(), b"multipart/form-data".len());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundaryError {
    kind: BoundaryErrorKind,
    offset: usize,
}

impl BoundaryError {
    const fn new(kind: BoundaryErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What is wrong; for an example see [`BoundaryError`].
    #[must_use]
    pub const fn kind(&self) -> BoundaryErrorKind {
        self.kind
    }

    /// The byte in the field's value, or in the boundary where that alone was given;
    /// for an example see [`BoundaryError`].
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The status code of the answer; for an example see [`BoundaryError`].
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self.kind {
            BoundaryErrorKind::NotFormData => 415,
            _ => 400,
        }
    }
}

impl fmt::Display for BoundaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            BoundaryErrorKind::NotFormData => "content type is not multipart/form-data",
            BoundaryErrorKind::Parameter => "parameter of the content type is malformed",
            BoundaryErrorKind::Missing => "content type has no boundary",
            BoundaryErrorKind::Repeated => "boundary is repeated",
            BoundaryErrorKind::Empty => "boundary is empty",
            BoundaryErrorKind::TooLong => "boundary is above 70 bytes",
            BoundaryErrorKind::Byte => "boundary holds a forbidden byte",
        };
        write!(f, "{what} at byte {}", self.offset)
    }
}

impl error::Error for BoundaryError {}

/// What is wrong with a boundary, or with the `Content-Type` that should name one.
///
/// # Examples
/// ```
/// use shorttail::http1::{BoundaryErrorKind, Multipart, MultipartLimits};
///
/// let refused = Multipart::new(b"a\"b", MultipartLimits::default());
/// assert_eq!(refused.unwrap_err().kind(), BoundaryErrorKind::Byte);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BoundaryErrorKind {
    /// Another media type than `multipart/form-data`. 415
    NotFormData,
    /// A parameter outside the grammar of RFC 9110 §5.6.6. 400
    Parameter,
    /// No `boundary`. 400
    Missing,
    /// A second `boundary`. 400
    Repeated,
    /// An empty boundary. 400
    Empty,
    /// A boundary above 70 bytes. 400
    TooLong,
    /// A byte that RFC 2046 keeps out of a boundary, or a space at its end. 400
    Byte,
}
