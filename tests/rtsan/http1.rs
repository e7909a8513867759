//! http1: parsing, body decoding and serialising under RealtimeSanitizer.

use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Limits, ReadBuf, ResponseBody, ResponseHead};
use shorttail::pool::BufferPool;

use crate::realtime::nonblocking;

const POST: &[u8] = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
    5;a=b\r\nhello\r\n0\r\nDigest: x\r\n\r\n";

#[test]
fn a_head_is_known_again_without_waiting() {
    let mut arena = Arena::new(16 * 1024).expect("an arena");
    let mut connection = Connection::with_memory(Limits::default(), 1024);
    for target in ["/", "/longer", "/"] {
        let bytes = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = nonblocking(|| connection.parse_head(bytes.as_bytes(), &arena));
        assert!(matches!(head, Ok(Some(_))));
        arena.reset();
    }
}

#[test]
fn parsing_and_decoding_are_non_blocking() {
    let arena = Arena::new(16 * 1024).expect("an arena");
    for cut in [10, POST.len()] {
        let mut connection = Connection::new(Limits::default());
        let first = nonblocking(|| connection.parse_head(&POST[..cut], &arena));
        let _ = first.expect("good so far");
        if cut < POST.len() {
            let second = nonblocking(|| connection.parse_head(POST, &arena));
            assert!(second.expect("a good head").is_some());
        }
        let mut at = POST
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .expect("a head")
            + 4;
        loop {
            let step = nonblocking(|| connection.read_body(&POST[at..])).expect("a good body");
            at += step.consumed;
            if step.event == BodyEvent::End {
                break;
            }
        }
    }
}

#[test]
fn refusing_is_non_blocking() {
    let arena = Arena::new(16 * 1024).expect("an arena");
    let mut connection = Connection::new(Limits::default());
    nonblocking(|| {
        assert!(connection.parse_head(b"GET / HTTP/1.1\n", &arena).is_err());
        assert!(connection.parse_head(POST, &arena).is_err());
        assert!(connection.read_body(POST).is_err());
    });
}

#[test]
fn serialising_is_non_blocking() {
    let mut room = [0u8; 128];
    let head = ResponseHead::new(200).body(ResponseBody::Length(5));
    nonblocking(|| {
        assert!(head.encode(&mut room.as_mut_slice()).is_ok());
        assert!(head.encode(&mut [0u8; 3].as_mut_slice()).is_err());
    });
}

#[test]
fn owning_a_head_is_non_blocking() {
    let arena = Arena::new(16 * 1024).expect("an arena");
    let pool = BufferPool::builder().class(256, 1).build().expect("a pool");
    let mut connection = Connection::new(Limits::default());
    let head = connection.parse_head(POST, &arena);
    let head = head.expect("good").expect("complete");
    nonblocking(|| {
        let owned = head.to_owned_in(&pool);
        assert!(head.to_owned_in(&pool).is_err());
        assert_eq!(owned.expect("a slot").as_head().path(), "/a");
    });
}

#[test]
fn growing_and_splitting_a_read_buffer_is_non_blocking() {
    use bytes::BufMut;

    let arena = Arena::new(16 * 1024).expect("an arena");
    let pool = BufferPool::builder().class(16, 1).class(256, 1).build();
    let pool = pool.expect("a pool");
    let mut connection = Connection::new(Limits::default());
    let mut input = ReadBuf::new(&pool, 16);
    nonblocking(|| {
        for &byte in POST {
            input.room().expect("room").put_u8(byte);
        }
        let head = input.parse_head(&mut connection, &arena);
        let head = head.expect("good").expect("complete");
        assert_eq!(head.as_head().path(), "/a");
        input.consume(5);
    });
}
