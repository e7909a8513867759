//! The two engines that take a head apart, which agree on every head.

use std::mem::MaybeUninit;

use super::blocks;
use super::grammar::offset_of;
use super::known::Known;
use super::limits::{Engine, FIELDS_MAX, Limits, METHOD_BYTES};
use super::line::Line;
use super::table::{Fields, Span, TableBuilder, Unfit};
use super::version::Version;

/// A head that was taken apart and found within the limits, its fields in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) line: Line,
    /// Bytes of the head, with the empty lines before it.
    pub(super) end: u32,
    pub(super) version: Version,
}

/// An outline with its table.
#[derive(Debug)]
pub(super) struct Parsed<'b, 't> {
    pub(super) outline: Outline,
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

/// Parses `bytes[start..]`, of at most as many fields as `table` has room for.
#[inline]
pub(super) fn parse(
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<Outline, Unfit> {
    if limits.engine == Engine::OnePass {
        if let Some(outcome) = blocks::parse(bytes, start, limits, table) {
            debug_assert!(
                is_agreed(outcome, table, |other| {
                    Some(parse_with_httparse(bytes, start, limits, other))
                }),
                "the engines disagree on {}",
                bytes.escape_ascii()
            );
            debug_assert!(
                is_agreed(outcome, table, |other| {
                    blocks::parse_without_avx2(bytes, start, limits, other)
                }),
                "vectors of two lengths disagree on {}",
                bytes.escape_ascii()
            );
            return outcome;
        }
    }
    parse_with_httparse(bytes, start, limits, table)
}

/// Whether another comes to the same; not asked if the arena has no room for a second table.
fn is_agreed(
    outcome: Result<Outline, Unfit>,
    table: &TableBuilder<'_>,
    parse: impl FnOnce(&mut TableBuilder<'_>) -> Option<Result<Outline, Unfit>>,
) -> bool {
    let Ok(mut other) = table.another() else {
        return true;
    };
    let Some(others) = parse(&mut other) else {
        return true;
    };
    let full = [others, outcome].contains(&Err(Unfit::Full));
    let same = others == outcome && (outcome.is_err() || table.is_same(&other));
    same || full
}

fn parse_with_httparse(
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<Outline, Unfit> {
    let mut headers = [const { MaybeUninit::uninit() }; FIELDS_MAX];
    let headers = &mut headers[..table.most()];
    let mut request = httparse::Request::new(&mut []);
    let outcome = request.parse_with_uninit_headers(&bytes[start..], headers);
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
    let end = start + len;
    check_start(method, target, limits)?;
    check_fields(&bytes[..end], request.headers, limits, table)?;
    let target_at = offset_of(bytes, target.as_bytes());
    Ok(Outline {
        line: Line::new(
            start,
            start + method.len(),
            target_at,
            target_at + target.len(),
        ),
        end: end as u32,
        version,
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
fn check_fields(
    head: &[u8],
    headers: &[httparse::Header<'_>],
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<(), Unfit> {
    if !head.ends_with(b"\r\n\r\n") {
        return Err(Unfit::Scan);
    }
    for (at, header) in headers.iter().enumerate() {
        let name = header.name.as_bytes();
        let line = offset_of(head, name);
        let next = headers.get(at + 1);
        let next = next.map_or(head.len() - 2, |next| offset_of(head, next.name.as_bytes()));
        let ends = head[line - 2..line] == *b"\r\n";
        if !ends || next - 2 - line > limits.line {
            return Err(Unfit::Scan);
        }
        let span = Span {
            name_len: name.len(),
            value_at: offset_of(head, header.value) - line,
            value_len: header.value.len(),
        };
        table.put(line, span, Known::slot(name))?;
    }
    Ok(())
}

/// No byte above 0x7f and no `#`, which httparse lets through. No early exit: it vectorizes.
#[inline]
fn is_plain_ascii(target: &[u8]) -> bool {
    let bad = target
        .iter()
        .fold(0, |bad, &b| bad | (b & 0x80) | u8::from(b == b'#'));
    bad == 0
}
