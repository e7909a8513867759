//! How does one connection read pipelined requests without a heap?
//!
//! One buffer holds what a socket delivered: three requests, one of them with a chunked body, and
//! then a fourth that no two servers would frame alike. Each request is parsed in place, answered
//! into one output buffer, and the arena is reset. The last is refused, with its offending byte.
//!
//! `cargo run --release --example http1`
//!
//! The last line reads: `4 requests, 0 allocations`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use shorttail::arena::ArenaPool;
use shorttail::http1::{
    BodyError, BodyEvent, Connection, HeadError, Limits, Refused, ResponseBody, ResponseHead,
};
use shorttail::measure::{AllocGuard, count_allocs};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

const READ: &[u8] = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n\
    POST /jobs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
    5\r\nhello\r\n6\r\n, tail\r\n0\r\n\r\n\
    GET /search?q=ring HTTP/1.1\r\nHost: a\r\n\r\n\
    POST /jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";

enum Stop {
    Head(HeadError),
    Body(BodyError),
    Answer(Refused),
}

/// Reads one request off the front of `read`, answers it, and returns how long it was.
fn serve(
    connection: &mut Connection,
    arena: &shorttail::arena::Arena,
    read: &[u8],
    out: &mut &mut [u8],
) -> Result<Option<usize>, Stop> {
    let Some(head) = connection.parse_head(read, arena).map_err(Stop::Head)? else {
        return Ok(None);
    };
    let mut consumed = head.head_len();
    let mut body_len = 0;
    loop {
        let step = connection
            .read_body(&read[consumed..])
            .map_err(Stop::Body)?;
        consumed += step.consumed;
        match step.event {
            BodyEvent::Data(data) => body_len += data.len() as u64,
            BodyEvent::Trailer(_) => {}
            BodyEvent::More => return Ok(None),
            BodyEvent::End => break,
        }
    }
    let fields: [(&str, &[u8]); 1] = [("x-path", head.path().as_bytes())];
    ResponseHead::new(200)
        .version(head.version())
        .keep_alive(connection.is_reusable())
        .fields(&fields)
        .body(ResponseBody::Length(body_len))
        .encode(out)
        .map_err(Stop::Answer)?;
    Ok(Some(consumed))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let limits = Limits::default();
    let arenas = ArenaPool::new(1, limits.arena_bytes())?;
    let mut arena = arenas.try_acquire()?;
    let mut connection = Connection::new(limits);
    let mut room = [0u8; 1024];
    let mut out = room.as_mut_slice();
    let mut requests = 0;

    let (counts, stop) = count_allocs(|| {
        let mut rest = READ;
        loop {
            requests += 1;
            match serve(&mut connection, &arena, rest, &mut out) {
                Ok(Some(consumed)) => rest = &rest[consumed..],
                Ok(None) => return None,
                Err(stop) => return Some(stop),
            }
            arena.reset();
        }
    });

    let unused = out.len();
    let written = room.len() - unused;
    println!(
        "{}",
        String::from_utf8_lossy(&room[..written]).replace("\r\n", "\n")
    );
    match stop {
        Some(Stop::Head(error)) => println!("{} {error}", error.status()),
        Some(Stop::Body(error)) => println!("{} {error}", error.status()),
        Some(Stop::Answer(refused)) => println!("500 {refused}"),
        None => println!("the rest is incomplete"),
    }
    println!(
        "{requests} requests, {} allocations",
        counts.allocs + counts.reallocs
    );
    Ok(())
}
