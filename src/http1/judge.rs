//! The verdict on a whole head. Every field is indexed first; only then is anything judged, so
//! that no verdict depends on the order of the fields.

use super::authority;
use super::engine::Parsed;
use super::error::{HeadError, HeadErrorKind as Kind};
use super::framing::{Framing, content_length, transfer_encoding};
use super::grammar::{members, offset_of};
use super::head::{Facts, Head, Values, Version};
use super::index::Index;
use super::known::Known;
use super::limits::Limits;
use super::method::Method;
use super::target::Form;

/// Judges target, then host, then framing, then expectation: the first breach is the verdict.
#[inline]
pub(super) fn judge<'a>(
    bytes: &'a [u8],
    parsed: &Parsed<'a>,
    index: Index<'a>,
    limits: &Limits,
) -> Result<Head<'a>, HeadError> {
    let method = Method::from(parsed.method);
    let form = Form::of(method, parsed.target).ok_or_else(|| {
        HeadError::new(Kind::TargetForm, offset_of(bytes, parsed.target.as_bytes()))
    })?;
    let case = Case {
        bytes,
        parsed,
        index,
    };
    case.host(form)?;
    let framing = case.framing(method, limits)?;
    let (keep_alive, upgrade) = case.connection();
    let expects_continue = case.expects_continue()? && framing.has_body();
    Ok(Head {
        method,
        target: parsed.target,
        form,
        version: parsed.version,
        headers: parsed.headers,
        index,
        facts: Facts {
            framing,
            keep_alive,
            expects_continue,
            upgrade,
        },
        head_len: parsed.end,
    })
}

struct Case<'a, 'p> {
    bytes: &'a [u8],
    parsed: &'p Parsed<'a>,
    index: Index<'a>,
}

impl<'a> Case<'a, '_> {
    /// The only `Host`, if there is one, and a usable one where the target names no authority.
    fn host(&self, form: Form<'_>) -> Result<(), HeadError> {
        let Some(value) = self.only(Known::Host, Kind::HostRepeated)? else {
            return match self.parsed.version {
                Version::Http10 => Ok(()),
                Version::Http11 => Err(HeadError::new(Kind::HostMissing, self.parsed.end)),
            };
        };
        if let Some(at) = authority::invalid_at(value) {
            return Err(HeadError::new(Kind::Host, self.offset(value) + at));
        }
        if matches!((form, value), (Form::Origin, [] | [b':', ..])) {
            return Err(HeadError::new(Kind::Host, self.offset(value)));
        }
        Ok(())
    }

    fn framing(&self, method: Method<'_>, limits: &Limits) -> Result<Framing, HeadError> {
        let length_at = self.index.first(Known::ContentLength);
        let encoding_at = self.index.first(Known::TransferEncoding);
        if method == Method::Connect {
            if let Some(at) = length_at.or(encoding_at) {
                return Err(HeadError::new(Kind::FramedConnect, self.name_offset(at)));
            }
        }
        if let Some(at) = encoding_at {
            if self.parsed.version == Version::Http10 {
                return Err(HeadError::new(
                    Kind::TransferEncodingVersion,
                    self.name_offset(at),
                ));
            }
            if length_at.is_some() {
                return Err(HeadError::new(Kind::FramingConflict, self.name_offset(at)));
            }
            return transfer_encoding(self.bytes, self.values(Known::TransferEncoding))
                .map(|()| Framing::Chunked)
                .map_err(|(kind, at)| HeadError::new(kind, at));
        }
        let Some(value) = self.only(Known::ContentLength, Kind::ContentLengthRepeated)? else {
            return Ok(Framing::None);
        };
        let at = self.offset(value);
        let length = content_length(value)
            .map_err(|wrong| HeadError::new(Kind::ContentLength, at + wrong))?;
        if length > limits.body {
            return Err(HeadError::new(Kind::BodyTooLarge, at));
        }
        Ok(Framing::Length(length))
    }

    /// Whether the connection goes on, and whether it may switch protocols.
    fn connection(&self) -> (bool, bool) {
        let (mut close, mut keep_alive, mut upgrade) = (false, false, false);
        for value in self.values(Known::Connection) {
            if value.eq_ignore_ascii_case(b"keep-alive") {
                keep_alive = true;
                continue;
            }
            for member in members(value) {
                close |= member.eq_ignore_ascii_case(b"close");
                keep_alive |= member.eq_ignore_ascii_case(b"keep-alive");
                upgrade |= member.eq_ignore_ascii_case(b"upgrade");
            }
        }
        match self.parsed.version {
            Version::Http10 => (keep_alive && !close, false),
            Version::Http11 => (
                !close,
                upgrade && self.index.first(Known::Upgrade).is_some(),
            ),
        }
    }

    fn expects_continue(&self) -> Result<bool, HeadError> {
        let mut expected = false;
        if self.parsed.version == Version::Http10 {
            return Ok(false);
        }
        for member in self.values(Known::Expect).flat_map(members) {
            if member.eq_ignore_ascii_case(b"100-continue") {
                expected = true;
            } else if !member.is_empty() {
                return Err(HeadError::new(Kind::Expectation, self.offset(member)));
            }
        }
        Ok(expected)
    }

    /// The value of a field that may stand only once.
    fn only(&self, name: Known, repeated: Kind) -> Result<Option<&'a [u8]>, HeadError> {
        let Some(at) = self.index.first(name) else {
            return Ok(None);
        };
        match self.index.next(at) {
            Some(second) => Err(HeadError::new(repeated, self.name_offset(second))),
            None => Ok(Some(self.parsed.headers[at].value)),
        }
    }

    fn values(&self, name: Known) -> Values<'a> {
        Values::new(self.parsed.headers, self.index, name)
    }

    fn offset(&self, part: &[u8]) -> usize {
        offset_of(self.bytes, part)
    }

    fn name_offset(&self, at: usize) -> usize {
        self.offset(self.parsed.headers[at].name.as_bytes())
    }
}
