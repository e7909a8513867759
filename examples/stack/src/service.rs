//! An axum service with the cache in front of its store.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use shorttail::cache::{Cache, Outcome};
use shorttail::limit::Breaker;
use tokio::net::TcpListener;

use crate::origin::Redis;

/// How long a caller waits for the store.
pub(crate) const BUDGET: Duration = Duration::from_millis(30);

type Items = Cache<u64, String, Redis>;

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
}

/// A reply: where its value came from stands in a header.
type Reply = (StatusCode, [(HeaderName, &'static str); 1], String);

pub(crate) async fn start(port: u16) -> Result<Service, Box<dyn std::error::Error>> {
    let breaker = Breaker::builder().calls(8).window(Duration::from_secs(1));
    let cache = Cache::builder(20_000)
        .ttl(Duration::from_millis(200))
        .jitter(0.2)
        .stale_window(Duration::from_millis(200))
        .error_window(Duration::from_secs(600))
        .negative_ttl(Duration::from_millis(100))
        .loader(Redis::new(port)?)
        .loads_max(32)
        .loader_threads(8)
        .breaker(breaker.rest(Duration::from_millis(250)).build()?)
        .build()?;
    let app = Router::new()
        .route("/items/{id}", get(item))
        .with_state(Arc::new(cache));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(Service { address })
}

async fn item(State(cache): State<Arc<Items>>, Path(id): Path<u64>) -> Reply {
    let mut load = pin!(cache.get_or_load_async(&id));
    let outcome = match tokio::time::timeout(BUDGET, load.as_mut()).await {
        Ok(outcome) => outcome,
        Err(_) => load.give_up(), // an older value, if there is one; the load goes on
    };
    let outcome = outcome.degrade(|_| Some(String::from("ask again later")));
    let reply = |status, from, text| (status, [(HeaderName::from_static("x-from"), from)], text);
    match outcome {
        Outcome::Fresh(text) => reply(StatusCode::OK, "fresh", text),
        Outcome::Stale { value, .. } => reply(StatusCode::OK, "stale", value),
        Outcome::Fallback(text) => reply(StatusCode::OK, "fallback", text),
        Outcome::Negative => reply(StatusCode::NOT_FOUND, "nothing", String::new()),
        Outcome::Miss(why) => {
            unreachable!("each miss is degraded: {why:?}")
        }
    }
}
