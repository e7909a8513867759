//! http1: nothing is taken from the heap, not even for the first request or the last error.

use shorttail::arena::{Arena, ArenaPool};
use shorttail::http1::{
    BodyEvent, Connection, HeadErrorKind, Known, Limits, Method, ReadBuf, ResponseBody,
    ResponseHead,
};
use shorttail::measure::assert_no_alloc;
use shorttail::pool::BufferPool;

#[path = "../http1/table/mod.rs"]
#[allow(dead_code)] // Only the inputs of its tables are of use here.
mod table;

const GET: &[u8] = b"GET /a/b?c=d HTTP/1.1\r\nHost: a\r\nCookie: x=y\r\nX-Any: z\r\n\r\n";
const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
    5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nDigest: x\r\n\r\n";

fn arena(limits: Limits) -> shorttail::arena::PooledArena {
    let arenas = ArenaPool::new(1, limits.arena_bytes()).expect("arenas");
    arenas.try_acquire().expect("an arena")
}

/// Reads one request as it dribbles in, `step` bytes a read, and returns its body length.
fn dribble(connection: &mut Connection, bytes: &[u8], step: usize, arena: &Arena) -> usize {
    let mut seen = 0;
    let mut at = loop {
        seen = (seen + step).min(bytes.len());
        match connection
            .parse_head(&bytes[..seen], arena)
            .expect("a good head")
        {
            Some(head) => break head.head_len(),
            None => assert!(seen < bytes.len()),
        }
    };
    let mut len = 0;
    loop {
        let taken = connection.read_body(&bytes[at..seen]).expect("a good body");
        at += taken.consumed;
        match taken.event {
            BodyEvent::Data(data) => len += data.len(),
            BodyEvent::Trailer(field) => assert_eq!(field.name, "Digest"),
            BodyEvent::More => seen = (seen + step).min(bytes.len()),
            BodyEvent::End => return len,
        }
    }
}

#[test]
fn heads_that_repeat_and_heads_that_differ_take_nothing() {
    let mut arena = arena(Limits::default());
    let mut connection = Connection::with_memory(Limits::default(), 1024);
    let long = GET
        .strip_prefix(b"GET /a")
        .map(|rest| [b"GET /longer", rest].concat());
    let long = long.expect("a prefix");
    let repeated = assert_no_alloc(|| {
        let mut repeated = 0;
        for bytes in [GET, &long, b"GET / HTTP/1.1\r\nHost: b\r\n\r\n", GET, GET] {
            let head = connection.parse_head(bytes, &arena);
            assert!(matches!(head, Ok(Some(_))));
            repeated += usize::from(connection.head_is_repeated());
            arena.reset();
        }
        repeated
    });
    assert!(matches!(repeated, 0 | 2), "{repeated}");
}

/// Reads what it can of `bytes`, in two pieces or one, and then asks for what cannot be had.
fn read_all(limits: Limits, arena: &mut Arena, bytes: &[u8]) {
    for seen in [bytes.len() / 2, bytes.len()] {
        arena.reset();
        let told = assert_no_alloc(|| {
            let mut connection = Connection::new(limits);
            let _ = connection.parse_head(&bytes[..seen], arena);
            let Ok(Some(head)) = connection.parse_head(bytes, arena) else {
                return false;
            };
            let mut at = head.head_len();
            while let Ok(step) = connection.read_body(&bytes[at..]) {
                at += step.consumed;
                if matches!(step.event, BodyEvent::End | BodyEvent::More) {
                    break;
                }
            }
            let _ = connection.discard_body(&bytes[at..]);
            let _ = connection.end_of_input(&bytes[at..]);
            connection.switch_protocols().is_ok()
        });
        std::hint::black_box(told);
    }
}

/// Whatever comes, whatever is wrong with it, and whatever rule that breaks.
#[test]
fn no_row_of_the_verdict_table_allocates() {
    let limits = Limits::default();
    let mut arena = arena(limits);
    for table in table::ALL {
        for (_, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            read_all(limits, &mut arena, &bytes);
        }
    }
    for (_, input, _) in table::overhead::rows() {
        read_all(limits, &mut arena, &input);
    }
    for (_, input, _) in table::limits::rows() {
        read_all(table::limits::limits(), &mut arena, &input);
    }
    for (_, rule, input, ..) in table::rules::ROWS {
        let limits = rule.set(Limits::builder()).build().expect("limits");
        read_all(limits, &mut arena, input);
    }
}

#[test]
fn parsing_allocates_nothing_whole_or_in_pieces() {
    let limits = Limits::default();
    let mut arena = arena(limits);
    assert_no_alloc(|| {
        let mut connection = Connection::new(limits);
        for step in [1, 7, GET.len()] {
            dribble(&mut connection, GET, step, &arena);
            arena.reset();
        }
        let head = connection
            .parse_head(GET, &arena)
            .expect("good")
            .expect("complete");
        assert_eq!(head.headers().count(), 3);
        assert_eq!((head.path(), head.query()), ("/a/b", Some("c=d")));
        assert_eq!(head.get_all(Known::Cookie).count(), 1);
        assert_eq!(head.header("x-any"), Some(b"z".as_slice()));
        assert_eq!(head.header_all("x-any").count(), 1);
        assert_eq!(head.authority(), Some("a"));
    });
}

#[test]
fn a_chunked_body_with_trailers_allocates_nothing() {
    let limits = Limits::default();
    let mut arena = arena(limits);
    assert_no_alloc(|| {
        for step in [1, 7, CHUNKED.len()] {
            let mut connection = Connection::new(limits);
            assert_eq!(dribble(&mut connection, CHUNKED, step, &arena), 6);
            arena.reset();
        }
    });
}

