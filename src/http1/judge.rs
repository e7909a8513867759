//! The verdict on a whole head. Every field is indexed first; only then is anything judged, so
//! that no verdict depends on the order of the fields.

use super::authority;
use super::engine::Parsed;
use super::error::{HeadError, HeadErrorKind as Kind};
use super::facts::Facts;
use super::framing::{Framing, content_length, transfer_encoding};
use super::grammar::{members, offset_of};
use super::head::Values;
use super::known::Known;
use super::limits::Limits;
use super::line::text;
use super::rules::{Lenient, Rules, Strict};
use super::table::Fields;
use super::target::{Form, Target, odd_at};
use super::version::Version;

/// Judges target, then host, then framing, then expectation: the first breach is the verdict.
#[inline(always)]
pub(super) fn judge(parsed: &Parsed<'_, '_>, limits: &Limits) -> Result<Facts, HeadError> {
    let case = Case {
        version: parsed.outline.version,
        fields: parsed.fields(),
        rules: limits.rules,
    };
    let line = parsed.outline.line;
    let (method, target) = (line.method(parsed.bytes), line.target(parsed.bytes));
    let form = Form::of(method, target)
        .ok_or_else(|| HeadError::new(Kind::TargetForm, line.target_at()))?;
    if limits.rules.are_strict() {
        case.strictly(text(target), form)?;
    }
    case.host(form)?;
    let has = |name| case.fields.first(name).is_some();
    let framing = match has(Known::ContentLength) | has(Known::TransferEncoding) {
        true => case.framing(method == b"CONNECT", limits)?,
        false => Framing::None,
    };
    let (keep_alive, upgrade) = match has(Known::Connection) {
        true => case.connection(),
        false => (parsed.outline.version == Version::Http11, false),
    };
    let expects_continue = has(Known::Expect) && case.expects_continue()? && framing.has_body();
    let facts = Facts::new(parsed.outline.version, form, framing);
    Ok(facts.with(keep_alive, expects_continue, upgrade))
}

/// Fields that mean something on one line only.
const SINGLE: [Known; 13] = [
    Known::Authorization,
    Known::ContentType,
    Known::IfModifiedSince,
    Known::IfRange,
    Known::IfUnmodifiedSince,
    Known::Origin,
    Known::ProxyAuthorization,
    Known::Range,
    Known::Referer,
    Known::SecWebsocketKey,
    Known::SecWebsocketVersion,
    Known::Traceparent,
    Known::UserAgent,
];

struct Case<'a> {
    version: Version,
    fields: Fields<'a>,
    rules: Rules,
}

impl<'a> Case<'a> {
    /// The only `Host`, if there is one, and a usable one where the target names no authority.
    fn host(&self, form: Form) -> Result<(), HeadError> {
        let Some(value) = self.only(Known::Host, Kind::HostRepeated)? else {
            return match self.version {
                Version::Http10 => Ok(()),
                Version::Http11 => {
                    Err(HeadError::new(Kind::HostMissing, self.fields.bytes().len()))
                }
            };
        };
        if let Some(at) = authority::invalid_at(value) {
            return Err(HeadError::new(Kind::Host, self.offset(value) + at));
        }
        let empty = form == Form::Origin && value.is_empty();
        if value.starts_with(b":") || empty && !self.rules.allow(Lenient::EmptyHost) {
            return Err(HeadError::new(Kind::Host, self.offset(value)));
        }
        Ok(())
    }

    fn framing(&self, connect: bool, limits: &Limits) -> Result<Framing, HeadError> {
        let length_at = self.fields.first(Known::ContentLength);
        let encoding_at = self.fields.first(Known::TransferEncoding);
        if connect {
            if let Some(at) = length_at.or(encoding_at) {
                return Err(HeadError::new(Kind::FramedConnect, self.fields.name_at(at)));
            }
        }
        if let Some(at) = encoding_at {
            if self.version == Version::Http10 {
                return Err(HeadError::new(
                    Kind::TransferEncodingVersion,
                    self.fields.name_at(at),
                ));
            }
            if length_at.is_some() {
                return Err(HeadError::new(
                    Kind::FramingConflict,
                    self.fields.name_at(at),
                ));
            }
            let judged =
                transfer_encoding(self.fields.bytes(), self.values(Known::TransferEncoding));
            return match judged {
                Err((Kind::UnsupportedCoding, _)) if self.rules.allow(Lenient::OtherCodings) => {
                    Ok(Framing::Chunked)
                }
                Err((kind, at)) => Err(HeadError::new(kind, at)),
                Ok(()) => Ok(Framing::Chunked),
            };
        }
        if self.rules.allow(Lenient::EqualLengths) {
            return self.equal_lengths(limits);
        }
        let Some(value) = self.only(Known::ContentLength, Kind::ContentLengthRepeated)? else {
            return Ok(Framing::None);
        };
        self.length(value, limits).map(Framing::Length)
    }

