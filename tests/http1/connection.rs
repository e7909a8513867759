//! What a connection does between and after requests.

use shorttail::http1::{
    BodyErrorKind, BodyEvent, BodyStep, Discarded, EndOfInput, HeadErrorKind, Header, Limits,
};

use crate::support::bench;

const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CLOSE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const EXPECT: &[u8] =
    b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

/// A connection that has parsed `$head`, and its arena.
fn after(head: &[u8], limits: Limits) -> shorttail::http1::Connection {
    let (mut connection, arenas) = bench(limits);
    let arena = arenas.try_acquire().expect("an arena");
    assert!(
        connection
            .parse_head(head, &arena)
            .expect("a good head")
            .is_some()
    );
    connection
}

fn refusal(connection: &mut shorttail::http1::Connection) -> HeadErrorKind {
    let (_, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    connection
        .parse_head(GET, &arena)
        .expect_err("a refusal")
        .kind()
}

#[test]
fn nothing_is_parsed_behind_an_unread_body() {
    let mut connection = after(POST, Limits::default());
    assert_eq!(refusal(&mut connection), HeadErrorKind::BodyUnread);
    let step = connection.read_body(b"helloGET").expect("data");
    assert_eq!(
        step,
        BodyStep {
            consumed: 5,
            event: BodyEvent::Data(b"hello")
        }
    );
    // The refusal did no harm: the body is read and the connection goes on.
    let (_, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    assert!(
        connection
            .parse_head(GET, &arena)
            .expect("a good head")
            .is_some()
    );
}

#[test]
fn nothing_is_parsed_after_a_head_error() {
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let error = connection
        .parse_head(b"GET / HTTP/1.1\n", &arena)
        .expect_err("a bare LF");
    assert_eq!(error.kind(), HeadErrorKind::LineEnd);
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterError);
    let error = connection.read_body(b"x").expect_err("no body either");
    assert_eq!(error.kind(), BodyErrorKind::AfterError);
    assert!(!connection.is_reusable());
}

#[test]
fn nothing_is_parsed_after_a_body_error() {
    let mut connection = after(CHUNKED, Limits::default());
    let error = connection.read_body(b"xyz\r\n").expect_err("no size");
    assert_eq!(error.kind(), BodyErrorKind::ChunkSize);
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterError);
    let error = connection.read_body(b"0\r\n\r\n").expect_err("an end");
    assert_eq!(error.kind(), BodyErrorKind::AfterError);
}

#[test]
fn nothing_is_parsed_after_a_close_request() {
    let mut connection = after(CLOSE, Limits::default());
    assert!(!connection.is_reusable());
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterClose);

    let mut connection = after(POST, Limits::default());
    connection.close();
    let _ = connection
        .read_body(b"hello")
        .expect("the body may still be read");
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterClose);
}

#[test]
fn body_offsets_count_over_all_inputs() {
    let mut connection = after(CHUNKED, Limits::default());
    for part in [b"5\r\nhe".as_slice(), b"llo\r\n5", b"\r\nhello"] {
        let mut at = 0;
        while at < part.len() {
            at += connection
                .read_body(&part[at..])
                .expect("good so far")
                .consumed;
        }
    }
    let error = connection.read_body(b"X").expect_err("no CR");
    assert_eq!(
        (error.kind(), error.offset()),
        (BodyErrorKind::ChunkDataEnd, 18)
    );
}

