//! The verdict table and random requests, against httparse, ntex-httparse, milo and hyper: every
//! difference is one that `allowed` gives a reason for, and every reason there is in use.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use shorttail_peers::{
    Difference, Hyper, Milo, Story, allowed, chunks, difference, httparse_head, ntex_head,
    our_head, our_story,
};

#[path = "../../http1/nearly.rs"]
mod nearly;
#[allow(
    dead_code,
    reason = "the rows alone are read here, not what the crate is to say of them"
)]
#[path = "../../http1/table/mod.rs"]
mod table;

const GOOD: &[u8] = b"POST /good HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
const RANDOM: usize = 20_000;

/// The inputs: each row of the table, alone and with a good request behind it, and random ones.
fn inputs() -> Vec<Vec<u8>> {
    let rows = table::ALL.iter().flat_map(|table| {
        let rows = table.rows.iter();
        rows.map(|(_, input, _)| [table.prefix, input, table.suffix].concat())
    });
    let limits = table::limits::rows();
    let rows = rows.chain(limits.into_iter().map(|(_, input, _)| input));
    let rules = table::rules::ROWS.iter();
    let rows = rows.chain(rules.map(|(_, _, input, _, _)| input.to_vec()));
    let overhead = table::overhead::rows();
    let rows = rows.chain(overhead.into_iter().map(|(_, input, _)| input));
    let mut inputs: Vec<_> = rows.collect();
    let behind: Vec<_> = inputs.iter().map(|row| [row, GOOD].concat()).collect();
    inputs.extend(behind);
    let config = Config {
        rng_seed: RngSeed::Fixed(0x5157),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    for _ in 0..RANDOM {
        let tree = nearly::request().new_tree(&mut runner).expect("a request");
        inputs.push(tree.current());
    }
    inputs
}

type Found = BTreeMap<(&'static str, Difference), Vec<u8>>;

fn note(found: &mut Found, peer: &'static str, bytes: &[u8], ours: &Story, theirs: &Story) {
    if let Some(difference) = difference(ours, theirs) {
        if difference == Difference::SeesLess {
            let switches = [b"CONNECT", b"Upgrade"];
            let switches = bytes
                .windows(7)
                .any(|part| switches.iter().any(|word| part == *word));
            assert!(switches, "{peer} sees less in {}", bytes.escape_ascii());
        }
        let shortest = found
            .entry((peer, difference))
            .or_insert_with(|| bytes.to_vec());
        if bytes.len() < shortest.len() {
            *shortest = bytes.to_vec();
        }
    }
}

#[test]
fn every_difference_has_a_reason_and_every_reason_a_difference() {
    let (hyper, mut milo) = (Hyper::default(), Milo::default());
    let mut found = Found::new();
    for bytes in inputs() {
        let head = our_head(&bytes);
        note(
            &mut found,
            "httparse",
            &bytes,
            &head,
            &httparse_head(&bytes),
        );
        note(&mut found, "ntex", &bytes, &head, &ntex_head(&bytes));
        if let Some((ours, theirs)) = chunks(&bytes) {
            note(&mut found, "httparse, chunks", &bytes, &ours, &theirs);
        }
        let story = our_story(&bytes);
        note(&mut found, "milo", &bytes, &story, &milo.story(&bytes));
        note(&mut found, "hyper", &bytes, &story, &hyper.story(&bytes));
    }
    let allowed = allowed::all();
    let meant: BTreeSet<_> = allowed
        .iter()
        .map(|(peer, how, _)| (*peer, how.clone()))
        .collect();
    assert_eq!(meant.len(), allowed.len(), "a row stands twice");
    let mut wrong = String::new();
    for (which, example) in &found {
        if !meant.contains(which) {
            wrong += &format!("no reason: {which:?}, as in {}\n", example.escape_ascii());
        }
    }
    for which in meant.iter().filter(|which| !found.contains_key(which)) {
        wrong += &format!("no difference: {which:?}\n");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_planted_difference_is_seen() {
    let [ours, theirs] = [GOOD, &[GOOD, GOOD].concat()].map(our_story);
    assert_eq!(difference(&ours, &ours), None);
    assert_eq!(difference(&ours, &theirs), Some(Difference::SeesMore));
    assert_eq!(difference(&theirs, &ours), Some(Difference::SeesLess));
    let broken: [(_, fn(&mut shorttail_peers::Request)); 7] = [
        ("the method", |request| request.method.clear()),
        ("the target", |request| request.target.push('x')),
        ("the fields", |request| request.fields[0].1.push(b'x')),
        ("the body", |request| request.body.push(b'x')),
        ("the trailers", |request| {
            request.trailers.push(("x".into(), vec![]));
        }),
        ("dropped trailers", |request| {
            request.trailers.push(("cookie".into(), vec![]));
        }),
        ("where it ends", |request| request.end = Some(1)),
    ];
    for (part, break_it) in broken {
        let mut theirs = ours.clone();
        break_it(&mut theirs.requests[0]);
        assert_eq!(difference(&ours, &theirs), Some(Difference::Sees(part)));
    }
}
