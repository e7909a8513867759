//! How does one connection read pipelined requests without a heap?
//!
//! A socket delivers three requests, one of them with a chunked body, and then a fourth that no
//! two servers would frame alike. A pooled buffer is read into; each head stays where it was read
//! and can be looked at while its body is, the answers go into one output buffer, and the arena is
//! reset at the end of each request. The last is refused, with its offending byte.
//!
//! Run: `cargo run --release --example http1`. Last line: `4 requests, 0 allocations`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::io::Read;

use shorttail::arena::{Arena, ArenaPool};
use shorttail::http1::{
    BodyError, BodyEvent, Connection, FillError, HeadError, Limits, ReadBuf, Refused, ResponseBody,
    ResponseHead,
};
use shorttail::measure::{AllocGuard, count_allocs};
use shorttail::pool::BufferPool;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

const SENT: &[u8] = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n\
    POST /jobs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
    5\r\nhello\r\n6\r\n, tail\r\n0\r\n\r\n\
    GET /search?q=ring HTTP/1.1\r\nHost: a\r\n\r\n\
    POST /jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";

enum Stop {
    Head(HeadError),
    Body(BodyError),
    Answer(Refused),
    Read(FillError),
    /// The client has sent all it had to send.
    End,
}

/// A connection: its protocol state, what was read and not consumed, and where more comes from.
struct Link<R> {
    http: Connection,
    input: ReadBuf,
    socket: R,
}

impl<R: Read> Link<R> {
    /// Reads one request and answers it.
    fn serve(&mut self, arena: &Arena, out: &mut &mut [u8]) -> Result<(), Stop> {
        let head = loop {
            let head = self.input.parse_head(&mut self.http, arena);
            match head.map_err(Stop::Head)? {
                Some(head) => break head,
                None => self.fill()?,
            }
        };
        let body_len = self.body_len()?;
        let head = head.as_head();
        let fields: [(&str, &[u8]); 1] = [("x-path", head.path().as_bytes())];
        ResponseHead::new(200)
            .version(head.version())
            .keep_alive(self.http.is_reusable())
            .fields(&fields)
            .body(ResponseBody::Length(body_len))
            .encode(out)
            .map_err(Stop::Answer)?;
        Ok(())
    }

    /// Reads the body to its end, or none.
    fn body_len(&mut self) -> Result<u64, Stop> {
        let mut len = 0;
        loop {
            let step = self.http.read_body(&self.input).map_err(Stop::Body)?;
            let (over, more) = (step.event == BodyEvent::End, step.event == BodyEvent::More);
            if let BodyEvent::Data(data) = step.event {
                len += data.len() as u64;
            }
            let consumed = step.consumed;
            self.input.consume(consumed);
            if over {
                return Ok(len);
            }
            if more {
                self.fill()?;
            }
        }
    }

    fn fill(&mut self) -> Result<(), Stop> {
        match self.input.read_from(&mut self.socket) {
            Ok(0) => Err(Stop::End),
            Ok(_) => Ok(()),
            Err(error) => Err(Stop::Read(error)),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let limits = Limits::default();
    let arenas = ArenaPool::new(1, limits.arena_bytes())?;
    let mut arena = arenas.try_acquire()?;
    // Small buffers, so that a request needs several; in service 4 KiB hold nearly all.
    let buffers = BufferPool::builder()
        .class(96, 4)
        .class(limits.read_bytes(), 1)
        .build()?;
    let mut link = Link {
        http: Connection::new(limits),
        input: ReadBuf::new(&buffers, 96),
        socket: SENT,
    };
    let mut room = [0u8; 1024];
    let mut out = room.as_mut_slice();
    let mut requests = 0;

    let (counts, stop) = count_allocs(|| {
        loop {
            requests += 1;
            if let Err(stop) = link.serve(&arena, &mut out) {
                return stop;
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
        Stop::Head(error) => println!("{} {error}", error.status()),
        Stop::Body(error) => println!("{} {error}", error.status()),
        Stop::Answer(refused) => println!("500 {refused}"),
        Stop::Read(error) => println!("{error}"),
        Stop::End => println!("the client has no more to say"),
    }
    println!(
        "{requests} requests, {} allocations",
        counts.allocs + counts.reallocs
    );
    Ok(())
}
