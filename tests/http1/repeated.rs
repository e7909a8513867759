//! A connection with memory: what it says of a head, parsed or known from the one before.

use shorttail::http1::{Connection, HeadErrorKind, Limits, Strict};

use crate::support::{Verdict, bench, request, spell, whole};
use crate::table;

const FIELDS: &str = "Host: a\r\nCookie: b=1\r\nX-Own: c\r\nCookie: d=2\r\n\r\n";

/// What a connection with memory says of each head, and which it took for repeated.
fn told(connection: &mut Connection, heads: &[String]) -> Vec<(String, bool)> {
    let (_, arenas) = bench(*connection.limits());
    let tell = |head: &String| {
        let arena = arenas.try_acquire().expect("an arena");
        let found = connection.parse_head(head.as_bytes(), &arena);
        let text = spell(&found.expect("good").expect("complete"));
        assert_eq!(connection.head_passes(), 1);
        assert_eq!(connection.head_bytes_examined(), head.len());
        (text, connection.head_is_repeated())
    };
    heads.iter().map(tell).collect()
}

/// Whether each of two heads is taken for a repeated one.
fn repeats(limits: Limits, room: usize, heads: [&str; 2]) -> [bool; 2] {
    let mut connection = Connection::with_memory(limits, room);
    let told = told(&mut connection, &heads.map(String::from));
    [told[0].1, told[1].1]
}

/// Whether heads are known again at all.
const fn is_able() -> bool {
    cfg!(all(target_arch = "x86_64", not(shorttail_portable)))
}

#[test]
fn the_same_fields_are_known_behind_any_path() {
    let targets = [
        "/",
        "/longer?than=that",
        "/",
        "/x",
        "/the/same",
        "/the/same",
    ];
    let heads = targets.map(|target| format!("GET {target} HTTP/1.1\r\n{FIELDS}"));
    let known = told(&mut Connection::with_memory(Limits::default(), 512), &heads);
    let parsed = told(&mut Connection::new(Limits::default()), &heads);
    for (at, (known, parsed)) in known.iter().zip(&parsed).enumerate() {
        assert_eq!(known.0, parsed.0);
        assert_eq!((known.1, parsed.1), (at > 0 && is_able(), false), "{at}");
    }
}

#[test]
fn one_byte_makes_other_fields() {
    let first = format!("GET / HTTP/1.1\r\n{FIELDS}");
    let line = first.len() - FIELDS.len();
    for at in line..first.len() {
        let mut other = first.clone().into_bytes();
        other[at] ^= 1;
        let mut connection = Connection::with_memory(Limits::default(), 512);
        let (mut plain, arenas) = bench(Limits::default());
        let arena = arenas.try_acquire().expect("an arena");
        assert!(matches!(
            connection.parse_head(first.as_bytes(), &arena),
            Ok(Some(_))
        ));
        let known = connection
            .parse_head(&other, &arena)
            .map(|head| head.map(|it| spell(&it)));
        let parsed = plain
            .parse_head(&other, &arena)
            .map(|head| head.map(|it| spell(&it)));
        assert_eq!(known, parsed, "{at}");
        assert!(!connection.head_is_repeated(), "{at}");
    }
}

