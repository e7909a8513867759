//! The differences that are meant: who differs, how, and why that is right. The letters are the
//! rows of the verdict table in `tests/http1/table`.

mod bodies;

use bodies::BODIES;

use crate::story::Difference::{self, Refuses, Sees, SeesLess, Takes, Waits};

const HEADS: &[&str] = &["httparse", "ntex"];
const SERVERS: &[&str] = &["hyper", "milo"];
const ALL: &[&str] = &["httparse", "hyper", "milo", "ntex"];
const CHUNKS: &[&str] = &["httparse, chunks"];
const LENIENT: &[&str] = &["httparse", "hyper", "ntex"];

/// How the parser in question differs, without its words.
#[derive(Clone, Copy)]
enum How {
    Takes,
    Waits,
    Refuses,
}

struct Row {
    peers: &'static [&'static str],
    how: How,
    words: &'static [&'static str],
    reason: &'static str,
}

const fn row(
    peers: &'static [&'static str],
    how: How,
    words: &'static [&'static str],
    reason: &'static str,
) -> Row {
    Row {
        peers,
        how,
        words,
        reason,
    }
}

const SYNTAX: &[Row] = &[
    row(
        ALL,
        How::Takes,
        &["BlankLines"],
        "G2: skips any number of empty lines before the request line",
    ),
    row(
        ALL,
        How::Waits,
        &["BlankLines"],
        "G2: skips any number of empty lines before the request line",
    ),
    row(
        LENIENT,
        How::Takes,
        &["LineEnd"],
        "R20, H9: takes a bare LF for the end of a line, as RFC 9112 2.2 permits",
    ),
    row(
        LENIENT,
        How::Waits,
        &["LineEnd"],
        "R20, H9: takes a bare LF for the end of a line, as RFC 9112 2.2 permits",
    ),
    row(
        LENIENT,
        How::Takes,
        &["Target"],
        "R10, R11: takes a fragment, and bytes above ASCII",
    ),
    row(
        ALL,
        How::Waits,
        &["Target"],
        "R11: looks at the target when it is whole, or takes bytes above ASCII",
    ),
    row(
        ALL,
        How::Takes,
        &["TargetForm"],
        "R6, R7: does not hold a target to the form that its method asks for",
    ),
    row(
        ALL,
        How::Takes,
        &["MethodTooLong"],
        "R3: no limit on a method",
    ),
    row(
        &["ntex"],
        How::Takes,
        &["Version"],
        "R1: takes several spaces between the parts of a request line",
    ),
    row(
        HEADS,
        How::Refuses,
        &["invalid HTTP version"],
        "R17: knows no minor version above 1, which RFC 9110 6.2 reads as 1.1",
    ),
    row(
        &["hyper"],
        How::Refuses,
        &["invalid HTTP version parsed"],
        "R17: knows no minor version above 1, which RFC 9110 6.2 reads as 1.1",
    ),
    row(
        &["milo"],
        How::Waits,
        &[
            "FieldName",
            "Fold",
            "LineEnd",
            "Method",
            "Trailer",
            "Version",
        ],
        "looks at a line when it is whole; here the first wrong byte is enough",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Request line too short"],
        "asks for more bytes of method and target than the grammar does",
    ),
    row(
        &["hyper"],
        How::Refuses,
        &["invalid URI"],
        "R12, R13: holds targets to http::Uri; here such bytes stay and is_plain_target tells",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Invalid URL character"],
        "R12: refuses what browsers send unescaped; here it is kept and told by is_plain_target",
    ),
];