#[test]
fn end_of_input_tells_where() {
    let (mut fresh, arenas) = bench(Limits::default());
    assert_eq!(fresh.end_of_input(b""), EndOfInput::Clean);
    assert_eq!(refusal(&mut fresh), HeadErrorKind::AfterClose);
    let (mut cut, _) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    assert!(
        cut.parse_head(&GET[..9], &arena)
            .expect("partial")
            .is_none()
    );
    assert_eq!(cut.end_of_input(&GET[..9]), EndOfInput::InHead);

    assert_eq!(
        after(POST, Limits::default()).end_of_input(b""),
        EndOfInput::InBody
    );
    let mut short = after(POST, Limits::default());
    let _ = short.read_body(b"hell").expect("data");
    assert_eq!(short.end_of_input(b""), EndOfInput::InBody);
    let mut whole = after(POST, Limits::default());
    let _ = whole.read_body(b"hello").expect("data");
    assert_eq!(whole.end_of_input(b""), EndOfInput::Clean);
    let mut chunked = after(CHUNKED, Limits::default());
    let _ = chunked.read_body(b"0\r\n\r").expect("nearly");
    assert_eq!(chunked.end_of_input(b""), EndOfInput::InBody);
}

#[test]
fn a_timed_out_head_is_408_and_final() {
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    assert!(
        connection
            .parse_head(&GET[..9], &arena)
            .expect("partial")
            .is_none()
    );
    let error = connection.time_out();
    assert_eq!((error.status(), error.offset()), (408, 9));
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterError);
}

#[test]
fn continue_is_due_once_when_the_body_is_wanted_and_nothing_came() {
    let mut connection = after(EXPECT, Limits::default());
    assert!(!connection.take_continue(b"h"), "the body is already there");
    assert!(connection.take_continue(b""));
    assert!(!connection.take_continue(b""), "once");

    let mut early = after(EXPECT, Limits::default());
    let _ = early.read_body(b"he").expect("data");
    assert!(!early.take_continue(b""), "the client did not wait");

    assert!(
        !after(POST, Limits::default()).take_continue(b""),
        "nobody asked"
    );
}

#[test]
fn a_route_may_lower_the_body_limit_and_not_raise_it() {
    let mut connection = after(POST, Limits::default());
    assert_eq!(connection.limit_body(5), Ok(()));
    let mut connection = after(POST, Limits::default());
    let error = connection.limit_body(4).expect_err("5 are announced");
    assert_eq!(
        (error.kind(), error.status()),
        (BodyErrorKind::TooLarge, 413)
    );
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterError);

    let mut connection = after(CHUNKED, Limits::default());
    assert_eq!(connection.limit_body(4), Ok(()));
    assert_eq!(connection.limit_body(99), Ok(()));
    let error = connection.read_body(b"5\r\nhello").expect_err("5 exceed 4");
    assert_eq!(
        (error.kind(), error.status(), error.offset()),
        (BodyErrorKind::TooLarge, 413, 0)
    );
}

#[test]
fn an_unread_body_is_drained_up_to_the_cap() {
    let limits = Limits::builder().drain(8).build().expect("limits");
    let mut connection = after(POST, limits);
    assert_eq!(
        connection.discard_body(b"he"),
        Ok(Discarded::More { consumed: 2 })
    );
    assert_eq!(
        connection.discard_body(b"lloGET"),
        Ok(Discarded::Done { consumed: 3 })
    );
    assert!(connection.is_reusable());
    // A request without a body has nothing to drain.
    assert_eq!(
        connection.discard_body(b"GET"),
        Ok(Discarded::Done { consumed: 0 })
    );

    let small = Limits::builder().drain(4).build().expect("limits");
    let mut connection = after(POST, small);
    assert_eq!(connection.discard_body(b"hello"), Ok(Discarded::Close));
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterClose);

    let mut chunked = after(CHUNKED, small);
    assert_eq!(chunked.discard_body(b"5\r\nhello"), Ok(Discarded::Close));
    let mut chunked = after(CHUNKED, limits);
    assert_eq!(
        chunked.discard_body(b"0\r\n\r\nGET"),
        Ok(Discarded::Done { consumed: 5 })
    );
}

#[test]
fn a_body_that_waits_for_continue_is_not_drained() {
    let mut connection = after(EXPECT, Limits::default());
    assert_eq!(connection.discard_body(b""), Ok(Discarded::Close));
}

