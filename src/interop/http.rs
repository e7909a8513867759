//! A request head as [`http::Request`], and a response of the `http` crate as bytes: for code that
//! is written against that crate.
//!
//! [`Head::to_http`] and [`encode_response`] are the way in and out of such a handler;
//! [`ResponseHead::to_http`](crate::http1::ResponseHead::to_http) hands an answer of one's own to
//! layers that are written against it.
//!
//! ```
//! use shorttail::arena::Arena;
//! use shorttail::http1::{Connection, Limits};
//!
//! let arena = Arena::new(16 * 1024)?;
//! let bytes = b"GET /a?b HTTP/1.1\r\nHost: c\r\nVia: d\r\nVia: e\r\n\r\n";
//! let mut connection = Connection::new(Limits::default());
//! let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
//!
//! let request = head.to_http()?.map(|()| "the body");
//! assert_eq!((request.method().as_str(), request.uri().query()), ("GET", Some("b")));
//! assert!(request.headers().get_all("via").iter().eq(["d", "e"]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod response;

pub use response::{ResponseError, encode_response};

use core::fmt;
use std::error;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};

use crate::http1::{Head, Version as HeadVersion};
use crate::time::{Deadline, ParseTimeoutError};

/// A head that cannot be an [`http::Request`].
///
/// # Examples
/// ```
/// use shorttail::arena::Arena;
/// use shorttail::http1::{Connection, Limits};
/// use shorttail::interop::http::ConvertErrorKind;
///
/// let arena = Arena::new(16 * 1024)?;
/// let bytes = b"GET /<a> HTTP/1.1\r\nHost: c\r\n\r\n";
/// let mut connection = Connection::new(Limits::default());
/// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
/// let refused = head.to_http().unwrap_err();
/// assert_eq!((refused.kind(), refused.offset()), (ConvertErrorKind::Target, 5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvertError {
    kind: ConvertErrorKind,
    offset: usize,
}

/// What the `http` crate does not take.
///
/// # Examples
/// ```
/// use shorttail::interop::http::ConvertErrorKind;
///
/// assert_ne!(ConvertErrorKind::Target, ConvertErrorKind::FieldName);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConvertErrorKind {
    /// The method.
    Method,
    /// The target: a byte in it that a URI has to escape, or the whole.
    Target,
    /// A field's name: it is longer than 64 KiB.
    FieldName,
    /// A field's value.
    FieldValue,
    /// So many fields that its map cannot hold them.
    Fields,
}

impl ConvertError {
    /// What was not taken; for an example see [`ConvertError`].
    #[must_use]
    pub const fn kind(&self) -> ConvertErrorKind {
        self.kind
    }

    /// Where it begins, counted from the head's first byte; for an example see [`ConvertError`].
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ConvertErrorKind::Method => "the method",
            ConvertErrorKind::Target => "the target",
            ConvertErrorKind::FieldName => "a field name",
            ConvertErrorKind::FieldValue => "a field value",
            ConvertErrorKind::Fields => "that number of fields",
        };
        write!(f, "`http` does not take {what} at byte {}", self.offset)
    }
}

impl error::Error for ConvertError {}

