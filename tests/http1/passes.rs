//! The pass bound, whatever the cuts.

use shorttail::arena::Arena;
use shorttail::http1::{Connection, HeadErrorKind, Limits};

use crate::support::{bench, whole};

/// A head of exactly `len` bytes with `fields` padded fields.
fn head_of(len: usize, fields: usize) -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    let each = (len - head.len() - 2) / fields;
    for _ in 1..fields {
        head.extend(format!("X: {}\r\n", "v".repeat(each - 5)).bytes());
    }
    let rest = len - head.len() - 2;
    head.extend(format!("X: {}\r\n\r\n", "v".repeat(rest - 5)).bytes());
    assert_eq!(head.len(), len);
    head
}

fn is_whole(connection: &mut Connection, read: &[u8], arena: &Arena) -> bool {
    let head = connection.parse_head(read, arena);
    head.expect("a good head, or a part of one").is_some()
}

fn read_in_steps(connection: &mut Connection, bytes: &[u8], step: usize) -> u8 {
    let (_, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let mut seen = 0;
    loop {
        seen = (seen + step).min(bytes.len());
        if is_whole(connection, &bytes[..seen], &arena) {
            assert_eq!(seen, bytes.len());
            let (passes, examined) = (connection.head_passes(), connection.head_bytes_examined());
            // Every pass but the first, which is made in hope, looks at each byte, or goes on
            // where the first has stopped.
            let least = usize::from(passes.max(2)) - 1;
            assert!(
                examined >= least * bytes.len(),
                "step {step}: {examined} bytes"
            );
            assert!(
                examined <= usize::from(passes) * bytes.len(),
                "step {step}: {examined} bytes"
            );
            return passes;
        }
    }
}

#[test]
fn an_8_kib_head_takes_three_passes_at_one_byte_a_read() {
    let head = head_of(8192, 60);
    for step in [1, 7, 536, 4096] {
        let mut connection = Connection::new(Limits::default());
        assert_eq!(
            read_in_steps(&mut connection, &head, step),
            3,
            "step {step}"
        );
    }
}

#[test]
fn a_head_in_one_read_takes_one_pass() {
    let mut connection = Connection::new(Limits::default());
    assert_eq!(read_in_steps(&mut connection, &head_of(700, 12), 700), 1);
}

#[test]
fn the_table_grows_within_the_pass() {
    let mut connection = Connection::new(Limits::default());
    assert_eq!(read_in_steps(&mut connection, &head_of(4096, 100), 4096), 1);
}

#[test]
fn blank_lines_alone_are_no_pass() {
    let mut head = b"\r\n\r\n".to_vec();
    head.extend(head_of(200, 3));
    let mut connection = Connection::new(Limits::default());
    let (_, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    for seen in [1, 2, 3, 4, 5] {
        assert!(!is_whole(&mut connection, &head[..seen], &arena));
    }
    assert!(is_whole(&mut connection, &head, &arena));
    assert!(connection.head_passes() <= 3);
    assert!(connection.head_bytes_examined() <= 3 * head.len());
}

#[test]
fn a_shrunken_buffer_starts_again() {
    let head = head_of(300, 3);
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    assert!(!is_whole(&mut connection, &head[..200], &arena));
    assert!(!is_whole(&mut connection, &head[..50], &arena));
    assert!(is_whole(&mut connection, &head, &arena));
}

/// Other bytes than those scanned before are the caller's mistake; it costs a refusal at most.
#[test]
fn an_exchanged_buffer_is_parsed_for_what_it_is() {
    let head = head_of(300, 3);
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    assert!(!is_whole(&mut connection, &head[..200], &arena));
    let other = connection.parse_head(b"GET /other HTTP/1.1\r\nHost: b\r\n\r\n", &arena);
    assert_eq!(other.expect("good").expect("complete").target(), "/other");

    assert!(!is_whole(&mut connection, &head[..200], &arena));
    let mut longer = head.clone();
    longer[3] = 0;
    let error = connection
        .parse_head(&longer, &arena)
        .expect_err("a NUL in the method");
    assert_eq!((error.status(), error.offset()), (400, 3));
}

#[test]
fn pipelined_heads_read_one_after_another() {
    let mut bytes = Vec::new();
    for n in 0..16 {
        bytes.extend(format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n").bytes());
    }
    let (mut connection, arenas) = bench(Limits::default());
    let mut rest = bytes.as_slice();
    for n in 0..16 {
        let arena = arenas.try_acquire().expect("an arena");
        let head = connection
            .parse_head(rest, &arena)
            .expect("good")
            .expect("complete");
        assert_eq!(head.target(), format!("/{n}"));
        assert_eq!(connection.head_passes(), 1);
        assert_eq!(connection.head_bytes_examined(), head.head_len());
        rest = &rest[head.head_len()..];
    }
    assert!(rest.is_empty());
}

#[test]
fn the_default_limits_hold_in_one_read_and_in_many() {
    use shorttail::http1::HeadErrorKind as Kind;
    let line = |fields: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").into_bytes();
    let long_target = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(8192));
    let cases = [
        (Kind::TooManyFields, line(&"A: b\r\n".repeat(128))),
        (
            Kind::LineTooLong,
            line(&format!("A: {}\r\n", "b".repeat(16 * 1024 - 2))),
        ),
        (
            Kind::HeadTooLarge,
            line(&format!("A: {}\r\n", "b".repeat(11_000)).repeat(3)),
        ),
        (Kind::TargetTooLong, long_target.into_bytes()),
    ];
    for (kind, bytes) in cases {
        let once = whole(Limits::default(), &bytes);
        let crate::support::Verdict::Head(got, ..) = &once else {
            panic!("{once:?}")
        };
        assert_eq!(*got, kind);
        for step in [7, 511] {
            let cuts = &mut (1..bytes.len()).step_by(step);
            assert_eq!(crate::support::fresh(Limits::default(), &bytes, cuts), once);
        }
    }
    let ok = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(7999));
    assert!(matches!(
        whole(Limits::default(), ok.as_bytes()),
        crate::support::Verdict::Accepted(_)
    ));
}

/// What httparse does not know is split where the scanner has judged it; other bytes in its place
/// are judged again.
#[test]
fn other_bytes_in_the_place_of_a_scanned_head_are_refused() {
    let good = b"GET /abc HTTP/1.7\r\nHost: a\r\nXyz: abc\r\n\r\n";
    let others: [(&[u8], HeadErrorKind); 11] = [
        (
            b"GET /abc HTTP/2.7\r\nHost: a\r\nXyz: abc\r\n\r\n",
            HeadErrorKind::UnsupportedVersion,
        ),
        (
            b"GET  /bc HTTP/1.7\r\nHost: a\r\nXyz: abc\r\n\r\n",
            HeadErrorKind::Target,
        ),
        (
            b"GET /\xc3\xa4c HTTP/1.7\r\nHost: a\r\nXyz: abc\r\n\r\n",
            HeadErrorKind::Target,
        ),
        (
            b"GET /abc HTTP/1.7\r\nHost: a\r\nXyz: abcd\n\r\n",
            HeadErrorKind::LineEnd,
        ),
        (
            b"G\0T /abc HTTP/1.7\r\nHost: a\r\nXyz: abc\r\n\r\n",
            HeadErrorKind::Method,
        ),
        (
            b"GET /a\0c HTTP/1.7\r\nHost: a\r\nXyz: abc\r\n\r\n",
            HeadErrorKind::Target,
        ),
        (
            b"GET /a c HTTP/1.7\r\nHost: a\r\nXyz: abc\r\n\r\n",
            HeadErrorKind::Version,
        ),
        (
            b"GET /abc HTTP/1.7\r\nHost: a\r\nX\0z: abc\r\n\r\n",
            HeadErrorKind::FieldName,
        ),
        (
            b"GET /abc HTTP/1.7\r\nHost: a\r\nXyz: a\0c\r\n\r\n",
            HeadErrorKind::FieldValue,
        ),
        (
            b"GET /abc HTTP/1.7\r\nHost: a\r\nXyz:\r\nbc\r\n\r\n",
            HeadErrorKind::FieldName,
        ),
        (
            b"GET /abc HTTP/1.7\r\nHost: a Xyz: abc\r\n\r\n\r\n",
            HeadErrorKind::LineEnd, // a shorter head
        ),
    ];
    for (other, kind) in others {
        let limits = Limits::default();
        let (mut connection, arenas) = bench(limits);
        let arena = arenas.try_acquire().expect("an arena");
        let last = good.len() - 1;
        assert!(matches!(
            connection.parse_head(&good[..last], &arena),
            Ok(None)
        ));
        let error = connection
            .parse_head(other, &arena)
            .expect_err("other bytes");
        assert_eq!(error.kind(), kind, "{}", other.escape_ascii());
    }
}

/// The limits hold for those bytes too.
#[test]
fn longer_parts_in_the_place_of_scanned_ones_are_refused() {
    let limits = Limits::builder().target(48).line(112);
    let limits = limits.build().expect("limits");
    let of = |method: usize, target: usize, values: [usize; 2]| {
        let [method, target] = [method, target - 1].map(|len| "A".repeat(len));
        let [one, two] = values.map(|len| "v".repeat(len));
        format!("{method} /{target} HTTP/1.7\r\nHost: a\r\nX: {one}\r\nY: {two}\r\n\r\n")
            .into_bytes()
    };
    let good = of(20, 40, [98, 98]);
    let others = [
        (of(33, 27, [98, 98]), HeadErrorKind::MethodTooLong),
        (of(3, 49, [102, 102]), HeadErrorKind::TargetTooLong),
        (of(20, 40, [110, 86]), HeadErrorKind::LineTooLong),
    ];
    for (other, kind) in others {
        assert_eq!(other.len(), good.len());
        let (mut connection, arenas) = bench(limits);
        let arena = arenas.try_acquire().expect("an arena");
        let last = good.len() - 1;
        assert!(matches!(
            connection.parse_head(&good[..last], &arena),
            Ok(None)
        ));
        let error = connection
            .parse_head(&other, &arena)
            .expect_err("other bytes");
        assert_eq!(error.kind(), kind);
    }
}

/// A retry behind a full arena begins with the scan that was made; other bytes do not.
#[test]
fn a_scan_from_before_a_full_arena_is_not_for_other_bytes() {
    let (head, other) = (head_of(300, 3), head_of(900, 40));
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let none = Arena::new(16).expect("a small arena");
    assert!(matches!(
        connection.parse_head(&head[..200], &arena),
        Ok(None)
    ));
    let error = connection.parse_head(&head, &none).expect_err("no room");
    assert_eq!(error.kind(), HeadErrorKind::ArenaFull);
    assert!(matches!(
        connection.parse_head(&other[..250], &arena),
        Ok(None)
    ));
    let whole = connection.parse_head(&other, &arena);
    assert_eq!(whole.expect("good").expect("complete").headers().len(), 41);
}

/// What is new goes on with a value, so that it would be passed over, were there still a head.
#[test]
fn nothing_is_passed_over_behind_a_time_out_or_a_close() {
    let head = b"GET / HTTP/1.1\r\nHost: abc";
    for (close, kind) in [
        (true, HeadErrorKind::AfterClose),
        (false, HeadErrorKind::AfterError),
    ] {
        let (mut connection, arenas) = bench(Limits::default());
        let arena = arenas.try_acquire().expect("an arena");
        let partial = connection.parse_head(&head[..head.len() - 2], &arena);
        assert!(partial.expect("partial").is_none());
        if close {
            connection.close();
        } else {
            assert_eq!(connection.time_out().kind(), HeadErrorKind::TimedOut);
        }
        let error = connection.parse_head(&head[..head.len() - 1], &arena);
        assert_eq!(error.expect_err("over").kind(), kind);
    }
}
