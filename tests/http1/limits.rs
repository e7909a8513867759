//! Which limits can be held.

use shorttail::arena::Arena;
use shorttail::http1::{ConfigError, Connection, HeadErrorKind, Lenient, Limits};

use crate::support::{Verdict, whole};

#[test]
fn defaults_are_the_published_ones() {
    let limits = Limits::default();
    assert_eq!(Limits::builder().build(), Ok(limits));
    assert_eq!(
        (limits.fields(), limits.head(), limits.line()),
        (128, 32 * 1024, 16 * 1024)
    );
    assert_eq!((limits.target(), limits.trailers()), (8 * 1024, 16 * 1024));
    assert_eq!((limits.body(), limits.drain()), (1024 * 1024, 64 * 1024));
}

#[test]
fn limits_that_contradict_each_other_are_refused() {
    const MIB: usize = 1024 * 1024;
    let new = Limits::builder;
    let cases = [
        (new().fields(0), Err(ConfigError::Fields)),
        (new().fields(256), Err(ConfigError::Fields)),
        (new().target(0), Err(ConfigError::Target)),
        (new().target(16 * 1024 - 63), Err(ConfigError::Line)),
        (new().line(8 * 1024 + 63), Err(ConfigError::Line)),
        (new().head(16 * 1024), Err(ConfigError::Head)),
        (new().head(MIB + 1), Err(ConfigError::Head)),
        (new().trailers(1), Err(ConfigError::Trailers)),
        (new().trailers(MIB + 1), Err(ConfigError::Trailers)),
    ];
    for (builder, want) in cases {
        assert_eq!(builder.build(), want);
    }
    assert!(
        new()
            .fields(255)
            .line(8 * 1024 + 64)
            .head(MIB)
            .trailers(2)
            .build()
            .is_ok()
    );
}

/// The most fields, in the worst arrival: a first table, then the one that fits.
#[test]
fn the_arena_bytes_asked_for_suffice() {
    let limits = Limits::builder().fields(255).build().expect("limits");
    let mut head = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    head.extend(b"A: b\r\n".repeat(254));
    head.extend(b"\r\n");
    let mut arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let mut connection = Connection::new(limits);
    for cut in [head.len(), 900, 900] {
        let _ = connection
            .parse_head(&head[..cut], &arena)
            .expect("so far good");
        if cut < head.len() {
            let head = connection
                .parse_head(&head, &arena)
                .expect("room")
                .expect("complete");
            assert_eq!(head.headers().len(), 255);
        }
        arena.reset();
    }
}

/// Names and values longer than sixteen bits count keep their places in the table.
#[test]
fn a_head_of_the_largest_size_is_told_whole() {
    const MIB: usize = 1024 * 1024;
    let limits = Limits::builder().line(MIB - 1).head(MIB).build();
    let limits = limits.expect("limits");
    let arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let (start, end) = (b"GET / HTTP/1.1\r\nHost: a\r\nCookie: \r\n", b"\r\n\r\n");
    let room = MIB - start.len() - 2 - end.len();
    let (name, value) = ("n".repeat(room / 3), "v".repeat(room - room / 3));
    let mut head = start.to_vec();
    head.extend(format!("{name}: {value}").bytes());
    head.extend(end);
    assert_eq!(head.len(), MIB);
    let mut connection = Connection::new(limits);
    let parsed = connection.parse_head(&head, &arena);
    let parsed = parsed.expect("good").expect("complete");
    let fields: Vec<_> = parsed.headers().collect();
    assert_eq!((fields[1].name, fields[1].value), ("Cookie", &b""[..]));
    assert_eq!(
        (fields[2].name, fields[2].value),
        (name.as_str(), value.as_bytes())
    );
}

/// Spaces that were allowed are within the line's limit.
#[test]
fn allowed_spaces_are_limited_as_the_line_is() {
    let limits = Limits::builder()
        .allow(Lenient::ManySpaces)
        .target(8)
        .line(80)
        .head(400);
    let limits = limits.build().expect("limits");
    for (before, behind, fits) in [(60, 1, true), (1, 60, true), (99, 1, false), (1, 99, false)] {
        let (before, behind) = (" ".repeat(before), " ".repeat(behind));
        let head = format!("GET{before}/{behind}HTTP/1.1\r\nHost: a\r\n\r\n");
        match whole(limits, head.as_bytes()) {
            Verdict::Accepted(_) => assert!(fits, "{head}"),
            Verdict::Head(kind, at, _) => {
                assert_eq!(
                    (kind, at, fits),
                    (HeadErrorKind::LineTooLong, 80, false),
                    "{head}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
