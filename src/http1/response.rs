//! The head of a response, written whole or not at all.

use std::{error, fmt};

use bytes::BufMut;

use super::grammar::{VALUE, is_token, run};
use super::method::Method;
use super::version::Version;

/// How the body of a response is framed.
///
/// # Examples
/// ```
/// use shorttail::http1::{ResponseBody, ResponseHead};
///
/// let head = ResponseHead::new(200).body(ResponseBody::Length(2));
/// assert!(head.encode(&mut [0u8; 8].as_mut_slice()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseBody {
    /// No body: `content-length: 0`, or nothing where the status has no body.
    Empty,
    /// Exactly this many bytes follow.
    Length(u64),
    /// `transfer-encoding: chunked`, to an HTTP/1.1 client.
    Chunked,
    /// The body ends when the connection does; implies `connection: close`.
    UntilClose,
    /// No body, no framing, and nothing about the connection: a `2xx` to CONNECT.
    ///
    /// What follows the head is the tunnel, and RFC 9110 §9.3.6 forbids `content-length` in it.
    /// A head does not know the method it answers: choose this for every such answer.
    Tunnel,
}

/// A response head: status, fields, framing and connection.
///
/// Setters only store. `encode` checks all of it and the room for it first, so that a refused head
/// writes nothing.
///
/// # Examples
/// ```
/// use shorttail::http1::{Refused, ResponseBody, ResponseHead};
///
/// let fields: [(&str, &[u8]); 1] = [("content-type", b"text/plain")];
/// let mut out = Vec::with_capacity(256);
/// ResponseHead::new(200).fields(&fields).body(ResponseBody::Length(2)).encode(&mut out)?;
/// assert_eq!(
///     out,
///     b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n",
/// );
///
/// let split: [(&str, &[u8]); 1] = [("x-name", b"a\r\nset-cookie: b")];
/// assert_eq!(ResponseHead::new(200).fields(&split).encode(&mut out), Err(Refused::Value(0)));
/// # Ok::<(), Refused>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    status: u16,
    version: Version,
    fields: &'a [(&'a str, &'a [u8])],
    body: ResponseBody,
    keep_alive: bool,
    upgrade: Option<&'a [u8]>,
}

