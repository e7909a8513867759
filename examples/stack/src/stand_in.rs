//! As much of Redis as the example needs, for machines without it: GET and SET, and OK to anything
//! else, which is what a client says of itself when it connects.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Error, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

type Values = Mutex<HashMap<Vec<u8>, Vec<u8>>>;

#[derive(Default)]
struct Shared {
    values: Values,
    connections: Mutex<Vec<TcpStream>>,
    is_over: AtomicBool,
}

/// A running server; dropped, it cuts all connections.
pub(crate) struct StandIn {
    port: u16,
    shared: Arc<Shared>,
    accepts: Option<JoinHandle<()>>,
}

impl StandIn {
    pub(crate) fn start(port: u16) -> Result<Self, Error> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let shared = Arc::<Shared>::default();
        let accepts = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        let accepts = Some(accepts);
        Ok(Self {
            port,
            shared,
            accepts,
        })
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.is_over.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if let Ok(copy) = stream.try_clone() {
            let connections = shared.connections.lock();
            connections
                .unwrap_or_else(PoisonError::into_inner)
                .push(copy);
        }
        let shared = Arc::clone(shared);
        // A connection that fails is over; its client sees that.
        thread::spawn(move || serve(stream, &shared.values).ok());
    }
}

fn serve(mut stream: TcpStream, values: &Values) -> Result<(), Error> {
    let mut from = BufReader::new(stream.try_clone()?);
    while let Some(command) = command(&mut from)? {
        let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
        let name = command.first().map(|name| name.to_ascii_uppercase());
        match (name.as_deref(), &command[..]) {
            (Some(b"SET"), [_, key, value]) => {
                values.insert(key.clone(), value.clone());
                stream.write_all(b"+OK\r\n")?;
            }
            (Some(b"GET"), [_, key]) => match values.get(key) {
                Some(value) => {
                    let head = format!("${}\r\n", value.len());
                    stream.write_all(&[head.as_bytes(), value, b"\r\n"].concat())?;
                }
                None => stream.write_all(b"$-1\r\n")?,
            },
            _ => stream.write_all(b"+OK\r\n")?,
        }
    }
    Ok(())
}

/// The next command: an array of bulk strings (RESP 2). `None` at the end of the stream.
fn command(from: &mut impl BufRead) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let Some(parts) = number(from, '*')? else {
        return Ok(None);
    };
    let mut command = Vec::new();
    for _ in 0..parts {
        let bytes = number(from, '$')?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let mut part = vec![0; bytes + 2];
        from.read_exact(&mut part)?;
        part.truncate(bytes);
        command.push(part);
    }
    Ok(Some(command))
}

fn number(from: &mut impl BufRead, mark: char) -> Result<Option<usize>, Error> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let number = line
        .trim_end()
        .strip_prefix(mark)
        .and_then(|text| text.parse().ok());
    let small = number.filter(|number| *number < 1 << 20);
    small
        .map(Some)
        .ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        TcpStream::connect(("127.0.0.1", self.port)).ok(); // so that `accept` looks
        if let Some(accepts) = self.accepts.take() {
            accepts.join().ok();
        }
        let connections = self.shared.connections.lock();
        for stream in connections
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            stream.shutdown(Shutdown::Both).ok(); // gone already: just as well
        }
    }
}
