//! One service with everything in it: a head of ours becomes a request of the `http` crate, goes
//! through our layers beside tower's to a cache, and comes back as bytes. Its spans tell of the
//! slowest requests, and a recorder has the numbers of every block on the way.

use std::collections::BTreeMap;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BufMut;
use http::{Method, Request, Response};
use shorttail::arena::ArenaPool;
use shorttail::cache::{Cache, KeyedState, Load, Miss, Outcome};
use shorttail::control::{Class, Failure, Gate, RetryBudget, RetryPolicy};
use shorttail::http1::{Connection, Limits, ResponseBody, ResponseHead};
use shorttail::interop::http::{deadline, encode_response};
use shorttail::interop::metrics as export;
use shorttail::interop::tower::{
    AdmissionError, AdmissionLayer, DeadlineError, DeadlineLayer, Ended, RetryLayer, RetryRules,
};
use shorttail::interop::tracing::{slow_requests, span_id};
use shorttail::limit::{Backoff, Jitter};
use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};
use shorttail::pool::BufferPool;
use shorttail::time::{Clock, Deadline, MockClock};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

use crate::metrics::{assert_all, seen};
use crate::polled::Polled;
use crate::tracing::Notes;

const MS: Duration = Duration::from_millis(1);
/// What a page takes that the cache has, one that is loaded, and the delay before a retry.
const HIT: Duration = MS;
const LOAD: Duration = Duration::from_millis(30);
const DELAY: Duration = Duration::from_millis(5);

type Clocked = Arc<MockClock>;
type PageCache = Cache<String, String, Origin, KeyedState, Clocked>;
/// What comes out of the buffer is boxed.
type Refusal = AdmissionError<BoxError>;
type Failed = DeadlineError<Refusal>;
type Answer = Response<String>;

/// Has no `/none`, and of what begins with `/busy` nothing at first.
#[derive(Default)]
struct Origin(Mutex<BTreeMap<String, u32>>);

impl Load<String, String> for Origin {
    type Error = &'static str;

    fn load(&self, path: &String) -> Result<Option<String>, &'static str> {
        let mut calls = self.0.lock().unwrap();
        let calls = calls.entry(path.clone()).or_default();
        *calls += 1;
        match path.as_str() {
            "/none" => Ok(None),
            path if path.starts_with("/busy") && *calls == 1 => Err("busy"),
            path => Ok(Some(format!("page {path}"))),
        }
    }
}

/// The pages of the cache, innermost. Time passes here, once the answer is known.
#[derive(Clone)]
struct Pages(Arc<PageCache>, Clocked);

impl Service<Request<()>> for Pages {
    type Response = Answer;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let Self(cache, clock) = self.clone();
        Box::pin(async move {
            let before = cache.stats().loads_started;
            let outcome = cache.get_or_load_async(request.uri().path()).await;
            let loaded = cache.stats().loads_started > before;
            clock.advance(if loaded { LOAD } else { HIT });
            let (status, text) = match outcome {
                Outcome::Fresh(text) => (200, text),
                Outcome::Negative => (404, String::new()),
                Outcome::Miss(Miss::LoaderError(why)) => (503, why.to_owned()),
                other => panic!("{other:?}"),
            };
            Ok(Response::builder().status(status).body(text)?)
        })
    }
}

#[derive(Clone)]
struct Gets;

impl RetryRules<Request<()>, Answer, Refusal> for Gets {
    fn copy(&self, request: &Request<()>) -> Option<Request<()>> {
        Some(request.clone())
    }
    fn is_idempotent(&self, request: &Request<()>) -> bool {
        request.method() == Method::GET
    }
    fn failure(&self, answer: Result<&Answer, &Refusal>) -> Option<Failure> {
        match answer {
            Ok(answer) => (answer.status() == 503).then(Failure::transient),
            Err(AdmissionError::Refused(_)) => Some(Failure::refused()),
            Err(_) => Some(Failure::permanent()),
        }
    }
    fn deadline(&self, request: &Request<()>) -> Deadline {
        told(request)
    }
}

/// The deadline that the outermost layer read, for those inside.
fn told(request: &Request<()>) -> Deadline {
    let found = request.extensions().get();
    *found.expect("the deadline layer put it in")
}

/// Which blocks there are on the way of a request.
struct Server {
    clock: Clocked,
    arenas: ArenaPool,
    buffers: BufferPool,
    gate: Arc<Gate>,
    budget: Arc<RetryBudget>,
    policy: Arc<RetryPolicy>,
    pages: Arc<PageCache>,
    stages: StageSet,
    slowest: Exemplars,
}

