//! Parameters of a field value, RFC 9110 §5.6.6, and quoted strings as browsers write them.

use std::convert::Infallible;

use super::decode::{Decoded, Measured};
use super::grammar::{TCHAR, run};
use super::scratch::{Scratch, ScratchFull};

/// The value of a parameter, as it came: a token, or what stands between two quotes.
///
/// Clients escape in two ways. Browsers write `%22`, `%0D` and `%0A` for a quote, CR and LF, as
/// WHATWG's HTML Standard has it, and leave everything else, `%` and `\` too; others write `\"` and
/// `\\` as RFC 9110 §5.6.4 has it. [`decode`](Self::decode) undoes these five and nothing else, so
/// that `C:\dir` and `100%` stay as they are. What a browser's user named `a%22b` reads as `a"b`:
/// that name and the escape are the same bytes. Getters give what was found when the head was read.
///
/// # Examples
/// ```
/// use shorttail::http1::{Multipart, MultipartEvent, MultipartLimits, Scratch};
///
/// let mut form = Multipart::new(b"b", MultipartLimits::default())?;
/// let input = b"--b\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\n";
/// let MultipartEvent::Part(part) = form.read(input)?.event else { return Err("no part".into()) };
/// assert_eq!(part.name().raw(), b"a%22b");
/// assert!(part.name().is_quoted());
/// let mut memory = [0; 16];
/// let name = part.name().decode(&mut Scratch::new(&mut memory))?;
/// assert_eq!(name.as_str()?, "a\"b");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParamValue<'a> {
    raw: &'a [u8],
    quoted: bool,
}

impl<'a> ParamValue<'a> {
    /// The value without its quotes, its escapes as they are; for an example see [`ParamValue`].
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether it stood in quotes; for an example see [`ParamValue`].
    #[must_use]
    pub const fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// The value with its escapes undone: itself if it has none, else a piece of `scratch`.
    ///
    /// O(length), two passes; never waits, never allocates. For an example see [`ParamValue`].
    ///
    /// # Errors
    /// [`ScratchFull`] when the scratch has too little room; it stays as it is.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn decode<'s>(&self, scratch: &mut Scratch<'s>) -> Result<Decoded<'a>, ScratchFull>
    where
        's: 'a,
    {
        let read = if self.quoted { unescape } else { as_it_is };
        let Ok(text) = Measured::of(self.raw, read);
        text.decode_into(scratch, read)
    }
}

/// One byte of a quoted string, and how many raw ones it takes.
fn unescape(first: u8, rest: &[u8]) -> Result<(u8, usize), Infallible> {
    Ok(match (first, rest) {
        (b'\\', [escaped @ (b'"' | b'\\'), ..]) => (*escaped, 2),
        (b'%', [b'2', b'2', ..]) => (b'"', 3),
        (b'%', [b'0', b'D', ..]) => (b'\r', 3),
        (b'%', [b'0', b'A', ..]) => (b'\n', 3),
        _ => (first, 1),
    })
}

fn as_it_is(first: u8, _: &[u8]) -> Result<(u8, usize), Infallible> {
    Ok((first, 1))
}

/// One `name=value`, and where each begins in the whole field value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param<'a> {
    pub(super) name: &'a [u8],
    pub(super) name_at: usize,
    pub(super) value: ParamValue<'a>,
    pub(super) value_at: usize,
}

/// The parameters behind the first part of a field value; an error is the offending byte, and
/// the last item.
#[derive(Clone, Debug)]
pub(super) struct Params<'a> {
    whole: &'a [u8],
    at: usize,
}

impl<'a> Params<'a> {
    /// Those in `whole` from byte `at` on, where the first part ends.
    pub(super) fn new(whole: &'a [u8], at: usize) -> Self {
        Self { whole, at }
    }

    fn peek(&self) -> Option<u8> {
        self.whole.get(self.at).copied()
    }

    fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes over `byte`, or fails where it is not.
    fn expect(&mut self, byte: u8) -> Result<(), usize> {
        if self.peek() != Some(byte) {
            return Err(self.at);
        }
        self.at += 1;
        Ok(())
    }

    /// Passes over a token.
    fn token(&mut self) -> Result<&'a [u8], usize> {
        let start = self.at;
        self.at += run(&self.whole[start..], TCHAR);
        if self.at == start {
            return Err(start);
        }
        Ok(&self.whole[start..self.at])
    }

    /// Passes over a quoted string behind its first quote, and gives what is in it.
    ///
    /// A backslash escapes a quote and itself, and nothing else: browsers leave it as it is.
    fn quoted(&mut self) -> Result<&'a [u8], usize> {
        let start = self.at;
        loop {
            let rest = self.whole.get(self.at..).unwrap_or_default();
            self.at += match rest {
                [] => return Err(self.whole.len()),
                [b'"', ..] => break,
                [b'\\', b'"' | b'\\', ..] => 2,
                _ => 1,
            };
        }
        self.at += 1;
        Ok(&self.whole[start..self.at - 1])
    }

    fn param(&mut self) -> Result<Param<'a>, usize> {
        let name_at = self.at;
        let name = self.token()?;
        self.expect(b'=')?;
        let quoted = self.expect(b'"').is_ok();
        let value_at = self.at;
        let raw = if quoted { self.quoted() } else { self.token() }?;
        Ok(Param {
            name,
            name_at,
            value: ParamValue { raw, quoted },
            value_at,
        })
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = Result<Param<'a>, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.skip_whitespace();
            self.peek()?;
            let item = self.expect(b';').and_then(|()| {
                self.skip_whitespace();
                match self.peek() {
                    None | Some(b';') => Ok(None), // an empty one
                    Some(_) => self.param().map(Some),
                }
            });
            if item.is_err() {
                self.at = self.whole.len();
            }
            if let Some(item) = item.transpose() {
                return Some(item);
            }
        }
    }
}