#[test]
fn protocols_switch_after_the_body_and_only_when_offered() {
    let offer = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\
                  Content-Length: 2\r\n\r\n";
    let mut connection = after(offer, Limits::default());
    let early = connection
        .switch_protocols()
        .expect_err("the body is unread");
    assert_eq!(early.kind(), HeadErrorKind::BodyUnread);
    let _ = connection.read_body(b"hi").expect("data");
    assert_eq!(connection.switch_protocols(), Ok(()));
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterClose);

    let mut plain = after(GET, Limits::default());
    let unasked = plain.switch_protocols().expect_err("no offer");
    assert_eq!(unasked.kind(), HeadErrorKind::NoUpgrade);
    let mut tunnel = after(
        b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
        Limits::default(),
    );
    assert_eq!(tunnel.switch_protocols(), Ok(()));
    // Until the switch, what follows an offer is HTTP.
    let mut refused = after(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        Limits::default(),
    );
    let (_, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    assert!(
        refused
            .parse_head(GET, &arena)
            .expect("a good head")
            .is_some()
    );
}

#[test]
fn a_full_arena_is_a_value_and_the_head_can_be_tried_again() {
    let limits = Limits::default();
    let (mut connection, roomy) = bench(limits);
    let small = shorttail::arena::ArenaPool::new(1, 1024).expect("arenas");
    let small = small.try_acquire().expect("an arena");
    let roomy = roomy.try_acquire().expect("an arena");
    let mut many = GET[..GET.len() - 2].to_vec();
    many.extend(b"A: b\r\n".repeat(100));
    many.extend(b"\r\n");
    for cut in [many.len(), 20] {
        let _ = connection.parse_head(&many[..cut], &small);
        let error = connection.parse_head(&many, &small).expect_err("no room");
        assert_eq!(
            (error.kind(), error.status()),
            (HeadErrorKind::ArenaFull, 431)
        );
        let head = connection
            .parse_head(&many, &roomy)
            .expect("room")
            .expect("complete");
        assert_eq!(head.headers().len(), 101);
    }
}

#[test]
fn what_is_refused_is_refused_for_want_of_room_too() {
    let (mut connection, _) = bench(Limits::default());
    let full = shorttail::arena::Arena::new(1).expect("an arena");
    let error = connection.parse_head(b"GET / HTTP/1.1\n\n", &full);
    let error = error.expect_err("a bare LF");
    assert_eq!(error.kind(), HeadErrorKind::LineEnd);
}

/// The limit is that of the request, whenever it is lowered.
#[test]
fn a_limit_in_the_middle_counts_what_came_before() {
    // Three of five bytes are read: the whole body is five still.
    for (limit, fits) in [(5, true), (4, false), (2, false)] {
        let mut connection = after(POST, Limits::default());
        let _ = connection.read_body(b"hel").expect("data");
        assert_eq!(connection.limit_body(limit).is_ok(), fits, "{limit}");
        assert_eq!(connection.read_body(b"lo").is_ok(), fits, "{limit}");
    }

    // Five bytes are announced and read; six more come.
    for (limit, lowered, fits) in [(4, false, false), (5, true, false), (10, true, false)] {
        let mut connection = after(CHUNKED, Limits::default());
        let mut at = 0;
        while at < 10 {
            at += connection
                .read_body(&b"5\r\nhello\r\n"[at..])
                .expect("good so far")
                .consumed;
        }
        assert_eq!(connection.limit_body(limit).is_ok(), lowered, "{limit}");
        assert_eq!(connection.read_body(b"6\r\n").is_ok(), fits, "{limit}");
    }
    let mut connection = after(CHUNKED, Limits::default());
    let _ = connection.read_body(b"5\r\nhello").expect("data");
    // Lowered twice, with what was announced before counted once.
    assert_eq!(connection.limit_body(12), Ok(()));
    assert_eq!(connection.limit_body(11), Ok(()));
    assert_eq!(connection.limit_body(99), Ok(()));
    let _ = connection.read_body(b"\r\n6\r\n").expect("eleven");
    let mut at = 0;
    let rest = b"world!\r\n1\r\n";
    let error = loop {
        assert!(at < rest.len(), "the twelfth byte was let through");
        match connection.read_body(&rest[at..]) {
            Ok(step) => at += step.consumed,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), BodyErrorKind::TooLarge);
}