impl Server {
    fn new() -> Self {
        let clock = Clocked::default();
        let budget = Arc::new(RetryBudget::new(0.001).unwrap().floor(2));
        let policy = RetryPolicy::builder()
            .attempts_max(3)
            .backoff(Backoff::fixed(DELAY).jitter(Jitter::None))
            .budget(Arc::clone(&budget));
        let pages = Cache::builder(100)
            .negative_ttl(3_600 * 1_000 * MS)
            .clock(Arc::clone(&clock))
            .loader(Origin::default())
            .loads_max(4)
            .loader_threads(1);
        Self {
            arenas: ArenaPool::new(1, Limits::default().arena_bytes()).unwrap(),
            buffers: BufferPool::builder().class(256, 2).build().unwrap(),
            gate: Arc::new(Gate::builder(2).build().unwrap()),
            policy: Arc::new(policy.build().unwrap()),
            pages: Arc::new(pages.build().unwrap()),
            stages: StageSet::standard(1),
            slowest: Exemplars::new(3),
            budget,
            clock,
        }
    }

    /// From outside: what comes in time, is retried, admitted, stands in the buffer, one at once.
    fn service(
        &self,
    ) -> impl Service<Request<()>, Response = Answer, Error = Failed, Future: Send> + Clone + use<>
    {
        let clock = || Arc::clone(&self.clock);
        let read = |request: &mut Request<()>, now_ns: u64| {
            let until = deadline(request.headers(), now_ns).unwrap_or(Deadline::NEVER);
            request.extensions_mut().insert(until);
            until
        };
        let rank = |request: &Request<()>| (Class::NORMAL, told(request));
        let by_status = |answer: Result<&Answer, &BoxError>| match answer {
            Ok(answer) if answer.status() == 503 => Ended::Overloaded,
            Ok(_) => Ended::Served,
            Err(_) => Ended::CutOff,
        };
        let timer = {
            let clock = clock();
            move |delay: Duration| -> Ready<()> {
                clock.advance(delay);
                ready(())
            }
        };
        let admission = AdmissionLayer::new(Arc::clone(&self.gate), rank, clock());
        ServiceBuilder::new()
            .layer(DeadlineLayer::new(read, clock()))
            .layer(RetryLayer::shared(
                Arc::clone(&self.policy),
                Gets,
                timer,
                clock(),
            ))
            .layer(admission.judge(by_status))
            .buffer(4)
            .concurrency_limit(1)
            .service(Polled::new(Pages(Arc::clone(&self.pages), clock())))
    }

    /// The bytes that answer these bytes.
    async fn answer(
        &self,
        service: impl Service<Request<()>, Response = Answer, Error = Failed>,
        bytes: &[u8],
    ) -> String {
        let mut timer = StageTimer::start(self.clock.now_ns());
        let arena = self.arenas.try_acquire().unwrap();
        let mut connection = Connection::new(Limits::default());
        let head = connection.parse_head(bytes, &arena).unwrap().unwrap();
        let span = tracing::info_span!("request", target = head.target());
        let answer = match head.to_http() {
            Ok(request) => service.oneshot(request).await.unwrap_or_else(refused),
            Err(_) => plain(400),
        };
        timer.lap(Stage::PROCESSING, self.clock.now_ns());
        self.stages.record(&timer);
        self.slowest.offer(span_id(&span), &timer);

        let (parts, body) = answer.into_parts();
        let length = ResponseBody::Length(body.len() as u64);
        let mut out = self.buffers.try_acquire(256).unwrap();
        encode_response(&parts, length, head.keep_alive(), &mut out).unwrap();
        out.put_slice(body.as_bytes());
        String::from_utf8(out.to_vec()).unwrap()
    }

    /// Every number of every block.
    fn scrape(&self) {
        export::arena("requests", &self.arenas.stats());
        export::pool("answers", &self.buffers.stats());
        export::gate("pages", &self.gate.stats());
        export::retry("pages", &self.policy.stats());
        export::retry_budget("pages", &self.budget);
        export::cache("pages", &self.pages.stats());
        export::stages("requests", &self.stages.report());
    }
}

fn plain(status: u16) -> Answer {
    let head = ResponseHead::new(status).body(ResponseBody::Length(0));
    head.to_http().unwrap().map(|()| String::new())
}

fn refused(error: Failed) -> Answer {
    match error {
        DeadlineError::Late => plain(504),
        DeadlineError::Inner(AdmissionError::Refused(_)) => plain(503),
        other => panic!("{other:?}"),
    }
}

/// A request's first line and one field, which may say what the caller waits for.
fn head(line: &str, wait_ms: Option<u32>) -> Vec<u8> {
    let wait = wait_ms.map(|ms| format!("x-envoy-expected-rq-timeout-ms: {ms}\r\n"));
    format!(
        "{line} HTTP/1.1\r\nhost: a\r\n{}\r\n",
        wait.unwrap_or_default()
    )
    .into_bytes()
}

const REQUESTS: [(&str, Option<u32>, &str); 9] = [
    // Loaded, and then known.
    ("GET /a", None, "200 OK page /a"),
    ("GET /a", Some(1), "200 OK page /a"),
    ("GET /none", None, "404 Not Found "),
    // Fails, and is asked again: once with success, once too late, once for good.
    ("GET /busy/1", Some(66), "200 OK page /busy/1"),
    ("GET /busy/2", Some(34), "503 Service Unavailable busy"),
    ("POST /busy/3", None, "503 Service Unavailable busy"),
    ("GET /busy/4", None, "200 OK page /busy/4"),
    // Comes too late, and is nothing that `http` takes.
    ("GET /a", Some(0), "504 Gateway Timeout "),
    ("GET /<a>", None, "400 Bad Request "),
];

