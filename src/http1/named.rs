//! Fields by any name.

use std::iter::FusedIterator;

use super::head::Head;
use super::known::Known;
use super::table::Fields;

impl<'a> Head<'a> {
    /// The first value of any field, ASCII case ignored. Never waits, never allocates.
    ///
    /// One load for a known name, else O(fields): a name of another length costs one load.
    /// For an example see [`header_all`](Self::header_all).
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        match Known::classify(name.as_bytes()) {
            Some(known) => self.get(known),
            None => self.header_all(name).next(),
        }
    }

    /// Every value of any field, ASCII case ignored, in order. Never waits, never allocates.
    ///
    /// O(fields). [`get_all`](Self::get_all) finds those of a known name by a load each.
    ///
    /// ```
    /// # let arena = shorttail::arena::Arena::new(16 * 1024)?;
    /// use shorttail::http1::{Connection, Limits};
    ///
    /// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nX-Tag: b\r\nVary: c\r\nx-tag: d\r\n\r\n";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// assert_eq!(head.header("x-tag"), Some(&b"b"[..]));
    /// assert!(head.header_all("X-TAG").eq([b"b", b"d"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn header_all<'n>(&self, name: &'n str) -> Named<'a, 'n> {
        Named {
            fields: self.fields,
            name,
            at: 0,
        }
    }
}

/// The values of the fields of one name, from [`Head::header_all`]. O(fields) over all.
///
/// # Examples
/// ```
/// # let arena = shorttail::arena::Arena::new(16 * 1024)?;
/// use shorttail::http1::{Connection, Limits};
///
/// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nX-Tag: b\r\n\r\n";
/// let mut connection = Connection::new(Limits::default());
/// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
/// assert_eq!(head.header_all("x-tag").count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Named<'a, 'n> {
    fields: Fields<'a>,
    name: &'n str,
    at: usize,
}

impl<'a> Iterator for Named<'a, '_> {
    type Item = &'a [u8];

    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn next(&mut self) -> Option<&'a [u8]> {
        let name = self.name.as_bytes();
        while self.at < self.fields.len() {
            let at = self.at;
            self.at += 1;
            let same = self.fields.name_len(at) == name.len()
                && self.fields.name(at).eq_ignore_ascii_case(name);
            if same {
                return Some(self.fields.value(at));
            }
        }
        None
    }
}

impl FusedIterator for Named<'_, '_> {}
