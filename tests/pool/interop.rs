//! With the bytes crate and tokio's readers.

use std::io::{Cursor, Write};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::AsyncReadExt;

use crate::{frozen, pool};

#[test]
fn bytes_keep_the_slot_until_the_last_of_many_clones() {
    let pool = pool(64, 1);
    let bytes = frozen(&pool, b"payload").into_bytes();
    let clones = vec![bytes; 1000];
    std::thread::scope(|scope| {
        for mut share in clones.chunks(125).map(<[Bytes]>::to_vec) {
            scope.spawn(move || {
                while let Some(clone) = share.pop() {
                    assert_eq!(clone.slice(3..), "load");
                }
            });
        }
    });
    assert_eq!(pool.outstanding(), 1);
    drop(clones);
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn bytes_turned_into_a_vec_or_bytes_mut_are_copied_and_free_the_slot() {
    let pool = pool(64, 1);
    let vec = Vec::from(frozen(&pool, b"abc").into_bytes());
    assert_eq!((&vec[..], pool.outstanding()), (&b"abc"[..], 0));
    let mut owned = BytesMut::from(frozen(&pool, b"abc").into_bytes());
    assert_eq!(pool.outstanding(), 0);
    owned.extend_from_slice(b"def");
    assert_eq!(owned, "abcdef");
}

#[test]
fn copy_to_bytes_shares_the_slot() {
    let pool = pool(64, 1);
    let mut bytes = frozen(&pool, b"headbody");
    let at = bytes.as_ptr();
    let head = bytes.copy_to_bytes(4);
    assert_eq!((head.as_ptr(), &head[..]), (at, &b"head"[..]));
    assert_eq!(&bytes[..], b"body");
    drop(bytes);
    assert_eq!(pool.outstanding(), 1);
    drop(head);
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn numbers_are_read_across_a_chain() {
    let pool = pool(64, 2);
    let mut chain = frozen(&pool, &[0, 0, 0]).chain(frozen(&pool, &[7, 9]));
    assert_eq!((chain.get_u32(), chain.get_u8()), (7, 9));
}

/// tokio answers 0 both to a full buffer and at the end of the input.
#[test]
fn tokio_reads_until_full_and_never_beyond() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let pool = pool(8, 1);
        let mut buf = pool.try_acquire(8).unwrap();
        buf.put_slice(b"abcde");
        let at = buf.as_ptr();
        let mut input = Cursor::new(b"fghijk");
        assert_eq!(input.read_buf(buf.not_full().unwrap()).await.unwrap(), 3);
        // Full: tokio's 0 says nothing, and the input has more.
        assert_eq!(input.read_buf(&mut buf).await.unwrap(), 0);
        let full = buf.not_full().unwrap_err();
        assert_eq!((full.requested, full.remaining), (1, 0));
        assert_eq!(
            (&buf[..], buf.as_ptr(), input.position()),
            (&b"abcdefgh"[..], at, 3)
        );
        // The end: 0 though there is room.
        buf.clear();
        assert_eq!(input.read_buf(buf.not_full().unwrap()).await.unwrap(), 3);
        assert_eq!(input.read_buf(buf.not_full().unwrap()).await.unwrap(), 0);
    });
}

/// A connection's buffer: filled by tokio, parsed from the front, compacted when it is full.
#[test]
fn tokio_fills_what_a_parser_takes_from_the_front() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let pool = pool(8, 1);
        let mut buf = pool.try_acquire(8).unwrap();
        let mut input = &b"one\ntwo\nthree\nfour\n"[..];
        let mut lines = Vec::new();
        loop {
            while let Some(end) = buf.iter().position(|byte| *byte == b'\n') {
                lines.push(buf[..end].to_vec());
                buf.advance(end + 1);
            }
            buf.compact();
            if input.read_buf(buf.not_full().unwrap()).await.unwrap() == 0 {
                break;
            }
        }
        assert_eq!(lines, [&b"one"[..], b"two", b"three", b"four"]);
    });
}

#[test]
fn parts_are_written_by_one_vectored_write() {
    let pool = pool(64, 2);
    let (head, body) = (frozen(&pool, b"head"), frozen(&pool, b"body"));
    let mut both = head.chain(body);
    both.advance(2);
    let mut slices = [std::io::IoSlice::new(&[]); 4];
    let filled = both.chunks_vectored(&mut slices);
    let mut out = Vec::new();
    assert_eq!(out.write_vectored(&slices[..filled]).unwrap(), 6);
    assert_eq!((filled, &out[..]), (2, &b"adbody"[..]));
}

#[test]
fn a_buffer_becomes_bytes() {
    let pool = pool(64, 1);
    let mut buf = pool.try_acquire(1).unwrap();
    buf.put_slice(b"abc");
    assert_eq!(Bytes::from(buf), "abc");
    assert_eq!(pool.outstanding(), 0);
}