    /// One length, within the limit.
    fn length(&self, value: &[u8], limits: &Limits) -> Result<u64, HeadError> {
        let at = self.offset(value);
        let length = content_length(value)
            .map_err(|wrong| HeadError::new(Kind::ContentLength, at + wrong))?;
        if length > limits.body {
            return Err(HeadError::new(Kind::BodyTooLarge, at));
        }
        Ok(length)
    }

    /// One length, however often it stands there.
    fn equal_lengths(&self, limits: &Limits) -> Result<Framing, HeadError> {
        let mut framing = Framing::None;
        for value in self.values(Known::ContentLength).flat_map(members) {
            let length = Framing::Length(self.length(value, limits)?);
            if ![Framing::None, length].contains(&framing) {
                let at = self.offset(value);
                return Err(HeadError::new(Kind::ContentLengthRepeated, at));
            }
            framing = length;
        }
        Ok(framing)
    }

    /// The rules that a connection was told to add.
    #[cold]
    fn strictly(&self, target: &str, form: Form) -> Result<(), HeadError> {
        if self.rules.refuse(Strict::OddTarget) {
            if let Some(at) = odd_at(target) {
                let at = self.offset(target.as_bytes()) + at;
                return Err(HeadError::new(Kind::Target, at));
            }
        }
        if self.rules.refuse(Strict::Underscore) {
            for field in 0..self.fields.len() {
                let name = self.fields.name(field);
                if let Some(at) = name.iter().position(|&byte| byte == b'_') {
                    return Err(HeadError::new(Kind::FieldName, self.offset(name) + at));
                }
            }
        }
        if self.rules.refuse(Strict::Repeated) {
            for name in SINGLE {
                self.only(name, Kind::FieldRepeated)?;
            }
        }
        let (Target::Absolute { authority, .. } | Target::Authority(authority)) =
            form.target(target)
        else {
            return Ok(());
        };
        match self
            .fields
            .first(Known::Host)
            .map(|at| self.fields.value(at))
        {
            Some(host)
                if self.rules.refuse(Strict::OtherHost)
                    && !host.eq_ignore_ascii_case(authority.as_bytes()) =>
            {
                Err(HeadError::new(Kind::Host, self.offset(host)))
            }
            _ => Ok(()),
        }
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
        match self.version {
            Version::Http10 => (keep_alive && !close, false),
            Version::Http11 => (
                !close,
                upgrade && self.fields.first(Known::Upgrade).is_some(),
            ),
        }
    }

    fn expects_continue(&self) -> Result<bool, HeadError> {
        let mut expected = false;
        if self.version == Version::Http10 {
            return Ok(false);
        }
        for member in self.values(Known::Expect).flat_map(members) {
            if member.eq_ignore_ascii_case(b"100-continue") {
                expected = true;
            } else if !member.is_empty() && !self.rules.allow(Lenient::OtherExpectations) {
                return Err(HeadError::new(Kind::Expectation, self.offset(member)));
            }
        }
        Ok(expected)
    }

    /// The value of a field that may stand only once.
    #[inline]
    fn only(&self, name: Known, repeated: Kind) -> Result<Option<&'a [u8]>, HeadError> {
        let Some(at) = self.fields.first(name) else {
            return Ok(None);
        };
        match self.fields.next(at) {
            Some(second) => Err(HeadError::new(repeated, self.fields.name_at(second))),
            None => Ok(Some(self.fields.value(at))),
        }
    }

    fn values(&self, name: Known) -> Values<'a> {
        Values::new(self.fields, name)
    }

    fn offset(&self, part: &[u8]) -> usize {
        offset_of(self.fields.bytes(), part)
    }
}
