//! One request head, 64 distinct ones in turn. httparse judges neither framing nor Host nor limits.

use std::hint::black_box;
use std::mem::MaybeUninit;

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Limits};

use crate::run::{Cell, Work};

const DISTINCT: usize = 64;

/// A parser of request heads; says whether it took the head.
trait Parser: 'static {
    fn parse(&mut self, head: &[u8]) -> bool;
}

struct Httparse;

impl Parser for Httparse {
    fn parse(&mut self, head: &[u8]) -> bool {
        let mut table = [const { MaybeUninit::uninit() }; 64];
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(head, &mut table);
        matches!(black_box(parsed), Ok(httparse::Status::Complete(_)))
    }
}

struct Shorttail {
    connection: Connection,
    arena: Arena,
}

impl Parser for Shorttail {
    fn parse(&mut self, head: &[u8]) -> bool {
        let parsed = matches!(
            black_box(self.connection.parse_head(head, &self.arena)),
            Ok(Some(_))
        );
        self.arena.reset();
        parsed
    }
}

fn head(number: usize) -> Vec<u8> {
    let path = "abcdefghijklmnop".repeat(1 + number % 3);
    format!(
        "GET /{}/{number}?page={number} HTTP/1.1\r\nHost: www{number}.example.com\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/14{}.0.0.0\r\n\
         Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Encoding: gzip, deflate, br\r\nCookie: session={number}\r\n\r\n",
        &path[number % 9..],
        number % 10,
    )
    .into_bytes()
}

fn work(mut parser: impl Parser) -> Work {
    let heads: Vec<Vec<u8>> = (0..DISTINCT).map(head).collect();
    let mut turn = 0;
    Box::new(move |operations| {
        for _ in 0..operations {
            turn = (turn + 1) % DISTINCT;
            assert!(parser.parse(black_box(&heads[turn])));
        }
    })
}

pub(crate) fn cells() -> Vec<Cell> {
    let limits = Limits::default();
    let ours = Shorttail {
        connection: Connection::new(limits),
        arena: Arena::new(limits.arena_bytes()).expect("an arena"),
    };
    let contenders = vec![
        ("shorttail", work(ours)),
        ("httparse, syntax only", work(Httparse)),
    ];
    vec![Cell::new("http1: one head of five fields", contenders)]
}
