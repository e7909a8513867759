//! The head of a part.

use std::iter::FusedIterator;

use super::error::MultipartErrorKind as Kind;
use crate::http1::grammar::{TCHAR, offset_of, run, split_field, trim};
use crate::http1::head::Header;
use crate::http1::params::{ParamValue, Params};

/// The head of one part: spans of the input, which were found when it was read. Getters give these.
///
/// # Examples
/// ```
/// use shorttail::http1::{Multipart, MultipartEvent, MultipartLimits};
///
/// let mut form = Multipart::new(b"b", MultipartLimits::default())?;
/// let input = b"--b\r\nContent-Disposition: form-data; name=photo; filename=\"a b.png\"\r\n\
///     Content-Type: image/png\r\n\r\n";
/// let MultipartEvent::Part(part) = form.read(input)?.event else { return Err("no part".into()) };
/// assert_eq!(part.name().raw(), b"photo");
/// assert_eq!(part.filename().map(|name| name.raw()), Some(&b"a b.png"[..]));
/// assert_eq!(part.content_type(), Some(&b"image/png"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartHead<'a> {
    /// Whole lines, each with its CRLF, without the empty one at the end.
    lines: &'a [u8],
    name: ParamValue<'a>,
    filename: Option<ParamValue<'a>>,
    content_type: Option<&'a [u8]>,
}

impl<'a> PartHead<'a> {
    /// The name of the form's field; for an example see [`PartHead`].
    #[must_use]
    pub const fn name(&self) -> ParamValue<'a> {
        self.name
    }

    /// The file's name on the client: not to be used as a path. A part that has one is a file.
    /// For an example see [`PartHead`].
    #[must_use]
    pub const fn filename(&self) -> Option<ParamValue<'a>> {
        self.filename
    }

    /// The value of `Content-Type`; a part without one is `text/plain` (RFC 7578 §4.4).
    /// For an example see [`PartHead`].
    #[must_use]
    pub const fn content_type(&self) -> Option<&'a [u8]> {
        self.content_type
    }

    /// All fields of the part, in order.
    ///
    /// A `Content-Transfer-Encoding` is among them and is not undone: RFC 7578 §4.7 has no use for
    /// it. For an example see [`PartHeaders`].
    #[must_use]
    pub const fn headers(&self) -> PartHeaders<'a> {
        PartHeaders { rest: self.lines }
    }

    /// Reads a head that was scanned to its empty line. `delimiter` is what no line may begin
    /// with; an error comes with its place in `head`.
    pub(super) fn parse(head: &'a [u8], delimiter: &[u8]) -> Result<Self, (Kind, usize)> {
        let lines = &head[..head.len() - 2];
        let (mut disposition, mut content_type) = (None, None);
        let mut rest = PartHeaders { rest: lines };
        let mut line_at = 0;
        while let Some(header) = rest.next() {
            if head[line_at..].starts_with(delimiter) {
                return Err((Kind::Delimiter, line_at));
            }
            let slot = if header.name.eq_ignore_ascii_case("content-disposition") {
                Some(&mut disposition)
            } else if header.name.eq_ignore_ascii_case("content-type") {
                Some(&mut content_type)
            } else {
                None
            };
            if slot.is_some_and(|slot| slot.replace(header.value).is_some()) {
                return Err((Kind::FieldRepeated, line_at));
            }
            line_at = lines.len() - rest.rest.len();
        }
        let disposition = disposition.ok_or((Kind::DispositionMissing, 0))?;
        let at = offset_of(head, disposition);
        let (name, filename) =
            names(disposition).map_err(|(kind, in_value)| (kind, at + in_value))?;
        Ok(Self {
            lines,
            name,
            filename,
            content_type,
        })
    }
}

/// The name and the file name in the value of a `Content-Disposition`.
fn names<'a>(value: &'a [u8]) -> Result<(ParamValue<'a>, Option<ParamValue<'a>>), (Kind, usize)> {
    let end = run(value, TCHAR);
    if !value[..end].eq_ignore_ascii_case(b"form-data") {
        return Err((Kind::Disposition, 0));
    }
    let (mut name, mut filename) = (None, None);
    for param in Params::new(value, end) {
        let param = param.map_err(|at| (Kind::Disposition, at))?;
        let slot = if param.name.eq_ignore_ascii_case(b"name") {
            &mut name
        } else if param.name.eq_ignore_ascii_case(b"filename") {
            &mut filename
        } else if param.name.eq_ignore_ascii_case(b"name*")
            || param.name.eq_ignore_ascii_case(b"filename*")
        {
            return Err((Kind::ParameterExtended, param.name_at));
        } else {
            continue;
        };
        if slot.replace(param.value).is_some() {
            return Err((Kind::ParameterRepeated, param.name_at));
        }
    }
    Ok((name.ok_or((Kind::NameMissing, 0))?, filename))
}

/// The fields of a part's head, from [`PartHead::headers`]. `next` looks at each byte of its line.
///
/// # Examples
/// ```
/// use shorttail::http1::{Multipart, MultipartEvent, MultipartLimits};
///
/// let mut form = Multipart::new(b"b", MultipartLimits::default())?;
/// let input = b"--b\r\nContent-Disposition: form-data; name=a\r\nX-Size: 7\r\n\r\n";
/// let MultipartEvent::Part(part) = form.read(input)?.event else { return Err("no part".into()) };
/// assert_eq!(part.headers().last().map(|field| field.value), Some(&b"7"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PartHeaders<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for PartHeaders<'a> {
    type Item = Header<'a>;

    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    fn next(&mut self) -> Option<Header<'a>> {
        // The lines were scanned: each is a token, a colon, and a value up to the first CR.
        let (name, rest) = split_field(self.rest).ok()?;
        let end = rest.iter().position(|&b| b == b'\r')?;
        self.rest = rest.get(end + 2..).unwrap_or_default();
        Some(Header {
            name: std::str::from_utf8(name).ok()?,
            value: trim(&rest[..end]),
        })
    }
}

impl FusedIterator for PartHeaders<'_> {}