#[test]
fn a_table_that_grows_takes_the_arena_and_not_the_heap() {
    let limits = Limits::default();
    let arena = arena(limits);
    let mut many = GET[..GET.len() - 2].to_vec();
    many.extend(b"A: b\r\n".repeat(100));
    many.extend(b"\r\n");
    assert_no_alloc(|| {
        let mut connection = Connection::new(limits);
        let head = connection
            .parse_head(&many, &arena)
            .expect("good")
            .expect("complete");
        assert_eq!(head.headers().len(), 103);
    });
}

#[test]
fn refusals_allocate_nothing() {
    let limits = Limits::default();
    let arena = arena(limits);
    let heads: [&[u8]; 5] = [
        b"GET / HTTP/1.1\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    ];
    assert_no_alloc(|| {
        for bytes in heads {
            let mut connection = Connection::new(limits);
            let error = connection.parse_head(bytes, &arena).expect_err("a refusal");
            assert!(error.status() >= 400);
            let again = connection.parse_head(bytes, &arena).expect_err("a refusal");
            assert_eq!(again.kind(), HeadErrorKind::AfterError);
        }
        let mut connection = Connection::new(limits);
        let body = CHUNKED
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .expect("a head")
            + 4;
        assert!(
            connection
                .parse_head(&CHUNKED[..body], &arena)
                .expect("good")
                .is_some()
        );
        assert!(connection.read_body(b"x").is_err());
    });
}

#[test]
fn a_full_arena_allocates_nothing() {
    let arena = Arena::new(64).expect("an arena");
    assert_no_alloc(|| {
        let mut connection = Connection::new(Limits::default());
        let error = connection.parse_head(GET, &arena).expect_err("no room");
        assert_eq!(error.kind(), HeadErrorKind::ArenaFull);
    });
}

#[test]
fn a_response_head_allocates_nothing_written_or_refused() {
    let fields: [(&str, &[u8]); 1] = [("content-type", b"text/plain")];
    let split: [(&str, &[u8]); 1] = [("x", b"a\r\nb: c")];
    let mut room = [0u8; 256];
    assert_no_alloc(|| {
        let head = ResponseHead::new(200)
            .fields(&fields)
            .body(ResponseBody::Length(5));
        assert!(head.sends_body(Method::Get));
        assert!(head.encode(&mut room.as_mut_slice()).is_ok());
        assert!(head.encode(&mut [0u8; 4].as_mut_slice()).is_err());
        assert!(
            ResponseHead::new(200)
                .fields(&split)
                .encode(&mut room.as_mut_slice())
                .is_err()
        );
    });
}

#[test]
fn an_owned_head_allocates_nothing_made_refused_or_dropped() {
    let limits = Limits::default();
    let arena = arena(limits);
    let pool = BufferPool::builder().class(256, 1).build().expect("a pool");
    assert_no_alloc(|| {
        let mut connection = Connection::new(limits);
        let head = connection.parse_head(GET, &arena);
        let head = head.expect("good").expect("complete");
        for _ in 0..3 {
            let owned = head.to_owned_in(&pool).expect("a slot");
            assert!(head.to_owned_in(&pool).is_err());
            let other = owned.clone();
            drop(owned);
            assert_eq!(other.as_head().header("x-any"), Some(&b"z"[..]));
        }
        let slot = pool.try_acquire(256).expect("a slot");
        assert!(head.to_owned_into(slot).is_ok());
    });
}

#[test]
fn a_read_buffer_that_grows_or_cannot_allocates_nothing() {
    let limits = Limits::default();
    let pool = BufferPool::builder()
        .class(16, 2)
        .class(32, 1)
        .class(256, 1);
    let pool = pool.build().expect("a pool");
    let mut arena = arena(limits);
    let long = [GET, &[b'x'; 300]].concat();
    assert_no_alloc(|| {
        for _ in 0..3 {
            let mut connection = Connection::new(limits);
            let mut input = ReadBuf::new(&pool, 16);
            let mut socket = GET;
            let head = loop {
                let parsed = input.parse_head(&mut connection, &arena);
                match parsed.expect("good") {
                    Some(head) => break head,
                    None => assert_ne!(input.read_from(&mut socket).expect("room"), 0),
                }
            };
            assert_eq!((head.as_head().path(), input.moves()), ("/a/b", 2));
            drop(head);

            let mut socket = &long[..];
            let refused = loop {
                if let Err(refused) = input.read_from(&mut socket) {
                    break refused;
                }
            };
            drop(refused);
            assert_eq!(input.len(), 256);
            input.consume(200);
            assert!(input.room().is_ok());
            drop(input);
            arena.reset();
        }
    });
}

#[test]
fn a_batch_of_heads_allocates_nothing() {
    let limits = Limits::default();
    let arena = arena(limits);
    let bytes = GET.repeat(4);
    assert_no_alloc(|| {
        let mut connection = Connection::new(limits);
        let mut heads = connection.heads(&bytes, &arena);
        let (first, last) = (heads.next(), heads.by_ref().last());
        let target = |head: Option<Result<shorttail::http1::Head<'_>, _>>| {
            head.and_then(|head| head.ok())
                .map(|head| head.target().len())
        };
        assert_eq!((target(first), target(last)), (Some(8), Some(8)));
        assert_eq!(heads.consumed(), bytes.len());
    });
}
