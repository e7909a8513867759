//! httparse and its fork in ntex, which judge the syntax of a head and nothing else.

use ntex_httparse::{Header, HeaderParsed, SlicePos, Status};

use crate::story::{End, Request, Story};

fn story(outcome: Result<Option<Request>, String>) -> Story {
    let (requests, end) = match outcome {
        Ok(Some(mut request)) => {
            request.sort_fields();
            (vec![request], End::Over)
        }
        Ok(None) => (vec![], End::Incomplete),
        Err(reason) => (vec![], End::Refused(reason)),
    };
    Story { requests, end }
}

/// Of the first head alone.
pub fn httparse_head(bytes: &[u8]) -> Story {
    let mut table = [httparse::EMPTY_HEADER; 128];
    let mut parsed = httparse::Request::new(&mut table);
    let outcome = match parsed.parse(bytes) {
        Err(error) => Err(error.to_string()),
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(len)) => {
            let fields = parsed.headers.iter();
            let fields = fields.map(|field| (field.name.to_ascii_lowercase(), field.value.into()));
            Ok(Some(Request {
                method: parsed.method.unwrap_or_default().into(),
                target: parsed.path.unwrap_or_default().into(),
                fields: fields.collect(),
                end: Some(len),
                ..Request::default()
            }))
        }
    };
    story(outcome)
}

/// Of the first head alone.
pub fn ntex_head(bytes: &[u8]) -> Story {
    story(ntex_request(bytes).map_err(|error| error.to_string()))
}

fn ntex_request(bytes: &[u8]) -> Result<Option<Request>, ntex_httparse::Error> {
    let text =
        |bytes: &[u8], at: SlicePos| String::from_utf8_lossy(&bytes[at.start..at.end]).into_owned();
    let mut parsed = ntex_httparse::Request::default();
    let Status::Complete(mut at) = parsed.parse(bytes)? else {
        return Ok(None);
    };
    let mut request = Request {
        method: text(bytes, parsed.method),
        target: text(bytes, parsed.path),
        ..Request::default()
    };
    loop {
        let mut field = Header::default();
        let rest = &bytes[at..];
        match field.parse(rest)? {
            Status::Partial => return Ok(None),
            Status::Complete(HeaderParsed::Eof(len)) => {
                request.end = Some(at + len);
                return Ok(Some(request));
            }
            Status::Complete(HeaderParsed::Header(len)) => {
                let name = text(rest, field.name).to_ascii_lowercase();
                let value = rest[field.value.start..field.value.end].to_vec();
                request.fields.push((name, value));
                at += len;
            }
        }
    }
}
