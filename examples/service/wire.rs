//! HTTP as the client speaks it: requests as browsers and curl send them, answers read strictly.

use std::io::Write;

use crate::plan::{Kind, Planned};

/// The body that [`Kind::ChunkedPost`] sends for an item, before it is cut into chunks.
fn post_body(out: &mut Vec<u8>, id: u32) {
    write!(out, "{{\"id\":{id},\"name\":\"item {id}\",\"text\":\"").expect("a Vec takes all");
    out.extend_from_slice(&[b'w'; 180]);
    out.extend_from_slice(b"\"}\n");
}

/// Replaces `out` with the bytes of the request; `body` is scratch space.
pub(crate) fn render(out: &mut Vec<u8>, body: &mut Vec<u8>, request: &Planned) {
    out.clear();
    let id = request.id;
    let wrote = match request.kind {
        Kind::Browser => write!(out, "GET /items/{id} HTTP/1.1\r\n{BROWSER}\r\n"),
        Kind::Curl => write!(out, "GET /items/{id} HTTP/1.1\r\n{CURL}\r\n"),
        Kind::ChunkedPost => {
            body.clear();
            post_body(body, id);
            let (first, second) = body.split_at(64);
            let head = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
            write!(
                out,
                "POST /items/{id} HTTP/1.1\r\n{CURL}{head}\r\n{:x}\r\n",
                first.len()
            )
            .and_then(|()| out.write_all(first))
            .and_then(|()| write!(out, "\r\n{:x}\r\n", second.len()))
            .and_then(|()| out.write_all(second))
            .and_then(|()| out.write_all(b"\r\n0\r\n\r\n"))
        }
    };
    wrote.expect("a Vec takes all");
}

const CURL: &str = "Host: 127.0.0.1\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n";

const BROWSER: &str = "Host: shop.example.com\r\n\
Connection: keep-alive\r\n\
sec-ch-ua: \"Chromium\";v=\"142\", \"Not A(Brand\";v=\"24\"\r\n\
sec-ch-ua-mobile: ?0\r\n\
sec-ch-ua-platform: \"Linux\"\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/142.0.0.0 Safari/537.36\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: navigate\r\n\
Sec-Fetch-Dest: document\r\n\
Referer: https://shop.example.com/catalogue?page=3\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
Cookie: session=6f1ed002ab5595859014ebf0951522d9; theme=dark; consent=all\r\n";

/// What kind of answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// 2xx, and as the origin has it.
    Fresh,
    /// 2xx from an entry past its time to live.
    Stale,
    /// 2xx that stands in for an item that could not be had.
    Fallback,
    /// 503 with `Retry-After`.
    Shed,
    /// Any other 5xx: the same request may do better.
    Failed,
    /// Any other answer, a broken connection, or none in time.
    Error,
}

/// A whole answer: what it says, how long it is, and whether the connection ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) class: Class,
    pub(crate) length: usize,
    pub(crate) close: bool,
}

const HEADERS_MAX: usize = 24;
const BODY_MAX: usize = 1 << 20;

/// Reads the answer to `request` from the start of `input`: `None` until it is whole, an error if
/// it is not HTTP/1.1 with one `Content-Length`, or not about the item asked for.
pub(crate) fn read(input: &[u8], request: &Planned) -> Result<Option<Answer>, &'static str> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut headers);
    let head_length = match head.parse(input) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err("the head is not HTTP"),
    };
    if head.version != Some(1) {
        return Err("not HTTP/1.1");
    }
    let (mut length, mut close, mut retry, mut answer) = (None, false, false, None);
    for header in head.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text =
                std::str::from_utf8(header.value).map_err(|_| "Content-Length is not text")?;
            let value: usize = text.parse().map_err(|_| "Content-Length is not a number")?;
            if length.replace(value).is_some() || value > BODY_MAX {
                return Err("Content-Length twice, or too long");
            }
        } else if header.name.eq_ignore_ascii_case("connection") {
            close |= header.value.eq_ignore_ascii_case(b"close");
        } else if header.name.eq_ignore_ascii_case("retry-after") {
            retry = true;
        } else if header.name.eq_ignore_ascii_case("x-answer") {
            answer = Some(header.value);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err("a transfer coding nobody asked for");
        }
    }
    let length = head_length + length.ok_or("no Content-Length")?;
    let Some(body) = input.get(head_length..length) else {
        return Ok(None);
    };
    if input.len() > length {
        return Err("bytes after the answer");
    }
    let class = match (head.code, answer) {
        (Some(503), _) if retry => Class::Shed,
        (Some(200), Some(b"stale")) => Class::Stale,
        (Some(200), Some(b"fallback")) => Class::Fallback,
        (Some(200), _) => Class::Fresh,
        (Some(500..600), _) => Class::Failed,
        _ => Class::Error,
    };
    let two_hundred = head.code == Some(200);
    if two_hundred && request.kind != Kind::ChunkedPost && !is_about(body, request.id) {
        return Err("another item's body");
    }
    Ok(Some(Answer {
        class,
        length,
        close,
    }))
}

/// Whether `body` starts as every item's does: with its own id.
fn is_about(body: &[u8], id: u32) -> bool {
    let mut expected = [0; 24];
    let room = expected.len();
    let mut rest = &mut expected[..];
    write!(rest, "{{\"id\":{id},").expect("ten digits at most");
    let length = room - rest.len();
    body.starts_with(&expected[..length])
}
