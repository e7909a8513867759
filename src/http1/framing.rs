//! Where a body ends: `Content-Length` and `Transfer-Encoding`, RFC 9112 §6.

use super::error::HeadErrorKind as Kind;
use super::grammar::{is_token, members, offset_of};

/// How the body of a request is framed.
///
/// # Examples
/// ```
/// use shorttail::http1::Framing;
///
/// assert!(!Framing::Length(0).has_body());
/// assert!(Framing::Chunked.has_body());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// No framing field: no body.
    None,
    /// `Content-Length`: exactly this many bytes.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

impl Framing {
    /// Whether at least one byte of body framing follows the head: one comparison.
    /// For an example see [`Framing`].
    #[must_use]
    pub const fn has_body(self) -> bool {
        !matches!(self, Self::None | Self::Length(0))
    }
}

/// The number in a `Content-Length` value; else the byte that is wrong in it.
///
/// Digits only: the integer parser of the standard library would take `+5`.
pub(super) fn content_length(value: &[u8]) -> Result<u64, usize> {
    const MAX: u64 = i64::MAX as u64;
    if value.is_empty() {
        return Err(0);
    }
    let mut length = 0u64;
    for (at, &digit) in value.iter().enumerate() {
        if !digit.is_ascii_digit() {
            return Err(at);
        }
        // `length` is at most MAX / 10 + a digit's worth here, so neither step overflows u64.
        if length > MAX / 10 {
            return Err(at);
        }
        length = length * 10 + u64::from(digit - b'0');
        if length > MAX {
            return Err(at);
        }
    }
    Ok(length)
}

/// Judges the members of all `Transfer-Encoding` lines as one list, in order.
///
/// Acceptable is `chunked`, once and alone. Errors carry the offset in `bytes`.
pub(super) fn transfer_encoding<'a>(
    bytes: &'a [u8],
    lines: impl Iterator<Item = &'a [u8]>,
) -> Result<(), (Kind, usize)> {
    let mut first = None;
    let mut foreign = None;
    let mut chunked = false;
    for member in lines.flat_map(members) {
        let at = offset_of(bytes, member);
        first.get_or_insert(at);
        if chunked || !is_token(member) {
            return Err((Kind::TransferEncoding, at));
        }
        if member.eq_ignore_ascii_case(b"chunked") {
            chunked = true;
        } else {
            foreign.get_or_insert(at);
        }
    }
    match (chunked, foreign) {
        (true, None) => Ok(()),
        (true, Some(at)) => Err((Kind::UnsupportedCoding, at)),
        (false, _) => Err((Kind::TransferEncoding, first.unwrap_or(0))),
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::content_length;

    #[test]
    fn lengths_are_digits_below_two_to_the_63() {
        assert_eq!(content_length(b"0200"), Ok(200));
        assert_eq!(content_length(b"9223372036854775807"), Ok(i64::MAX as u64));
        assert_eq!(content_length(b"9223372036854775808"), Err(18));
        assert_eq!(content_length(b"18446744073709551616"), Err(19));
        assert_eq!(content_length(b"99999999999999999999999"), Err(18));
        assert_eq!(content_length(b"0000000000000000000000000007"), Ok(7));
        assert_eq!(content_length(b"+5"), Err(0));
        assert_eq!(content_length(b"5, 5"), Err(1));
        assert_eq!(content_length(b""), Err(0));
    }
}
