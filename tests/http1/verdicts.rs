//! The conformance table: each row whole, at every split, byte by byte, and pipelined.

use shorttail::http1::{Engine, Framing, Limits};

use crate::support::{Verdict, bench, fresh, request, whole};
use crate::table;

const GOOD: &[u8] = b"POST /good HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";

/// One line of text for a verdict, as the rows spell it.
fn spell(verdict: &Verdict) -> String {
    match verdict {
        Verdict::PartialHead => "partial head".into(),
        Verdict::PartialBody => "partial body".into(),
        Verdict::Head(kind, at, status) => format!("{status} {kind:?} @{at}"),
        Verdict::Body(kind, at, status) => format!("{status} {kind:?} @{at}"),
        Verdict::Accepted(facts) => {
            let mut text = match facts.framing {
                Framing::None => "none".into(),
                Framing::Length(length) => format!("length {length}"),
                Framing::Chunked => "chunked".to_string(),
            };
            text += if facts.keep_alive { " keep" } else { " close" };
            for (holds, word) in [
                (facts.expects_continue, " 100"),
                (facts.upgrade, " upgrade"),
                (facts.odd_target, " odd"),
            ] {
                text += if holds { word } else { "" };
            }
            if !facts.repeated.is_empty() {
                text += &format!(" again={}", facts.repeated.join(","));
            }
            if !facts.body.is_empty() {
                text += &format!(" body={}", facts.body.escape_ascii());
            }
            if !facts.trailers.is_empty() {
                text += &format!(" trailers{}", facts.trailers);
            }
            text
        }
    }
}

/// What a good request behind that verdict comes to: N10 and N3 of the table.
fn then(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Head(..) | Verdict::Body(..) => "400 AfterError @0",
        Verdict::PartialBody => "500 BodyUnread @0",
        Verdict::Accepted(facts) if facts.keep_alive => "length 2 keep body=ok",
        Verdict::Accepted(_) => "400 AfterClose @0",
        Verdict::PartialHead => unreachable!("nothing follows half a head"),
    }
}

/// Holds one row at every cut.
fn hold(id: &str, limits: Limits, input: &[u8], want: &str) {
    let row = format!("{id} {}", input.escape_ascii());
    let verdict = whole(limits, input);
    assert_eq!(spell(&verdict), want, "{row}: whole");
    if let Verdict::Accepted(facts) = &verdict {
        assert_eq!(facts.consumed, input.len(), "{row}: consumed");
    }
    if !matches!(verdict, Verdict::PartialHead | Verdict::PartialBody) {
        let more = [input, GOOD].concat();
        assert_eq!(whole(limits, &more), verdict, "{row}: with more behind it");
    }
    for cut in 1..input.len() {
        let split = fresh(limits, input, &mut [cut, input.len()].into_iter());
        assert_eq!(split, verdict, "{row}: split at {cut}");
    }
    assert_eq!(
        fresh(limits, input, &mut (1..input.len())),
        verdict,
        "{row}: byte by byte"
    );

    behind_a_good_one(&row, limits, input, &verdict);

    let (mut connection, arenas) = bench(limits);
    let mut arena = arenas.try_acquire().expect("an arena");
    for cuts in [vec![input.len()], (1..input.len()).collect()] {
        let good = request(&mut connection, &arena, GOOD, &mut [GOOD.len()].into_iter());
        assert_eq!(spell(&good), "length 2 keep body=ok");
        arena.reset();
        let behind = request(&mut connection, &arena, input, &mut cuts.into_iter());
        assert_eq!(behind, verdict, "{row}: pipelined");
        arena.reset();
        if verdict != Verdict::PartialHead {
            let after = request(&mut connection, &arena, GOOD, &mut [GOOD.len()].into_iter());
            assert_eq!(spell(&after), then(&verdict), "{row}: what follows");
            arena.reset();
        }
        connection = bench(limits).0;
    }
}

