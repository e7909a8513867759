//! The open-loop client: requests start when the plan says, whatever the answers do, and latency
//! counts from the intended start. A request that finds every connection busy waits in the plan,
//! and that waiting is part of its latency.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use crate::plan::{self, Planned, Rng, Zipf};
use crate::wire::{self, Class};

/// How long an answer may take from the intended start; an error counts as this much.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// One answer, or the lack of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) class: Class,
    /// The intended start, from the start of the block.
    pub(crate) at_ns: u64,
    /// From the intended start to the last byte.
    pub(crate) latency_ns: u64,
    /// From the actual start to the last byte.
    pub(crate) service_ns: u64,
}

/// An error counts as the longest that is waited for.
const fn failed(at_ns: u64) -> Sample {
    let patience_ns = PATIENCE.as_nanos() as u64;
    Sample {
        class: Class::Error,
        at_ns,
        latency_ns: patience_ns,
        service_ns: patience_ns,
    }
}

/// What one block showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) samples: Vec<Sample>,
    /// How late the client itself was, where a connection was free.
    pub(crate) lag_ns: Vec<u64>,
    /// From the first intended start to the last answer.
    pub(crate) took: Duration,
    /// The first thing that was wrong with an answer.
    pub(crate) fault: Option<String>,
}

impl Block {
    pub(crate) fn add(&mut self, more: Self) {
        self.samples.extend(more.samples);
        self.lag_ns.extend(more.lag_ns);
        self.took = self.took.max(more.took);
        self.fault = self.fault.take().or(more.fault);
    }
}

struct Job {
    request: Planned,
    sent_ns: u64,
}

struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    sent: usize,
    input: Vec<u8>,
    filled: usize,
    job: Option<Job>,
}

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            out: Vec::with_capacity(2_048),
            sent: 0,
            input: vec![0; 16_384],
            filled: 0,
            job: None,
        })
    }

    /// Sends what is left of the request; `WouldBlock` leaves the rest for later.
    fn push(&mut self) -> io::Result<()> {
        while self.sent < self.out.len() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Reads what is there; an answer once it is whole.
    fn pull(&mut self) -> io::Result<Option<wire::Answer>> {
        let Some(job) = &self.job else {
            return Err(io::Error::other("an answer nobody asked for, or the end"));
        };
        if self.filled == self.input.len() {
            self.input.resize(self.filled * 2, 0);
        }
        match self.stream.read(&mut self.input[self.filled..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => self.filled += n,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(e) => return Err(e),
        }
        wire::read(&self.input[..self.filled], &job.request).map_err(io::Error::other)
    }
}

/// One client thread's connections to one arm.
pub(crate) struct Client {
    address: SocketAddr,
    connections: Vec<Connection>,
    idle: VecDeque<usize>,
    polled: Vec<libc::pollfd>,
    body: Vec<u8>,
    /// Whether this thread has a core to itself and so may spin for exact starts.
    spin: bool,
}

impl Client {
    pub(crate) fn open(address: SocketAddr, connections: usize, spin: bool) -> io::Result<Self> {
        let opened: io::Result<Vec<_>> = (0..connections)
            .map(|_| Connection::open(address))
            .collect();
        let polled = libc::pollfd {
            fd: -1,
            events: libc::POLLIN,
            revents: 0,
        };
        Ok(Self {
            address,
            connections: opened?,
            idle: (0..connections).collect(),
            polled: vec![polled; connections],
            body: Vec::with_capacity(512),
            spin,
        })
    }

    /// Sends `plan` at its times, waits for the last answer, and says what came.
    pub(crate) fn run(&mut self, plan: &[Planned]) -> io::Result<Block> {
        let mut block = Block {
            samples: Vec::with_capacity(plan.len()),
            lag_ns: Vec::with_capacity(plan.len()),
            ..Block::default()
        };
        let start = Instant::now();
        let (mut next, mut starved) = (0, false);
        loop {
            let mut now_ns = since(start);
            while let Some(request) = plan.get(next).filter(|request| request.at_ns <= now_ns) {
                if now_ns - request.at_ns > PATIENCE.as_nanos() as u64 {
                    block.samples.push(failed(request.at_ns));
                    next += 1;
                    continue;
                }
                let Some(free) = self.idle.pop_front() else {
                    starved = true;
                    break;
                };
                if !starved {
                    block.lag_ns.push(now_ns - request.at_ns);
                }
                self.send(free, *request, now_ns, &mut block)?;
                next += 1;
                now_ns = since(start);
            }
            starved &= plan
                .get(next)
                .is_some_and(|request| request.at_ns <= now_ns);
            if next == plan.len() && self.idle.len() == self.connections.len() {
                block.took = start.elapsed();
                return Ok(block);
            }
            let due_ns = plan
                .get(next)
                .map(|request| request.at_ns)
                .filter(|_| !starved);
            self.wait(due_ns.unwrap_or(u64::MAX), now_ns)?;
            self.collect(start, &mut block)?;
        }
    }

    /// Keeps every connection busy for `time`: what the arm can do at most.
    pub(crate) fn saturate(&mut self, seed: u64, zipf: &Zipf, time: Duration) -> io::Result<Block> {
        let mut block = Block::default();
        let mut rng = Rng::new(seed);
        let start = Instant::now();
        let end_ns = time.as_nanos() as u64;
        loop {
            let now_ns = since(start);
            let more = if now_ns < end_ns { self.idle.len() } else { 0 };
            for _ in 0..more {
                let free = self.idle.pop_front().ok_or(io::ErrorKind::NotFound)?;
                let request = plan::draw(&mut rng, zipf, now_ns);
                self.send(free, request, now_ns, &mut block)?;
            }
            if now_ns >= end_ns && self.idle.len() == self.connections.len() {
                block.took = start.elapsed();
                return Ok(block);
            }
            self.wait(u64::MAX, now_ns)?;
            self.collect(start, &mut block)?;
        }
    }

    fn send(
        &mut self,
        free: usize,
        request: Planned,
        now_ns: u64,
        block: &mut Block,
    ) -> io::Result<()> {
        let connection = &mut self.connections[free];
        wire::render(&mut connection.out, &mut self.body, &request);
        connection.sent = 0;
        connection.filled = 0;
        connection.job = Some(Job {
            request,
            sent_ns: now_ns,
        });
        self.polled[free].fd = connection.stream.as_raw_fd();
        match connection.push() {
            Ok(()) => Ok(()),
            Err(error) => self.fail(free, &error.to_string(), block),
        }
    }

    /// Waits for an answer, or until `due_ns`; does not wait at all when it may spin.
    fn wait(&mut self, due_ns: u64, now_ns: u64) -> io::Result<()> {
        let ahead_ms = (due_ns.saturating_sub(now_ns) / 1_000_000).min(10) as i32;
        let time_ms = if self.spin { 0 } else { ahead_ms };
        for (polled, connection) in self.polled.iter_mut().zip(&self.connections) {
            let unsent = connection.sent < connection.out.len();
            polled.events = if unsent {
                libc::POLLIN | libc::POLLOUT
            } else {
                libc::POLLIN
            };
            polled.revents = 0;
        }
        let count = self.polled.len() as libc::nfds_t;
        // SAFETY: the pointer and the count are those of one live, exclusively borrowed slice.
        let ready = unsafe { libc::poll(self.polled.as_mut_ptr(), count, time_ms) };
        if ready < 0 {
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes the answers that are there, and gives up those that are too late.
    fn collect(&mut self, start: Instant, block: &mut Block) -> io::Result<()> {
        let now_ns = since(start);
        for at in 0..self.connections.len() {
            let connection = &mut self.connections[at];
            let Some(job) = &connection.job else {
                continue;
            };
            let (intended_ns, sent_ns) = (job.request.at_ns, job.sent_ns);
            if self.polled[at].revents == 0 {
                if now_ns > intended_ns + PATIENCE.as_nanos() as u64 {
                    self.fail(at, "no answer in time", block)?;
                }
                continue;
            }
            let step = connection.push().and_then(|()| connection.pull());
            let now_ns = since(start);
            match step {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    let service_ns = now_ns - sent_ns;
                    let class = answer.class;
                    let latency_ns = now_ns - intended_ns;
                    block.samples.push(match class {
                        Class::Error => failed(intended_ns),
                        _ => Sample {
                            class,
                            at_ns: intended_ns,
                            latency_ns,
                            service_ns,
                        },
                    });
                    connection.job = None;
                    self.polled[at].fd = -1;
                    if answer.close {
                        *connection = Connection::open(self.address)?;
                    }
                    self.idle.push_back(at);
                }
                Err(error) => self.fail(at, &error.to_string(), block)?,
            }
        }
        Ok(())
    }

    /// Counts the connection's request as an error and opens the connection anew.
    fn fail(&mut self, at: usize, why: &str, block: &mut Block) -> io::Result<()> {
        let at_ns = self.connections[at]
            .job
            .as_ref()
            .map_or(0, |job| job.request.at_ns);
        block.samples.push(failed(at_ns));
        block.fault.get_or_insert_with(|| why.to_owned());
        self.connections[at] = Connection::open(self.address)?;
        self.polled[at].fd = -1;
        self.idle.push_back(at);
        Ok(())
    }
}

fn since(start: Instant) -> u64 {
    start.elapsed().as_nanos() as u64
}