const MEANING: &[Row] = &[
    row(
        ALL,
        How::Takes,
        &["Expectation"],
        "N8: leaves expectations to the caller, or ignores unknown ones",
    ),
    row(
        ALL,
        How::Takes,
        &["Host", "HostMissing", "HostRepeated"],
        "O1 to O4: leaves Host to the caller",
    ),
    row(
        HEADS,
        How::Takes,
        &[
            "BodyTooLarge",
            "ContentLength",
            "ContentLengthRepeated",
            "FramedConnect",
            "FramingConflict",
            "TransferEncoding",
            "TransferEncodingVersion",
            "UnsupportedCoding",
        ],
        "C1 to C9, T1 to T9: leaves framing to the caller",
    ),
    row(
        &["hyper"],
        How::Takes,
        &["ContentLengthRepeated"],
        "C6: takes equal lengths for one, as RFC 9112 6.3 permits",
    ),
    row(
        &["hyper"],
        How::Takes,
        &["FramedConnect"],
        "C9: reads the body of a CONNECT",
    ),
    row(
        &["hyper"],
        How::Takes,
        &["FramingConflict", "TransferEncoding"],
        "T2, T4, T6: Transfer-Encoding beats Content-Length, and its last coding is what counts",
    ),
    row(
        SERVERS,
        How::Takes,
        &["UnsupportedCoding"],
        "T5: leaves codings before chunked to the caller",
    ),
    row(
        &["hyper"],
        How::Takes,
        &["ChunkExtension"],
        "K6, K7, K9: passes over an extension up to its CR, spaces before it included",
    ),
    row(
        &["hyper"],
        How::Takes,
        &["ChunkSize"],
        "K4: any number of leading zeros",
    ),
    row(
        &["hyper"],
        How::Takes,
        &["Trailer"],
        "L1: a bare LF ends a trailer line",
    ),
    row(
        SERVERS,
        How::Takes,
        &["TrailerForbidden"],
        "L2: leaves fields that would change framing in a trailer to the caller",
    ),
    row(
        &["hyper"],
        How::Refuses,
        &[
            "error reading a body from connection: end of file before message length reached",
            "error reading a body from connection: unexpected EOF during chunk size line",
        ],
        "C11, K15: tells an input that ends in a body as an error of that body",
    ),
    row(
        &["milo"],
        How::Takes,
        &["ChunkExtension"],
        "K7: takes a space between an extension and its CRLF",
    ),
    row(
        &["milo"],
        How::Waits,
        &["BodyTooLarge", "ChunkLineTooLong", "TooLarge"],
        "C5, K5, K10: leaves the limits on a body to the caller",
    ),
    row(
        &["milo"],
        How::Waits,
        &["ChunkSize", "TrailerForbidden"],
        "looks at a line when it is whole; here the first wrong byte is enough",
    ),
    row(
        &["milo"],
        How::Waits,
        &["ContentLength"],
        "C4: takes lengths up to 2^64",
    ),
    row(
        &["milo"],
        How::Waits,
        &["FramedConnect", "TargetForm", "HostMissing"],
        "C9, R7, O1: as it takes them; the request goes on behind its head",
    ),
    row(
        &["milo"],
        How::Waits,
        &["Http2Preface"],
        "G4: takes the preface of HTTP/2 for what a caller handles",
    ),
    row(
        &["milo"],
        How::Waits,
        &["TransferEncoding", "UnsupportedCoding"],
        "T5, T7: takes empty members and codings before chunked",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Expected Connection header value"],
        "N1: refuses an empty Connection, a list that may be empty",
    ),
    row(
        &["milo"],
        How::Refuses,
        &[
            "Invalid Content-Length header",
            "Invalid duplicate Content-Length header",
        ],
        "judges a length before the head is whole; here all fields are there when one is judged",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Invalid chunk length character"],
        "K6: refuses whitespace before the semicolon of an extension, which the grammar has",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Invalid protocol"],
        "R17, R19: knows HTTP/1.1 alone",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Missing Connection header set to \"upgrade\" when using the Upgrade header"],
        "N4: an Upgrade without its option is ignored, says RFC 9110 7.8",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Unexpected content for the request (GET or HEAD)"],
        "C8: a body of any request is read, says RFC 9110 9.3.1",
    ),
    row(
        &["milo"],
        How::Refuses,
        &["Unexpected data"],
        "N10: what follows a close is discarded here, and an error there",
    ),
];

/// Who differs, how, and why: each way once.
pub fn all() -> Vec<(&'static str, Difference, &'static str)> {
    let mut all = vec![
        (
            "hyper",
            Sees("an empty path"),
            "R8: http::Uri writes the empty path of an absolute target as /",
        ),
        (
            "milo",
            SeesLess,
            "N5: a CONNECT or an Upgrade ends HTTP at once; here when it was agreed to",
        ),
    ];
    for &peer in SERVERS.iter().chain(CHUNKS) {
        let reason = "L2: hands out trailers that mean nothing there, which are dropped here";
        all.push((peer, Sees("dropped trailers"), reason));
    }
    for row in SYNTAX.iter().chain(MEANING).chain(BODIES) {
        for &peer in row.peers {
            for &words in row.words {
                let words = words.to_owned();
                let difference = match row.how {
                    How::Takes => Takes(words),
                    How::Waits => Waits(words),
                    How::Refuses => Refuses(words),
                };
                all.push((peer, difference, row.reason));
            }
        }
    }
    all
}
