//! What the client accepts as an answer.

use crate::plan::{Kind, Planned};
use crate::wire::{Class, read, render};

const GET: Planned = Planned {
    at_ns: 0,
    id: 7,
    kind: Kind::Curl,
};
const FRESH: &[u8] =
    b"HTTP/1.1 200 OK\r\nx-answer: fresh\r\ncontent-length: 11\r\n\r\n{\"id\":7,\"n\"";

#[test]
fn an_answer_is_read_once_it_is_whole() {
    for cut in 0..FRESH.len() {
        assert_eq!(read(&FRESH[..cut], &GET), Ok(None), "at {cut}");
    }
    let answer = read(FRESH, &GET).unwrap().unwrap();
    assert_eq!(
        (answer.class, answer.length, answer.close),
        (Class::Fresh, FRESH.len(), false)
    );
}

#[test]
fn classes_follow_status_and_fields() {
    for (head, class) in [
        ("200 OK\r\nx-answer: stale", Class::Stale),
        ("200 OK\r\nx-answer: fallback", Class::Fallback),
        ("503 No\r\nretry-after: 1", Class::Shed),
        ("503 No\r\nserver: x", Class::Failed),
        ("504 Late\r\nserver: x", Class::Failed),
        ("404 No\r\nserver: x", Class::Error),
    ] {
        let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 8\r\n\r\n{{\"id\":7,");
        assert_eq!(
            read(answer.as_bytes(), &GET).unwrap().unwrap().class,
            class,
            "{head}"
        );
    }
}

#[test]
fn what_is_not_one_answer_is_refused() {
    for (answer, why) in [
        (
            "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
            "not HTTP/1.1",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "no Content-Length"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "Content-Length is not a number",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
            "Content-Length twice, or too long",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "a transfer coding nobody asked for",
        ),
        (
            "HTTP/1.1 404 No\r\ncontent-length: 1\r\n\r\nab",
            "bytes after the answer",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"id\":8,",
            "another item's body",
        ),
        ("nonsense\r\n\r\n", "the head is not HTTP"),
    ] {
        assert_eq!(read(answer.as_bytes(), &GET), Err(why), "{answer:?}");
    }
}

#[test]
fn requests_are_what_their_senders_send() {
    let (mut out, mut body) = (Vec::new(), Vec::new());
    render(
        &mut out,
        &mut body,
        &Planned {
            kind: Kind::Browser,
            ..GET
        },
    );
    let browser = String::from_utf8(out.clone()).unwrap();
    assert!(browser.starts_with("GET /items/7 HTTP/1.1\r\nHost: ") && browser.len() > 600);
    assert!(browser.ends_with("\r\n\r\n"));
    render(
        &mut out,
        &mut body,
        &Planned {
            kind: Kind::ChunkedPost,
            ..GET
        },
    );
    let post = String::from_utf8(out).unwrap();
    let (head, chunks) = post.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Transfer-Encoding: chunked") && !head.contains("Content-Length"));
    assert!(chunks.starts_with("40\r\n{\"id\":7,") && chunks.ends_with("\r\n0\r\n\r\n"));
}
