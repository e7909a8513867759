//! An axum service gets more requests than it can serve. All of them wait, answers come when nobody
//! wants them any more, and afterwards nobody can say who was turned away, nor which requests were
//! the slow ones. Here two layers stand in front of the routes: what comes too late has 504, and
//! what is too much 503, both at once. `/metrics` counts them, and the slowest requests are logged
//! by the ids of their spans, with what they spent where.
//!
//! Run: `cargo run --release --manifest-path examples/stack/Cargo.toml --bin guarded`. Last line:
//! `answered 8 of 8, refused 20 of 20, late 5 of 5; the scrape counts 20 refused, the log has the
//! 4 slowest`.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleErrorLayer;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shorttail::channel::{Receiver, bounded};
use shorttail::control::{Class, Gate};
use shorttail::interop::http::deadline;
use shorttail::interop::metrics as export;
use shorttail::interop::tower::{AdmissionError, AdmissionLayer, DeadlineError, DeadlineLayer};
use shorttail::interop::tracing::{slow_requests, span_id};
use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};
use shorttail::time::{Clock, Deadline, StdClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceBuilder;
use tracing::{Instrument, info_span};

/// How many reports are made at once.
const ROOM: u32 = 8;
/// How many are asked for beside them, and how many by callers that have given up.
const TOO_MANY: u32 = 20;
const LATE: u32 = 5;
/// How many of the slowest are logged.
const SLOWEST: usize = 4;

/// What stands in front of the routes.
struct Front {
    gate: Arc<Gate>,
    stages: StageSet,
    slowest: Exemplars,
    metrics: PrometheusHandle,
}

/// The outermost: what each request took, under the id of its span.
async fn watched(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let span = info_span!("request", path = request.uri().path());
    let id = span_id(&span);
    let mut timer = StageTimer::start(StdClock.now_ns());
    let response = next.run(request).instrument(span).await;
    timer.lap(Stage::PROCESSING, StdClock.now_ns());
    front.stages.record(&timer);
    front.slowest.offer(id, &timer);
    response
}

/// Until when the caller waits, by its header; told to those inside too.
fn until(request: &mut Request, now_ns: u64) -> Deadline {
    let until = deadline(request.headers(), now_ns).unwrap_or(Deadline::NEVER);
    request.extensions_mut().insert(until);
    until
}

/// Who is refused first when there is too much. Here all are alike, and of the highest tier: the
/// lower ones have a share of the room each, so that they leave some to those above.
fn rank(request: &Request) -> (Class, Deadline) {
    let until = request.extensions().get().copied();
    (Class::CRITICAL, until.unwrap_or(Deadline::NEVER))
}

async fn refused(error: DeadlineError<AdmissionError<Infallible>>) -> (StatusCode, String) {
    let status = match error {
        DeadlineError::Late => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, error.to_string())
}

/// A route that takes long: until the other end of its channel is gone.
async fn report(State(done): State<Receiver<()>>) -> &'static str {
    done.closed_async().await;
    "the report"
}

async fn scrape(State(front): State<Arc<Front>>) -> String {
    export::gate("requests", &front.gate.stats());
    export::stages("requests", &front.stages.report());
    front.metrics.render()
}

fn app(front: &Arc<Front>, done: Receiver<()>) -> Router {
    let guards = ServiceBuilder::new()
        .layer(from_fn_with_state(Arc::clone(front), watched))
        .layer(HandleErrorLayer::new(refused))
        .layer(DeadlineLayer::new(until, StdClock))
        .layer(AdmissionLayer::new(front.gate.clone(), rank, StdClock));
    let guarded = Router::new()
        .route("/report", get(report))
        .layer(guards)
        .with_state(done);
    // The metrics are told however full it is.
    let metrics = Router::new().route("/metrics", get(scrape));
    guarded.merge(metrics.with_state(Arc::clone(front)))
}

/// Asks with this field in the head; the status, and the whole answer.
async fn ask(
    of: SocketAddr,
    path: &str,
    field: &str,
) -> Result<(u16, String), Box<dyn Error + Send + Sync>> {
    let mut stream = TcpStream::connect(of).await?;
    let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{field}\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).ok_or("no status")?.parse()?;
    Ok((status, answer))
}

async fn run(front: Arc<Front>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (working, done) = bounded(1);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = app(&front, done);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let made = (0..ROOM).map(|_| tokio::spawn(ask(address, "/report", "")));
    let made: Vec<_> = made.collect();
    while front.gate.stats().in_flight < ROOM {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (mut answered, mut refused, mut late) = (0, 0, 0);
    for _ in 0..TOO_MANY {
        refused += u32::from(ask(address, "/report", "").await?.0 == 503);
    }
    for _ in 0..LATE {
        let waits = "x-envoy-expected-rq-timeout-ms: 0\r\n";
        late += u32::from(ask(address, "/report", waits).await?.0 == 504);
    }
    drop(working);
    for answer in made {
        answered += u32::from(answer.await??.0 == 200);
    }

    // What a service does every few seconds, off its requests' path.
    let mut slowest = Vec::with_capacity(SLOWEST);
    front.slowest.take_into(&mut slowest);
    slow_requests(&front.stages, &slowest);
    let (_, metrics) = ask(address, "/metrics", "").await?;
    let lines = metrics.lines();
    let refusals = lines.filter_map(|line| line.strip_prefix("shorttail_gate_refused_total"));
    let counts = refusals.filter_map(|line| line.rsplit(' ').next()?.parse::<u32>().ok());
    println!(
        "answered {answered} of {ROOM}, refused {refused} of {TOO_MANY}, late {late} of {LATE}; \
         the scrape counts {} refused, the log has the {} slowest",
        counts.sum::<u32>(),
        slowest.len()
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().init();
    let front = Front {
        gate: Arc::new(Gate::builder(ROOM).build()?),
        stages: StageSet::standard(2),
        slowest: Exemplars::new(SLOWEST),
        metrics: PrometheusBuilder::new().install_recorder()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(2).enable_all().build()?;
    runtime.block_on(run(Arc::new(front)))
}
