//! The read buffer: the verdict table through small slots, growth, and what survives a refusal.

use std::io::{self, Read};

use proptest::prelude::*;
use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, FillError, HeadErrorKind, Limits, ReadBuf};
use shorttail::pool::{AcquireError, BufferPool};

use crate::nearly::request as nearly_good;
use crate::read_buf_steps;
use crate::support::{Facts, Verdict, bench, request as support_request, spell_field, whole};
use crate::table;

/// A socket that brings `step` bytes a read.
struct Steps<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Steps<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let step = self.step.min(room.len());
        self.rest.read(&mut room[..step])
    }
}

/// Classes that double from 16 bytes; the last holds every head within `limits`, and one byte.
fn classes(limits: Limits, slots: usize) -> BufferPool {
    let mut builder = BufferPool::builder();
    let mut bytes = 16;
    while bytes < limits.read_bytes() {
        builder = builder.class(bytes, slots);
        bytes *= 2;
    }
    let builder = builder.class(bytes.max(limits.read_bytes()), slots);
    builder.build().expect("a pool")
}

/// One request off `socket`, its head looked at when its body has been read.
fn request(
    connection: &mut Connection,
    input: &mut ReadBuf,
    arena: &Arena,
    socket: &mut Steps<'_>,
) -> Verdict {
    let head = loop {
        match input.parse_head(connection, arena) {
            Err(e) => return Verdict::Head(e.kind(), e.offset(), e.status()),
            Ok(Some(head)) => break head,
            Ok(None) => {
                let before = input.len();
                let read = input.read_from(socket).expect("room");
                assert_eq!(input.len(), before + read);
                if read == 0 {
                    return Verdict::PartialHead;
                }
            }
        }
    };
    let mut consumed = head.as_head().head_len();
    assert!(connection.head_passes() <= 3);
    let (mut body, mut trailers) = (Vec::new(), String::new());
    loop {
        let step = match connection.read_body(input) {
            Err(e) => return Verdict::Body(e.kind(), e.offset(), e.status()),
            Ok(step) => step,
        };
        let (end, more) = (step.event == BodyEvent::End, step.event == BodyEvent::More);
        match step.event {
            BodyEvent::Data(data) => body.extend_from_slice(data),
            BodyEvent::Trailer(field) => trailers += &spell_field(field),
            BodyEvent::More | BodyEvent::End => {}
        }
        let taken = step.consumed;
        input.consume(taken);
        consumed += taken;
        if end {
            break;
        }
        if more && input.read_from(socket).expect("room") == 0 {
            return Verdict::PartialBody;
        }
    }
    Verdict::Accepted(Facts {
        body,
        trailers,
        consumed,
        ..Facts::of(&head.as_head())
    })
}

fn hold(limits: Limits, pool: &BufferPool, id: &str, bytes: &[u8]) {
    let verdict = whole(limits, bytes);
    for step in [1, 7, 64, bytes.len()] {
        let (mut connection, arenas) = bench(limits);
        let arena = arenas.try_acquire().expect("an arena");
        let mut input = ReadBuf::new(pool, 16);
        let mut socket = Steps { rest: bytes, step };
        let got = request(&mut connection, &mut input, &arena, &mut socket);
        let row = format!("{id} {}: {step} a read", bytes.escape_ascii());
        assert_eq!(got, verdict, "{row}");
        assert!(connection.head_bytes_examined() <= 3 * bytes.len(), "{row}");
        drop(input);
        assert_eq!(pool.outstanding(), 0, "{row}");
    }
}

#[test]
fn every_row_holds_when_its_buffer_grows() {
    let limits = Limits::default();
    let pool = classes(limits, 2);
    for table in table::ALL {
        for (id, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            hold(limits, &pool, id, &bytes);
        }
    }
}

#[test]
fn every_limit_row_holds_when_its_buffer_grows() {
    let limits = Limits::builder().fields(4).target(64).line(128).head(256);
    let limits = limits.trailers(64).body(16).build().expect("limits");
    let pool = classes(limits, 2);
    for (id, bytes, _) in table::limits::rows() {
        hold(limits, &pool, id, &bytes);
    }
}

