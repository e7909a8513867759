//! One request head, 64 distinct ones in turn. httparse and picohttpparser judge syntax alone:
//! neither framing nor Host nor limits.

mod bodies;
mod heads;
mod parsers;

use std::hint::black_box;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use parsers::{HeaderMapped, Httparse, Parser, Picohttpparser, Shorttail, WithMemory};

const DISTINCT: usize = 64;

/// Makes the head with a number.
type Head = fn(usize) -> Vec<u8>;

fn work<P: Parser>(head: Head) -> (&'static str, Work) {
    let heads: Vec<Vec<u8>> = (0..DISTINCT).map(head).collect();
    let mut parser = P::new();
    let mut turn = 0;
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations {
            turn = (turn + 1) % DISTINCT;
            assert!(parser.parse(black_box(&heads[turn]), 0));
        }
    });
    (P::NAME, work)
}

/// Hands each head over again with every byte that arrives.
fn by_bytes<P: Parser>(head: Head) -> (&'static str, Work) {
    let heads: Vec<Vec<u8>> = (0..DISTINCT).map(head).collect();
    let mut parser = P::new();
    let mut turn = 0;
    let work: Work = Box::new(move |operations| {
        for _ in 0..operations {
            turn = (turn + 1) % DISTINCT;
            let head = &heads[turn];
            let taken = (0..head.len()).find(|&seen| parser.parse(black_box(&head[..=seen]), seen));
            assert_eq!(taken, Some(head.len() - 1));
        }
    });
    (P::NAME, work)
}

pub(crate) fn run(bench: &mut Bench) {
    let cells: [(&str, Head); 5] = [
        ("http1: minimal head, about 40 B", heads::minimal),
        (
            "http1: a browser's head, 13 fields, about 700 B",
            heads::browser,
        ),
        ("http1: 30 fields, about 4.3 KB", heads::thirty),
        ("http1: a form's head, 7 fields, 307 B", heads::post),
        (
            "http1: a browser's head, the fields of the one before",
            heads::again,
        ),
    ];
    for (name, head) in cells {
        let contenders = vec![
            work::<Shorttail>(head),
            work::<WithMemory>(head),
            work::<Httparse>(head),
            work::<HeaderMapped>(head),
            work::<Picohttpparser>(head),
        ];
        Solo::new(name, contenders).run(bench);
    }
    for (name, head) in [
        (
            "http1: a browser's head, a byte at a time",
            heads::browser as Head,
        ),
        ("http1: 30 fields, a byte at a time", heads::thirty),
    ] {
        let contenders = vec![
            by_bytes::<Shorttail>(head),
            by_bytes::<Httparse>(head),
            by_bytes::<Picohttpparser>(head),
        ];
        Solo::new(name, contenders).run(bench);
    }
    for (name, chunk_bytes) in [
        ("http1: 64 KiB of body in chunks of 16 B", 16),
        ("http1: 64 KiB of body in chunks of 16 KiB", 16 * 1024),
    ] {
        let contenders = vec![
            ("shorttail, spans", bodies::shorttail(chunk_bytes)),
            (
                "picohttpparser, in place",
                bodies::picohttpparser(chunk_bytes),
            ),
        ];
        Solo::new(name, contenders).run(bench);
    }
}
