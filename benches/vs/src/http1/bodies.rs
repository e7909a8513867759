//! One chunked body of 64 KiB of data, all there at once, in chunks of one size.
//!
//! Both contenders first copy the encoded body to a buffer: picohttpparser decodes in place, and
//! leaves the data in one piece. shorttail hands out spans and moves nothing.

use std::hint::black_box;
use std::mem::MaybeUninit;

use picohttpparser_sys::{phr_chunked_decoder, phr_decode_chunked};
use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Limits};

use crate::solo::Work;

const DATA_BYTES: usize = 64 * 1024;

/// The encoded body.
fn encoded(chunk_bytes: usize) -> Vec<u8> {
    let mut body = Vec::new();
    for _ in 0..DATA_BYTES / chunk_bytes {
        body.extend(format!("{chunk_bytes:x}\r\n").bytes());
        body.extend(std::iter::repeat_n(b'd', chunk_bytes));
        body.extend(b"\r\n");
    }
    body.extend(b"0\r\n\r\n");
    body
}

pub(super) fn shorttail(chunk_bytes: usize) -> Work {
    const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let body = encoded(chunk_bytes);
    let mut buffer = vec![0; body.len()];
    let limits = Limits::default();
    let mut connection = Connection::new(limits);
    let mut arena = Arena::new(limits.arena_bytes()).expect("an arena");
    Box::new(move |operations| {
        for _ in 0..operations {
            buffer.copy_from_slice(black_box(&body));
            let head = connection.parse_head(HEAD, &arena);
            assert!(matches!(head, Ok(Some(_))));
            arena.reset();
            let (mut at, mut decoded) = (0, 0);
            loop {
                let step = connection.read_body(&buffer[at..]).expect("a good body");
                at += step.consumed;
                match black_box(step.event) {
                    BodyEvent::Data(data) => decoded += data.len(),
                    BodyEvent::End => break,
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(decoded, DATA_BYTES);
        }
    })
}

pub(super) fn picohttpparser(chunk_bytes: usize) -> Work {
    let body = encoded(chunk_bytes);
    let mut buffer = vec![0; body.len()];
    Box::new(move |operations| {
        for _ in 0..operations {
            buffer.copy_from_slice(black_box(&body));
            // SAFETY: the decoder asks to be filled with zeros before its first call, and all its
            // fields are integers.
            let mut decoder: phr_chunked_decoder = unsafe { MaybeUninit::zeroed().assume_init() };
            let mut len = buffer.len();
            // SAFETY: the pointers are to the decoder, to `len` bytes that may be written, and to
            // their number; all outlive the call.
            let left =
                unsafe { phr_decode_chunked(&mut decoder, buffer.as_mut_ptr().cast(), &mut len) };
            black_box(&buffer);
            // Trailers are not consumed: the empty line is left.
            assert_eq!((left, len), (2, DATA_BYTES));
        }
    })
}
