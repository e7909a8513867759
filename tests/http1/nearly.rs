//! Requests that are good but for a piece.

use proptest::prelude::*;

/// Pieces from which most heads are nearly right.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let good = prop::sample::select(vec![
        "GET ",
        "POST ",
        "CONNECT ",
        "OPTIONS ",
        "/",
        "/a?b",
        "*",
        "a:80",
        "http://a/",
        " ",
        "HTTP/1.1",
        "HTTP/1.0",
        "HTTP/1.7",
        "HTTP/2.0",
        "\r\n",
        "\r\n\r\n",
        "Host: a\r\n",
        "Host:",
        "Content-Length: 5\r\n",
        "Content-Length: 0\r\n",
        "hello",
        "Transfer-Encoding: chunked\r\n",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "Connection: close\r\n",
        "Expect: 100-continue\r\n",
        "X: y\r\n",
        "A",
        ":",
        "\t",
        "5",
        ";a=b",
        "\"",
    ]);
    prop_oneof![
        9 => good.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..3),
    ]
}

/// A good request, perhaps with one piece put in, taken out or exchanged.
pub(crate) fn request() -> impl Strategy<Value = Vec<u8>> {
    let good: Vec<Vec<u8>> = [
        "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
        "\r\nGET http://a:1/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "OPTIONS * HTTP/1.3\r\nHost: [::1]:8\r\nExpect: 100-continue\r\n\r\n",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    let edited = (
        prop::sample::select(good),
        any::<prop::sample::Index>(),
        0..3usize,
        piece(),
    );
    prop_oneof![
        3 => edited.prop_map(|(mut bytes, at, taken, piece)| {
            let at = at.index(bytes.len());
            let end = (at + taken).min(bytes.len());
            bytes.splice(at..end, piece);
            bytes
        }),
        1 => prop::collection::vec(piece(), 1..14).prop_map(|pieces| pieces.concat()),
    ]
}
