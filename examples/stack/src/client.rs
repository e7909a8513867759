//! Callers: each sends its next request on time, whether or not others have their answers.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::origin::ITEMS;
use crate::service::BUDGET;

const CALLERS: u64 = 16;
const EACH: Duration = Duration::from_millis(8);

/// What an answer may take on top of the budget: the way there and back on a busy machine.
const SLACK: Duration = Duration::from_millis(100);

/// What callers saw.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) fresh: u64,
    pub(crate) stale: u64,
    pub(crate) fallback: u64,
    /// Not in the store, and known so.
    pub(crate) nothing: u64,
    /// Of those with a fallback, keys that had been read while the store was there.
    pub(crate) known_lost: u64,
    /// No answer.
    pub(crate) lost: u64,
    /// Later than the budget allows.
    pub(crate) late: u64,
    pub(crate) slowest: Duration,
}

impl Seen {
    pub(crate) const fn total(&self) -> u64 {
        self.fresh + self.stale + self.fallback + self.nothing + self.lost
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.fresh += other.fresh;
        self.stale += other.stale;
        self.fallback += other.fallback;
        self.nothing += other.nothing;
        self.known_lost += other.known_lost;
        self.lost += other.lost;
        self.late += other.late;
        self.slowest = self.slowest.max(other.slowest);
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answers: {} fresh, {} stale, {} in place of a value, {} not there, {} lost, \
             {} late, slowest {:.1} ms",
            self.total(),
            self.fresh,
            self.stale,
            self.fallback,
            self.nothing,
            self.lost,
            self.late,
            self.slowest.as_secs_f64() * 1e3,
        )
    }
}

/// Sends requests for `time`, and on until each caller has sent some once it has `happened`; one in
/// sixteen is for an item that nobody asked for before, in this part or in another.
pub(crate) async fn load(
    to: SocketAddr,
    time: Duration,
    part: u64,
    happened: &Arc<AtomicBool>,
) -> Result<Seen, Error> {
    let callers =
        (0..CALLERS).map(|caller| tokio::spawn(call(to, time, part, caller, happened.clone())));
    let mut seen = Seen::default();
    for caller in callers.collect::<Vec<_>>() {
        seen.add(&caller.await.map_err(Error::other)??);
    }
    Ok(seen)
}

/// Items that everybody reads; of the others each is read once.
const KNOWN: u64 = 50;

/// Of the others, those of one part: more than are read in it.
const NEW: u64 = (ITEMS - KNOWN) / 3;

/// Requests of each caller once it has happened, four of them for a new item.
const SINCE: u64 = 64;

async fn call(
    to: SocketAddr,
    time: Duration,
    part: u64,
    caller: u64,
    happened: Arc<AtomicBool>,
) -> Result<Seen, Error> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let mut ticks = interval(EACH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut seen, begun, mut since) = (Seen::default(), Instant::now(), 0);
    for number in 0_u64.. {
        let due = ticks.tick().await;
        if begun.elapsed() > time && since >= SINCE {
            break;
        }
        // Relaxed: the flag is all there is.
        since += u64::from(happened.load(Ordering::Relaxed));
        let is_new = number % 16 == 15;
        let id = match is_new {
            true => KNOWN + part * NEW + (number / 16 * CALLERS + caller) % NEW,
            false => (number * CALLERS + caller) % KNOWN,
        };
        let answer = timeout(Duration::from_secs(5), ask(&mut stream, id)).await;
        let took = due.elapsed();
        seen.slowest = seen.slowest.max(took);
        seen.late += u64::from(took > BUDGET + SLACK);
        match answer
            .map_err(Error::from)
            .and_then(|answer| answer)
            .as_deref()
        {
            Ok("fresh") => seen.fresh += 1,
            Ok("stale") => seen.stale += 1,
            Ok("fallback") => {
                seen.fallback += 1;
                seen.known_lost += u64::from(!is_new);
            }
            Ok("nothing") => seen.nothing += 1,
            _ => {
                seen.lost += 1;
                stream = TcpStream::connect(to).await?;
            }
        }
    }
    Ok(seen)
}

/// Times that a key is asked for until it is fresh.
const TRIES: usize = 2_000;

/// Whether each item that everybody reads is fresh, asked for again and again.
pub(crate) async fn all_fresh(to: SocketAddr) -> Result<bool, Error> {
    let mut stream = TcpStream::connect(to).await?;
    for id in 0..KNOWN {
        let mut tries = 0;
        while ask(&mut stream, id).await? != "fresh" {
            tries += 1;
            if tries == TRIES {
                return Ok(false);
            }
            sleep(EACH).await;
        }
    }
    Ok(true)
}

/// Asks for an item, and says where the answer came from.
async fn ask(stream: &mut TcpStream, id: u64) -> Result<String, Error> {
    let request = format!("GET /items/{id} HTTP/1.1\r\nhost: stack\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let (mut reply, mut piece) = (Vec::new(), [0; 1_024]);
    loop {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        reply.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&reply);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        let length = field("content-length: ").and_then(|length| length.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return field("x-from: ")
                .map(String::from)
                .ok_or(ErrorKind::InvalidData.into());
        }
    }
}
