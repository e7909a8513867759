//! What do callers see while the store behind a service dies and comes back? Here Redis is killed
//! and started again under load, behind an axum service with the cache in front of it. Nobody waits
//! for what does not come: keys that were read before are served stale, and new ones get what the
//! service says in place of them, within the budget.
//!
//! Run: `cargo run --release --manifest-path examples/stack/Cargo.toml`; with `-- --stand-in`
//! beside a small server of the example's own, in place of Redis. Without `redis-server` in the
//! path it says so and is over.

mod client;
mod origin;
mod redis_server;
mod service;
mod stand_in;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use client::Seen;
use redis_server::Server;

/// How long each part of the load lasts: with Redis, without it, and with it again.
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
    let before = client::load(service.address, PART, 0).await?;
    say("with the store", &before);
    let load = client::load(service.address, PART, 1);
    let (without, killed) = tokio::join!(load, in_the_middle(|| server.kill()));
    killed?;
    let without = without?;
    say("without it", &without);
    let load = client::load(service.address, 2 * PART, 2);
    let restart = || -> Result<(), Box<dyn Error>> {
        server.start()?;
        Ok(origin::fill(server.port())?)
    };
    let (after, restarted) = tokio::join!(load, in_the_middle(restart));
    restarted?;
    let after = after?;
    say("with it again", &after);
    server.kill()?;
    Ok(verdict(&before, &without, &after))
}

/// Does `what` once callers are under way, on a thread that may block.
async fn in_the_middle<T>(what: impl FnOnce() -> T) -> T {
    tokio::time::sleep(Duration::from_millis(50)).await;
    tokio::task::block_in_place(what)
}

fn say(when: &str, seen: &Seen) {
    println!("{when:>16}: {seen}");
}

/// Whether callers saw what is promised; the last line says so, with the counts.
fn verdict(before: &Seen, without: &Seen, after: &Seen) -> ExitCode {
    let mut broken = Vec::new();
    let mut must = |holds: bool, what| {
        if !holds {
            broken.push(what);
        }
    };
    let all = [before, without, after];
    must(
        all.iter().all(|seen| seen.lost == 0),
        "a caller had no answer",
    );
    // How many were late, and how many new items missed the budget, is printed and not judged: it
    // depends on what else the machine does.
    must(before.fresh * 2 > before.total(), "not fresh before");
    must(
        without.stale > 0 && without.fallback > 0,
        "nothing stood in for the store",
    );
    must(
        without.known_lost == 0,
        "a key that had been read got a fallback",
    );
    must(after.fresh * 2 > after.total(), "not fresh again");
    let answers: u64 = all.iter().map(|seen| seen.total()).sum();
    if broken.is_empty() {
        println!(
            "kept: {answers} answers, 0 lost; while it was dead {} stale, {} in place of a value",
            without.stale, without.fallback
        );
        ExitCode::SUCCESS
    } else {
        println!("broken: {}", broken.join(", "));
        ExitCode::FAILURE
    }
}
