//! The trailer section of a chunked body: read by the rules of a head, bounded, line by line.

use super::error::{BodyErrorKind as Kind, HeadErrorKind};
use super::grammar::{VALUE, run, split_field, trim};
use super::head::Header;
use super::limits::Limits;
use super::scan::FieldScan;

/// Fields that would change framing, routing or the connection after the fact.
const FORBIDDEN: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields that mean nothing behind a body, RFC 9110 §6.5.1: who asks, on what condition, and how
/// the content is to be read. All that begin with `if-` are of them too.
const DROPPED: [&str; 21] = [
    "age",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "expires",
    "keep-alive",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "retry-after",
    "set-cookie",
    "vary",
    "www-authenticate",
];

/// A resumable reader of one trailer section. Its input begins where the present line does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trailers {
    fields: FieldScan,
    /// Bytes of the lines before the present one.
    before: usize,
    /// Bytes of the present line that were looked at.
    looked_at: usize,
}

/// What stands at the front of the input.
pub(super) enum Line<'a> {
    /// The front of a line.
    Partial,
    /// A field; none to hand out if it is dropped.
    Field {
        len: usize,
        field: Option<Header<'a>>,
    },
    /// The empty line that ends the body.
    End { len: usize },
}

impl Trailers {
    pub(super) const fn new() -> Self {
        Self {
            fields: FieldScan::new(),
            before: 0,
            looked_at: 0,
        }
    }

    /// Reads to the end of the present line. An error carries the offset in `input`.
    pub(super) fn read<'a>(
        &mut self,
        input: &'a [u8],
        limits: &Limits,
    ) -> Result<Line<'a>, (Kind, usize)> {
        while let Some(&byte) = input.get(self.looked_at) {
            let at = self.looked_at;
            let ends = self
                .step(byte, &input[..at], limits)
                .map_err(|kind| (kind, at))?;
            self.looked_at += 1;
            if ends {
                return Ok(Line::End {
                    len: self.looked_at,
                });
            }
            if byte == b'\n' {
                let len = self.looked_at;
                self.before += len;
                self.looked_at = 0;
                // The step has refused a LF without its CR.
                let field = field(&input[..len - 2])?;
                return Ok(Line::Field { len, field });
            }
        }
        Ok(Line::Partial)
    }

    /// Takes one byte, which `line` stands before; true when it was the last of the body.
    fn step(&mut self, byte: u8, line: &[u8], limits: &Limits) -> Result<bool, Kind> {
        if self.before + self.looked_at == limits.trailers {
            return Err(Kind::TrailersTooLarge);
        }
        let names = self.fields.in_name();
        let ends = self
            .fields
            .step(byte, limits, false)
            .map_err(|kind| match kind {
                HeadErrorKind::TooManyFields | HeadErrorKind::LineTooLong => Kind::TrailersTooLarge,
                _ => Kind::Trailer,
            })?;
        if names && byte == b':' && is_among(line, &FORBIDDEN) {
            return Err(Kind::TrailerForbidden);
        }
        Ok(ends)
    }
}

/// A whole line without its end, taken apart; none if it means nothing behind a body.
///
/// It was scanned, perhaps when less of it was there. What is handed in now need not be what was
/// scanned, so it is looked at once more before it is handed out.
fn field(line: &[u8]) -> Result<Option<Header<'_>>, (Kind, usize)> {
    let (name, value) = split_field(line).map_err(|wrong| (Kind::Trailer, wrong))?;
    let good = run(value, VALUE);
    if good != value.len() {
        return Err((Kind::Trailer, name.len() + 1 + good));
    }
    if is_among(name, &FORBIDDEN) {
        return Err((Kind::TrailerForbidden, name.len()));
    }
    let conditional = name
        .get(..3)
        .is_some_and(|front| front.eq_ignore_ascii_case(b"if-"));
    if conditional || is_among(name, &DROPPED) {
        return Ok(None);
    }
    let name = std::str::from_utf8(name).map_err(|_| (Kind::Trailer, 0))?;
    let value = trim(value);
    Ok(Some(Header { name, value }))
}

fn is_among(name: &[u8], names: &[&str]) -> bool {
    names
        .iter()
        .any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
}
