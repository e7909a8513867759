//! shorttail's parser, httparse, and picohttpparser in C.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use picohttpparser_sys::{phr_header, phr_parse_request};
use shorttail::arena::Arena;
use shorttail::http1::{Connection, Limits};

/// Header fields the peers have room for.
const FIELDS: usize = 64;

/// A parser of request heads; says whether it took the head.
pub(super) trait Parser: 'static {
    const NAME: &'static str;

    fn new() -> Self;

    /// The head so far, of which the parser has been given the first `seen` bytes before.
    fn parse(&mut self, head: &[u8], seen: usize) -> bool;
}

pub(super) struct Shorttail {
    connection: Connection,
    arena: Arena,
}

impl Parser for Shorttail {
    const NAME: &'static str = "shorttail";

    fn new() -> Self {
        let limits = Limits::default();
        Self {
            connection: Connection::new(limits),
            arena: Arena::new(limits.arena_bytes()).expect("an arena"),
        }
    }
    fn parse(&mut self, head: &[u8], _: usize) -> bool {
        let parsed = matches!(
            black_box(self.connection.parse_head(head, &self.arena)),
            Ok(Some(_))
        );
        if parsed {
            self.arena.reset();
        }
        parsed
    }
}

/// A connection that knows the fields of the head before.
pub(super) struct WithMemory(Shorttail);

impl Parser for WithMemory {
    const NAME: &'static str = "shorttail, with memory";

    fn new() -> Self {
        let mut parser = Shorttail::new();
        parser.connection = Connection::with_memory(*parser.connection.limits(), 2048);
        Self(parser)
    }
    fn parse(&mut self, head: &[u8], seen: usize) -> bool {
        self.0.parse(head, seen)
    }
}

pub(super) struct Httparse;

impl Parser for Httparse {
    const NAME: &'static str = "httparse, syntax only";

    fn new() -> Self {
        Self
    }
    fn parse(&mut self, head: &[u8], _: usize) -> bool {
        let mut table = [const { MaybeUninit::uninit() }; FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(head, &mut table);
        matches!(black_box(parsed), Ok(httparse::Status::Complete(_)))
    }
}

/// What a server of the `http` crate's types makes of it.
pub(super) struct HeaderMapped;

impl Parser for HeaderMapped {
    const NAME: &'static str = "httparse + HeaderMap";

    fn new() -> Self {
        Self
    }
    fn parse(&mut self, head: &[u8], _: usize) -> bool {
        let mut table = [const { MaybeUninit::uninit() }; FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(head, &mut table);
        let mut map = HeaderMap::with_capacity(request.headers.len());
        for field in request.headers.iter() {
            let name = HeaderName::from_bytes(field.name.as_bytes());
            let value = HeaderValue::from_bytes(field.value);
            map.append(name.expect("a name"), value.expect("a value"));
        }
        black_box(map);
        matches!(parsed, Ok(httparse::Status::Complete(_)))
    }
}

pub(super) struct Picohttpparser;

impl Parser for Picohttpparser {
    const NAME: &'static str = "picohttpparser, syntax";

    fn new() -> Self {
        Self
    }
    fn parse(&mut self, head: &[u8], seen: usize) -> bool {
        let mut table = [const { MaybeUninit::<phr_header>::uninit() }; FIELDS];
        let mut fields = FIELDS;
        let (mut method, mut path) = (ptr::null(), ptr::null());
        let (mut method_len, mut path_len, mut minor) = (0, 0, 0);
        // SAFETY: the pointers are to the head's bytes, to `fields` places for headers and to
        // places for each result; all outlive the call, which writes headers before it counts them.
        let taken = unsafe {
            phr_parse_request(
                head.as_ptr().cast(),
                head.len(),
                &mut method,
                &mut method_len,
                &mut path,
                &mut path_len,
                &mut minor,
                table.as_mut_ptr().cast(),
                &mut fields,
                seen,
            )
        };
        black_box((&table, method, path, fields));
        usize::try_from(taken) == Ok(head.len())
    }
}