#[test]
fn a_trailer_line_is_consumed_when_it_is_whole() {
    let mut connection = after(CHUNKED, Limits::default());
    let rest = b"0\r\nDigest: abc\r\n\r\nGET";
    let step = connection.read_body(&rest[..13]).expect("good so far");
    assert_eq!((step.consumed, step.event), (3, BodyEvent::More));
    assert_eq!(
        connection.discard_body(&rest[3..14]),
        Ok(Discarded::More { consumed: 0 })
    );
    let step = connection.read_body(&rest[3..]).expect("a whole line");
    let field = Header {
        name: "Digest",
        value: b"abc",
    };
    assert_eq!((step.consumed, step.event), (13, BodyEvent::Trailer(field)));
    let end = connection.read_body(&rest[16..]).expect("the end");
    assert_eq!((end.consumed, end.event), (2, BodyEvent::End));
}

/// What was not consumed must come again; what comes in its place is judged, not trusted.
#[test]
fn other_bytes_in_the_place_of_a_trailer_line_are_refused() {
    for (other, at) in [
        (&b"nothing\r\n"[..], 7),
        (b"A b:cd\r\r\n", 1),
        (b": bcdef\r\n", 0),
        (b"A: \0cde\r\n", 3),
        (b"A: b\ncd\r\n", 4),
        (b"Te: cde\r\n", 2),
    ] {
        let mut connection = after(CHUNKED, Limits::default());
        let step = connection.read_body(b"0\r\nA: bcde\r").expect("good");
        assert_eq!((step.consumed, step.event), (3, BodyEvent::More));
        let error = connection.read_body(other).expect_err("other bytes");
        let kinds = [BodyErrorKind::Trailer, BodyErrorKind::TrailerForbidden];
        assert!(kinds.contains(&error.kind()), "{error}");
        assert_eq!(error.offset(), 3 + at, "{}", other.escape_ascii());
    }
}

/// What is left of a body that will not be read is no end of it, and no tunnel.
#[test]
fn a_body_that_is_cut_is_never_over() {
    let offer = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\
                  Content-Length: 9\r\n\r\n";
    let limits = Limits::builder().drain(4).build().expect("limits");
    for ends in [false, true] {
        let mut connection = after(offer, limits);
        let _ = connection.read_body(b"hell").expect("data");
        if ends {
            assert_eq!(connection.end_of_input(b""), EndOfInput::InBody);
        } else {
            assert_eq!(connection.discard_body(b"o"), Ok(Discarded::Close));
        }
        let error = connection.read_body(b"o wor").expect_err("cut");
        assert_eq!(error.kind(), BodyErrorKind::AfterError);
        assert_eq!(connection.discard_body(b"o wor"), Ok(Discarded::Close));
        let error = connection.switch_protocols().expect_err("cut");
        assert_eq!(error.kind(), HeadErrorKind::BodyUnread);
        assert!(!connection.is_reusable());
        assert_eq!(refusal(&mut connection), HeadErrorKind::AfterClose);
        assert_eq!(connection.end_of_input(b""), EndOfInput::InBody);
    }
}

#[test]
fn an_end_behind_an_error_changes_nothing() {
    let mut connection = after(CHUNKED, Limits::default());
    connection.read_body(b"x").expect_err("no size");
    assert_eq!(connection.end_of_input(b""), EndOfInput::AfterError);
    let error = connection.read_body(b"").expect_err("failed");
    assert_eq!(error.kind(), BodyErrorKind::AfterError);
    assert_eq!(refusal(&mut connection), HeadErrorKind::AfterError);
}
