//! The trailer section of a chunked body: read by the rules of a head, bounded, and dropped.

use super::error::{BodyErrorKind, HeadErrorKind};
use super::limits::Limits;
use super::scan::FieldScan;

/// Fields that would change framing, routing or the connection after the fact.
const FORBIDDEN: [&[u8]; 8] = [
    b"connection",
    b"content-length",
    b"expect",
    b"host",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
];
const NAME_MAX: usize = b"transfer-encoding".len();

/// A resumable reader of one trailer section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trailers {
    fields: FieldScan,
    bytes: usize,
    /// The front of the present name in lower case.
    name: [u8; NAME_MAX],
    name_len: usize,
}

impl Trailers {
    pub(super) const fn new() -> Self {
        Self {
            fields: FieldScan::new(),
            bytes: 0,
            name: [0; NAME_MAX],
            name_len: 0,
        }
    }

    /// Takes one byte; true when it was the last of the body.
    pub(super) fn step(&mut self, byte: u8, limits: &Limits) -> Result<bool, BodyErrorKind> {
        if self.bytes == limits.trailers {
            return Err(BodyErrorKind::TrailersTooLarge);
        }
        self.bytes += 1;
        let naming = self.fields.in_name();
        let done = self.fields.step(byte, limits).map_err(|kind| match kind {
            HeadErrorKind::TooManyFields | HeadErrorKind::LineTooLong => {
                BodyErrorKind::TrailersTooLarge
            }
            _ => BodyErrorKind::Trailer,
        })?;
        if naming && byte == b':' {
            if self
                .name
                .get(..self.name_len)
                .is_some_and(|name| FORBIDDEN.contains(&name))
            {
                return Err(BodyErrorKind::TrailerForbidden);
            }
            self.name_len = 0;
        } else if naming {
            if let Some(slot) = self.name.get_mut(self.name_len) {
                *slot = byte.to_ascii_lowercase();
            }
            self.name_len += 1;
        }
        Ok(done)
    }
}
