//! The cookies of a request, RFC 6265 §4.2 and §5.4.

use std::iter::FusedIterator;
use std::{error, fmt};

use super::grammar::{COOKIE, TCHAR, VALUE, offset_of, run, trim};
use super::head::{Head, Values};
use super::known::Known;

/// One cookie, as it came: two slices of its line. Getters give these.
///
/// # Examples
/// ```
/// use shorttail::http1::Cookies;
///
/// let cookie = Cookies::from_line(b"theme=\"dark\"").next().ok_or("none")??;
/// assert_eq!((cookie.name(), cookie.value()), ("theme", &b"\"dark\""[..]));
/// assert!(cookie.is_quoted() && cookie.is_plain());
/// assert_eq!(cookie.unquoted(), b"dark");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cookie<'a> {
    name: &'a str,
    value: &'a [u8],
}

impl<'a> Cookie<'a> {
    /// The name: a token. For an example see [`Cookie`].
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The value as it came, with its quotes if it has any.
    ///
    /// Nothing in it is an escape: whoever set the cookie knows how it encoded the value.
    /// For an example see [`Cookie`].
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Whether the value stands in quotes, which are then part of it (RFC 6265 §5.4);
    /// for an example see [`Cookie`].
    #[must_use]
    pub const fn is_quoted(&self) -> bool {
        matches!(self.value, [b'"', .., b'"'])
    }

    /// The value without the quotes it stands in; for an example see [`Cookie`].
    #[must_use]
    pub const fn unquoted(&self) -> &'a [u8] {
        match self.value {
            [b'"', inner @ .., b'"'] => inner,
            bare => bare,
        }
    }

    /// Whether the value is what RFC 6265 §4.1.1 lets a server set: no space, quote, comma,
    /// backslash or non-ASCII byte in it. Browsers send back all that scripts set. Looks at each
    /// byte of the value. For an example see [`Cookie`].
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let value = self.unquoted();
        run(value, COOKIE) == value.len()
    }

    /// Takes `member` apart; an error comes with its position in it.
    fn parse(member: &'a [u8]) -> Result<Self, (CookieErrorKind, usize)> {
        let Some(equals) = member.iter().position(|&b| b == b'=') else {
            return Err((CookieErrorKind::NoEquals, 0));
        };
        let (name, value) = (trim(&member[..equals]), trim(&member[equals + 1..]));
        if name.is_empty() {
            return Err((CookieErrorKind::EmptyName, 0));
        }
        let token = run(name, TCHAR);
        let Ok(name_text) = std::str::from_utf8(&name[..token]) else {
            return Err((CookieErrorKind::Name, 0)); // never: a token is ASCII
        };
        if token < name.len() {
            return Err((CookieErrorKind::Name, token));
        }
        let text = run(value, VALUE);
        if text < value.len() {
            return Err((CookieErrorKind::Value, offset_of(member, value) + text));
        }
        Ok(Self {
            name: name_text,
            value,
        })
    }
}

/// The cookies of all `Cookie` lines, in order, from [`Head::cookies`].
///
/// Members are split at each `;`, in quotes too, as browsers join them: a parser that lets
/// quotes span a `;` hands one cookie to whoever sets another. Around a member and around its
/// first `=`, SP and HTAB are dropped; empty members are skipped. A member that is no cookie is
/// an error in its place, and what follows it comes after it. O(bytes) over all; never waits,
/// never allocates.
///
/// # Examples
/// ```
/// use shorttail::http1::{CookieErrorKind, Cookies};
///
/// let mut cookies = Cookies::from_line(b"id=7; flag; theme=dark");
/// assert_eq!(cookies.next().ok_or("none")??.value(), b"7");
/// let bad = cookies.next().ok_or("none")?.unwrap_err();
/// assert_eq!((bad.kind(), bad.offset()), (CookieErrorKind::NoEquals, 6));
/// assert_eq!(cookies.next().ok_or("none")??.name(), "theme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cookies<'a> {
    /// Lines that follow the present one.
    lines: Option<Values<'a>>,
    line: &'a [u8],
    /// What is left of the present line.
    rest: &'a [u8],
    /// Lines begun.
    begun: usize,
}

