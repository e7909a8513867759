//! The open-loop client: requests start when the plan says, whatever the answers do, and latency
//! counts from the intended start. A request that finds every connection busy waits in the plan,
//! and that waiting is part of its latency.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::plan::{self, Planned, Rng, Zipf};
use crate::retries::Retries;
use crate::tally::{Ended, Tally};
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
    /// When it went out, from the start of the block; never, if it was given up before.
    pub(crate) sent_ns: Option<u64>,
    /// When it was over, however it ended.
    pub(crate) end_ns: u64,
}

/// A failed request is sent again so much later, and so often at most, where the client retries.
const AGAIN_AFTER_NS: u64 = 2_000_000;
const ATTEMPTS_MAX: u32 = 3;

/// What one block showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) samples: Vec<Sample>,
    /// How late the client itself was, where a connection was free.
    pub(crate) lag_ns: Vec<u64>,
    /// From the first intended start to the last answer.
    pub(crate) took: Duration,
    pub(crate) tally: Tally,
    /// The first thing that was wrong with an answer.
    pub(crate) fault: Option<String>,
}

impl Block {
    pub(crate) fn add(&mut self, more: Self) {
        self.samples.extend(more.samples);
        self.lag_ns.extend(more.lag_ns);
        self.took = self.took.max(more.took);
        self.tally.add(more.tally);
        self.fault = self.fault.take().or(more.fault);
    }
}

#[derive(Clone, Copy)]
struct Job {
    request: Planned,
    sent_ns: u64,
    attempt: u32,
}

