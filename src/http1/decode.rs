//! Percent-decoding, borrowed where nothing is escaped.

use std::str::Utf8Error;
use std::{error, fmt};

use super::grammar::hex;
use super::scratch::{Scratch, ScratchFull};

/// Decoded text: a slice of the raw text where nothing was escaped, else of the scratch.
///
/// Control bytes are told and not refused: `%00` and `%0d%0a` are good escapes. Whoever writes
/// the text into a head, a log line or a file name asks [`has_controls`](Self::has_controls)
/// first. That, and all that is asked for but [`as_str`](Self::as_str), was found while decoding: a
/// load each.
///
/// # Examples
/// ```
/// use shorttail::http1::Scratch;
///
/// let mut memory = [0; 64];
/// let mut scratch = Scratch::new(&mut memory);
/// let plain = scratch.percent_decode(b"/plain")?;
/// let split = scratch.percent_decode(b"/a%0d%0aSet-Cookie:%20b=c")?;
/// assert!(plain.is_borrowed() && !plain.has_controls());
/// assert!(split.has_controls() && !split.has_nul());
/// assert_eq!(split.as_str()?, "/a\r\nSet-Cookie: b=c");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decoded<'a> {
    bytes: &'a [u8],
    borrowed: bool,
    controls: bool,
    nul: bool,
}

impl<'a> Decoded<'a> {
    /// The decoded bytes; for an example see [`Scratch::percent_decode`].
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The decoded text.
    ///
    /// O(length), in each call.
    ///
    /// ```
    /// let mut memory = [0; 8];
    /// let latin1 = shorttail::http1::Scratch::new(&mut memory).percent_decode(b"caf%E9")?;
    /// assert_eq!(latin1.as_str().unwrap_err().valid_up_to(), 3);
    /// # Ok::<(), shorttail::http1::DecodeError>(())
    /// ```
    /// # Errors
    /// Where it is not UTF-8: [`Utf8Error::valid_up_to`] is the position in the decoded bytes.
    pub const fn as_str(&self) -> Result<&'a str, Utf8Error> {
        std::str::from_utf8(self.bytes)
    }

    /// Whether these bytes are those of the raw text, and none of the scratch;
    /// for an example see [`Decoded`].
    #[must_use]
    pub const fn is_borrowed(&self) -> bool {
        self.borrowed
    }

    /// Whether an ASCII control is among them: a byte below 0x20, or DEL.
    /// For an example see [`Decoded`].
    #[must_use]
    pub const fn has_controls(&self) -> bool {
        self.controls
    }

    /// Whether a NUL is among them; for an example see [`Decoded`].
    #[must_use]
    pub const fn has_nul(&self) -> bool {
        self.nul
    }
}

impl AsRef<[u8]> for Decoded<'_> {
    fn as_ref(&self) -> &[u8] {
        self.bytes
    }
}

impl<'s> Scratch<'s> {
    /// Decodes the percent escapes of a path, or of any other part of a target.
    ///
    /// A path is split at `/` before its parts are decoded, since `%2F` is a `/` afterwards.
    ///
    /// # Guarantees
    /// Never waits, never allocates. Without an escape, `raw` itself is the result and the
    /// scratch stays as it is; else it gives exactly the decoded length. O(length), two passes.
    ///
    /// ```
    /// use shorttail::http1::{DecodeError, Scratch};
    ///
    /// let mut memory = [0; 16];
    /// let mut scratch = Scratch::new(&mut memory);
    /// let (a, b) = (scratch.percent_decode(b"a%2Fb")?, scratch.percent_decode(b"1+%3d+1")?);
    /// assert_eq!((a.as_bytes(), b.as_bytes()), (&b"a/b"[..], &b"1+=+1"[..]));
    /// let refused = scratch.percent_decode(b"100%");
    /// assert_eq!(refused, Err(DecodeError::CutEscape { offset: 3 }));
    /// # Ok::<(), DecodeError>(())
    /// ```
    /// # Errors
    /// [`DecodeError`] with the position of a `%` that begins no escape, or with the room there
    /// is and the room that is wanted; the scratch stays as it is.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn percent_decode<'a>(&mut self, raw: &'a [u8]) -> Result<Decoded<'a>, DecodeError>
    where
        's: 'a,
    {
        let text = Measured::of(raw, percent).map_err(Broken::at)?;
        Ok(text.decode_into(self, percent)?)
    }