#[test]
fn what_does_not_follow_from_the_fields_is_parsed() {
    let limits = Limits::default();
    let get = format!("GET / HTTP/1.1\r\n{FIELDS}");
    for other in [
        format!("GET / HTTP/1.0\r\n{FIELDS}"),
        format!("GET http://a/ HTTP/1.1\r\n{FIELDS}"),
        format!("OPTIONS * HTTP/1.1\r\n{FIELDS}"),
        format!("\r\nGET / HTTP/1.1\r\n{FIELDS}"),
    ] {
        assert_eq!(repeats(limits, 512, [&get, &other]), [false; 2], "{other}");
        if !other.contains("1.0") {
            assert_eq!(repeats(limits, 512, [&other, &get]), [false; 2], "{other}");
        }
    }
    let mut connection = Connection::with_memory(limits, 512);
    let (_, arenas) = bench(limits);
    let arena = arenas.try_acquire().expect("an arena");
    assert!(matches!(
        connection.parse_head(get.as_bytes(), &arena),
        Ok(Some(_))
    ));
    let connect = get.replace("GET", "CONNECT");
    let error = connection.parse_head(connect.as_bytes(), &arena);
    assert_eq!(
        error.map(|_| ()).map_err(|it| it.kind()),
        Err(HeadErrorKind::TargetForm)
    );
    let strict = Limits::builder()
        .refuse(Strict::OddTarget)
        .build()
        .expect("limits");
    assert_eq!(repeats(strict, 512, [&get, &get]), [false; 2]);
}

#[test]
fn fields_and_table_must_fit() {
    let get = format!("GET / HTTP/1.1\r\n{FIELDS}");
    let room = FIELDS.len() + 64 + 4 * 16;
    assert_eq!(repeats(Limits::default(), room, [&get, &get])[1], is_able());
    assert!(!repeats(Limits::default(), room - 1, [&get, &get])[1]);
}

#[test]
fn eight_heads_that_differ_end_it() {
    let same = format!("GET / HTTP/1.1\r\n{FIELDS}");
    let mut connection = Connection::with_memory(Limits::default(), 512);
    let other = |number: usize| format!("GET / HTTP/1.1\r\nHost: {number}\r\n\r\n");
    for (misses, known) in [(7, is_able()), (8, false)] {
        let mut heads: Vec<String> = (0..misses).map(other).collect();
        heads.extend([same.clone(), same.clone()]);
        let told = told(&mut connection, &heads);
        let repeated = told.iter().filter(|(_, repeated)| *repeated).count();
        assert_eq!(repeated, usize::from(known), "{misses} misses");
        connection = Connection::with_memory(Limits::default(), 512);
    }
}

#[test]
fn a_part_of_the_same_head_is_no_other_head() {
    let head = format!("GET / HTTP/1.1\r\n{FIELDS}");
    let mut connection = Connection::with_memory(Limits::default(), 512);
    for round in 0..40 {
        let (_, arenas) = bench(Limits::default());
        let arena = arenas.try_acquire().expect("an arena");
        let part = &head.as_bytes()[..head.len() - 1 - round];
        assert!(matches!(connection.parse_head(part, &arena), Ok(None)));
        assert!(matches!(
            connection.parse_head(head.as_bytes(), &arena),
            Ok(Some(_))
        ));
    }
    assert_eq!(told(&mut connection, &[head])[0].1, is_able());
}

#[test]
fn what_is_remembered_is_not_printed() {
    let mut connection = Connection::with_memory(Limits::default(), 512);
    told(&mut connection, &[format!("GET / HTTP/1.1\r\n{FIELDS}")]);
    let printed = format!("{connection:?}");
    assert!(printed.contains("Memory"), "{printed}");
    let cookie = b"Cookie".map(|byte| byte.to_string()).join(", ");
    assert!(!printed.contains(&cookie), "{printed}");
}

/// Each row behind itself, and behind a request that is good.
#[test]
fn every_row_has_the_same_verdict_with_memory() {
    let limits = Limits::default();
    for table in table::ALL {
        for (id, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            let verdict = whole(limits, &bytes);
            let (_, arenas) = bench(limits);
            let mut connection = Connection::with_memory(limits, 1 << 16);
            for _ in 0..3 {
                let arena = arenas.try_acquire().expect("an arena");
                let again = request(
                    &mut connection,
                    &arena,
                    &bytes,
                    &mut [bytes.len()].into_iter(),
                );
                assert_eq!(again, verdict, "{id}");
                if !matches!(&verdict, Verdict::Accepted(facts) if facts.keep_alive) {
                    break;
                }
            }
        }
    }
}
