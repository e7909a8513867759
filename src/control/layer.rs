//! Which layer retries, as headers tell it.

use core::fmt;
use core::time::Duration;

use super::attempts::Failure;

/// Reads `grpc-previous-rpc-attempts`: how many attempts another layer made before this one. As
/// the next two it looks at ten bytes of a number at most, and neither waits nor allocates.
///
/// A server that gets such a call serves a retry: what it calls in turn is started by
/// [`start_nested`](super::RetryPolicy::start_nested), for two layers of three attempts each are
/// nine. A client sends it as `attempts.made() - 1`, in digits, if that is not zero.
///
/// # Errors
/// [`ParseHeaderError`] for anything but one to nine digits.
///
/// # Examples
/// ```
/// use shorttail::control::previous_attempts;
///
/// assert_eq!(previous_attempts(b"2"), Ok(2));
/// assert_eq!(previous_attempts(b"2 ").unwrap_err().to_string(), "not one to nine digits: byte 1");
/// ```
pub fn previous_attempts(header: &[u8]) -> Result<u32, ParseHeaderError> {
    digits(header, 0)
}

/// Reads `grpc-retry-pushback-ms` into the [`Failure`] that it makes of a transient one: a number
/// of milliseconds is the least delay, a negative one asks for no retry. `Retry-After`, in seconds,
/// is read by [`retry_after`]. Costs as [`previous_attempts`].
///
/// By gRPC's rule a value that is no number asks for no retry too: decide so on the error.
///
/// # Errors
/// [`ParseHeaderError`] for anything but one to nine digits with an optional minus.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{Failure, pushback};
///
/// let second = Failure::transient().not_before(Duration::from_secs(1));
/// assert_eq!(pushback(b"1000"), Ok(second));
/// assert_eq!(pushback(b"-1"), Ok(Failure::refused()));
/// assert_eq!(pushback(b"soon").unwrap_or(Failure::refused()), Failure::refused());
/// ```
pub fn pushback(header: &[u8]) -> Result<Failure, ParseHeaderError> {
    if let [b'-', number @ ..] = header {
        return digits(number, 1).map(|_| Failure::refused());
    }
    let ms = digits(header, 0)?;
    let hint = Duration::from_millis(u64::from(ms));
    Ok(Failure::transient().not_before(hint))
}

/// Reads `Retry-After` in seconds into the [`Failure`] that it makes of a transient one. Costs as
/// [`previous_attempts`].
///
/// # Errors
/// [`ParseHeaderError`] for anything but one to nine digits; the form that is a date too: without
/// a common clock it says nothing.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{Failure, retry_after};
///
/// let hint = Failure::transient().not_before(Duration::from_secs(120));
/// assert_eq!(retry_after(b"120"), Ok(hint));
/// ```
pub fn retry_after(header: &[u8]) -> Result<Failure, ParseHeaderError> {
    let seconds = digits(header, 0)?;
    let hint = Duration::from_secs(u64::from(seconds));
    Ok(Failure::transient().not_before(hint))
}

/// A header that is no number of one to nine digits.
///
/// # Examples
/// ```
/// use shorttail::control::{ParseHeaderError, previous_attempts};
///
/// assert_eq!(previous_attempts(b"1234567890"), Err(ParseHeaderError { at: 9 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseHeaderError {
    /// The offset of the first byte that is no digit, or one too many, or where one is missing.
    pub at: usize,
}

impl fmt::Display for ParseHeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not one to nine digits: byte {}", self.at)
    }
}

impl std::error::Error for ParseHeaderError {}

/// The number that starts at byte `from` of its header: one to nine digits always fit.
fn digits(text: &[u8], from: usize) -> Result<u32, ParseHeaderError> {
    const DIGITS_MAX: usize = 9;
    if text.is_empty() {
        return Err(ParseHeaderError { at: from });
    }
    text.iter().enumerate().try_fold(0, |number, (at, byte)| {
        if !byte.is_ascii_digit() || at == DIGITS_MAX {
            return Err(ParseHeaderError { at: from + at });
        }
        Ok(number * 10 + u32::from(byte - b'0'))
    })
}
