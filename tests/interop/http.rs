//! Heads as `http::Request`, and responses as bytes.

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Head, Limits, Refused, ResponseBody, ResponseHead, Version};
use shorttail::interop::http::{ConvertErrorKind, ResponseError, encode_response};

use crate::table;

fn with_head<T>(bytes: &[u8], look: impl FnOnce(Head<'_>) -> T) -> Option<T> {
    let arena = Arena::new(Limits::default().arena_bytes()).expect("an arena");
    let mut connection = Connection::new(Limits::default());
    let head = connection.parse_head(bytes, &arena).ok()??;
    Some(look(head))
}

/// The request tells what the head tells, but for what the method's page says.
fn assert_equal(head: &Head<'_>, request: &http::Request<()>) {
    assert_eq!(request.method().as_str(), head.method().as_str());
    assert_eq!(
        format!("{:?}", request.version()),
        match head.version() {
            shorttail::http1::Version::Http10 => "HTTP/1.0",
            shorttail::http1::Version::Http11 => "HTTP/1.1",
        }
    );
    let uri = request.uri();
    assert_eq!(uri.query(), head.query());
    match head.target_form() {
        shorttail::http1::Target::Absolute {
            scheme,
            authority,
            path,
            ..
        } => {
            assert_eq!(uri.scheme_str(), Some(scheme));
            assert_eq!(uri.authority().map(|a| a.as_str()), Some(authority));
            assert_eq!(uri.path(), if path.is_empty() { "/" } else { path });
        }
        _ => assert_eq!(uri.to_string(), head.target()),
    }
    assert_eq!(request.headers().len(), head.headers().len());
    for field in head.headers() {
        let same = head
            .headers()
            .filter(|other| other.name.eq_ignore_ascii_case(field.name));
        let there = request.headers().get_all(field.name);
        assert!(
            there.iter().map(|v| v.as_bytes()).eq(same.map(|f| f.value)),
            "{}",
            field.name
        );
    }
}

#[test]
fn every_accepted_row_is_a_request_of_equal_content_or_refused_for_its_target() {
    let (mut equal, mut refused) = (0, Vec::new());
    for table in table::ALL {
        for (id, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            with_head(&bytes, |head| match http::Request::try_from(&head) {
                Ok(request) => {
                    assert_equal(&head, &request);
                    equal += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ConvertErrorKind::Target, "{id} {error}");
                    assert!(!head.is_plain_target(), "{id} {}", head.target());
                    let at = bytes[error.offset()];
                    assert!(b"\"<>\\^`{|}".contains(&at), "{id} {error}");
                    refused.push(*id);
                }
            });
        }
    }
    assert!(equal > 50, "{equal} rows");
    refused.dedup();
    assert_eq!(refused, ["R12"]);
}

#[test]
fn what_is_too_long_for_it_is_refused_with_its_place() {
    const MIB: usize = 1024 * 1024;
    let limits = Limits::builder().target(MIB / 4).line(MIB / 2).head(MIB);
    let limits = limits.build().expect("limits");
    let long = "a".repeat(70_000);
    let target = format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n");
    let name = format!("GET / HTTP/1.1\r\nHost: a\r\n{long}: b\r\n\r\n");
    let cases = [
        (target, ConvertErrorKind::Target, 4),
        (name, ConvertErrorKind::FieldName, 25),
    ];
    for (bytes, kind, offset) in cases {
        let arena = Arena::new(limits.arena_bytes()).expect("an arena");
        let mut connection = Connection::new(limits);
        let head = connection.parse_head(bytes.as_bytes(), &arena);
        let head = head.expect("good").expect("complete");
        let error = head.to_http().expect_err("too long");
        assert_eq!((error.kind(), error.offset()), (kind, offset));
    }
}

/// What `encode_response` writes of a response.
fn encoded(
    response: http::response::Builder,
    body: ResponseBody,
    keep_alive: bool,
) -> Result<String, ResponseError> {
    let (parts, ()) = response.body(()).expect("a response").into_parts();
    let mut out = b"before ".to_vec();
    let written = encode_response(&parts, body, keep_alive, &mut out);
    let text = String::from_utf8(out).expect("text");
    let text = text.strip_prefix("before ").expect("it appends");
    assert_eq!(written.unwrap_or_default(), text.len()); // nothing of a refused one
    written.map(|_| text.to_owned())
}

