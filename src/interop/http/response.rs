//! Response heads between the `http` crate and the wire.

use core::fmt;
use std::error;

use bytes::BufMut;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version, response::Parts};

use super::version_of;
use crate::http1::{Refused, ResponseBody, ResponseHead, Version as HeadVersion};

/// The most fields of a response that are written: as many as a request has by default.
const FIELDS_MAX: usize = 128;

/// Writes the head of a response that code for the `http` crate has made, and returns its length,
/// or writes nothing: as [`ResponseHead::encode`] does.
///
/// `body` says how the bytes that follow are framed, and `keep_alive` whether the connection goes
/// on; both are the connection's to know. What the response itself says of them must agree, and is
/// then left to these: a `content-length` of the same number (of any, in a `304` without a body),
/// `transfer-encoding: chunked`, `connection: keep-alive`. A `connection: close` is an answer's to
/// give, and closes. The version is to be that of the request which is answered. A protocol that
/// `101` switches to is taken from `upgrade`.
///
/// # Guarantees
/// Never waits; allocates only if `out` does. Fields are written in the map's order, those of one
/// name together.
///
/// # Errors
/// [`ResponseError`]: a version that is not of HTTP/1, more than 128 fields, framing that
/// contradicts `body`, or what [`ResponseHead::encode`] refuses, as a buffer without room. An
/// `upgrade` is taken with `101` alone: what a `426` asks for goes into the text of its body.
///
/// # Complexity
/// O(bytes written) and one pass over the map.
///
/// # Examples
/// ```
/// use shorttail::http1::ResponseBody;
/// use shorttail::interop::http::{ResponseError, encode_response};
///
/// let answer = http::Response::builder().status(200).header("etag", "\"7\"").body(())?;
/// let (parts, ()) = answer.into_parts();
/// let mut out = Vec::with_capacity(256);
/// encode_response(&parts, ResponseBody::Length(2), true, &mut out)?;
/// assert_eq!(out, b"HTTP/1.1 200 OK\r\netag: \"7\"\r\ncontent-length: 2\r\n\r\n");
///
/// let (parts, ()) = http::Response::builder().header("content-length", 3).body(())?.into_parts();
/// let refused = encode_response(&parts, ResponseBody::Length(2), true, &mut out);
/// assert_eq!(refused, Err(ResponseError::Framing("content-length")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode_response(
    parts: &Parts,
    body: ResponseBody,
    keep_alive: bool,
    out: &mut impl BufMut,
) -> Result<usize, ResponseError> {
    let version = match parts.version {
        Version::HTTP_10 => HeadVersion::Http10,
        Version::HTTP_11 => HeadVersion::Http11,
        other => return Err(ResponseError::Version(other)),
    };
    let mut fields: [(&str, &[u8]); FIELDS_MAX] = [("", b""); FIELDS_MAX];
    let (mut count, mut closes, mut protocol) = (0, !keep_alive, None);
    for (name, value) in &parts.headers {
        match own_field(parts.status, name, value, body)? {
            Said::Agrees => {}
            Said::Closes => closes = true,
            Said::SwitchesTo(other) if protocol.is_none() => protocol = Some(other),
            Said::SwitchesTo(_) => return Err(ResponseError::Framing("upgrade")),
            Said::NotOurs => {
                let all = parts.headers.len();
                let place = fields.get_mut(count).ok_or(ResponseError::Fields(all))?;
                *place = (name.as_str(), value.as_bytes());
                count += 1;
            }
        }
    }
    let mut head = ResponseHead::new(parts.status.as_u16())
        .version(version)
        .fields(&fields[..count])
        .body(body)
        .keep_alive(!closes);
    if let Some(protocol) = protocol {
        head = head.upgrade(protocol);
    }
    Ok(head.encode(out)?)
}

/// What a field says of framing and connection.
enum Said<'a> {
    NotOurs,
    Agrees,
    Closes,
    SwitchesTo(&'a [u8]),
}