impl<'a> ResponseHead<'a> {
    /// An empty answer to an HTTP/1.1 request on a connection that goes on;
    /// for an example see [`ResponseHead`].
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            version: Version::Http11,
            fields: &[],
            body: ResponseBody::Empty,
            keep_alive: true,
            upgrade: None,
        }
    }

    /// The version of the request that is answered.
    ///
    /// ```
    /// # use shorttail::http1::{Refused, ResponseHead, Version};
    /// let (mut old, mut last) = (Vec::new(), Vec::new());
    /// ResponseHead::new(204).version(Version::Http10).encode(&mut old)?;
    /// assert_eq!(old, b"HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n");
    /// ResponseHead::new(204).keep_alive(false).encode(&mut last)?;
    /// assert_eq!(last, b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    /// # Ok::<(), Refused>(())
    /// ```
    #[must_use]
    pub const fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// The fields, in order; framing and `connection` are not among them.
    /// For an example see [`ResponseHead`].
    #[must_use]
    pub const fn fields(mut self, fields: &'a [(&'a str, &'a [u8])]) -> Self {
        self.fields = fields;
        self
    }

    /// How the body is framed; for an example see [`ResponseHead`].
    #[must_use]
    pub const fn body(mut self, body: ResponseBody) -> Self {
        self.body = body;
        self
    }

    /// Whether the connection goes on after the body;
    /// for an example see [`version`](Self::version).
    #[must_use]
    pub const fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// The protocol a `101` switches to.
    ///
    /// ```
    /// # use shorttail::http1::{Refused, ResponseHead};
    /// let mut out = Vec::new();
    /// ResponseHead::new(101).upgrade(b"echo").encode(&mut out)?;
    /// assert!(out.ends_with(b"\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n"));
    /// # Ok::<(), Refused>(())
    /// ```
    #[must_use]
    pub const fn upgrade(mut self, protocol: &'a [u8]) -> Self {
        self.upgrade = Some(protocol);
        self
    }

    /// Whether body bytes follow this head when it answers `method`.
    ///
    /// An answer to HEAD may carry a length and never a body. A few comparisons.
    ///
    /// ```
    /// # use shorttail::http1::{Method, ResponseBody, ResponseHead};
    /// let head = ResponseHead::new(200).body(ResponseBody::Length(2));
    /// assert!(head.sends_body(Method::Get) && !head.sends_body(Method::Head));
    /// ```
    #[must_use]
    pub fn sends_body(&self, method: Method<'_>) -> bool {
        let tunnel = method == Method::Connect && matches!(self.status, 200..=299);
        self.has_content() && method != Method::Head && !tunnel
    }

    /// Bytes that `encode` writes. O(bytes), two passes; allocates nothing.
    /// For an example see [`Refused`].
    ///
    /// # Errors
    /// [`Refused`] as from `encode`, the room excepted.
    pub fn encoded_len(&self) -> Result<usize, Refused> {
        self.checked()?;
        let mut count = Count(0);
        self.write(&mut count);
        Ok(count.0)
    }

    /// Writes the head and returns its length, or writes nothing;
    /// for an example see [`ResponseHead`].
    ///
    /// # Guarantees
    /// Never waits; allocates only if `out` does. Never panics on a full buffer.
    /// # Errors
    /// [`Refused`]: what could split the response, contradict its framing, or not fit.
    /// # Complexity
    /// O(bytes written), three passes: check, count, write.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn encode(&self, out: &mut impl BufMut) -> Result<usize, Refused> {
        let len = self.encoded_len()?;
        if out.remaining_mut() < len {
            return Err(Refused::NoRoom(len));
        }
        self.write(&mut Into(out));
        Ok(len)
    }

    /// What goes into the first line, if all of the head is as [`encode`](Self::encode) wants it.
    pub(crate) fn checked(&self) -> Result<(u16, Version), Refused> {
        if !matches!(self.status, 100..=999) {
            return Err(Refused::Status);
        }
        let old = self.version == Version::Http10;
        if self.status < 200 && old {
            return Err(Refused::Interim);
        }
        let impossible = match self.body {
            ResponseBody::Empty => false,
            ResponseBody::Tunnel => !matches!(self.status, 200..=299),
            ResponseBody::Chunked if old => true,
            _ => self.bodiless() || self.status == 205 && self.has_content(),
        };
        if impossible {
            return Err(Refused::Body);
        }
        match self.upgrade {
            Some(protocol) if self.status != 101 || !is_value(protocol) || protocol.is_empty() => {
                return Err(Refused::Upgrade);
            }
            None if self.status == 101 => return Err(Refused::Upgrade),
            _ => {}
        }
        for (at, (name, value)) in self.fields.iter().enumerate() {
            if !is_token(name.as_bytes()) {
                return Err(Refused::Name(at));
            }
            if OWN_FIELDS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                return Err(Refused::OwnField(at));
            }
            if !is_value(value) {
                return Err(Refused::Value(at));
            }
        }
        Ok((self.status, self.version))
    }

    /// Whether the status never has a body, nor fields that frame one.
    const fn bodiless(&self) -> bool {
        matches!(self.status, 100..=199 | 204 | 304)
    }

    /// Whether the framing says that bytes follow.
    const fn has_content(&self) -> bool {
        !matches!(
            self.body,
            ResponseBody::Empty | ResponseBody::Length(0) | ResponseBody::Tunnel
        )
    }

    fn write(&self, out: &mut impl Sink) {
        out.put(b"HTTP/1.1 ");
        out.put(&digits(u64::from(self.status)).1[17..]);
        out.put(b" ");
        out.put(reason(self.status).as_bytes());
        out.put(b"\r\n");
        self.each_field(&mut |name, value| put_field(out, name, value));
        out.put(b"\r\n");
    }

    /// The fields as they are written, those of framing and connection at the end.
    pub(crate) fn each_field(&self, put: &mut impl FnMut(&[u8], &[u8])) {
        for (name, value) in self.fields {
            put(name.as_bytes(), value);
        }
        match self.body {
            ResponseBody::Empty if self.bodiless() => {}
            ResponseBody::Empty => put(b"content-length", b"0"),
            ResponseBody::Length(length) => {
                let (start, text) = digits(length);
                put(b"content-length", &text[start..]);
            }
            ResponseBody::Chunked => put(b"transfer-encoding", b"chunked"),
            ResponseBody::UntilClose | ResponseBody::Tunnel => {}
        }
        let closes = !self.keep_alive || self.body == ResponseBody::UntilClose;
        match (self.upgrade, self.version) {
            (Some(protocol), _) => {
                put(b"connection", b"upgrade");
                put(b"upgrade", protocol);
            }
            // An interim answer says nothing about the connection, and a tunnel is none of HTTP.
            _ if self.status < 200 || self.body == ResponseBody::Tunnel => {}
            _ if closes => put(b"connection", b"close"),
            (None, Version::Http10) => put(b"connection", b"keep-alive"),
            (None, Version::Http11) => {}
        }
    }
}

