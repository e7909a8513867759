//! A chunked body as httparse's parts make it out: the size lines, and the trailers as fields.

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Framing, Limits};

use crate::ours::our_story;
use crate::story::{End, Request, Story};

/// The body of the first request, if its head is good here and says chunked: as it is read here,
/// and by httparse.
pub fn chunks(bytes: &[u8]) -> Option<(Story, Story)> {
    let limits = Limits::default();
    let arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let head = Connection::new(limits).parse_head(bytes, &arena).ok()??;
    if head.framing() != Framing::Chunked {
        return None;
    }
    let mut ours = our_story(bytes);
    if !ours.requests.is_empty() {
        (ours.end, ours.requests) = (End::Over, ours.requests.drain(..1).collect());
    }
    for request in &mut ours.requests {
        *request = Request {
            body: std::mem::take(&mut request.body),
            trailers: std::mem::take(&mut request.trailers),
            end: request.end,
            ..Request::default()
        };
    }
    let (requests, end) = match httparse_body(bytes, head.head_len()) {
        Ok(request) => (vec![request], End::Over),
        Err(end) => (vec![], end),
    };
    Some((ours, Story { requests, end }))
}

fn httparse_body(bytes: &[u8], mut at: usize) -> Result<Request, End> {
    let refused = |words: &str| End::Refused(words.to_owned());
    let mut request = Request::default();
    loop {
        let size = httparse::parse_chunk_size(&bytes[at..]);
        let (len, size) = match size.map_err(|_| refused("invalid chunk size"))? {
            httparse::Status::Partial => return Err(End::Incomplete),
            httparse::Status::Complete(line) => line,
        };
        at += len;
        if size == 0 {
            break;
        }
        let rest = &bytes[at..];
        let data = usize::try_from(size).ok().and_then(|size| rest.get(..size));
        let data = data.ok_or(End::Incomplete)?;
        request.body.extend_from_slice(data);
        // What follows the data is the caller's to look at.
        match &rest[data.len()..] {
            [b'\r', b'\n', ..] => at += data.len() + 2,
            [] | [b'\r'] => return Err(End::Incomplete),
            _ => return Err(refused("no CRLF behind the data")),
        }
    }
    let mut table = [httparse::EMPTY_HEADER; 128];
    let trailers = httparse::parse_headers(&bytes[at..], &mut table);
    match trailers.map_err(|error| refused(&error.to_string()))? {
        httparse::Status::Partial => Err(End::Incomplete),
        httparse::Status::Complete((len, trailers)) => {
            let trailers = trailers.iter();
            let trailers = trailers.map(|field| (field.name.to_ascii_lowercase(), field.value));
            let trailers = trailers.map(|(name, value)| (name, value.to_vec()));
            request.trailers = trailers.collect();
            request.end = Some(at + len);
            request.sort_fields();
            Ok(request)
        }
    }
}
