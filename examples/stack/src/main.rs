//! What do callers see while the store behind a service dies and comes back? Here Redis is killed
//! and started again under load, behind an axum service with the cache in front of it. Nobody waits
//! for what does not come: keys that were read before are served stale, and new ones get what the
//! service says in place of them.
//!
//! What is counted decides: no request is without an answer, none of those keys gets what stands
//! in for a value, something stands in for the dead store, and each of them is fresh again once it
//! is back. How long answers took, and how many were later than the budget allows, is printed: it
//! depends on what else the machine does.
//!
//! Run: `cargo run --release --manifest-path examples/stack/Cargo.toml`; with `-- --stand-in`
//! beside a small server of the example's own, in place of Redis. Without `redis-server` in the
//! path it says so and is over. Last line: `kept: every caller had an answer, known keys stale
//! while the store was dead, each fresh again`.

mod client;
mod origin;
mod redis_server;
mod service;
mod stand_in;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::Seen;
use redis_server::Server;

/// How long each part of the load lasts at least: with Redis, without it, and with it again.
const PART: Duration = Duration::from_millis(1_500);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let stand_in = std::env::args().any(|arg| arg == "--stand-in");
    let server = if stand_in {
        Server::stand_in()?
    } else {
        match Server::redis()? {
            Some(server) => server,
            None => {
                println!(
                    "skipped: there is no redis-server in the path. Debian and Ubuntu: apt-get \
                     install redis-server; or run this with `-- --stand-in`"
                );
                return Ok(ExitCode::SUCCESS);
            }
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(server))
}

async fn run(mut server: Server) -> Result<ExitCode, Box<dyn Error>> {
    origin::fill(server.port())?;
    let service = service::start(server.port()).await?;
    println!(
        "{} on port {}, the service on {}",
        server.name(),
        server.port(),
        service.address
    );
    let mut all = Seen::default();
    let filled = client::all_fresh(service.address).await?;
    let before = client::load(service.address, PART, 0, &Arc::new(AtomicBool::new(true))).await?;
    say("with the store", &before);
    let killed = Arc::default();
    let load = client::load(service.address, PART, 1, &killed);
    let (without, done) = tokio::join!(load, in_the_middle(&killed, || server.kill()));
    done?;
    let without = without?;
    say("without it", &without);
    let restarted = Arc::default();
    let load = client::load(service.address, 2 * PART, 2, &restarted);
    let restart = || -> Result<(), Box<dyn Error>> {
        server.start()?;
        Ok(origin::fill(server.port())?)
    };
    let (after, done) = tokio::join!(load, in_the_middle(&restarted, restart));
    done?;
    let after = after?;
    say("with it again", &after);
    let again = client::all_fresh(service.address).await?;
    server.kill()?;
    for seen in [&before, &without, &after] {
        all.add(seen);
    }
    let verdict = [
        (filled && before.fresh > 0, "not fresh before"),
        (all.lost == 0, "a caller had no answer"),
        (
            without.stale > 0 && without.fallback > 0,
            "nothing stood in for the store",
        ),
        (
            before.known_lost + without.known_lost == 0,
            "a key that had been read got a fallback",
        ),
        (
            before.nothing + without.nothing == 0,
            "a key that is there was said not to be",
        ),
        (again, "not fresh again"),
    ];
    Ok(tell(&verdict, &all, &without))
}

/// Does `what` once callers are under way, on a thread that may block, and says that it is done.
async fn in_the_middle<T>(done: &AtomicBool, what: impl FnOnce() -> T) -> T {
    tokio::time::sleep(Duration::from_millis(50)).await;
    let came = tokio::task::block_in_place(what);
    // Relaxed: the flag is all there is.
    done.store(true, Ordering::Relaxed);
    came
}

fn say(when: &str, seen: &Seen) {
    println!("{when:>16}: {seen}");
}

/// The counts, and as the last line that callers saw what is promised, or what they did not.
fn tell(verdict: &[(bool, &str)], all: &Seen, without: &Seen) -> ExitCode {
    let broken: Vec<_> = verdict.iter().filter(|(holds, _)| !holds).collect();
    if broken.is_empty() {
        println!(
            "{} answers; while it was dead {} stale, {} in place of a value",
            all.total(),
            without.stale,
            without.fallback
        );
        println!(
            "kept: every caller had an answer, known keys stale while the store was dead, each \
             fresh again"
        );
        return ExitCode::SUCCESS;
    }
    let broken: Vec<_> = broken.iter().map(|(_, what)| *what).collect();
    println!("broken: {}", broken.join(", "));
    ExitCode::FAILURE
}
