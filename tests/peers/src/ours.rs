//! shorttail's story.

use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Head, HeadErrorKind, Limits};

use crate::story::{End, Request, Story};

fn request(head: &Head<'_>) -> Request {
    let fields = head.headers();
    let fields = fields.map(|field| (field.name.to_ascii_lowercase(), field.value.to_vec()));
    let mut request = Request {
        method: head.method().to_string(),
        target: head.target().to_owned(),
        fields: fields.collect(),
        end: Some(head.head_len()),
        ..Request::default()
    };
    request.sort_fields();
    request
}

/// Of the first head alone.
pub fn our_head(bytes: &[u8]) -> Story {
    let limits = Limits::default();
    let arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let (requests, end) = match Connection::new(limits).parse_head(bytes, &arena) {
        Ok(Some(head)) => (vec![request(&head)], End::Over),
        Ok(None) => (vec![], End::Incomplete),
        Err(error) => (vec![], End::Refused(format!("{:?}", error.kind()))),
    };
    Story { requests, end }
}

/// Of all that comes on one connection.
pub fn our_story(bytes: &[u8]) -> Story {
    let limits = Limits::default();
    let mut arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let mut connection = Connection::new(limits);
    let mut requests = Vec::new();
    let mut at = 0;
    let end = loop {
        if at == bytes.len() {
            break End::Over;
        }
        match next(&mut connection, &arena, bytes, &mut at) {
            Ok(request) => requests.push(request),
            Err(end) => break end,
        }
        arena.reset();
    };
    Story { requests, end }
}

fn next(
    connection: &mut Connection,
    arena: &Arena,
    bytes: &[u8],
    at: &mut usize,
) -> Result<Request, End> {
    let mut seen = match connection.parse_head(&bytes[*at..], arena) {
        Ok(Some(head)) => {
            *at += head.head_len();
            request(&head)
        }
        Ok(None) => return Err(End::Incomplete),
        Err(error) if error.kind() == HeadErrorKind::AfterClose => return Err(End::Over),
        Err(error) => return Err(End::Refused(format!("{:?}", error.kind()))),
    };
    loop {
        let step = connection
            .read_body(&bytes[*at..])
            .map_err(|error| End::Refused(format!("{:?}", error.kind())))?;
        *at += step.consumed;
        match step.event {
            BodyEvent::Data(data) => seen.body.extend_from_slice(data),
            BodyEvent::Trailer(field) => {
                let name = field.name.to_ascii_lowercase();
                seen.trailers.push((name, field.value.to_vec()));
            }
            BodyEvent::More => return Err(End::Incomplete),
            BodyEvent::End => {
                seen.sort_fields();
                seen.end = Some(*at);
                return Ok(seen);
            }
        }
    }
}
