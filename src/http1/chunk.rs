//! The chunked transfer coding, RFC 9112 §7.1: the project's own decoder.

use super::body_step::{BodyEvent, BodyStep};
use super::error::BodyErrorKind as Kind;
use super::grammar::{TCHAR, VALUE, hex, is, long_run};
use super::limits::{CHUNK_EXCESS_BYTES, CHUNK_EXTENSION_BYTES, CHUNK_LINE_BYTES, Limits};
use super::rules::Lenient;
use super::trailer::{Line, Trailers};

/// Digits of the largest size: 16 fill a `u64`.
const DIGITS_MAX: u8 = 16;

/// Framing bytes a chunk may cost before the excess counter moves, besides twice its data.
const FRAMING_FREE_BYTES: u64 = 16;

/// A resumable decoder of one chunked body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    state: State,
    /// The size being read; then what is left of the chunk.
    size: u64,
    digits: u8,
    /// Bytes of the present size line without its CRLF.
    line: u32,
    /// Extension bytes of the whole body.
    extension: u32,
    /// Framing beyond what the data so far justifies.
    excess: u64,
    trailers: Trailers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    /// Whitespace after the size, a name, or a value: only good when an extension goes on.
    SizeSpace,
    ExtensionStart,
    Name,
    NameSpace,
    ValueStart,
    Value,
    Quoted,
    QuotedPair,
    ValueEnd,
    ValueSpace,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
}