/// Holds one row that comes in one read with the request before it.
fn behind_a_good_one(row: &str, limits: Limits, input: &[u8], verdict: &Verdict) {
    let (mut connection, arenas) = bench(limits);
    let arena = arenas.try_acquire().expect("an arena");
    let both = [GOOD, input].concat();
    let good = request(
        &mut connection,
        &arena,
        &both,
        &mut [both.len()].into_iter(),
    );
    let Verdict::Accepted(facts) = good else {
        panic!("{row}: {good:?} before it")
    };
    assert_eq!(facts.consumed, GOOD.len(), "{row}");
    let rest = &both[facts.consumed..];
    let behind = request(&mut connection, &arena, rest, &mut [rest.len()].into_iter());
    assert_eq!(&behind, verdict, "{row}: in one read with the one before");
}

/// G3: what can be no method is refused as soon as its first byte is seen.
#[test]
fn what_is_no_request_is_refused_at_once() {
    for (byte, rest) in [
        (b' ', "GET / HTTP/1.1"),
        (0x16, "\x03\x01"),
        (0x80, "abc"),
        (0, "GET"),
    ] {
        let bytes = [&[byte], rest.as_bytes()].concat();
        let (mut connection, arenas) = bench(Limits::default());
        let arena = arenas.try_acquire().expect("an arena");
        let refused = (1..=bytes.len()).find(|&seen| {
            let head = connection.parse_head(&bytes[..seen], &arena);
            assert!(!matches!(head, Ok(Some(_))));
            head.is_err()
        });
        assert!(
            refused.is_some_and(|seen| seen <= 2),
            "{byte}: after {refused:?}"
        );
    }
}

#[test]
fn every_row_holds_at_every_cut() {
    for table in table::ALL {
        for (id, input, want) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            hold(id, Limits::default(), &bytes, want);
        }
    }
}

/// The engine that every processor has. In a debug build the other one is held to it too.
#[test]
fn every_row_holds_with_httparse() {
    let limits = Limits::builder().engine(Engine::Httparse).build();
    let limits = limits.expect("limits");
    for table in table::ALL {
        for (id, input, want) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            hold(id, limits, &bytes, want);
        }
    }
}

#[test]
fn every_limit_row_holds_at_every_cut() {
    for (id, input, want) in table::limits::rows() {
        hold(id, table::limits::limits(), &input, want);
    }
}

/// What a whole body may cost, under the limits that are fixed.
#[test]
fn every_row_of_overhead_holds_at_every_cut() {
    for (id, input, want) in table::overhead::rows() {
        hold(id, Limits::default(), &input, &want);
    }
}

#[test]
fn every_rule_holds_at_every_cut() {
    for (id, rule, input, without, with) in table::rules::ROWS {
        let row = format!("{id} {rule:?}");
        hold(&row, Limits::default(), input, without);
        let limits = rule.set(Limits::builder()).build().expect("limits");
        hold(&row, limits, input, with);
    }
}

#[test]
fn no_two_rows_are_the_same() {
    let mut seen = std::collections::HashSet::new();
    for table in table::ALL {
        for (id, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            assert!(
                seen.insert(bytes),
                "{id} {} stands twice",
                input.escape_ascii()
            );
        }
    }
}

/// The table has 93 rows by id; four are not about one request and stand in other tests.
#[test]
fn every_id_has_a_row() {
    let sections = [
        ("G", 6),
        ("R", 20),
        ("H", 13),
        ("O", 5),
        ("C", 11),
        ("T", 9),
        ("K", 15),
        ("L", 3),
        ("N", 11),
    ];
    let elsewhere = [
        "G6",  // connection::a_timed_out_head_is_408_and_final
        "N3",  // connection::an_unread_body_is_drained_up_to_the_cap
        "N10", // `then` above, for every row
        "N11", // response, whole file
    ];
    let limits = table::limits::rows();
    let rows = table::ALL
        .iter()
        .flat_map(|table| table.rows.iter().map(|row| row.0));
    let held: Vec<&str> = rows
        .chain(limits.iter().map(|row| row.0))
        .chain(elsewhere)
        .collect();
    for (section, count) in sections {
        for number in 1..=count {
            let id = format!("{section}{number}");
            assert!(held.contains(&id.as_str()), "{id} has no row");
        }
    }
    assert_eq!(sections.iter().map(|section| section.1).sum::<i32>(), 93);
}
