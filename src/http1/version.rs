//! Versions of HTTP/1.x.

/// The version of a request; a minor version above 1 is read as 1.1.
///
/// # Examples
/// ```
/// use shorttail::http1::Version;
///
/// assert!(Version::Http10 < Version::Http11);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
}
