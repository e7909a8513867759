//! Several heads of one read, alive together.

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Head, HeadErrorKind, Limits};

use crate::support::{bench, spell};

const GET: &str = "GET /g HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n";

/// What the heads of one read tell, the error that ended them, and how many bytes they were.
fn batch(bytes: &[u8]) -> (Vec<String>, Option<HeadErrorKind>, usize) {
    let arena = Arena::new(64 * 1024).expect("an arena");
    let mut connection = Connection::new(Limits::default());
    let mut heads = connection.heads(bytes, &arena);
    let mut error = None;
    let mut good: Vec<Head<'_>> = Vec::new();
    for head in heads.by_ref() {
        match head {
            Ok(head) => good.push(head),
            Err(e) => assert_eq!(error.replace(e.kind()), None, "one error at most"),
        }
    }
    assert!(heads.next().is_none());
    // All are alive here.
    (good.iter().map(spell).collect(), error, heads.consumed())
}

#[test]
fn the_heads_of_a_read_are_those_of_one_after_another() {
    let mut bytes = Vec::new();
    for n in 0..16 {
        bytes.extend(format!("GET /{n} HTTP/1.1\r\nHost: a{n}\r\nX-{n}: {n}\r\n\r\n").bytes());
    }
    let (mut connection, arenas) = bench(Limits::default());
    let (mut one_by_one, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let arena = arenas.try_acquire().expect("an arena");
        let head = connection.parse_head(&bytes[at..], &arena);
        let head = head.expect("good").expect("complete");
        one_by_one.push(spell(&head));
        at += head.head_len();
    }
    assert_eq!(one_by_one.len(), 16);
    assert_eq!(batch(&bytes), (one_by_one, None, bytes.len()));
}

#[test]
fn a_batch_ends_where_another_head_cannot_be_told() {
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n";
    let close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let switch = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let tunnel = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n";
    for last in [post, close, switch, tunnel] {
        let bytes = [GET, last, GET].concat();
        let (heads, error, consumed) = batch(bytes.as_bytes());
        assert_eq!((heads.len(), error), (2, None), "{last}");
        assert_eq!(consumed, GET.len() + last.len(), "{last}");
    }
    for partial in ["", "\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let bytes = [GET, partial].concat();
        assert_eq!(batch(bytes.as_bytes()).2, GET.len(), "{partial}");
        assert_eq!(batch(bytes.as_bytes()).0.len(), 1, "{partial}");
    }
    let bad = [GET, "GET / HTTP/1.1\r\n\r\n", GET].concat();
    let (heads, error, consumed) = batch(bad.as_bytes());
    assert_eq!((heads.len(), error), (1, Some(HeadErrorKind::HostMissing)));
    assert_eq!(consumed, GET.len());
}

#[test]
fn a_partial_head_goes_on_with_the_next_read() {
    let bytes = [GET, GET].concat().into_bytes();
    let arena = Arena::new(16 * 1024).expect("an arena");
    let mut connection = Connection::new(Limits::default());
    for cut in GET.len()..bytes.len() {
        let mut heads = connection.heads(&bytes[..cut], &arena);
        assert_eq!((heads.by_ref().count(), heads.consumed()), (1, GET.len()));
        let mut heads = connection.heads(&bytes[GET.len()..], &arena);
        assert!(heads.next().expect("the second").is_ok());
        assert!(connection.head_passes() <= 3);
        connection = Connection::new(Limits::default());
    }
}

#[test]
fn a_full_arena_ends_a_batch_and_not_the_connection() {
    let bytes = GET.repeat(8).into_bytes();
    // Three tables of two fields.
    let mut arena = Arena::new(3 * (64 + 2 * 16)).expect("an arena");
    let mut connection = Connection::new(Limits::default());
    let (mut at, mut rounds) = (0, Vec::new());
    while at < bytes.len() {
        let mut heads = connection.heads(&bytes[at..], &arena);
        let results: Vec<_> = heads.by_ref().collect();
        at += heads.consumed();
        let good = results.iter().filter(|result| result.is_ok()).count();
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert_eq!(error.kind(), HeadErrorKind::ArenaFull);
        }
        rounds.push(good);
        drop(results);
        arena.reset();
    }
    assert_eq!(rounds, [3, 3, 2]);
}
