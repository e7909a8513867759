//! The service the ordinary way: hyper, moka, tokio's channel and semaphore, fresh buffers.
//!
//! Good code of the kind people write today: single flight through `try_get_with`, the origin's
//! budget by `tokio::time::timeout`, a concurrency limit that sheds, a head time-out, TCP_NODELAY.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use moka::future::Cache;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::delay::Delays;
use crate::origin::{ASK_AGAIN, BUDGET, Origin, OriginFailed};
use crate::service::{
    BODY_BYTES_MAX, CACHE_ITEMS, CLIENT_PATIENCE, CONNECTIONS_MAX, Counters, DRAIN, LOG_RECORDS,
    PERMITS, Route, Service, Setup, TTL, WARM_ITEMS, route,
};

/// The longest body that is read only to be dropped.
const SHED_BODY_BYTES_MAX: usize = 1 << 16;

/// One line of the access log.
struct Record {
    method: Method,
    path: String,
    status: StatusCode,
    bytes: usize,
    took_us: u128,
}

struct State {
    origin: Origin,
    delays: Delays,
    cache: Cache<u32, Bytes>,
    permits: Semaphore,
    connections: Arc<Semaphore>,
    ready: AtomicBool,
    counters: Counters,
    log: mpsc::Sender<Record>,
}

struct Ordinary {
    runtime: Runtime,
    state: Arc<State>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

/// Starts the arm; the warm-up goes on behind.
pub(crate) fn start(setup: &Setup) -> io::Result<Box<dyn Service>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(setup.workers)
        .enable_all()
        .build()?;
    let (log, records) = mpsc::channel(LOG_RECORDS);
    let state = Arc::new(State {
        origin: Origin::new(setup.healthy),
        delays: Delays::start(),
        cache: Cache::builder()
            .max_capacity(CACHE_ITEMS as u64)
            .time_to_live(TTL)
            .build(),
        permits: Semaphore::new(PERMITS),
        connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        ready: AtomicBool::new(false),
        counters: Counters::default(),
        log,
    });
    let file = io::BufWriter::with_capacity(1 << 16, std::fs::File::create(&setup.log)?);
    let listener = runtime.block_on(crate::service::listen(setup.listen))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    runtime.spawn(write_log(records, file));
    runtime.spawn(warm(Arc::clone(&state)));
    runtime.spawn(accept(listener, Arc::clone(&state), stopped));
    Ok(Box::new(Ordinary {
        runtime,
        state,
        address,
        stop,
    }))
}

impl Service for Ordinary {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn origin(&self) -> &Origin {
        &self.state.origin
    }

    fn counters(&self) -> &Counters {
        &self.state.counters
    }

    fn stop(self: Box<Self>) -> Result<String, String> {
        self.stop.send_replace(true);
        let all = u32::try_from(CONNECTIONS_MAX).expect("it is small");
        let drained = self.runtime.block_on(async {
            tokio::time::timeout(DRAIN, self.state.connections.acquire_many(all))
                .await
                .is_ok()
        });
        let permits = self.state.permits.available_permits();
        if !drained || permits != PERMITS {
            return Err(format!("drained {drained}, permits {permits} of {PERMITS}"));
        }
        Ok(format!(
            "permits {permits} of {PERMITS}, every connection closed"
        ))
    }
}

async fn accept(listener: TcpListener, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|&stop| stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, most likely: give the open connections time to end.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&state.connections).try_acquire_owned() else {
            state.counters.connections_refused.add();
            continue;
        };
        let (state, stopped) = (Arc::clone(&state), stopped.clone());
        tokio::spawn(async move {
            connection(stream, state, stopped).await;
            drop(permit);
        });
    }
}

async fn connection(stream: TcpStream, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request| handle(request, Arc::clone(&state)));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(CLIENT_PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving);
    // An error is the client's: it left, or sent what is not HTTP and has been told so.
    tokio::select! {
        _ = serving.as_mut() => return,
        _ = stopped.wait_for(|&stop| stop) => serving.as_mut().graceful_shutdown(),
    }
    drop(serving.await);
}

type Answer = Response<Full<Bytes>>;

async fn handle(request: Request<Incoming>, state: Arc<State>) -> Result<Answer, Infallible> {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = match (route(&path), &method) {
        (Route::Item(id), &Method::GET) => get_item(id, &state).await,
        (Route::Item(id), &Method::POST) => post_item(id, request, &state).await,
        (Route::Item(_), _) => {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "GET and POST only\n");
            answer
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, POST"));
            answer
        }
        (Route::Health, &Method::GET) => health(&state),
        (Route::Metrics, &Method::GET) => metrics(&state),
        _ => text(StatusCode::NOT_FOUND, "no such route\n"),
    };
    let status = answer.status();
    state.counters.requests.add();
    if status.is_client_error() {
        state.counters.rejected.add();
    }
    let bytes = answer.body().size_hint().exact().unwrap_or(0) as usize;
    let record = Record {
        method,
        path,
        status,
        bytes,
        took_us: started.elapsed().as_micros(),
    };
    if state.log.try_send(record).is_err() {
        state.counters.log_dropped.add();
    }
    Ok(answer)
}