impl Chunks {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Size,
            size: 0,
            digits: 0,
            line: 0,
            extension: 0,
            excess: 0,
            trailers: Trailers::new(),
        }
    }

    /// Reads on to the next span of data, the next trailer, the end of the body, or as far as
    /// `input` goes.
    ///
    /// `left` is what the body limit still allows. An error carries the offset in `input`,
    /// which is negative for a size that began in an earlier input.
    pub(super) fn read<'a>(
        &mut self,
        input: &'a [u8],
        left: &mut u64,
        limits: &Limits,
    ) -> Result<BodyStep<'a>, (Kind, i64)> {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            match self.state {
                State::Data => return Ok(self.take_data(input, at)),
                State::DataCr if byte == b'\r' => self.state = State::DataLf,
                State::DataLf if byte == b'\n' => self.next_chunk(),
                State::DataCr | State::DataLf => return Err((Kind::ChunkDataEnd, at as i64)),
                State::SizeLf if byte == b'\n' => {
                    // The line and its CR stand before this byte.
                    let line_start = at as i64 - i64::from(self.line) - 1;
                    self.size_read(left).map_err(|kind| (kind, line_start))?;
                }
                State::Trailers => return self.take_trailers(input, at, limits),
                _ => {
                    let skipped = self.skip(&input[at..]);
                    if skipped > 0 {
                        at += skipped;
                        continue;
                    }
                    self.size_line(byte, limits)
                        .map_err(|kind| (kind, at as i64))?;
                }
            }
            at += 1;
        }
        Ok(BodyStep {
            consumed: at,
            event: BodyEvent::More,
        })
    }

    /// The chunk at the front of `input`, if it is all there, framed as nearly all are, and within
    /// `left`: how long it is, and its data. What else stands there is for [`read`](Self::read).
    #[inline]
    pub(super) fn read_whole<'a>(
        &mut self,
        input: &'a [u8],
        left: &mut u64,
    ) -> Option<(usize, &'a [u8])> {
        if self.state != State::Size || self.line != 0 {
            return None;
        }
        let (size, digits) = plain_size(input)?;
        let data = input[digits + 2..].get(..size)?;
        let end = digits + 2 + size;
        if data.is_empty() || !input[end..].starts_with(b"\r\n") {
            return None;
        }
        *left = left.checked_sub(size as u64)?;
        // Eight digits and four bytes more are less than any data justifies: this cannot rise.
        self.excess = excess_after(self.excess, digits as u64, size as u64);
        Some((end + 2, data))
    }

    #[inline]
    fn take_data<'a>(&mut self, input: &'a [u8], at: usize) -> BodyStep<'a> {
        let rest = &input[at..];
        let len = usize::try_from(self.size).map_or(rest.len(), |size| size.min(rest.len()));
        let (data, rest) = rest.split_at(len);
        let mut consumed = at + len;
        self.size -= len as u64;
        if self.size == 0 {
            if rest.starts_with(b"\r\n") {
                consumed += 2;
                self.next_chunk();
            } else {
                self.state = State::DataCr;
            }
        }
        BodyStep {
            consumed,
            event: BodyEvent::Data(data),
        }
    }

    #[cold]
    fn take_trailers<'a>(
        &mut self,
        input: &'a [u8],
        mut at: usize,
        limits: &Limits,
    ) -> Result<BodyStep<'a>, (Kind, i64)> {
        let (consumed, event) = loop {
            let line = self
                .trailers
                .read(&input[at..], limits)
                .map_err(|(kind, wrong)| (kind, (at + wrong) as i64))?;
            match line {
                Line::Partial => break (at, BodyEvent::More),
                Line::End { len } => break (at + len, BodyEvent::End),
                Line::Field { len, field: None } => at += len,
                Line::Field {
                    len,
                    field: Some(field),
                } => break (at + len, BodyEvent::Trailer(field)),
            }
        };
        Ok(BodyStep { consumed, event })
    }

    const fn next_chunk(&mut self) {
        self.state = State::Size;
        self.size = 0;
        self.digits = 0;
        self.line = 0;
    }

    /// Passes over bytes of an extension that cannot end its present element.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        let class = match self.state {
            State::Name | State::Value => TCHAR,
            State::Quoted => VALUE,
            _ => return 0,
        };
        let room = CHUNK_LINE_BYTES - self.line;
        let room = room.min(CHUNK_EXTENSION_BYTES - self.extension) as usize;
        let within = &bytes[..bytes.len().min(room)];
        let mut skipped = long_run(within, class);
        if self.state == State::Quoted {
            let ends = |&byte: &u8| matches!(byte, b'"' | b'\\');
            skipped = within[..skipped].iter().position(ends).unwrap_or(skipped);
        }
        self.line += skipped as u32;
        self.extension += skipped as u32;
        skipped
    }

    /// One byte of a size line, up to the CR that ends it.
    fn size_line(&mut self, byte: u8, limits: &Limits) -> Result<(), Kind> {
        if self.state == State::Size && byte.is_ascii_hexdigit() {
            return self.digit(byte);
        }
        let token = is(byte, TCHAR);
        let next = match (self.state, byte) {
            (State::Size, _) if self.digits == 0 => return Err(Kind::ChunkSize),
            (State::Size | State::Name | State::Value | State::ValueEnd, b'\r') => {
                self.state = State::SizeLf;
                return Ok(());
            }
            (State::SizeSpace | State::NameSpace | State::ValueSpace, b'\r')
                if limits.rules.allow(Lenient::ChunkSizeSpace) =>
            {
                self.state = State::SizeLf;
                return Ok(());
            }
            (State::Size | State::SizeSpace, b' ' | b'\t') => State::SizeSpace,
            (State::Size | State::SizeSpace, b';') => State::ExtensionStart,
            (State::Size, b'\n') => return Err(Kind::ChunkLineEnd),
            (State::Size, _) => return Err(Kind::ChunkSize),
            (State::ExtensionStart, b' ' | b'\t') => State::ExtensionStart,
            (State::ExtensionStart | State::Name, _) if token => State::Name,
            (State::Name | State::NameSpace, b' ' | b'\t') => State::NameSpace,
            (State::Name | State::NameSpace, b';') => State::ExtensionStart,
            (State::Name | State::NameSpace, b'=') => State::ValueStart,
            (State::ValueStart, b' ' | b'\t') => State::ValueStart,
            (State::ValueStart, b'"') => State::Quoted,
            (State::ValueStart | State::Value, _) if token => State::Value,
            (State::Quoted, b'"') => State::ValueEnd,
            (State::Quoted, b'\\') => State::QuotedPair,
            (State::Quoted | State::QuotedPair, _) if is(byte, VALUE) => State::Quoted,
            (State::Value | State::ValueEnd | State::ValueSpace, b' ' | b'\t') => State::ValueSpace,
            (State::Value | State::ValueEnd | State::ValueSpace, b';') => State::ExtensionStart,
            (State::Name | State::Value | State::ValueEnd | State::SizeLf, b'\n')
            | (State::SizeLf, _) => return Err(Kind::ChunkLineEnd),
            _ => return Err(Kind::ChunkExtension),
        };
        self.state = next;
        self.extension += 1;
        if self.extension > CHUNK_EXTENSION_BYTES {
            return Err(Kind::ChunkOverhead);
        }
        self.lengthen()
    }

    fn digit(&mut self, byte: u8) -> Result<(), Kind> {
        if self.digits == DIGITS_MAX {
            return Err(Kind::ChunkSize);
        }
        self.digits += 1;
        self.size = self.size << 4 | u64::from(hex(byte));
        self.lengthen()
    }

    fn lengthen(&mut self) -> Result<(), Kind> {
        if self.line == CHUNK_LINE_BYTES {
            return Err(Kind::ChunkLineTooLong);
        }
        self.line += 1;
        Ok(())
    }

    /// Judges a whole size line and opens its chunk.
    fn size_read(&mut self, left: &mut u64) -> Result<(), Kind> {
        self.excess = excess_after(self.excess, u64::from(self.line), self.size);
        if self.excess > CHUNK_EXCESS_BYTES {
            return Err(Kind::ChunkOverhead);
        }
        *left = left.checked_sub(self.size).ok_or(Kind::TooLarge)?;
        self.state = if self.size == 0 {
            State::Trailers
        } else {
            State::Data
        };
        Ok(())
    }
}

/// The framing beyond what the data justifies, after one more chunk with such a size line.
#[inline]
fn excess_after(excess: u64, line: u64, size: u64) -> u64 {
    let justified = FRAMING_FREE_BYTES.saturating_add(size.saturating_mul(2));
    (excess + line + 4).saturating_sub(justified)
}

/// The size line at the front of `input`, and the number of its digits, if it is all there, of
/// eight digits at most, and nothing else is in it.
#[inline]
fn plain_size(input: &[u8]) -> Option<(usize, usize)> {
    let mut size = 0;
    for at in 0..=8 {
        let digit = usize::from(hex(*input.get(at)?));
        if digit > 15 {
            let ends = at > 0 && input[at..].starts_with(b"\r\n");
            return ends.then_some((size, at));
        }
        size = size << 4 | digit;
    }
    None
}
