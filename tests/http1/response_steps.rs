//! A response head written from any parts, read back by httparse: what was said and no line more.

use shorttail::http1::{Refused, ResponseBody, ResponseHead, Version};

/// Takes the parts of a response from `data`: two bytes of status, one of choices, then fields,
/// each with the lengths of name and value before it.
pub(crate) fn check(data: &[u8]) {
    let [high, low, choices, rest @ ..] = data else {
        return;
    };
    let (fields, protocol) = fields(rest);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let mut head = ResponseHead::new(u16::from_be_bytes([*high, *low]) % 1100).fields(&fields);
    if choices & 1 != 0 {
        head = head.version(Version::Http10);
    }
    if choices & 2 != 0 {
        head = head.keep_alive(false);
    }
    if choices & 4 != 0 {
        head = head.upgrade(protocol);
    }
    let body = match choices >> 3 & 7 {
        0 => ResponseBody::Empty,
        1 => ResponseBody::Chunked,
        2 => ResponseBody::UntilClose,
        3 => ResponseBody::Tunnel,
        more => ResponseBody::Length(u64::from(more)),
    };
    hold(
        head.body(body),
        u16::from_be_bytes([*high, *low]) % 1100,
        &fields,
        body,
    );
}

/// Names of up to 15 bytes and values of up to 15, and what is left.
fn fields(mut rest: &[u8]) -> (Vec<(String, &[u8])>, &[u8]) {
    let mut fields = Vec::new();
    while let [lengths, more @ ..] = rest {
        let (name, value) = (usize::from(lengths >> 4), usize::from(lengths & 15));
        if more.len() < name + value {
            break;
        }
        let (name, more) = more.split_at(name);
        let (value, more) = more.split_at(value);
        fields.push((String::from_utf8_lossy(name).into_owned(), value));
        rest = more;
    }
    (fields, rest)
}

fn hold(head: ResponseHead<'_>, status: u16, fields: &[(&str, &[u8])], body: ResponseBody) {
    let mut out = Vec::new();
    let len = match head.encode(&mut out) {
        Ok(len) => len,
        Err(refused) => {
            assert!(out.is_empty(), "{refused} and {} bytes", out.len());
            assert_eq!(head.encoded_len(), Err(refused));
            return;
        }
    };
    assert_eq!((out.len(), head.encoded_len()), (len, Ok(len)));
    let mut short = vec![0; len - 1];
    assert_eq!(
        head.encode(&mut short.as_mut_slice()),
        Err(Refused::NoRoom(len))
    );

    let mut table = [httparse::EMPTY_HEADER; 300];
    let mut read = httparse::Response::new(&mut table);
    assert_eq!(read.parse(&out), Ok(httparse::Status::Complete(len)));
    assert_eq!(read.code, Some(status));
    let (said, own) = read.headers.split_at(fields.len());
    for (read, (name, value)) in said.iter().zip(fields) {
        assert_eq!(read.name, *name);
        assert_eq!(read.value, value.trim_ascii());
    }
    let own: Vec<_> = own.iter().map(|field| field.name).collect();
    let framed = own
        .iter()
        .filter(|name| ["content-length", "transfer-encoding"].contains(name));
    let frames = match body {
        ResponseBody::Empty => usize::from(!matches!(status, 100..=199 | 204 | 304)),
        ResponseBody::Length(_) | ResponseBody::Chunked => 1,
        ResponseBody::UntilClose | ResponseBody::Tunnel => 0,
    };
    assert_eq!(framed.count(), frames, "{own:?}");
    assert!(own.len() <= frames + 2, "{own:?}");
}
