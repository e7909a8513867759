//! http1's bodies under RealtimeSanitizer: every way to read one, to drop one, and to be refused.

use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Discarded, Limits};

use crate::realtime::nonblocking;

const CHUNKED: &str = "Transfer-Encoding: chunked";

/// A connection whose next bytes are a body with that framing.
fn before_body(framing: &str) -> Connection {
    let limits = Limits::builder().body(64).drain(8).trailers(64);
    let limits = limits.build().expect("limits");
    let arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
    let mut connection = Connection::new(limits);
    let found = connection.parse_head(head.as_bytes(), &arena);
    assert!(found.expect("a good head").is_some());
    connection
}

/// Reads `body` as it comes in pieces of `step` bytes; whether it ends well.
fn read(framing: &str, body: &[u8], step: usize) -> bool {
    let mut connection = before_body(framing);
    let (mut at, mut seen) = (0, 0);
    nonblocking(|| {
        loop {
            let Ok(read) = connection.read_body(&body[at..seen]) else {
                return false;
            };
            at += read.consumed;
            match read.event {
                BodyEvent::End => return true,
                BodyEvent::More if seen == body.len() => return false,
                BodyEvent::More => seen = (seen + step).min(body.len()),
                BodyEvent::Data(_) | BodyEvent::Trailer(_) => {}
            }
        }
    })
}

#[test]
fn reading_is_non_blocking_at_any_pace() {
    let bodies: [(&str, &[u8]); 6] = [
        ("Content-Length: 5", b"hello"),
        (CHUNKED, b"5\r\nhello\r\n0\r\n\r\n"),
        (
            CHUNKED,
            b"A\r\n0123456789\r\n00a\r\n0123456789\r\n0\r\n\r\n",
        ),
        (
            CHUNKED,
            b"5 ; a = b ;c=\"d\\\"\" ;e\r\nhello\r\n0;f\r\n\r\n",
        ),
        (CHUNKED, b"1\r\nx\r\n0\r\nA: b\r\nDigest:\r\n\r\n"),
        (
            CHUNKED,
            b"0\r\nAuthorization: a\r\nIf-Match: b\r\nVary: c\r\n\r\n",
        ),
    ];
    for (framing, body) in bodies {
        for step in [1, 3, body.len()] {
            assert!(read(framing, body, step), "{}", body.escape_ascii());
        }
    }
}

/// One of each kind of refusal.
#[test]
fn refusing_a_body_is_non_blocking() {
    let bodies: [&[u8]; 9] = [
        b"x\r\n",
        b"1;\x00\r\n",
        b"1\nx",
        b"1\r\nxy\r\n",
        b"41\r\n",
        b"0\r\nContent-Length: 1\r\n\r\n",
        b"0\r\nA : b\r\n\r\n",
        b"0\r\nA: 0123456789012345678901234567890123456789012345678901234567890\r\n\r\n",
        &[b'0'; 17],
    ];
    for body in bodies {
        for step in [1, body.len()] {
            assert!(!read(CHUNKED, body, step), "{}", body.escape_ascii());
        }
    }
    let line = format!("1;{}\r\n", "x".repeat(1100));
    let extensions = format!("1;{}\r\nx\r\n", "x".repeat(1000)).repeat(17);
    let padding = format!("{}1\r\nx\r\n", "0".repeat(15)).repeat(64);
    for (body, step) in [(line, 1100), (extensions, 100), (padding, 1400)] {
        assert!(!read(CHUNKED, body.as_bytes(), step));
    }
}

#[test]
fn dropping_a_body_is_non_blocking() {
    let length = |length: usize| format!("Content-Length: {length}");
    let cases: [(String, &[u8], _); 6] = [
        (length(5), b"hello", Ok(Discarded::Done { consumed: 5 })),
        (length(5), b"hel", Ok(Discarded::More { consumed: 3 })),
        (length(9), b"hello", Ok(Discarded::Close)),
        (
            CHUNKED.into(),
            b"1\r\nx\r\n0\r\nA: b\r\n\r\n",
            Ok(Discarded::Done { consumed: 17 }),
        ),
        (CHUNKED.into(), b"9\r\n012345678", Ok(Discarded::Close)),
        (CHUNKED.into(), b"x", Err(())),
    ];
    for (framing, body, want) in cases {
        let mut connection = before_body(&framing);
        let got = nonblocking(|| connection.discard_body(body).map_err(drop));
        assert_eq!(got, want, "{}", body.escape_ascii());
    }
}

#[test]
fn what_is_asked_beside_a_body_is_non_blocking() {
    let mut connection = before_body("Content-Length: 9\r\nExpect: 100-continue");
    nonblocking(|| {
        assert!(connection.take_continue(b""));
        assert!(!connection.take_continue(b""));
        assert!(connection.limit_body(9).is_ok());
        assert!(connection.limit_body(8).is_err());
    });
}