impl<'a> Cookies<'a> {
    /// The cookies of the value of one `Cookie` field, each found when it is asked for.
    /// For an example see [`Cookies`].
    #[must_use]
    pub const fn from_line(line: &'a [u8]) -> Self {
        Self {
            lines: None,
            line,
            rest: line,
            begun: 1,
        }
    }
}

impl<'a> Iterator for Cookies<'a> {
    type Item = Result<Cookie<'a>, CookieError>;

    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                self.line = self.lines.as_mut()?.next()?;
                self.rest = self.line;
                self.begun += 1;
                continue;
            }
            let semicolon = self.rest.iter().position(|&b| b == b';');
            let end = semicolon.unwrap_or(self.rest.len());
            let member = trim(&self.rest[..end]);
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                let error = |(kind, at)| CookieError {
                    kind,
                    line: self.begun - 1,
                    offset: offset_of(self.line, member) + at,
                };
                return Some(Cookie::parse(member).map_err(error));
            }
        }
    }
}

impl FusedIterator for Cookies<'_> {}

impl<'a> Head<'a> {
    /// The cookies of all `Cookie` lines, in order, each found when it is asked for.
    ///
    /// ```
    /// # let arenas = shorttail::arena::ArenaPool::new(1, 16 * 1024)?;
    /// # let arena = arenas.try_acquire()?;
    /// use shorttail::http1::{Connection, Limits};
    ///
    /// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2\r\nCookie: a=3\r\n\r\n";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// let good = head.cookies().filter_map(Result::ok);
    /// let values: Vec<_> = good.filter(|cookie| cookie.name() == "a").collect();
    /// assert_eq!((values[0].value(), values[1].value()), (&b"1"[..], &b"3"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cookies(&self) -> Cookies<'a> {
        Cookies {
            lines: Some(self.get_all(Known::Cookie)),
            line: &[],
            rest: &[],
            begun: 0,
        }
    }
}

/// A member of a `Cookie` field that is no cookie: what is wrong, and where. Three words, which its
/// getters give.
///
/// # Examples
/// ```
/// use shorttail::http1::Cookies;
///
/// let error = Cookies::from_line(b"a=b; =c").last().ok_or("none")?.unwrap_err();
/// assert_eq!((error.line(), error.offset()), (0, 5));
/// assert_eq!(error.to_string(), "cookie has no name at byte 5 of cookie line 0");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieError {
    kind: CookieErrorKind,
    line: usize,
    offset: usize,
}

impl CookieError {
    /// What is wrong; for an example see [`CookieErrorKind`].
    #[must_use]
    pub const fn kind(&self) -> CookieErrorKind {
        self.kind
    }

    /// The number of the `Cookie` line, from 0; for an example see [`CookieError`].
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The byte in the value of that line: where the member begins, or the offending one in it.
    /// For an example see [`CookieError`].
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            CookieErrorKind::NoEquals => "cookie without `=`",
            CookieErrorKind::EmptyName => "cookie has no name",
            CookieErrorKind::Name => "name of a cookie is not a token",
            CookieErrorKind::Value => "value of a cookie holds a control byte",
        };
        let (offset, line) = (self.offset, self.line);
        write!(f, "{what} at byte {offset} of cookie line {line}")
    }
}

impl error::Error for CookieError {}

/// What is wrong with a member of a `Cookie` field.
///
/// # Examples
/// ```
/// use shorttail::http1::{CookieErrorKind, Cookies};
///
/// let error = Cookies::from_line(b"a b=c").next().ok_or("none")?.unwrap_err();
/// assert_eq!(error.kind(), CookieErrorKind::Name);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CookieErrorKind {
    /// No `=`: a cookie that a script has set without a name, or a part of a quoted value.
    NoEquals,
    /// Nothing before the `=`.
    EmptyName,
    /// The name holds a byte that is not a `tchar`.
    Name,
    /// The value holds a control byte; never so in a judged head.
    Value,
}
