//! The four forms of a request target, RFC 9112 §3.2.

use super::authority;
use super::grammar::{ODD, is};
use super::line::text;
use super::method::Method;

/// A request target, split but not decoded.
///
/// # Examples
/// ```
/// use shorttail::http1::{Method, Target};
///
/// let target = Target::parse(Method::Get, "/search?q=ring");
/// assert_eq!(target, Some(Target::Origin { path: "/search", query: Some("q=ring") }));
/// assert_eq!(Target::parse(Method::Get, "*"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target<'a> {
    /// `/path?query`.
    Origin {
        /// The path, beginning with `/`.
        path: &'a str,
        /// What follows the first `?`.
        query: Option<&'a str>,
    },
    /// `scheme://authority/path?query`; the authority replaces `Host`.
    Absolute {
        /// The scheme.
        scheme: &'a str,
        /// `host[:port]`.
        authority: &'a str,
        /// The path; empty, or beginning with `/`.
        path: &'a str,
        /// What follows the first `?`.
        query: Option<&'a str>,
    },
    /// `host:port`, of CONNECT only.
    Authority(&'a str),
    /// `*`, of OPTIONS only.
    Asterisk,
}

impl<'a> Target<'a> {
    /// Splits `target` as `method` asks for; `None` when it has none of the forms.
    ///
    /// O(length). The bytes are taken to be visible ASCII without `#`, which a
    /// [`Head`](super::Head) ensures. For an example see [`Target`].
    #[must_use]
    pub fn parse(method: Method<'_>, target: &'a str) -> Option<Self> {
        if method == Method::Connect {
            return authority::is_host_port(target.as_bytes()).then_some(Self::Authority(target));
        }
        if target == "*" {
            return (method == Method::Options).then_some(Self::Asterisk);
        }
        if target.starts_with('/') {
            let (path, query) = split_query(target);
            return Some(Self::Origin { path, query });
        }
        split_absolute(target)
    }
}

/// The form of a judged target, which is split when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Origin,
    Absolute,
    Authority,
    Asterisk,
}

impl Form {
    #[inline]
    pub(super) fn of(method: &[u8], target: &[u8]) -> Option<Self> {
        if target.starts_with(b"/") && method != b"CONNECT" {
            return Some(Self::Origin);
        }
        Some(
            match Target::parse(Method::from(text(method)), text(target))? {
                Target::Origin { .. } => Self::Origin,
                Target::Absolute { .. } => Self::Absolute,
                Target::Authority(_) => Self::Authority,
                Target::Asterisk => Self::Asterisk,
            },
        )
    }

    pub(super) fn target(self, whole: &str) -> Target<'_> {
        let absolute = match self {
            Self::Authority => return Target::Authority(whole),
            Self::Asterisk => return Target::Asterisk,
            Self::Absolute => split_absolute(whole),
            Self::Origin => None,
        };
        absolute.unwrap_or_else(|| {
            let (path, query) = split_query(whole);
            Target::Origin { path, query }
        })
    }
}

/// The first byte of `target` that a URI has to escape.
pub(super) fn odd_at(target: &str) -> Option<usize> {
    target
        .bytes()
        .position(|byte| is(byte, ODD) || byte >= 0x80)
}

fn split_absolute(target: &str) -> Option<Target<'_>> {
    // No scheme holds a colon.
    let (scheme, rest) = target.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if !is_scheme(scheme) || !authority::is_authority(authority.as_bytes()) {
        return None;
    }
    let (path, query) = split_query(rest);
    Some(Target::Absolute {
        scheme,
        authority,
        path,
        query,
    })
}

fn split_query(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}