async fn get_item(id: u32, state: &State) -> Answer {
    let Ok(_permit) = state.permits.try_acquire() else {
        return shed(state);
    };
    for budget in [ASK_AGAIN, BUDGET - ASK_AGAIN] {
        // A call that is late is dropped, and the next to wait for the item makes another one.
        match tokio::time::timeout(budget, state.cache.try_get_with(id, load(id, state))).await {
            Ok(Ok(body)) => return item(body),
            Ok(Err(_)) => {
                state.counters.failed.add();
                return text(StatusCode::BAD_GATEWAY, "the origin failed\n");
            }
            Err(_) => {}
        }
    }
    state.counters.failed.add();
    text(StatusCode::GATEWAY_TIMEOUT, "the origin is late\n")
}

async fn load(id: u32, state: &State) -> Result<Bytes, OriginFailed> {
    let call = state.origin.call(id);
    state.delays.wait(call.takes).await;
    if call.fails {
        return Err(OriginFailed);
    }
    Ok(state.origin.read(id, Bytes::copy_from_slice))
}

async fn post_item(id: u32, request: Request<Incoming>, state: &State) -> Answer {
    if request.body().size_hint().lower() > BODY_BYTES_MAX as u64 {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "1 MiB at most\n");
    }
    let Ok(_permit) = state.permits.try_acquire() else {
        // A short body is read, or hyper would close the connection.
        drop(
            Limited::new(request.into_body(), SHED_BODY_BYTES_MAX)
                .collect()
                .await,
        );
        return shed(state);
    };
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
    match tokio::time::timeout(CLIENT_PATIENCE, body).await {
        Ok(Ok(body)) => {
            state.origin.write(id, &body.to_bytes());
            state.cache.invalidate(&id).await;
            text(StatusCode::OK, "stored\n")
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            text(StatusCode::PAYLOAD_TOO_LARGE, "1 MiB at most\n")
        }
        Ok(Err(_)) => text(StatusCode::BAD_REQUEST, "the body is not what it says\n"),
        Err(_) => text(StatusCode::REQUEST_TIMEOUT, "the body is late\n"),
    }
}

fn item(body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
        .headers_mut()
        .insert("x-answer", HeaderValue::from_static("fresh"));
    answer
}

fn shed(state: &State) -> Answer {
    state.counters.shed.add();
    let mut answer = text(StatusCode::SERVICE_UNAVAILABLE, "too much at once\n");
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

fn text(status: StatusCode, body: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer
}

fn health(state: &State) -> Answer {
    // Acquire: pairs with the store in `warm`, so that who sees ready sees a warm cache.
    if state.ready.load(Ordering::Acquire) {
        text(StatusCode::OK, "ready\n")
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, "warming up\n")
    }
}

fn metrics(state: &State) -> Answer {
    let counters = &state.counters;
    let body = format!(
        "service_requests_total {}\nservice_shed_total {}\nservice_failed_total {}\n\
         service_log_dropped_total {}\nservice_permits_free {}\ncache_items {}\n",
        counters.requests.get(),
        counters.shed.get(),
        counters.failed.get(),
        counters.log_dropped.get(),
        state.permits.available_permits(),
        state.cache.entry_count(),
    );
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    let prometheus = HeaderValue::from_static("text/plain; version=0.0.4");
    answer.headers_mut().insert(CONTENT_TYPE, prometheus);
    answer
}

/// Loads the most asked-for items, 32 at a time, then opens the gate.
async fn warm(state: Arc<State>) {
    let loaders = (0..32).map(|first| {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            for id in (first..WARM_ITEMS).step_by(32) {
                // A failed call leaves the item to the first request for it.
                drop(state.cache.try_get_with(id, load(id, &state)).await);
            }
        })
    });
    for loader in loaders.collect::<Vec<_>>() {
        loader.await.expect("a warm-up task does not panic");
    }
    // Release: pairs with the load in `health`.
    state.ready.store(true, Ordering::Release);
}

async fn write_log(mut records: mpsc::Receiver<Record>, mut file: io::BufWriter<std::fs::File>) {
    while let Some(Record {
        method,
        path,
        status,
        bytes,
        took_us,
    }) = records.recv().await
    {
        let status = status.as_u16();
        if writeln!(file, "{method} {path} {status} {bytes} {took_us}us").is_err() {
            return;
        }
    }
}
