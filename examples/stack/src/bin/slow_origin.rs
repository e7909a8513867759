//! What do the users of an axum service see while the origin behind it hangs? Every handler that
//! asks it hangs as well, and with them the service. Here the cache stands between: what was read
//! before is served, however old; a new page is waited for within a budget, and then its user is
//! told to come again. A fixed number of threads hangs with the origin, and no handler.
//!
//! Run: `cargo run --release --manifest-path examples/stack/Cargo.toml --bin slow_origin`. Last
//! line: `origin hangs: 100 of 100 known pages, 10 of 10 new ones told to come again; back: 10 of
//! 10 new ones`.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use shorttail::cache::{Cache, Load, Outcome, WarmEnd, Warmer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long a user waits for a new page.
const BUDGET: Duration = Duration::from_millis(30);

const KNOWN: u64 = 100;
const NEW: u64 = 10;

/// Renders pages, unless it hangs.
#[derive(Clone, Default)]
struct Origin(Arc<(Mutex<bool>, Condvar)>);

impl Origin {
    fn hang(&self, hangs: bool) {
        *self.0.0.lock().expect("no panic under it") = hangs;
        self.0.1.notify_all();
    }
}

impl Load<u64, String> for Origin {
    type Error = &'static str;

    fn load(&self, page: &u64) -> Result<Option<String>, &'static str> {
        let hangs = self.0.0.lock().expect("no panic under it");
        let back = self.0.1.wait_while(hangs, |hangs| *hangs);
        drop(back.expect("no panic under it"));
        Ok(Some(format!("page {page}")))
    }
}

type Pages = Cache<u64, String, Origin>;

async fn page(State(pages): State<Arc<Pages>>, Path(page): Path<u64>) -> (StatusCode, String) {
    let mut load = pin!(pages.get_or_load_async(&page));
    let outcome = match tokio::time::timeout(BUDGET, load.as_mut()).await {
        Ok(outcome) => outcome,
        Err(_) => load.give_up(), // the load goes on, and the next who asks has its page
    };
    match outcome {
        Outcome::Fresh(text) | Outcome::Fallback(text) => (StatusCode::OK, text),
        Outcome::Stale { value, .. } => (StatusCode::OK, value),
        Outcome::Negative => (StatusCode::NOT_FOUND, String::new()),
        Outcome::Miss(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why:?}")),
    }
}

async fn status(of: SocketAddr, page: u64) -> Result<u16, Box<dyn Error>> {
    let mut stream = TcpStream::connect(of).await?;
    let request = format!("GET /pages/{page} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).ok_or("no status")?;
    Ok(status.parse()?)
}

async fn run(pages: Arc<Pages>, origin: Origin) -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/pages/{page}", get(page))
        .with_state(pages);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });

    origin.hang(true);
    let (mut known, mut later) = (0, 0);
    for page in 0..KNOWN {
        known += u32::from(status(address, page).await? == 200);
    }
    for page in KNOWN..KNOWN + NEW {
        later += u32::from(status(address, page).await? == 503);
    }
    origin.hang(false);
    let mut back = 0;
    for page in KNOWN..KNOWN + NEW {
        // Their users come again, once or more.
        while status(address, page).await? != 200 {}
        back += 1;
    }
    println!(
        "origin hangs: {known} of {KNOWN} known pages, {later} of {NEW} new ones told to come \
         again; back: {back} of {NEW} new ones"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let origin = Origin::default();
    let pages = Cache::builder(1_000)
        .ttl(Duration::from_millis(1))
        .stale_window(Duration::from_secs(600))
        .loader(origin.clone())
        .loads_max(16)
        .loader_threads(4)
        .build()?;
    let warmed = Warmer::new().run(&pages, 0..KNOWN);
    assert_eq!(warmed, WarmEnd::Finished);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(Arc::new(pages), origin))
}
