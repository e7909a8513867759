//! One form read at two sets of cuts and by a plain decoder that has all of it at once: for a test
//! and a fuzz target.

use shorttail::http1::{Multipart, MultipartError, MultipartEvent, MultipartLimits};

/// What came of a form: its parts, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) parts: Vec<Part>,
    pub(crate) end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The form is over, at this length.
    Done(usize),
    Unfinished,
    Refused(MultipartError),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: Vec<u8>,
    pub(crate) filename: Option<Vec<u8>>,
    pub(crate) data: Vec<u8>,
    pub(crate) ended: bool,
}

/// Feeds `bytes`, whose visible front grows as `cuts` says, through a decoder.
///
/// What is held back is bounded, and what is examined too, or this panics.
pub(crate) fn read(
    boundary: &[u8],
    limits: MultipartLimits,
    bytes: &[u8],
    cuts: &mut dyn Iterator<Item = usize>,
) -> Story {
    let mut form = Multipart::new(boundary, limits).expect("a boundary");
    let mut parts: Vec<Part> = Vec::new();
    let (mut at, mut seen, mut calls) = (0, 0, 0);
    let end = loop {
        calls += 1;
        let step = match form.read(&bytes[at..seen]) {
            Ok(step) => step,
            Err(error) => {
                let again = form.read(&bytes[at..seen]).expect_err("it failed");
                assert_ne!(again.status(), 0);
                break End::Refused(error);
            }
        };
        at += step.consumed;
        match step.event {
            MultipartEvent::Part(part) => parts.push(Part {
                name: part.name().raw().to_vec(),
                filename: part.filename().map(|name| name.raw().to_vec()),
                data: Vec::new(),
                ended: false,
            }),
            MultipartEvent::Data(data) => {
                assert!(!data.is_empty() && bytes[..at].ends_with(data));
                parts.last_mut().expect("a part").data.extend(data);
            }
            MultipartEvent::PartEnd => parts.last_mut().expect("a part").ended = true,
            MultipartEvent::End => {
                let again = form.read(&bytes[at..]).expect("nothing more");
                assert_eq!((again.consumed, again.event), (0, MultipartEvent::End));
                assert_eq!(form.end_of_input(), Ok(()));
                break End::Done(at);
            }
            MultipartEvent::More => {
                if parts.last().is_some_and(|part| !part.ended) {
                    assert!(seen - at < boundary.len() + 4, "{} held back", seen - at);
                } else {
                    assert!(seen - at <= limits.head_bytes().max(boundary.len() + 4));
                }
                if seen == bytes.len() {
                    assert!(form.end_of_input().is_err());
                    break End::Unfinished;
                }
                seen = cuts
                    .next()
                    .unwrap_or(bytes.len())
                    .clamp(seen + 1, bytes.len());
            }
        }
    };
    let bound = 2 * seen + calls * (boundary.len() + 4);
    assert!(form.bytes_examined() <= bound as u64, "work grows");
    Story { parts, end }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// What stands in quotes or bare behind `key=`, up to an unescaped quote or to a `;`.
fn param(value: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    let mut found = None;
    while at < value.len() {
        // At a `;`, or at the end of the type.
        let Some(semicolon) = value[at..].iter().position(|&b| b == b';') else {
            break;
        };
        at += semicolon + 1;
        let rest = &value[at..];
        let rest = rest.trim_ascii_start();
        at = value.len() - rest.len();
        let Some(equals) = rest.iter().position(|&b| b == b'=' || b == b';') else {
            break;
        };
        if rest[equals] == b';' {
            continue;
        }
        let name = &rest[..equals];
        let start = at + equals + 1;
        let raw = if value.get(start) == Some(&b'"') {
            let mut end = start + 1;
            while value.get(end).is_some_and(|&b| b != b'"') {
                let pair = value[end] == b'\\' && matches!(value.get(end + 1), Some(b'"' | b'\\'));
                end += 1 + usize::from(pair);
            }
            at = end + 1;
            value.get(start + 1..end)?
        } else {
            let end = value[start..]
                .iter()
                .position(|&b| b == b';' || b == b' ' || b == b'\t');
            at = start + end.unwrap_or(value.len() - start);
            &value[start..at]
        };
        if name.eq_ignore_ascii_case(key) && found.is_none() {
            found = Some(raw.to_vec());
        }
    }
    found
}

/// The parts of a form that is known to be good, found by splitting all of it at its boundary.
fn plain(boundary: &[u8], bytes: &[u8]) -> Vec<Part> {
    let delimiter = [b"\r\n--", boundary].concat();
    // As if a line had ended before the first byte of the form, and of each part's data.
    let whole = [b"\r\n", bytes].concat();
    let mut rest = &whole[find(&whole, &delimiter).expect("a boundary") + delimiter.len()..];
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let line = find(rest, b"\r\n").expect("the end of the line");
        assert!(rest[..line].iter().all(|b| b" \t".contains(b)));
        let part = &rest[line + 2..];
        let head_len = find(part, b"\r\n\r\n").expect("the end of a head") + 4;
        let mut name = None;
        let mut filename = None;
        for field in part[..head_len - 4].split(|&b| b == b'\n') {
            let colon = field.iter().position(|&b| b == b':').expect("a field");
            if field[..colon].eq_ignore_ascii_case(b"content-disposition") {
                let value = field.strip_suffix(b"\r").unwrap_or(field);
                name = param(&value[colon + 1..], b"name");
                filename = param(&value[colon + 1..], b"filename");
            }
        }
        // The empty line's CRLF may be the delimiter's: a part without a body.
        let body = &part[head_len - 2..];
        let end = find(body, &delimiter).expect("a boundary");
        parts.push(Part {
            name: name.expect("a name"),
            filename,
            data: body.get(2..end).unwrap_or_default().to_vec(),
            ended: true,
        });
        rest = &body[end + delimiter.len()..];
    }
    parts
}

