//! The classes of request smuggling and crashes that other servers have had to fix, by the
//! number under which they were published.

use shorttail::http1::{HeadErrorKind, Limits, Refused, ResponseHead};

use crate::support::{Verdict, bench, whole};

fn refused(status: u16, request: &str) {
    match whole(Limits::default(), request.as_bytes()) {
        Verdict::Head(_, _, got) | Verdict::Body(_, _, got) => assert_eq!(got, status, "{request}"),
        other => panic!("{request}: {other:?}"),
    }
}

fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}")
}

fn chunked(body: &str) -> String {
    post("Transfer-Encoding: chunked", body)
}

/// CVE-2020-35863: the body of a GET read as the next request.
#[test]
fn a_body_on_get_belongs_to_the_get() {
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET ";
    let Verdict::Accepted(facts) = whole(Limits::default(), bytes) else {
        panic!("refused")
    };
    assert_eq!(
        (facts.body.as_slice(), facts.consumed),
        (b"GET ".as_slice(), bytes.len())
    );
}

/// CVE-2021-21299, CVE-2026-2835: several `Transfer-Encoding` lines; CVE-2020-35884: any text
/// taken for chunked; CVE-2022-32213 to 32215 and 35256: malformed codings.
#[test]
fn transfer_encoding_is_one_chunked_or_refused() {
    refused(
        400,
        &post(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow",
            "0\r\n\r\n",
        ),
    );
    refused(
        400,
        &post(
            "Transfer-Encoding: cow\r\nTransfer-Encoding: cow",
            "0\r\n\r\n",
        ),
    );
    refused(400, &post("Transfer-Encoding: chunkedchunked", "0\r\n\r\n"));
    refused(
        400,
        &post("Transfer-Encoding: chunked\r\n , identity", "0\r\n\r\n"),
    );
    refused(400, &post("Transfer-Encoding:\n chunked", "0\r\n\r\n"));
    refused(
        400,
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
}

/// CVE-2021-32714: a chunk size that overflows.
#[test]
fn a_chunk_size_cannot_overflow() {
    refused(400, &chunked("f0000000000000003\r\nabc\r\n0\r\n\r\n"));
    refused(413, &chunked("fffffffffffffff3\r\nabc\r\n0\r\n\r\n"));
    refused(
        413,
        &chunked("3\r\nabc\r\nfffffffffffffffe\r\nabc\r\n0\r\n\r\n"),
    );
}

/// CVE-2021-32715: a signed length; tiny_http: a bad length dropped in silence.
#[test]
fn a_length_is_digits() {
    for length in ["+3", "-3", "3 ", "0x3", "three", ""] {
        let request = post(&format!("Content-Length: {length}"), "abc");
        match length {
            "3 " => assert!(matches!(
                whole(Limits::default(), request.as_bytes()),
                Verdict::Accepted(_)
            )),
            _ => refused(400, &request),
        }
    }
}

/// CVE-2021-38512 and its kin: both framings in one request.
#[test]
fn both_framings_are_none() {
    refused(
        400,
        &post(
            "Content-Length: 3\r\nTransfer-Encoding: chunked",
            "0\r\n\r\n",
        ),
    );
    refused(
        400,
        &post(
            "Transfer-Encoding: chunked\r\nContent-Length: 0",
            "0\r\n\r\n",
        ),
    );
    refused(
        400,
        &post(
            "Transfer-Encoding: chunked\r\nContent-Length: +0",
            "0\r\n\r\n",
        ),
    );
}

/// CVE-2021-22959: whitespace between name and colon.
#[test]
fn no_space_before_a_colon() {
    refused(400, &post("Content-Length : 3", "abc"));
    refused(400, &post("Transfer-Encoding\t: chunked", "0\r\n\r\n"));
}

/// CVE-2025-22871, CVE-2025-55315: a bare LF, or a bare CR, in a chunk size line or extension.
#[test]
fn chunk_lines_end_in_crlf() {
    refused(400, &chunked("3\nabc\r\n0\r\n\r\n"));
    refused(400, &chunked("3;\nabc\r\n0\r\n\r\n"));
    refused(400, &chunked("3;a\nabc\r\n0\r\n\r\n"));
    refused(400, &chunked("3;a\rabc\r\n0\r\n\r\n"));
    refused(400, &chunked("3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n"));
    refused(400, &chunked("3\r\nabc\n0\r\n\r\n"));
}

/// CVE-2023-39326: extensions as a way to be paid in bandwidth.
#[test]
fn extensions_are_bounded() {
    let line = format!("1;{}\r\nx\r\n", "e".repeat(1000));
    refused(400, &chunked(&line.repeat(17)));
    // Data that justifies the framing does not justify extensions.
    let paid = format!("7d0;{}\r\n{}\r\n", "e".repeat(1000), "d".repeat(2000));
    refused(400, &chunked(&paid.repeat(17)));
    refused(400, &chunked(&format!("1;{}\r\nx\r\n", "e".repeat(1100))));
}

/// Framing without extensions is bounded too: sizes padded with zeros to the full 16 digits.
#[test]
fn padding_is_bounded() {
    // 20 bytes of framing for one of data, of which 18 are free: 2 a chunk up to 16 KiB.
    let padded = "0000000000000001\r\nx\r\n";
    let fits = format!("{}0\r\n\r\n", padded.repeat(8192));
    assert!(matches!(
        whole(Limits::default(), chunked(&fits).as_bytes()),
        Verdict::Accepted(_)
    ));
    refused(400, &chunked(&padded.repeat(8193)));
}

/// CVE-2024-23644: a response split by a value, or by a name.
#[test]
fn a_response_cannot_be_split() {
    let value: [(&str, &[u8]); 1] = [("location", b"/\r\nset-cookie: a=b")];
    let name: [(&str, &[u8]); 1] = [("a: b\r\nc", b"d")];
    let mut out = Vec::new();
    let refused = ResponseHead::new(302).fields(&value).encode(&mut out);
    assert_eq!(refused, Err(Refused::Value(0)));
    let refused = ResponseHead::new(302).fields(&name).encode(&mut out);
    assert_eq!(refused, Err(Refused::Name(0)));
    assert!(out.is_empty());
}

/// h11 before 0.16: two bytes after a chunk taken for its CRLF; llhttp: CRLF CR X.
#[test]
fn every_crlf_is_both_bytes() {
    refused(400, &chunked("3\r\nabcXX0\r\n\r\n"));
    refused(400, &chunked("3\r\nabc\rX0\r\n\r\n"));
    refused(400, &chunked("0\r\n\rX"));
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\n\rX");
}

/// CVE-2020-26281, CVE-2025-4366: a body that nobody read taken for the next request.
#[test]
fn an_unread_body_is_no_request() {
    let bytes = post("Content-Length: 27", "GET /other HTTP/1.1\r\n\r\n");
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let head = connection.parse_head(bytes.as_bytes(), &arena);
    let len = head.expect("good").expect("complete").head_len();
    let next = connection.parse_head(&bytes.as_bytes()[len..], &arena);
    let error = next.expect_err("a body is to be read");
    assert_eq!(
        (error.kind(), error.status()),
        (HeadErrorKind::BodyUnread, 500)
    );
}

/// CVE-2026-2833: what follows an offer to switch taken for the other protocol before the switch.
#[test]
fn a_body_behind_an_offer_to_switch_is_a_body() {
    let fields = "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 4";
    let Verdict::Accepted(facts) = whole(Limits::default(), post(fields, "GET ").as_bytes()) else {
        panic!("refused")
    };
    assert_eq!((facts.upgrade, facts.body.as_slice()), (true, &b"GET "[..]));
}

/// llhttp #877: a request line that ends in a bare LF.
#[test]
fn a_bare_lf_ends_no_request_line() {
    refused(400, "GET / HTTP/1.1\nHost: a\r\n\r\n");
}
