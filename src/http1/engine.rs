//! httparse over a header table in the arena, and what httparse leaves unchecked.

use crate::arena::Arena;

use super::grammar::{is_token, offset_of};
use super::head::Version;
use super::index::{Index, IndexBuilder};
use super::known::Known;
use super::limits::{Limits, METHOD_BYTES};

/// A head the engine has taken apart.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) version: Version,
    pub(super) headers: &'a [httparse::Header<'a>],
    /// Where the head ends in the caller's bytes.
    pub(super) end: usize,
}

/// Why the engine has no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// Incomplete, refused, or in need of a larger table: the scanner tells.
    Scan,
    /// The arena is full.
    Full,
}

/// Parses `bytes[start..]` with a table of `fields` entries.
#[inline]
pub(super) fn parse<'a>(
    bytes: &'a [u8],
    start: usize,
    fields: usize,
    arena: &'a Arena,
) -> Result<Parsed<'a>, Unfit> {
    let table = arena
        .try_alloc_uninit_slice(fields)
        .map_err(|_| Unfit::Full)?;
    let mut request = httparse::Request::new(&mut []);
    let outcome = request.parse_with_uninit_headers(&bytes[start..], table);
    let Ok(httparse::Status::Complete(len)) = outcome else {
        return Err(Unfit::Scan);
    };
    let (Some(method), Some(target)) = (request.method, request.path) else {
        return Err(Unfit::Scan);
    };
    if offset_of(bytes, method.as_bytes()) != start {
        // httparse has skipped more empty lines than are allowed, or ended by a bare LF.
        return Err(Unfit::Scan);
    }
    let version = if request.version == Some(0) {
        Version::Http10
    } else {
        Version::Http11
    };
    Ok(Parsed {
        method,
        target,
        version,
        headers: request.headers,
        end: start + len,
    })
}

/// Parses a head the scanner found sound with a version of HTTP/1.2 to HTTP/1.9, which httparse
/// refuses and RFC 9110 §6.2 reads as 1.1.
#[cold]
pub(super) fn parse_later_minor<'a>(
    bytes: &'a [u8],
    start: usize,
    fields: usize,
    arena: &'a Arena,
) -> Result<Parsed<'a>, Unfit> {
    let line_end = bytes[start..]
        .iter()
        .position(|&b| b == b'\n')
        .ok_or(Unfit::Scan)?
        + start
        + 1;
    let line = std::str::from_utf8(&bytes[start..line_end]).map_err(|_| Unfit::Scan)?;
    let (method, rest) = line.split_once(' ').ok_or(Unfit::Scan)?;
    let (target, _) = rest.split_once(' ').ok_or(Unfit::Scan)?;
    let table = arena
        .try_alloc_slice_fill_with(fields, |_| httparse::EMPTY_HEADER)
        .map_err(|_| Unfit::Full)?;
    let outcome = httparse::parse_headers(&bytes[line_end..], table);
    let Ok(httparse::Status::Complete((len, headers))) = outcome else {
        return Err(Unfit::Scan);
    };
    debug_assert!(is_token(method.as_bytes()));
    let version = Version::Http11;
    Ok(Parsed {
        method,
        target,
        version,
        headers,
        end: line_end + len,
    })
}

/// Checks what httparse does not, and builds the index, in one loop over the fields.
///
/// Every line ends in CRLF: the two bytes before each name and the last four of the head show
/// it. Lines, target and method are within their limits, and the target within its bytes.
#[inline]
pub(super) fn check<'a>(
    bytes: &'a [u8],
    parsed: &Parsed<'a>,
    limits: &Limits,
    arena: &'a Arena,
) -> Result<Index<'a>, Unfit> {
    if parsed.method.len() > METHOD_BYTES
        || parsed.target.len() > limits.target
        || !is_plain_ascii(parsed.target.as_bytes())
        || !bytes[..parsed.end].ends_with(b"\r\n\r\n")
    {
        return Err(Unfit::Scan);
    }
    let mut index = IndexBuilder::new(arena, parsed.headers.len()).map_err(|_| Unfit::Full)?;
    // From the last field to the first, so that each chain comes out in order.
    let mut line_end = parsed.end - 4;
    for (at, header) in parsed.headers.iter().enumerate().rev() {
        let name = header.name.as_bytes();
        let line = offset_of(bytes, name);
        let before = line - 2;
        if bytes[before..line] != *b"\r\n" || line_end - line > limits.line {
            return Err(Unfit::Scan);
        }
        line_end = before;
        if let Some(known) = Known::classify_token(name) {
            index.link(at, known);
        }
    }
    Ok(index.finish())
}

/// No byte above 0x7f and no `#`, which httparse lets through. No early exit: it vectorizes.
#[inline]
fn is_plain_ascii(target: &[u8]) -> bool {
    let bad = target
        .iter()
        .fold(0, |bad, &b| bad | (b & 0x80) | u8::from(b == b'#'));
    bad == 0
}
