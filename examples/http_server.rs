//! An HTTP service without a runtime: a few threads, each with one connection at a time. A crowd
//! of connections must not become a crowd of threads, and a request must not go to the heap: there
//! are so many threads, buffers and arenas, a bounded queue of connections before them, and
//! whoever finds that full is answered 503 at once by the one who accepts.
//!
//! Run: `cargo run --release --example http_server`. Last line: `answered 400 of 400, refused 1, 0
//! allocations while serving`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use shorttail::arena::{Arena, ArenaPool};
use shorttail::channel::{Receiver, Sender, TrySendError, bounded};
use shorttail::http1::{Connection, FillError, Limits, ReadBuf, ResponseBody, ResponseHead};
use shorttail::measure::{AllocGuard, AllocRegion};
use shorttail::pool::BufferPool;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

static SERVING: AllocRegion = AllocRegion::new("serving");

const WORKERS: usize = 4;
const REQUESTS: usize = 100;
const FIRST_READ_BYTES: usize = 4_096;

/// How long a client may keep a worker waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a worker holds for all its connections.
struct Worker {
    limits: Limits,
    buffers: BufferPool,
    arenas: ArenaPool,
}

impl Worker {
    fn new() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let limits = Limits::default();
        let buffers = BufferPool::builder()
            .class(FIRST_READ_BYTES, 1)
            .class(limits.read_bytes(), 1)
            .build()?;
        let arenas = ArenaPool::new(1, limits.arena_bytes())?;
        Ok(Self {
            limits,
            buffers,
            arenas,
        })
    }

    fn run(&self, connections: &Receiver<TcpStream>) {
        let mut arena = self.arenas.try_acquire().expect("the only one is ours");
        while let Ok(stream) = connections.recv() {
            let _counted = SERVING.enter();
            // A connection that ends in an error has nobody left to tell.
            let _ended = self.serve(stream, &mut arena);
        }
    }

    fn serve(&self, mut stream: TcpStream, arena: &mut Arena) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut http = Connection::new(self.limits);
        let mut input = ReadBuf::new(&self.buffers, FIRST_READ_BYTES);
        while answer(&mut stream, &mut http, &mut input, arena)? {
            arena.reset();
        }
        arena.reset();
        Ok(())
    }
}

/// Reads one request and answers it; whether there was one.
fn answer(
    stream: &mut TcpStream,
    http: &mut Connection,
    input: &mut ReadBuf,
    arena: &Arena,
) -> io::Result<bool> {
    let head = loop {
        match input.parse_head(http, arena) {
            Ok(Some(head)) => break head,
            Ok(None) => match input.read_from(stream) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(FillError::Io(error)) => return Err(error),
                Err(_) => return refuse(stream, 503).map(|()| false),
            },
            Err(error) => return refuse(stream, error.status()).map(|()| false),
        }
    };
    let head = head.as_head();
    let body = head.path().as_bytes();
    // This service takes no bodies: a request that has one is its connection's last.
    let keep_alive = http.is_reusable() && !head.framing().has_body();
    let mut room = [0; 512];
    let mut rest = room.as_mut_slice();
    let encoded = ResponseHead::new(200)
        .version(head.version())
        .keep_alive(keep_alive)
        .body(ResponseBody::Length(body.len() as u64))
        .encode(&mut rest);
    let Ok(length) = encoded else {
        return Ok(false);
    };
    stream.write_all(&room[..length])?;
    stream.write_all(body)?;
    Ok(keep_alive)
}

fn refuse(stream: &mut TcpStream, status: u16) -> io::Result<()> {
    let mut room = [0; 256];
    let mut rest = room.as_mut_slice();
    let encoded = ResponseHead::new(status)
        .keep_alive(false)
        .encode(&mut rest);
    encoded.map_or(Ok(()), |length| stream.write_all(&room[..length]))
}

/// Accepts one connection and hands it to the workers, or refuses it; whether it was handed over.
fn accept(listener: &TcpListener, workers: &Sender<TcpStream>) -> io::Result<bool> {
    let (stream, _) = listener.accept()?;
    match workers.try_send(stream) {
        Ok(()) => Ok(true),
        Err(TrySendError::Full(mut stream) | TrySendError::Closed(mut stream)) => {
            // A refused client must not hold up the one who accepts.
            stream.set_nonblocking(true)?;
            refuse(&mut stream, 503)?;
            Ok(false)
        }
    }
}

/// Asks one thing after another on one connection; how many answers were right.
fn client(mut stream: TcpStream, number: usize) -> io::Result<usize> {
    let mut right = 0;
    let mut answer = Vec::new();
    for request in 0..REQUESTS {
        let path = format!("/client/{number}/{request:03}");
        let close = if request + 1 == REQUESTS {
            "Connection: close\r\n"
        } else {
            ""
        };
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\n{close}\r\n")?;
        answer.clear();
        while !answer.ends_with(path.as_bytes()) {
            let mut part = [0; 256];
            match stream.read(&mut part)? {
                0 => return Ok(right),
                count => answer.extend_from_slice(&part[..count]),
            }
        }
        right += usize::from(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    Ok(right)
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address: SocketAddr = listener.local_addr()?;
    let (queue, connections) = bounded(WORKERS);

    // The workers are not there yet: what the queue holds waits, and the next one is refused.
    let (mut clients, mut refused) = (Vec::new(), 0);
    for _ in 0..=WORKERS {
        let mut stream = TcpStream::connect(address)?;
        if accept(&listener, &queue)? {
            clients.push(stream);
        } else {
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            refused += usize::from(answer.starts_with("HTTP/1.1 503 "));
        }
    }
    drop(queue);

    let workers = (0..WORKERS)
        .map(|_| {
            let (worker, connections) = (Worker::new()?, connections.clone());
            Ok(thread::spawn(move || worker.run(&connections)))
        })
        .collect::<Result<Vec<_>, Box<dyn Error + Send + Sync>>>();
    let workers = workers.map_err(|error| error as Box<dyn Error>)?;
    let clients: Vec<_> = (0..)
        .zip(clients)
        .map(|(number, stream)| thread::spawn(move || client(stream, number)))
        .collect();
    let mut answered = 0;
    for client in clients {
        answered += client.join().expect("no thread panics")?;
    }
    for worker in workers {
        worker.join().expect("no thread panics");
    }
    let counts = SERVING.counts();
    println!(
        "answered {answered} of {}, refused {refused}, {} allocations while serving",
        WORKERS * REQUESTS,
        counts.allocs + counts.reallocs
    );
    Ok(())
}