    /// Decodes a name or value of a query or of an `application/x-www-form-urlencoded` body:
    /// as [`percent_decode`](Self::percent_decode), and `+` is a space.
    ///
    /// ```
    /// use shorttail::http1::{DecodeError, Scratch};
    ///
    /// let mut memory = [0; 16];
    /// let mut scratch = Scratch::new(&mut memory);
    /// assert_eq!(scratch.form_decode(b"1+%2B+1")?.as_bytes(), b"1 + 1");
    /// let refused = scratch.form_decode(b"a+%zz");
    /// assert_eq!(refused, Err(DecodeError::NotHex { offset: 2 }));
    /// # Ok::<(), DecodeError>(())
    /// ```
    /// # Errors
    /// As [`percent_decode`](Self::percent_decode).
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn form_decode<'a>(&mut self, raw: &'a [u8]) -> Result<Decoded<'a>, DecodeError>
    where
        's: 'a,
    {
        let text = Measured::of(raw, form).map_err(Broken::at)?;
        Ok(text.decode_into(self, form)?)
    }
}

/// Why a text could not be decoded. Offsets are those of the `%`, in the raw text.
///
/// # Examples
/// ```
/// use shorttail::http1::{DecodeError, Scratch};
///
/// let refused = Scratch::new(&mut []).percent_decode(b"a%zz");
/// assert_eq!(refused, Err(DecodeError::NotHex { offset: 1 }));
/// assert_eq!(refused.unwrap_err().to_string(), "escape at byte 1 is not hexadecimal");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// A `%` with fewer than two bytes behind it.
    CutEscape {
        /// Where the `%` stands.
        offset: usize,
    },
    /// A `%` without two hexadecimal digits behind it.
    NotHex {
        /// Where the `%` stands.
        offset: usize,
    },
    /// The scratch has too little room.
    Full(ScratchFull),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutEscape { offset } => write!(f, "escape at byte {offset} is cut short"),
            Self::NotHex { offset } => write!(f, "escape at byte {offset} is not hexadecimal"),
            Self::Full(full) => full.fmt(f),
        }
    }
}

impl error::Error for DecodeError {}

impl From<ScratchFull> for DecodeError {
    fn from(full: ScratchFull) -> Self {
        Self::Full(full)
    }
}

/// A `%` that begins no escape.
enum Broken {
    Cut,
    NotHex,
}

impl Broken {
    fn at((offset, broken): (usize, Self)) -> DecodeError {
        match broken {
            Self::Cut => DecodeError::CutEscape { offset },
            Self::NotHex => DecodeError::NotHex { offset },
        }
    }
}

/// One decoded byte, and how many raw ones it takes: the first, and what follows it.
fn percent(first: u8, rest: &[u8]) -> Result<(u8, usize), Broken> {
    match (first, rest) {
        (b'%', &[high, low, ..]) if hex(high) | hex(low) < 16 => Ok((hex(high) << 4 | hex(low), 3)),
        (b'%', [_, _, ..]) => Err(Broken::NotHex),
        (b'%', _) => Err(Broken::Cut),
        _ => Ok((first, 1)),
    }
}

fn form(first: u8, rest: &[u8]) -> Result<(u8, usize), Broken> {
    match first {
        b'+' => Ok((b' ', 1)),
        _ => percent(first, rest),
    }
}

/// A text that was read to its end once: what its decoded form is like.
pub(super) struct Measured<'a> {
    raw: &'a [u8],
    len: usize,
    changed: bool,
    controls: bool,
    nul: bool,
}

impl<'a> Measured<'a> {
    /// Reads `raw`; an error comes with its position.
    pub(super) fn of<E>(
        raw: &'a [u8],
        read: impl Fn(u8, &[u8]) -> Result<(u8, usize), E>,
    ) -> Result<Self, (usize, E)> {
        let mut text = Self {
            raw,
            len: 0,
            changed: false,
            controls: false,
            nul: false,
        };
        let mut at = 0;
        while let [first, rest @ ..] = &raw[at..] {
            let (byte, taken) = read(*first, rest).map_err(|error| (at, error))?;
            text.changed |= taken != 1 || byte != *first;
            text.controls |= byte.is_ascii_control();
            text.nul |= byte == 0;
            text.len += 1;
            at += taken;
        }
        Ok(text)
    }

    /// Reads the text again with the same `read`, into `scratch` if that changes anything.
    pub(super) fn decode_into<'s, E>(
        self,
        scratch: &mut Scratch<'s>,
        read: impl Fn(u8, &[u8]) -> Result<(u8, usize), E>,
    ) -> Result<Decoded<'a>, ScratchFull>
    where
        's: 'a,
    {
        let bytes = if self.changed {
            let room = scratch.try_take(self.len)?;
            let mut rest = self.raw;
            for slot in &mut *room {
                let [first, others @ ..] = rest else { break };
                let Ok((byte, taken)) = read(*first, others) else {
                    break; // never: it was read without an error before
                };
                *slot = byte;
                rest = &rest[taken..];
            }
            &*room
        } else {
            self.raw
        };
        Ok(Decoded {
            bytes,
            borrowed: !self.changed,
            controls: self.controls,
            nul: self.nul,
        })
    }
}