/// Whether bytes that were not taken for a form may have been one.
fn refused_with_reason(boundary: &[u8], bytes: &[u8], error: MultipartError) {
    use shorttail::http1::MultipartErrorKind as Kind;
    let at = error.offset() as usize;
    assert!(at <= bytes.len());
    let line = bytes[..at]
        .rsplit(|&b| b == b'\n')
        .next()
        .unwrap_or_default();
    match error.kind() {
        Kind::Delimiter => {
            let front = [b"--", boundary].concat();
            assert!(line.starts_with(&front) || bytes[at..].starts_with(&front));
        }
        Kind::LineEnd => assert!(bytes[at] == b'\n' || bytes[at - 1] == b'\r'),
        Kind::Fold => assert!(b" \t".contains(&bytes[at])),
        Kind::FieldValue => assert!(bytes[at].is_ascii_control()),
        Kind::AfterError | Kind::Unfinished => panic!("{error} for the first time"),
        _ => {}
    }
}

/// Reads `bytes` whole, in steps and byte by byte; all agree, and so does the plain decoder.
pub(crate) fn run(boundary: &[u8], limits: MultipartLimits, step: usize, bytes: &[u8]) {
    let story = read(boundary, limits, bytes, &mut [bytes.len()].into_iter());
    let steps = &mut (1..bytes.len()).step_by(step.max(1));
    assert_eq!(
        read(boundary, limits, bytes, steps),
        story,
        "steps of {step}"
    );
    let bytewise = read(boundary, limits, bytes, &mut (1..bytes.len()));
    assert_eq!(bytewise, story, "byte by byte");
    let delimiter = [b"\r\n--", boundary].concat();
    for part in &story.parts {
        assert_eq!(find(&part.data, &delimiter), None, "data with a boundary");
    }
    match story.end {
        End::Done(len) => assert_eq!(story.parts, plain(boundary, &bytes[..len])),
        End::Refused(error) => refused_with_reason(boundary, bytes, error),
        End::Unfinished => {}
    }
}
