//! One connection: wait without a buffer, read into one, parse in an arena, answer, give both back.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use shorttail::http1::{BodyEvent, Connection, Discarded, Framing, Head, Method, ReadBuf, Version};
use shorttail::measure::StageTimer;
use shorttail::time::{Clock, StdClock};
use shorttail::workers::TaskBudget;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};

use super::State;
use super::answer::{self, Answer};
use super::body::Body;
use super::stages::{HEAD, STAGES, WRITE};
use crate::service::{BODY_BYTES_MAX, CLIENT_PATIENCE, Route, route};

/// What the first buffer holds; the heads of browsers fit.
const FIRST_BYTES: usize = 4_096;

/// Answers to pipelined requests before other connections have their turn.
const ANSWERS_AT_A_STRETCH: u32 = 4;

/// How long a refused client's last bytes are read and dropped, so that it sees the refusal and
/// not a reset.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 1 << 20;

/// Serves `stream` until either side ends it.
pub(super) async fn serve(state: &State, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let stop = pin!(async move { drop(stopped.wait_for(|&stop| stop).await) });
    let alarm = pin!(tokio::time::sleep(Duration::ZERO));
    let mut link = Link {
        state,
        stream,
        http: Connection::new(state.limits),
        input: ReadBuf::new(&state.buffers, FIRST_BYTES),
        body: Body::new(),
        stop,
        alarm,
        alarm_at_ns: 0,
        patient_until_ns: 0,
        stretch: TaskBudget::new(ANSWERS_AT_A_STRETCH, Duration::MAX),
    };
    link.run().await;
}

/// What the answer needs to know of a request once its head is gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) route: Route,
    pub(super) verb: Verb,
    pub(super) version: Version,
    pub(super) framing: Framing,
    pub(super) timer: StageTimer<STAGES>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Head,
    Post,
    Other,
}

impl Request {
    fn of(head: &Head<'_>, timer: StageTimer<STAGES>) -> Self {
        Self {
            route: route(head.path()),
            verb: match head.method() {
                Method::Get => Verb::Get,
                Method::Head => Verb::Head,
                Method::Post => Verb::Post,
                _ => Verb::Other,
            },
            version: head.version(),
            framing: head.framing(),
            timer,
        }
    }
}

/// Why there is no further request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nobody is left to answer: the client is gone, idle for too long, or we are stopping.
    Quiet,
    /// Answer with this status, then close.
    Refused(u16),
    /// No buffer or no arena is free: answer with 503, then close.
    Exhausted,
}

/// What the wait was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// A request, which may never come.
    Head,
    /// The rest of a request that has been begun.
    Body,
    /// Room for the answer.
    Write,
}

pub(super) struct Link<'l, S> {
    pub(super) state: &'l State,
    stream: TcpStream,
    http: Connection,
    input: ReadBuf,
    pub(super) body: Body,
    stop: Pin<&'l mut S>,
    /// One timer for the connection's whole life: it looks at `patient_until_ns` when it fires,
    /// so that no request has to set a timer.
    alarm: Pin<&'l mut Sleep>,
    alarm_at_ns: u64,
    patient_until_ns: u64,
    stretch: TaskBudget,
}