/// What was consumed is room, if not of a larger slot: none is needed.
#[test]
fn consumed_bytes_are_room_where_there_is_no_larger_slot() {
    let pool = BufferPool::builder().class(64, 1).build().expect("a pool");
    let mut input = ReadBuf::new(&pool, 64);
    let bytes: Vec<u8> = (0..64).collect();
    assert_eq!(input.read_from(&mut bytes.as_slice()).expect("room"), 64);
    input.consume(10);
    assert_eq!(input.read_from(&mut [64, 65].as_slice()).expect("room"), 2);
    assert!((10..66).eq(input.iter().copied()));
    assert_eq!(input.moves(), 0);
}

fn head_of(len: usize) -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    head.resize(len - 4, b'x');
    head.extend(b"\r\n\r\n");
    head
}

#[test]
fn a_head_moves_once_a_class_and_is_read_in_three_passes() {
    let limits = Limits::default();
    let pool = classes(limits, 1);
    let head = head_of(3000);
    for step in [1, 100, 4000] {
        let (mut connection, arenas) = bench(limits);
        let arena = arenas.try_acquire().expect("an arena");
        let mut input = ReadBuf::new(&pool, 16);
        let mut socket = Steps { rest: &head, step };
        let verdict = request(&mut connection, &mut input, &arena, &mut socket);
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        assert_eq!(input.moves(), 8, "16 to 4096"); // once a doubling
        let examined = connection.head_bytes_examined();
        assert!(examined <= 3 * head.len(), "{examined} bytes");
    }
}

#[test]
fn a_head_beyond_the_limit_is_431_and_not_a_matter_of_the_pool() {
    let limits = Limits::builder().target(64).line(128).head(256);
    let limits = limits.build().expect("limits");
    let pool = BufferPool::builder()
        .class(16, 1)
        .class(limits.read_bytes(), 1);
    let pool = pool.build().expect("a pool");
    let mut endless = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    endless.extend(b"X: yyyyyyyyyy\r\n".repeat(40));
    let (mut connection, arenas) = bench(limits);
    let arena = arenas.try_acquire().expect("an arena");
    let mut input = ReadBuf::new(&pool, 16);
    let mut socket = Steps {
        rest: &endless,
        step: 9,
    };
    let verdict = request(&mut connection, &mut input, &arena, &mut socket);
    assert_eq!(
        verdict,
        Verdict::Head(HeadErrorKind::HeadTooLarge, 256, 431)
    );
}

#[test]
fn a_pool_without_a_larger_slot_loses_nothing() {
    let limits = Limits::default();
    let pool = BufferPool::builder().class(64, 2).class(4096, 1).build();
    let pool = pool.expect("a pool");
    let (mut connection, arenas) = bench(limits);
    let arena = arenas.try_acquire().expect("an arena");
    let bytes = head_of(300);
    let mut socket = &bytes[..];
    let mut input = ReadBuf::new(&pool, 64);
    input.read_from(&mut socket).expect("room");
    assert!(
        input
            .parse_head(&mut connection, &arena)
            .expect("good")
            .is_none()
    );

    let hostage = pool.try_acquire(4096).expect("a slot");
    for _ in 0..2 {
        let refused = input.read_from(&mut socket).expect_err("no room");
        let FillError::NoRoom(AcquireError::Exhausted { slot_bytes, .. }) = refused else {
            panic!("{refused}")
        };
        assert_eq!((slot_bytes, &input[..]), (4096, &bytes[..64]));
    }
    drop(hostage);
    input.read_from(&mut socket).expect("room");
    let head = input.parse_head(&mut connection, &arena).expect("good");
    assert_eq!(head.expect("complete").as_head().head_len(), 300);
    assert_eq!(input.moves(), 1);

    // Beside a head that is kept, what follows it needs a slot of its own.
    let two = [head_of(40), b"GET".to_vec()].concat();
    let mut small = ReadBuf::new(&pool, 64);
    small.read_from(&mut &two[..]).expect("room");
    let head = small.parse_head(&mut connection, &arena).expect("good");
    let head = head.expect("complete");
    let hostages = [pool.try_acquire(64), pool.try_acquire(64)];
    assert!(small.room().is_err());
    assert_eq!(&small[..], b"GET");
    drop(head);
    assert_eq!(small.room().expect("its own slot again").len(), 3);
    drop(hostages);
}