/// Why a response head was not written.
///
/// # Examples
/// ```
/// use shorttail::http1::{Refused, ResponseBody, ResponseHead};
///
/// let head = ResponseHead::new(204).body(ResponseBody::Length(3));
/// assert_eq!(head.encoded_len(), Err(Refused::Body));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The status is not 100 to 999.
    Status,
    /// Field number so-and-so has a name that is not a token.
    Name(usize),
    /// Field number so-and-so has CR, LF, NUL or another control byte in its value.
    Value(usize),
    /// Field number so-and-so is one that framing and connection write themselves.
    OwnField(usize),
    /// A body with a status that has none, chunked to HTTP/1.0, or a tunnel without `2xx`.
    Body,
    /// A status below 200 to an HTTP/1.0 client, which knows none (RFC 9110 §15.2).
    Interim,
    /// `101` without a protocol, or a protocol without `101`.
    Upgrade,
    /// The buffer has less room than the head needs: this many bytes.
    NoRoom(usize),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status is not 100 to 999"),
            Self::Name(at) => write!(f, "name of field {at} is not a token"),
            Self::Value(at) => write!(f, "value of field {at} holds a control byte"),
            Self::OwnField(at) => write!(f, "field {at} belongs to the framing"),
            Self::Body => f.write_str("this response cannot have such a body"),
            Self::Interim => f.write_str("an HTTP/1.0 client knows no interim response"),
            Self::Upgrade => f.write_str("status and protocol switch disagree"),
            Self::NoRoom(len) => write!(f, "head needs {len} bytes of room"),
        }
    }
}

impl error::Error for Refused {}

/// Fields that only `body`, `keep_alive` and `upgrade` may write.
const OWN_FIELDS: [&str; 4] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
];

/// Where the parts of a head go: a counter first, the buffer then.
trait Sink {
    fn put(&mut self, part: &[u8]);
}

struct Count(usize);

impl Sink for Count {
    fn put(&mut self, part: &[u8]) {
        // What there is no room for anyhow, parts of the same bytes many times over, may not wrap.
        self.0 = self.0.saturating_add(part.len());
    }
}

struct Into<'b, B>(&'b mut B);

impl<B: BufMut> Sink for Into<'_, B> {
    fn put(&mut self, part: &[u8]) {
        self.0.put_slice(part);
    }
}

fn put_field(out: &mut impl Sink, name: &[u8], value: &[u8]) {
    out.put(name);
    out.put(b": ");
    out.put(value);
    out.put(b"\r\n");
}

fn is_value(value: &[u8]) -> bool {
    run(value, VALUE) == value.len()
}

/// `number` in decimal, right-aligned, and where it starts.
fn digits(mut number: u64) -> (usize, [u8; 20]) {
    let mut text = [b'0'; 20];
    let mut start = text.len();
    loop {
        start -= 1;
        text[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return (start, text);
        }
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        // The phrase may be empty, RFC 9112 §4.
        _ => "",
    }
}