impl<S: Future<Output = ()>> Link<'_, S> {
    async fn run(&mut self) {
        loop {
            let end = match self.next_request().await {
                Ok(mut request) => self.answer(&mut request).await,
                Err(end) => Err(end),
            };
            match end {
                // A pipeline gives no occasion to wait: it must not have the thread to itself.
                Ok(()) if self.http.is_reusable() => {
                    if !self.input.is_empty() {
                        self.stretch.checkpoint_async().await;
                    }
                }
                Ok(()) | Err(End::Quiet) => return,
                Err(End::Refused(status)) => return self.refuse(answer::refused(status)).await,
                Err(End::Exhausted) => {
                    self.state.counters.shed.add();
                    return self.refuse(answer::busy()).await;
                }
            }
        }
    }

    /// Waits for a whole head. The arena is held while the head is looked at and no longer.
    async fn next_request(&mut self) -> Result<Request, End> {
        let mut timer = None;
        self.be_patient(CLIENT_PATIENCE);
        loop {
            if self.input.is_empty() {
                self.input.release_unused();
            } else {
                let timer = *timer.get_or_insert_with(|| StageTimer::start(StdClock.now_ns()));
                if let Some(request) = self.parse(timer)? {
                    return Ok(request);
                }
            }
            let first = self.input.is_empty();
            self.fill(For::Head).await?;
            if first {
                // The head has begun: from now on it must come within the client's patience.
                self.be_patient(CLIENT_PATIENCE);
            }
        }
    }

    fn parse(&mut self, mut timer: StageTimer<STAGES>) -> Result<Option<Request>, End> {
        let arena = self
            .state
            .arenas
            .try_acquire()
            .map_err(|_| End::Exhausted)?;
        let head = self.http.parse_head(&self.input, &arena);
        let Some(head) = head.map_err(|error| End::Refused(error.status()))? else {
            return Ok(None);
        };
        timer.lap(HEAD, StdClock.now_ns());
        let (request, length) = (Request::of(&head, timer), head.head_len());
        self.input.consume(length);
        Ok(Some(request))
    }

    async fn answer(&mut self, request: &mut Request) -> Result<(), End> {
        let answer = answer::to(self, request).await?;
        self.state.count(answer.status);
        let sent = self.send(&answer, request.verb, request.version).await;
        request.timer.lap(WRITE, StdClock.now_ns());
        self.state.note(request, &answer);
        sent
    }

    /// Writes head and body in one call where the socket takes both.
    async fn send(&mut self, answer: &Answer, verb: Verb, version: Version) -> Result<(), End> {
        let mut head = [0; answer::HEAD_BYTES];
        let keep_alive = self.http.is_reusable();
        let length = answer
            .encode(&mut head, version, keep_alive)
            .ok_or(End::Quiet)?;
        let (head, body) = (&head[..length], answer.body());
        let body = if verb == Verb::Head { &[] } else { body };
        self.write_all(head, body).await
    }

    async fn write_all(&mut self, head: &[u8], body: &[u8]) -> Result<(), End> {
        let (mut sent, all) = (0, head.len() + body.len());
        while sent < all {
            let parts = [
                io::IoSlice::new(&head[sent.min(head.len())..]),
                io::IoSlice::new(&body[sent.saturating_sub(head.len())..]),
            ];
            match self.stream.try_write_vectored(&parts) {
                Ok(taken) => sent += taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.be_patient(CLIENT_PATIENCE);
                    self.wait(For::Write).await?;
                }
                Err(_) => return Err(End::Quiet),
            }
        }
        Ok(())
    }

    /// The last answer of a connection whose client may still be sending.
    async fn refuse(&mut self, answer: Answer) {
        self.input.release();
        self.http.close();
        self.state.count(answer.status);
        self.state.note_refusal(&answer);
        if self
            .send(&answer, Verb::Other, Version::Http11)
            .await
            .is_ok()
        {
            self.linger().await;
        }
    }

    async fn linger(&mut self) {
        self.be_patient(LINGER);
        let mut scratch = [0; 2_048];
        let mut dropped = 0;
        if tokio::io::AsyncWriteExt::shutdown(&mut self.stream)
            .await
            .is_err()
        {
            return;
        }
        while dropped < LINGER_BYTES {
            match self.stream.try_read(&mut scratch) {
                Ok(0) => return,
                Ok(read) => dropped += read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.wait(For::Body).await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }

    /// Sends `100 Continue` if the client waits for it before it sends the body.
    async fn invite_body(&mut self) -> Result<(), End> {
        if self.http.take_continue(&self.input) {
            self.write_all(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
                .await?;
        }
        Ok(())
    }

    /// Reads and decodes the body, at the end of which it stands in `body`.
    pub(super) async fn read_body(&mut self) -> Result<(), End> {
        if self.http.limit_body(BODY_BYTES_MAX as u64).is_err() {
            return Err(End::Refused(413));
        }
        self.invite_body().await?;
        self.be_patient(CLIENT_PATIENCE);
        while !self.decode()? {
            self.fill(For::Body).await?;
        }
        Ok(())
    }

    /// Decodes what has come of the body: whether that was all of it.
    fn decode(&mut self) -> Result<bool, End> {
        loop {
            let step = self.http.read_body(&self.input);
            let step = step.map_err(|error| End::Refused(error.status()))?;
            if let BodyEvent::Data(data) = step.event {
                let appended = self.body.append(data, &self.state.buffers);
                appended.map_err(|_| End::Exhausted)?;
            }
            let (over, more) = (step.event == BodyEvent::End, step.event == BodyEvent::More);
            let consumed = step.consumed;
            self.input.consume(consumed);
            if over || more {
                return Ok(over);
            }
        }
    }

    /// Gets past a body that nobody wants: reads it if it is short, else ends the connection.
    pub(super) async fn skip_body(&mut self) -> Result<(), End> {
        self.be_patient(CLIENT_PATIENCE);
        loop {
            let step = self.http.discard_body(&self.input);
            match step.map_err(|error| End::Refused(error.status()))? {
                Discarded::Done { consumed } => {
                    self.input.consume(consumed);
                    return Ok(());
                }
                Discarded::More { consumed } => self.input.consume(consumed),
                Discarded::Close => return Ok(()),
            }
            self.fill(For::Body).await?;
        }
    }

    fn be_patient(&mut self, time: Duration) {
        let time_ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let now_ns = StdClock.now_ns();
        self.patient_until_ns = now_ns.saturating_add(time_ns);
        if self.patient_until_ns < self.alarm_at_ns {
            self.set_alarm(now_ns);
        }
    }

    /// Sets the timer to the end of the patience. Seldom: only if it would fire too late, or did.
    fn set_alarm(&mut self, now_ns: u64) {
        let left_ns = self.patient_until_ns.saturating_sub(now_ns);
        self.alarm_at_ns = self.patient_until_ns;
        self.alarm
            .as_mut()
            .reset(Instant::now() + Duration::from_nanos(left_ns));
    }

    /// Waits for bytes, then takes a buffer if there is none, and reads.
    async fn fill(&mut self, what: For) -> Result<(), End> {
        loop {
            self.wait(what).await?;
            let buffer = self.input.room().map_err(|_| End::Exhausted)?;
            let read = poll_fn(|cx| {
                let mut read = pin!(self.stream.read_buf(buffer));
                Poll::Ready(read.as_mut().poll(cx))
            });
            match read.await {
                Poll::Ready(Ok(0)) => return Err(End::Quiet),
                Poll::Ready(Ok(_)) => return Ok(()),
                Poll::Ready(Err(_)) => return Err(End::Quiet),
                Poll::Pending => self.input.release_unused(),
            }
        }
    }

    async fn wait(&mut self, what: For) -> Result<(), End> {
        poll_fn(|cx| self.poll_wait(what, cx)).await
    }

    fn poll_wait(&mut self, what: For, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        let ready = match what {
            For::Head | For::Body => self.stream.poll_read_ready(cx),
            For::Write => self.stream.poll_write_ready(cx),
        };
        if let Poll::Ready(ready) = ready {
            return Poll::Ready(ready.map_err(|_| End::Quiet));
        }
        // A request that has not been understood yet is not worth the wait when stopping.
        if what == For::Head && self.stop.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(End::Quiet));
        }
        while self.alarm.as_mut().poll(cx).is_ready() {
            let now_ns = StdClock.now_ns();
            if now_ns >= self.patient_until_ns {
                let begun = what == For::Body || !self.input.is_empty();
                let late = if begun && what != For::Write {
                    End::Refused(408)
                } else {
                    End::Quiet
                };
                return Poll::Ready(Err(late));
            }
            self.set_alarm(now_ns);
        }
        Poll::Pending
    }
}