#[test]
fn what_follows_a_head_that_is_kept_moves_to_a_slot_that_holds_it() {
    let limits = Limits::default();
    let pool = BufferPool::builder().class(16, 1).class(256, 2).build();
    let pool = pool.expect("a pool");
    let (mut connection, arenas) = bench(limits);
    let arena = arenas.try_acquire().expect("an arena");
    let bytes = [head_of(40), vec![b'b'; 100]].concat();
    let mut socket = &bytes[..];
    let mut input = ReadBuf::new(&pool, 16);
    while input.read_from(&mut socket).expect("room") > 0 {}
    let head = input.parse_head(&mut connection, &arena).expect("good");
    let head = head.expect("complete");
    input.read_from(&mut &b"c"[..]).expect("room");
    assert_eq!(input[..], [&bytes[40..], b"c"].concat());
    assert_eq!((head.as_head().head_len(), pool.outstanding()), (40, 2));
}

#[test]
fn consumed_bytes_make_room_and_a_larger_slot_goes_back() {
    let pool = BufferPool::builder().class(16, 1).class(32, 1).build();
    let pool = pool.expect("a pool");
    let mut input = ReadBuf::new(&pool, 16);
    assert_eq!((input.len(), pool.outstanding()), (0, 0));
    let mut socket = &b"0123456789abcdefghijklmnopqrstuv"[..];
    input.read_from(&mut socket).expect("room");
    input.consume(9);
    input.read_from(&mut socket).expect("room");
    assert_eq!((&input[..], input.moves()), (&b"9abcdefghijklmno"[..], 0));
    // Fewer were consumed than are left: the larger class.
    input.consume(2);
    input.read_from(&mut socket).expect("room");
    assert_eq!((input.len(), input.moves()), (14 + 7, 1));
    input.consume(21);
    assert_eq!((input.len(), pool.outstanding()), (0, 0));
    // The first class again, and kept.
    input.read_from(&mut &b"x"[..]).expect("room");
    input.consume(1);
    assert_eq!(pool.outstanding(), 1);
    assert_eq!(input.room().expect("its slot").capacity(), 16);
    input.release_unused();
    assert_eq!(pool.outstanding(), 0);
}

#[test]
#[should_panic(expected = "consume 2 of 1")]
fn more_than_there_is_cannot_be_consumed() {
    let pool = BufferPool::builder().class(16, 1).build().expect("a pool");
    let mut input = ReadBuf::new(&pool, 16);
    input.read_from(&mut &b"x"[..]).expect("room");
    input.consume(2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Neither the buffer's classes nor the reads change a verdict, pipelined or not.
    #[test]
    fn growth_changes_no_verdict(
        first in nearly_good(),
        second in nearly_good(),
        step in 1..80usize,
        begin in 1..200usize,
    ) {
        let limits = Limits::default();
        let pool = classes(limits, 2);
        let (mut whole_connection, arenas) = bench(limits);
        let (mut connection, others) = bench(limits);
        let bytes = [first, second].concat();
        let mut socket = Steps { rest: &bytes, step };
        let mut input = ReadBuf::new(&pool, begin);
        let mut at = 0;
        for _ in 0..2 {
            let (arena, other) = (arenas.try_acquire(), others.try_acquire());
            let (arena, other) = (arena.expect("an arena"), other.expect("an arena"));
            let rest = &bytes[at..];
            let mut cuts = [rest.len()].into_iter();
            let want = support_request(&mut whole_connection, &arena, rest, &mut cuts);
            let got = request(&mut connection, &mut input, &other, &mut socket);
            prop_assert_eq!(&got, &want);
            let Verdict::Accepted(facts) = want else {
                break;
            };
            at += facts.consumed;
        }
        drop(input);
        prop_assert_eq!(pool.outstanding(), 0);
    }
    /// Nor does what becomes of the heads before.
    #[test]
    fn heads_that_are_kept_change_nothing_and_stay_what_they_were(
        steps in prop::collection::vec(any::<u8>(), 0..60),
        requests in prop::collection::vec(nearly_good(), 1..6),
    ) {
        read_buf_steps::run(&steps, &requests.concat());
    }
}