impl Job {
    /// An error counts as the longest that is waited for.
    fn failed(&self, patience: Duration, now_ns: u64) -> Sample {
        let patience_ns = patience.as_nanos() as u64;
        Sample {
            class: Class::Error,
            at_ns: self.request.at_ns,
            latency_ns: patience_ns,
            service_ns: patience_ns,
            sent_ns: Some(self.sent_ns),
            end_ns: now_ns,
        }
    }
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
    patience: Duration,
    /// What failed requests may be sent again on; none are without it.
    retries: Option<Arc<Retries>>,
    /// When to send which request again, the earliest first.
    again: VecDeque<(u64, Job)>,
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
            patience: PATIENCE,
            retries: None,
            again: VecDeque::new(),
        })
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Waits this long for an answer.
    pub(crate) fn be_patient(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Sends failed requests again, as far as the budget goes; not at all without one.
    pub(crate) fn retry_on(&mut self, retries: Option<Arc<Retries>>) {
        self.retries = retries;
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
            self.send_again(now_ns, &mut block)?;
            while let Some(request) = plan.get(next).filter(|request| request.at_ns <= now_ns) {
                if now_ns - request.at_ns > self.patience.as_nanos() as u64 {
                    let given_up = self.job(*request, now_ns).failed(self.patience, now_ns);
                    block.samples.push(Sample {
                        sent_ns: None,
                        ..given_up
                    });
                    block.tally.unsent += 1;
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
                self.send(free, self.job(*request, now_ns), &mut block)?;
                next += 1;
                now_ns = since(start);
            }
            starved &= plan
                .get(next)
                .is_some_and(|request| request.at_ns <= now_ns);
            let is_idle = self.idle.len() == self.connections.len() && self.again.is_empty();
            if next == plan.len() && is_idle {
                block.took = start.elapsed();
                return Ok(block);
            }
            let due_ns = plan
                .get(next)
                .map(|request| request.at_ns)
                .filter(|_| !starved);
            let again_ns = self.again.front().map_or(u64::MAX, |(due_ns, _)| *due_ns);
            self.wait(due_ns.unwrap_or(u64::MAX).min(again_ns), now_ns)?;
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
                self.send(free, self.job(request, now_ns), &mut block)?;
            }
            if now_ns >= end_ns && self.idle.len() == self.connections.len() {
                block.took = start.elapsed();
                return Ok(block);
            }
            self.wait(u64::MAX, now_ns)?;
            self.collect(start, &mut block)?;
        }
    }

    /// The first attempt at `request`.
    fn job(&self, request: Planned, now_ns: u64) -> Job {
        Job {
            request,
            sent_ns: now_ns,
            attempt: 1,
        }
    }

    /// Sends what is due to be sent again, as far as there are connections.
    fn send_again(&mut self, now_ns: u64, block: &mut Block) -> io::Result<()> {
        while self.again.front().is_some_and(|(due, _)| *due <= now_ns) && !self.idle.is_empty() {
            let (Some((_, job)), Some(free)) = (self.again.pop_front(), self.idle.pop_front())
            else {
                break;
            };
            block.tally.again += 1;
            let (sent_ns, attempt) = (now_ns, job.attempt + 1);
            self.send(
                free,
                Job {
                    sent_ns,
                    attempt,
                    ..job
                },
                block,
            )?;
        }
        Ok(())
    }

    /// Whether a request that failed is to be sent again; takes it from the budget.
    fn may_retry(&mut self, job: Job, now_ns: u64) -> bool {
        let retries = self.retries.as_ref().filter(|_| job.attempt < ATTEMPTS_MAX);
        let granted = retries.is_some_and(|retries| retries.try_again(now_ns));
        if granted {
            self.again.push_back((now_ns + AGAIN_AFTER_NS, job));
        }
        granted
    }

    fn send(&mut self, free: usize, job: Job, block: &mut Block) -> io::Result<()> {
        block.tally.sent += 1;
        if let (Some(retries), 1) = (&self.retries, job.attempt) {
            retries.call(job.sent_ns);
        }
        let connection = &mut self.connections[free];
        wire::render(&mut connection.out, &mut self.body, &job.request);
        connection.sent = 0;
        connection.filled = 0;
        connection.job = Some(job);
        self.polled[free].fd = connection.stream.as_raw_fd();
        match connection.push() {
            Ok(()) => Ok(()),
            Err(error) => self.fail(free, Ended::from(&error), job.sent_ns, block),
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
            let Some(job) = connection.job else {
                continue;
            };
            if self.polled[at].revents == 0 {
                if now_ns > job.request.at_ns + self.patience.as_nanos() as u64 {
                    self.fail(at, Ended::Late, now_ns, block)?;
                }
                continue;
            }
            let step = connection.push().and_then(|()| connection.pull());
            let now_ns = since(start);
            match step {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    connection.job = None;
                    self.polled[at].fd = -1;
                    if answer.close {
                        *connection = Connection::open(self.address)?;
                    }
                    self.idle.push_back(at);
                    self.answered(job, answer.class, now_ns, block);
                }
                Err(error) => self.fail(at, Ended::from(&error), now_ns, block)?,
            }
        }
        Ok(())
    }

    /// Counts an answer, or sends the request again.
    fn answered(&mut self, job: Job, class: Class, now_ns: u64, block: &mut Block) {
        match class {
            Class::Failed => {
                block.tally.failed += 1;
                if self.may_retry(job, now_ns) {
                    return;
                }
                block.samples.push(job.failed(self.patience, now_ns));
            }
            Class::Error => {
                block.tally.wrong += 1;
                block.samples.push(job.failed(self.patience, now_ns));
            }
            _ => block.samples.push(Sample {
                class,
                at_ns: job.request.at_ns,
                latency_ns: now_ns - job.request.at_ns,
                service_ns: now_ns - job.sent_ns,
                sent_ns: Some(job.sent_ns),
                end_ns: now_ns,
            }),
        }
    }

    /// Counts the connection's request as an error and opens the connection anew.
    fn fail(&mut self, at: usize, why: Ended, now_ns: u64, block: &mut Block) -> io::Result<()> {
        block.tally.count(&why);
        if let Some(job) = self.connections[at].job {
            block.samples.push(job.failed(self.patience, now_ns));
        }
        block.fault.get_or_insert_with(|| why.to_string());
        self.connections[at] = Connection::open(self.address)?;
        self.polled[at].fd = -1;
        self.idle.push_back(at);
        Ok(())
    }
}

fn since(start: Instant) -> u64 {
    start.elapsed().as_nanos() as u64
}
