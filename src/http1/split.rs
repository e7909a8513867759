//! A head that the scanner found sound and httparse does not know: of a later minor version, or
//! sound by a rule that was relaxed.

use super::engine::Outline;
use super::grammar::{TARGET, VALUE, is, is_token, offset_of, run, split_field, trim};
use super::known::Known;
use super::limits::{Limits, METHOD_BYTES};
use super::line::Line;
use super::rules::Lenient;
use super::scan::Scanned;
use super::table::{Span, TableBuilder, Unfit};
use super::version::Version;

/// Splits `head` where its lines end, its start at spaces, its fields at the first colon.
///
/// The scanner has judged all of it. These need not be the bytes that it saw, so that each part
/// is held to its bytes once more, and what does not hold is for a scanner to name.
#[cold]
pub(super) fn split(
    head: &[u8],
    scanned: Scanned,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<Outline, Unfit> {
    let body = head.strip_suffix(b"\n").ok_or(Unfit::Scan)?;
    let lines = body.get(scanned.start..).ok_or(Unfit::Scan)?;
    let lines = lines.split(|&byte| byte == b'\n');
    let mut lines = lines.map(|line| end(line, limits));
    let mut next = || lines.next().transpose();
    let (method, target) = start(next()?.ok_or(Unfit::Scan)?, scanned.minor, limits)?;
    for _ in 0..scanned.fields {
        let line = next()?.ok_or(Unfit::Scan)?;
        let (span, name) = field(line)?;
        table.put(offset_of(head, line), span, Known::slot(name))?;
    }
    if (next()?, next()?) != (Some(b""), None) {
        return Err(Unfit::Scan);
    }
    let at = |part: &str| offset_of(head, part.as_bytes());
    let (method_at, target_at) = (at(method), at(target));
    Ok(Outline {
        line: Line::new(
            method_at,
            method_at + method.len(),
            target_at,
            target_at + target.len(),
        ),
        end: head.len() as u32,
        version: match scanned.minor {
            0 => Version::Http10,
            _ => Version::Http11,
        },
    })
}

/// A line without the CR before its LF.
fn end<'a>(line: &'a [u8], limits: &Limits) -> Result<&'a [u8], Unfit> {
    let (line, good) = match line.strip_suffix(b"\r") {
        Some(line) => (line, true),
        None => (line, limits.rules.allow(Lenient::BareLf)),
    };
    match good && line.len() <= limits.line {
        true => Ok(line),
        false => Err(Unfit::Scan),
    }
}

/// Method and target.
fn start<'a>(line: &'a [u8], minor: u8, limits: &Limits) -> Result<(&'a str, &'a str), Unfit> {
    let line = std::str::from_utf8(line).map_err(|_| Unfit::Scan)?;
    let many_spaces = limits.rules.allow(Lenient::ManySpaces);
    let parts = line.split(' ');
    let mut parts = parts.filter(|part| !(many_spaces && part.is_empty()));
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Unfit::Scan);
    };
    let utf8 = limits.rules.allow(Lenient::Utf8Target);
    let good = |byte| is(byte, TARGET) || byte >= 0x80 && utf8;
    let fits = method.len() <= METHOD_BYTES && (1..=limits.target).contains(&target.len());
    let same = version.strip_prefix("HTTP/1.").map(str::as_bytes) == Some(&[b'0' + minor]);
    match fits && same && is_token(method.as_bytes()) && target.bytes().all(good) {
        true => Ok((method, target)),
        false => Err(Unfit::Scan),
    }
}

/// Where the parts of a field are in its line, and its name.
fn field(line: &[u8]) -> Result<(Span, &[u8]), Unfit> {
    let (name, value) = split_field(line).map_err(|_| Unfit::Scan)?;
    let value = trim(value);
    if run(value, VALUE) != value.len() {
        return Err(Unfit::Scan);
    }
    let span = Span {
        name_len: name.len(),
        value_at: offset_of(line, value),
        value_len: value.len(),
    };
    Ok((span, name))
}