/// All requests, one after the other, and one when the gate is full.
async fn serve_all(server: &Server) {
    let service = server.service();
    for (line, wait_ms, said) in REQUESTS {
        let answer = server.answer(service.clone(), &head(line, wait_ms)).await;
        assert_eq!(answer, on_the_wire(said), "{line}");
    }
    let enter = || {
        let gate = &server.gate;
        gate.try_enter(Class::CRITICAL, Deadline::NEVER, server.clock.now_ns())
    };
    let _held = (enter().unwrap(), enter().unwrap());
    let answer = server.answer(service, &head("GET /a", None)).await;
    assert_eq!(answer, on_the_wire("503 Service Unavailable "));
}

/// Status, reason and body, as they are sent.
fn on_the_wire(said: &str) -> String {
    let body = ["page", "busy"].iter().find_map(|word| said.find(word));
    let (status, body) = said.split_at(body.unwrap_or(said.len()));
    let status = status.trim_end();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A server that has answered all, and what its subscriber saw.
fn served() -> (Server, Notes) {
    let (server, notes) = (Server::new(), Notes::default());
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    tracing::subscriber::with_default(notes.clone(), || runtime.block_on(serve_all(&server)));
    (server, notes)
}

#[test]
fn every_request_is_answered_and_every_block_told_the_recorder() {
    let (server, _) = served();
    let set = seen(|| server.scrape());
    assert_all("arena", "{name=requests}", &server.arenas.stats(), &set);
    assert_all("pool", "{name=answers}", &server.buffers.stats(), &set);
    assert_all("gate", "{name=pages}", &server.gate.stats(), &set);
    assert_all("cache", "{name=pages}", &server.pages.stats(), &set);
    let told = |name: &str, labels: &str| set[&format!("shorttail_{name}{{name={labels}}}")];
    for (name, labels, value) in [
        // All went back that was lent.
        ("arena_in_use", "requests", 0.0),
        ("pool_in_use", "answers", 0.0),
        ("gate_in_flight", "pages", 0.0),
        // Ten requests: one late, one odd, one refused, and seven called, two of them twice.
        ("gate_refused_total", "pages,reason=limit,tier=normal", 1.0),
        (
            "gate_refused_total",
            "pages,reason=expired,tier=normal",
            0.0,
        ),
        ("gate_finished_total", "pages", 5.0),
        ("gate_overloaded_total", "pages", 4.0),
        ("retry_calls_total", "pages", 8.0),
        ("retry_sends_total", "pages", 10.0),
        ("retry_succeeded_total", "pages", 5.0),
        ("retry_stopped_total", "pages,reason=deadline", 1.0),
        ("retry_stopped_total", "pages,reason=not_idempotent", 1.0),
        ("retry_stopped_total", "pages,reason=refused", 1.0),
        ("retry_stopped_total", "pages,reason=budget", 0.0),
        ("retry_budget_available", "pages", 0.0),
        ("cache_hits_total", "pages", 1.0),
        ("cache_loads_done_total", "pages", 4.0),
        ("cache_loads_failed_total", "pages", 4.0),
        ("stage_count_total", "requests,stage=total", 10.0),
        ("stage_sum_total", "requests,stage=total", 251e6),
    ] {
        assert_eq!(told(name, labels), value, "{name} {labels}");
    }
}

#[test]
fn the_slowest_requests_are_told_by_their_spans() {
    let (server, notes) = served();
    let spans = notes.spans.lock().unwrap().clone();
    assert_eq!(spans.len(), REQUESTS.len() + 1);
    assert!(notes.events.lock().unwrap().is_empty()); // none where requests are served
    let mut slowest = Vec::new();
    server.slowest.take_into(&mut slowest);
    tracing::subscriber::with_default(notes.clone(), || slow_requests(&server.stages, &slowest));
    let targets: Vec<_> = slowest
        .iter()
        .map(|one| {
            (
                spans[one.trace_id as usize - 1].as_str(),
                one.timer.total_ns(),
            )
        })
        .collect();
    let twice = (2 * LOAD + DELAY).as_nanos() as u64;
    assert_eq!(
        targets[..2].iter().map(|(_, ns)| *ns).collect::<Vec<_>>(),
        [twice; 2]
    );
    let mut first: Vec<_> = targets[..2].iter().map(|(name, _)| *name).collect();
    first.sort_unstable();
    assert_eq!(
        first,
        ["request target=\"/busy/1\"", "request target=\"/busy/4\""]
    );
    assert_eq!(targets[2].1, LOAD.as_nanos() as u64);
    let events = notes.events.lock().unwrap();
    assert_eq!(events.len(), 3);
    for (event, one) in events.iter().zip(&slowest) {
        let told = format!(
            "shorttail::slow message=slow request trace_id={} total_ns={} slowest=\"processing\"",
            one.trace_id,
            one.timer.total_ns()
        );
        assert!(event.starts_with(&told), "{event}");
    }
}
