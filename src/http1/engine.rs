//! httparse, what it leaves unchecked, and its fields brought into the table.

use std::mem::MaybeUninit;

use crate::arena::Arena;

use super::grammar::offset_of;
use super::head::Version;
use super::known::Known;
use super::limits::{Limits, METHOD_BYTES};
use super::table::{Fields, Span, TableBuilder};

/// Table entries that `parse` has on its stack; a larger table comes from the arena.
pub(super) const TABLE_ON_STACK: usize = 64;

/// A head the engine has taken apart, and found within the limits.
#[derive(Debug)]
pub(super) struct Parsed<'b, 't> {
    pub(super) method: &'b str,
    pub(super) target: &'b str,
    pub(super) version: Version,
    /// The head from its first byte to its last.
    pub(super) bytes: &'b [u8],
    pub(super) table: &'t [u8],
}

impl<'a> Parsed<'a, 'a> {
    #[inline]
    pub(super) const fn fields(&self) -> Fields<'a> {
        Fields::new(self.bytes, self.table)
    }
}

/// Why the engine has no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// Incomplete, refused, or in need of a larger table: the scanner tells.
    Scan,
    /// The arena is full.
    Full,
}

/// Parses `bytes[start..]`, of at most `fields` fields.
#[inline]
pub(super) fn parse<'b, 't>(
    bytes: &'b [u8],
    start: usize,
    fields: usize,
    limits: &Limits,
    arena: &'t Arena,
) -> Result<Parsed<'b, 't>, Unfit> {
    let mut near = [const { MaybeUninit::uninit() }; TABLE_ON_STACK];
    let table = match near.get_mut(..fields) {
        Some(near) => near,
        None => arena
            .try_alloc_uninit_slice(fields)
            .map_err(|_| Unfit::Full)?,
    };
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
    let whole = &bytes[..start + len];
    check_start(method, target, limits)?;
    Ok(Parsed {
        method,
        target,
        version,
        bytes: whole,
        table: check_fields(whole, request.headers, limits, arena)?,
    })
}

/// Method and target are within their limits, and the target within its bytes.
#[inline]
fn check_start(method: &str, target: &str, limits: &Limits) -> Result<(), Unfit> {
    let fits = method.len() <= METHOD_BYTES && target.len() <= limits.target;
    match fits && is_plain_ascii(target.as_bytes()) {
        true => Ok(()),
        false => Err(Unfit::Scan),
    }
}

/// Checks what httparse does not, and enters each field in the table, in one loop.
///
/// Every line ends in CRLF: the two bytes before each name and the last four of the head show
/// it. Lines are within their limit.
#[inline]
fn check_fields<'t>(
    head: &[u8],
    headers: &[httparse::Header<'_>],
    limits: &Limits,
    arena: &'t Arena,
) -> Result<&'t [u8], Unfit> {
    if !head.ends_with(b"\r\n\r\n") {
        return Err(Unfit::Scan);
    }
    let mut table = TableBuilder::new(arena, headers.len()).map_err(|_| Unfit::Full)?;
    let mut line_end = head.len() - 4;
    for (at, header) in headers.iter().enumerate().rev() {
        let name = header.name.as_bytes();
        let line = offset_of(head, name);
        let before = line - 2;
        if head[before..line] != *b"\r\n" || line_end - line > limits.line {
            return Err(Unfit::Scan);
        }
        line_end = before;
        let span = Span {
            name_at: line,
            name_len: name.len(),
            value_at: offset_of(head, header.value),
            value_len: header.value.len(),
        };
        table.put(at, span, Known::classify_token(name));
    }
    Ok(table.finish())
}

/// No byte above 0x7f and no `#`, which httparse lets through. No early exit: it vectorizes.
#[inline]
fn is_plain_ascii(target: &[u8]) -> bool {
    let bad = target
        .iter()
        .fold(0, |bad, &b| bad | (b & 0x80) | u8::from(b == b'#'));
    bad == 0
}