/// The deadline that a caller set, by the headers that proxies and gRPC have for it:
/// `grpc-timeout`, else `x-envoy-expected-rq-timeout-ms`; without either, [`Deadline::NEVER`]. For
/// `interop::tower`'s `DeadlineLayer`, and for what is called on behalf of the request.
///
/// Of several fields of one name the first counts. One look-up for each name; allocates nothing.
///
/// # Errors
/// [`ParseTimeoutError`] if the header does not say how long: what that means is for the caller to
/// decide.
///
/// # Examples
/// ```
/// use shorttail::interop::http::deadline;
/// use shorttail::time::Deadline;
///
/// let mut headers = http::HeaderMap::new();
/// assert_eq!(deadline(&headers, 5), Ok(Deadline::NEVER));
/// headers.insert("x-envoy-expected-rq-timeout-ms", "20".parse()?);
/// assert_eq!(deadline(&headers, 5), Ok(Deadline::at(20_000_005)));
/// headers.insert("grpc-timeout", "1S".parse()?);
/// assert_eq!(deadline(&headers, 5), Ok(Deadline::at(1_000_000_005)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn deadline(headers: &HeaderMap, now_ns: u64) -> Result<Deadline, ParseTimeoutError> {
    if let Some(timeout) = headers.get("grpc-timeout") {
        return Deadline::from_grpc_timeout(timeout.as_bytes(), now_ns);
    }
    let timeout = headers.get("x-envoy-expected-rq-timeout-ms");
    timeout.map_or(Ok(Deadline::NEVER), |timeout| {
        Deadline::from_millis(timeout.as_bytes(), now_ns)
    })
}

impl Head<'_> {
    /// The head as a request without a body: method, URI, version, and every field, those of one
    /// name in their order.
    ///
    /// Allocates: the head's bytes are copied once, and all values and the URI share the copy.
    /// That is two allocations, the map's tables are two more, each name the `http` crate does
    /// not know is one, the first repeated name is one or more, and so is a method of its own
    /// with more than 15 bytes. Names are in lower case afterwards; an absolute URI without a
    /// path has `/`.
    ///
    /// For an example see [`interop::http`](self).
    ///
    /// # Errors
    /// [`ConvertError`]. What is judged good and not taken: a target with characters that a URI
    /// has to escape, of which the `http` crate takes some and not others.
    pub fn to_http(&self) -> Result<Request<()>, ConvertError> {
        let refused = |kind, part: &[u8]| ConvertError {
            kind,
            offset: self.offset_of(part),
        };
        let shared = Bytes::copy_from_slice(self.bytes());
        let share = |part: &[u8]| {
            let at = self.offset_of(part);
            shared.slice(at..at + part.len())
        };
        let mut request = Request::new(());
        let method = self.method();
        *request.method_mut() = Method::from_bytes(method.as_str().as_bytes())
            .map_err(|_| refused(ConvertErrorKind::Method, self.bytes()))?;
        *request.uri_mut() = Uri::from_maybe_shared(share(self.target().as_bytes()))
            .map_err(|_| refused(ConvertErrorKind::Target, self.first_odd()))?;
        *request.version_mut() = version_of(self.version());
        let fields = self.headers();
        let mut map = HeaderMap::try_with_capacity(fields.len())
            .map_err(|_| refused(ConvertErrorKind::Fields, self.bytes()))?;
        for field in fields {
            let name = field.name.as_bytes();
            let value = match field.value {
                [] => Ok(HeaderValue::from_static("")),
                value => HeaderValue::from_maybe_shared(share(value)),
            };
            let value = value.map_err(|_| refused(ConvertErrorKind::FieldValue, field.value))?;
            let known = HeaderName::from_bytes(name);
            let known = known.map_err(|_| refused(ConvertErrorKind::FieldName, name))?;
            map.try_append(known, value)
                .map_err(|_| refused(ConvertErrorKind::Fields, name))?;
        }
        *request.headers_mut() = map;
        Ok(request)
    }

    /// The target from its first byte that a URI has to escape; all of it if there is none.
    fn first_odd(&self) -> &[u8] {
        &self.target().as_bytes()[self.odd_target_at().unwrap_or(0)..]
    }
}

const fn version_of(head: HeadVersion) -> Version {
    match head {
        HeadVersion::Http10 => Version::HTTP_10,
        HeadVersion::Http11 => Version::HTTP_11,
    }
}

/// As [`Head::to_http`].
impl TryFrom<&Head<'_>> for Request<()> {
    type Error = ConvertError;

    fn try_from(head: &Head<'_>) -> Result<Self, ConvertError> {
        head.to_http()
    }
}