#[test]
fn a_response_is_written_with_the_callers_framing() {
    let ok = || http::Response::builder().header("x-a", "1");
    let cases = [
        (
            ok(),
            ResponseBody::Length(7),
            true,
            "x-a: 1\r\ncontent-length: 7\r\n",
        ),
        (
            ok().header("Content-Length", "7"),
            ResponseBody::Length(7),
            true,
            "x-a: 1\r\ncontent-length: 7\r\n",
        ),
        (
            ok().header("transfer-encoding", "Chunked"),
            ResponseBody::Chunked,
            true,
            "x-a: 1\r\ntransfer-encoding: chunked\r\n",
        ),
        (
            ok().header("x-a", "2").header("connection", "Keep-Alive"),
            ResponseBody::Empty,
            true,
            "x-a: 1\r\nx-a: 2\r\ncontent-length: 0\r\n",
        ),
        (
            ok().header("connection", "close")
                .header("content-length", 0),
            ResponseBody::Empty,
            true,
            "x-a: 1\r\ncontent-length: 0\r\nconnection: close\r\n",
        ),
        (
            ok().version(http::Version::HTTP_10),
            ResponseBody::Empty,
            true,
            "x-a: 1\r\ncontent-length: 0\r\nconnection: keep-alive\r\n",
        ),
        (
            ok(),
            ResponseBody::Empty,
            false,
            "x-a: 1\r\ncontent-length: 0\r\nconnection: close\r\n",
        ),
    ];
    for (response, body, keep_alive, fields) in cases {
        let text = encoded(response, body, keep_alive);
        assert_eq!(text, Ok(format!("HTTP/1.1 200 OK\r\n{fields}\r\n")));
    }
    let switch = http::Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    assert_eq!(
        encoded(switch, ResponseBody::Empty, true).as_deref(),
        Ok("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
    );
}

#[test]
fn a_304_may_tell_the_length_of_what_it_leaves_out() {
    let unchanged = || http::Response::builder().status(304);
    assert_eq!(
        encoded(
            unchanged().header("content-length", 1_234),
            ResponseBody::Empty,
            true
        )
        .as_deref(),
        Ok("HTTP/1.1 304 Not Modified\r\n\r\n")
    );
    let none = encoded(
        unchanged().header("content-length", "many"),
        ResponseBody::Empty,
        true,
    );
    assert_eq!(none, Err(ResponseError::Framing("content-length")));
}

#[test]
fn a_response_that_contradicts_its_framing_is_refused_whole() {
    const LENGTH: &str = "content-length";
    const CODING: &str = "transfer-encoding";
    let seven = ResponseBody::Length(7);
    for (name, value, body) in [
        (LENGTH, "8", seven),
        (LENGTH, "+7", seven),
        (LENGTH, "7, 7", seven),
        (LENGTH, "7", ResponseBody::Chunked),
        (LENGTH, "7", ResponseBody::Empty),
        (CODING, "chunked", seven),
        (CODING, "gzip, chunked", ResponseBody::Chunked),
        ("connection", "x-a", seven),
        ("connection", "upgrade", seven),
        ("upgrade", "h2c", seven),
    ] {
        let response = http::Response::builder().header(name, value);
        let refused = encoded(response, body, true);
        assert_eq!(
            refused,
            Err(ResponseError::Framing(name)),
            "{value} {body:?}"
        );
    }
    let two = [("7", "8"), ("7", "7")].map(|(one, other)| {
        let response = http::Response::builder().header(LENGTH, one);
        encoded(response.header(LENGTH, other), seven, true)
    });
    // Said twice is said once; said otherwise contradicts.
    assert_eq!(two[0], Err(ResponseError::Framing(LENGTH)));
    assert!(two[1].is_ok());
    let both = http::Response::builder().status(101).header("upgrade", "a");
    let both = encoded(both.header("upgrade", "b"), ResponseBody::Empty, true);
    assert_eq!(both, Err(ResponseError::Framing("upgrade")));
}

#[test]
fn a_response_that_cannot_be_written_writes_nothing() {
    let length = ResponseBody::Length(7);
    let new = || http::Response::builder().version(http::Version::HTTP_11);
    let of_fields = |count| (0..count).fold(new(), |response, _| response.header("x-a", "1"));
    let newer = http::Version::HTTP_2;
    let refused = encoded(new().version(newer), length, true);
    assert_eq!(refused, Err(ResponseError::Version(newer)));
    let refused = encoded(new().status(204), length, true);
    assert_eq!(refused, Err(ResponseError::Refused(Refused::Body)));
    let refused = encoded(of_fields(129), length, true);
    assert_eq!(refused, Err(ResponseError::Fields(129)));
    assert!(encoded(of_fields(128), length, true).is_ok());
    let (parts, ()) = http::Response::new(()).into_parts();
    let mut small = [0; 8];
    let room = encode_response(&parts, length, true, &mut small.as_mut_slice());
    assert_eq!(room, Err(ResponseError::Refused(Refused::NoRoom(38))));
    assert_eq!(small, [0; 8]);
}

/// The fields of an encoded head, in order.
fn fields_of(text: &str) -> Vec<(String, String)> {
    let lines = text.trim_end().lines().skip(1);
    let pairs = lines.map(|line| line.split_once(": ").expect("a field"));
    pairs
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect()
}

#[test]
fn a_response_head_tells_http_what_it_would_write() {
    let fields: [(&str, &[u8]); 3] = [("X-A", b"1"), ("vary", b"x-a"), ("x-a", b"2")];
    let head = |status| ResponseHead::new(status).fields(&fields);
    let heads = [
        head(200),
        head(200).body(ResponseBody::Length(7)),
        head(200).body(ResponseBody::Chunked).keep_alive(false),
        head(200).body(ResponseBody::UntilClose),
        head(200).body(ResponseBody::Tunnel),
        head(204),
        head(599).version(Version::Http10),
        head(101).upgrade(b"websocket"),
    ];
    for head in heads {
        let mut bytes = Vec::new();
        head.encode(&mut bytes).expect("good");
        let text = String::from_utf8(bytes).expect("text");
        let response = http::Response::try_from(&head).expect("good");
        assert!(text.contains(&format!(" {} ", response.status().as_u16())));
        let old = response.version() == http::Version::HTTP_10;
        assert_eq!(old, response.status() == 599);
        let mut expected = fields_of(&text);
        assert_eq!(response.headers().len(), expected.len(), "{text}");
        expected.sort(); // the map keeps the values of a name together, in their order
        let pairs = response.headers().iter();
        let pairs =
            pairs.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let mut told: Vec<_> = pairs.collect();
        told.sort();
        assert_eq!(told, expected);
        let values = response.headers().get_all("x-a");
        assert!(values.iter().eq(["1", "2"]));
        // And back: the same bytes, but for the names' case and the order of the map.
        if response.status() == 200 && text.contains("content-length: 7") {
            let (parts, ()) = response.into_parts();
            let mut out = Vec::new();
            encode_response(&parts, ResponseBody::Length(7), true, &mut out).expect("good");
            let mut back = fields_of(std::str::from_utf8(&out).expect("text"));
            back.sort();
            assert_eq!(back, expected);
        }
    }
    let split: [(&str, &[u8]); 1] = [("x-a", b"a\r\nset-cookie: b")];
    let refused = ResponseHead::new(200).fields(&split).to_http();
    assert_eq!(
        refused.expect_err("refused"),
        ResponseError::Refused(Refused::Value(0))
    );
    let long = "a".repeat(70_000);
    let fields: [(&str, &[u8]); 2] = [("x-a", b"1"), (&long, b"2")];
    let refused = ResponseHead::new(200).fields(&fields).to_http();
    assert_eq!(refused.expect_err("too long"), ResponseError::Field(1));
}