fn own_field<'a>(
    status: StatusCode,
    name: &HeaderName,
    value: &'a HeaderValue,
    body: ResponseBody,
) -> Result<Said<'a>, ResponseError> {
    let is = |word: &str| value.as_bytes().eq_ignore_ascii_case(word.as_bytes());
    let switches = status == StatusCode::SWITCHING_PROTOCOLS;
    let agrees = match *name {
        CONTENT_LENGTH => match body {
            ResponseBody::Length(length) => number(value) == Some(length),
            // A 304 may tell what a 200 would have brought (RFC 9110, 8.6).
            ResponseBody::Empty if status == StatusCode::NOT_MODIFIED => number(value).is_some(),
            ResponseBody::Empty => number(value) == Some(0),
            _ => false,
        },
        TRANSFER_ENCODING => body == ResponseBody::Chunked && is("chunked"),
        CONNECTION if is("close") => return Ok(Said::Closes),
        CONNECTION => is("keep-alive") || switches && is("upgrade"),
        UPGRADE if switches => return Ok(Said::SwitchesTo(value.as_bytes())),
        UPGRADE => false,
        _ => return Ok(Said::NotOurs),
    };
    let framing = match *name {
        CONTENT_LENGTH => "content-length",
        TRANSFER_ENCODING => "transfer-encoding",
        CONNECTION => "connection",
        _ => "upgrade",
    };
    match agrees {
        true => Ok(Said::Agrees),
        false => Err(ResponseError::Framing(framing)),
    }
}

/// Digits alone: no sign, and no second value behind a comma.
fn number(value: &HeaderValue) -> Option<u64> {
    let digits = value.to_str().ok()?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

impl ResponseHead<'_> {
    /// The head as a response of the `http` crate without a body: status, version, and every field
    /// that [`encode`](Self::encode) would write, those of framing and connection included, in its
    /// order. `response.map(|()| body)` gives it one.
    ///
    /// Allocates the map, and a copy of each value and of each name that `http` does not know.
    ///
    /// # Errors
    /// [`ResponseError::Refused`] for what [`encode`](Self::encode) would refuse, and
    /// [`ResponseError::Field`] for a field that `http` does not take: its name is longer than
    /// 64 KiB, or its map is full.
    ///
    /// # Examples
    /// ```
    /// use shorttail::http1::{ResponseBody, ResponseHead};
    ///
    /// let fields: [(&str, &[u8]); 1] = [("content-type", b"text/plain")];
    /// let head = ResponseHead::new(201).fields(&fields).body(ResponseBody::Length(2));
    /// let response = head.to_http()?.map(|()| "ok");
    /// assert_eq!((response.status().as_u16(), response.headers()["content-length"].as_bytes()), (
    ///     201,
    ///     b"2".as_slice(),
    /// ));
    /// # Ok::<(), shorttail::interop::http::ResponseError>(())
    /// ```
    pub fn to_http(&self) -> Result<Response<()>, ResponseError> {
        let (status, version) = self.checked()?;
        let mut response = Response::new(());
        // Checked to be from 100 to 999, which is all that it takes.
        *response.status_mut() =
            StatusCode::from_u16(status).map_err(|_| ResponseError::Refused(Refused::Status))?;
        *response.version_mut() = version_of(version);
        let (mut at, mut failed) = (0, None);
        let map = response.headers_mut();
        self.each_field(&mut |name, value| {
            if append(map, name, value).is_none() {
                failed = failed.or(Some(at));
            }
            at += 1;
        });
        match failed {
            None => Ok(response),
            Some(at) => Err(ResponseError::Field(at)),
        }
    }
}

fn append(map: &mut HeaderMap, name: &[u8], value: &[u8]) -> Option<()> {
    let name = HeaderName::from_bytes(name).ok()?;
    let value = HeaderValue::from_bytes(value).ok()?;
    map.try_append(name, value).ok().map(|_| ())
}

/// As [`ResponseHead::to_http`].
impl TryFrom<&ResponseHead<'_>> for Response<()> {
    type Error = ResponseError;

    fn try_from(head: &ResponseHead<'_>) -> Result<Self, ResponseError> {
        head.to_http()
    }
}

/// Why a response head does not go over.
///
/// # Examples
/// See [`encode_response`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// Its version is not of HTTP/1: the connection's is to be set.
    Version(Version),
    /// It has so many fields, and 128 are written at most.
    Fields(usize),
    /// This field says of framing or connection what the caller does not.
    Framing(&'static str),
    /// The `http` crate does not take field number so-and-so.
    Field(usize),
    /// The head's own rules.
    Refused(Refused),
}

impl From<Refused> for ResponseError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version:?} is not of HTTP/1"),
            Self::Fields(fields) => write!(f, "{fields} fields, where 128 are written at most"),
            Self::Framing(name) => write!(f, "`{name}` contradicts how the body is framed"),
            Self::Field(at) => write!(f, "`http` does not take field {at}"),
            Self::Refused(refused) => refused.fmt(f),
        }
    }
}

impl error::Error for ResponseError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Refused(refused) => refused.source(),
            _ => None,
        }
    }
}
