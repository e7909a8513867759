//! All that a head tells, a batch of heads, and a read buffer, under RealtimeSanitizer.

use bytes::BufMut;
use shorttail::arena::Arena;
use shorttail::http1::{Connection, Framing, Head, Known, Limits, ReadBuf, Target, Version};
use shorttail::pool::BufferPool;

use crate::realtime::nonblocking;

const HEAD: &[u8] = b"PUT http://b:81/x?y=%7A&w HTTP/1.1\r\nHost: a\r\nCookie: c=1; d=\"2\"\r\n\
    X-Any: 1\r\nConnection: upgrade\r\nUpgrade: z\r\nx-any: 2\r\nCookie: e\r\n\
    Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";

/// Asks a head for everything.
fn ask(head: &Head<'_>) {
    nonblocking(|| {
        assert_eq!(head.method().as_str(), "PUT");
        assert_eq!(head.target(), "http://b:81/x?y=%7A&w");
        assert!(matches!(head.target_form(), Target::Absolute { .. }));
        assert_eq!((head.path(), head.query()), ("/x", Some("y=%7A&w")));
        assert!(head.is_plain_target());
        assert_eq!(head.authority(), Some("b:81"));
        assert_eq!(head.version(), Version::Http11);
        assert_eq!(head.headers().len(), 9);
        assert_eq!(
            head.headers().filter(|field| field.name == "x-any").count(),
            1
        );
        assert_eq!(head.get(Known::Host), Some(&b"a"[..]));
        assert_eq!(head.get(Known::Via), None);
        assert_eq!(head.get_all(Known::Cookie).count(), 2);
        assert!(head.is_repeated(Known::Cookie));
        assert_eq!(head.header("x-ANY"), Some(&b"1"[..]));
        assert_eq!(head.header("content-length"), Some(&b"3"[..]));
        assert_eq!(head.header("absent"), None);
        assert_eq!(head.header_all("X-Any").count(), 2);
        assert_eq!(head.framing(), Framing::Length(3));
        assert!(head.keep_alive() && head.expects_continue());
        assert_eq!(head.upgrade(), Some(&b"z"[..]));
        assert_eq!(head.head_len(), head.bytes().len());
        assert_eq!(head.query_pairs().count(), 2);
        assert_eq!(head.cookies().filter(Result::is_ok).count(), 2);
    });
}

/// Where it was parsed, owned either way, and frozen.
#[test]
fn asking_a_head_is_non_blocking() {
    let arena = Arena::new(16 * 1024).expect("an arena");
    let pool = BufferPool::builder().class(1024, 3).build();
    let pool = pool.expect("a pool");
    let mut connection = Connection::new(Limits::default());
    let head = connection.parse_head(HEAD, &arena);
    let head = head.expect("good").expect("complete");
    ask(&head);
    ask(&head.to_owned_in(&pool).expect("a slot").as_head());
    let slot = pool.try_acquire(head.owned_bytes()).expect("a slot");
    let owned = nonblocking(|| head.to_owned_into(slot));
    let owned = owned.expect("a slot of that size");
    ask(&owned.as_head());
    nonblocking(|| drop(owned));
    let mut input = ReadBuf::new(&pool, 1024);
    input.room().expect("room").put_slice(HEAD);
    let mut connection = Connection::new(Limits::default());
    let frozen = input.parse_head(&mut connection, &arena);
    ask(&frozen.expect("good").expect("complete").as_head());
}

#[test]
fn a_batch_is_non_blocking() {
    let arena = Arena::new(16 * 1024).expect("an arena");
    let mut connection = Connection::new(Limits::default());
    let bytes = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3\n";
    nonblocking(|| {
        let mut heads = connection.heads(bytes, &arena);
        for target in ["/1", "/2"] {
            let head = heads.next().expect("a head").expect("a good one");
            assert_eq!(head.target(), target);
        }
        assert!(heads.next().expect("a verdict").is_err());
        assert!(heads.next().is_none());
        assert_eq!(heads.consumed(), 56);
    });
}

/// Slots taken, filled up, left for a larger one, shared with a head, and given back.
#[test]
fn the_life_of_a_read_buffer_is_non_blocking() {
    let arena = Arena::new(16 * 1024).expect("an arena");
    let pool = BufferPool::builder().class(64, 2).class(512, 1).build();
    let pool = pool.expect("a pool");
    let mut connection = Connection::new(Limits::default());
    let mut input = ReadBuf::new(&pool, 64);
    let none = BufferPool::builder().class(8, 1).build().expect("a pool");
    let mut refused = ReadBuf::new(&none, 64);
    nonblocking(|| {
        assert!(refused.room().is_err());
        for &byte in HEAD {
            let found = input.parse_head(&mut connection, &arena);
            assert!(found.expect("good so far").is_none());
            input.room().expect("room").put_u8(byte);
        }
        assert_eq!(input.moves(), 1);
        input.room().expect("room").put_slice(b"abcGET /\n");
        let head = input.parse_head(&mut connection, &arena);
        let head = head.expect("good").expect("complete");
        assert!(connection.read_body(&input).is_ok());
        input.consume(3);
        input.release_unused();
        // The head is there still, so that what is unread moves on.
        input.room().expect("room").put_u8(b'x');
        assert_eq!(head.as_head().path(), "/x");
        drop(head);
        assert_eq!(&input[..], b"GET /\nx");
        assert!(input.parse_head(&mut connection, &arena).is_err());
        input.consume(7);
        input.release();
    });
    assert_eq!(pool.outstanding(), 0);
}
