//! An echo server gives each connection a buffer from the heap, so that a crowd of connections is
//! a crowd of allocations, with no limit. Here there are as many buffers as the pool was built
//! with, and a connection holds one only while it has something to say back. Who comes when all
//! are in use is turned away at once.
//!
//! Run: `cargo run --release --example pool_echo`. Last line: `echoed 800 messages to 4 clients,
//! turned away 1, 0 buffers in use, 0 allocations`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use shorttail::measure::{AllocGuard, AllocRegion};
use shorttail::pool::{AcquireError, BufferPool, ReadError};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

/// Where the server's allocations are counted.
static SERVING: AllocRegion = AllocRegion::new("serving");

const CLIENTS: usize = 4;
const MESSAGES: usize = 200;
const MESSAGE: [u8; 100] = [b'x'; 100];
const BUFFER_BYTES: usize = 4_096;

/// Serves one connection to its end; whether it was turned away.
fn serve(pool: &BufferPool, mut stream: TcpStream) -> io::Result<bool> {
    let _counted = SERVING.enter();
    loop {
        // A byte in sight, so that a silent connection has no buffer.
        if stream.peek(&mut [0])? == 0 {
            return Ok(false);
        }
        let mut buf = match pool.try_acquire(BUFFER_BYTES) {
            Ok(buf) => buf,
            Err(AcquireError::Exhausted { .. }) => {
                stream.write_all(b"busy\n")?;
                return Ok(true);
            }
            Err(error) => return Err(io::Error::new(ErrorKind::InvalidInput, error)),
        };
        match buf.read_from(&mut stream) {
            Ok(_) => stream.write_all(&buf)?,
            Err(ReadError::Io(error)) => return Err(error),
            Err(error) => unreachable!("an empty buffer has room: {error}"),
        }
    }
}

/// Sends messages one after another; how many came back whole.
fn client(to: SocketAddr) -> io::Result<usize> {
    let mut stream = TcpStream::connect(to)?;
    let mut echoed = 0;
    let mut back = [0; MESSAGE.len()];
    for _ in 0..MESSAGES {
        stream.write_all(&MESSAGE)?;
        stream.read_exact(&mut back)?;
        echoed += usize::from(back == MESSAGE);
    }
    Ok(echoed)
}

/// Accepts so many connections, each with a thread; how many were turned away.
fn accept(listener: &TcpListener, pool: &BufferPool, count: usize) -> io::Result<usize> {
    thread::scope(|scope| {
        let serving = (0..count)
            .map(|_| {
                let (stream, _) = listener.accept()?;
                Ok(scope.spawn(|| serve(pool, stream)))
            })
            .collect::<io::Result<Vec<_>>>()?;
        let mut away = 0;
        for one in serving {
            away += usize::from(one.join().expect("no thread panics")?);
        }
        Ok(away)
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let pool = BufferPool::builder().class(BUFFER_BYTES, CLIENTS).build()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;

    let (mut echoed, mut away) = (0, 0);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| client(address)))
            .collect();
        away += accept(&listener, &pool, CLIENTS)?;
        for client in clients {
            echoed += client.join().expect("no thread panics")?;
        }
        io::Result::Ok(())
    })?;

    // The same with all buffers taken: a quick no, instead of one more allocation.
    let taken = (0..CLIENTS)
        .map(|_| pool.try_acquire(BUFFER_BYTES))
        .collect::<Result<Vec<_>, _>>()?;
    let refused = thread::scope(|scope| {
        let client = scope.spawn(|| {
            let mut stream = TcpStream::connect(address)?;
            stream.write_all(b"x")?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer)?;
            io::Result::Ok(answer)
        });
        away += accept(&listener, &pool, 1)?;
        client.join().expect("no thread panics")
    })?;
    assert_eq!(&refused, b"busy\n");
    drop(taken);

    let counts = SERVING.counts();
    println!(
        "echoed {echoed} messages to {CLIENTS} clients, turned away {away}, {} buffers in use, \
         {} allocations",
        pool.stats().in_use,
        counts.allocs + counts.reallocs
    );
    Ok(())
}
