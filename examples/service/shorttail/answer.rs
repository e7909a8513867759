//! What a request gets: the routes, and the answers as bytes.

use std::future::Future;
use std::io::Write;

use shorttail::http1::{Refused, ResponseBody, ResponseHead, Version};
use shorttail::pool::{PooledBuf, PooledBytes};
use shorttail::time::{Clock, StdClock};

use super::connection::{End, Link, Request, Verb};
use super::stages::{BODY, CACHE};
use super::{State, date, metrics};
use crate::service::Route;

/// Room for any head this service writes.
pub(super) const HEAD_BYTES: usize = 320;

/// An answer, before it is bytes. It owns nothing but pooled memory.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    content_type: &'static str,
    /// One field more: its name and value.
    extra: Option<(&'static str, &'static str)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Text(&'static str),
    Item(PooledBytes),
    Page(PooledBuf),
    /// Bytes in place, as many as the second says.
    Small([u8; 48], usize),
}

const JSON: &str = "application/json";
const PLAIN: &str = "text/plain";
const PROMETHEUS: &str = "text/plain; version=0.0.4";

impl Answer {
    const fn text(status: u16, body: &'static str) -> Self {
        Self {
            status,
            content_type: PLAIN,
            extra: None,
            body: Body::Text(body),
        }
    }

    const fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.extra = Some((name, value));
        self
    }

    /// An item, and whether it is `fresh` or `stale`.
    pub(super) const fn item(bytes: PooledBytes, freshness: &'static str) -> Self {
        let extra = Some(("x-answer", freshness));
        Self {
            status: 200,
            content_type: JSON,
            extra,
            body: Body::Item(bytes),
        }
    }

    /// What stands in for an item that cannot be had within the budget.
    pub(super) fn fallback(id: u32) -> Self {
        let mut bytes = [0; 48];
        let room = bytes.len();
        let mut rest = &mut bytes[..];
        // Ten digits at most: it fits.
        let written = writeln!(rest, "{{\"id\":{id},\"fallback\":true}}");
        let length = written.map_or(0, |()| room - rest.len());
        let extra = Some(("x-answer", "fallback"));
        Self {
            status: 200,
            content_type: JSON,
            extra,
            body: Body::Small(bytes, length),
        }
    }

    pub(super) fn body(&self) -> &[u8] {
        match &self.body {
            Body::Text(text) => text.as_bytes(),
            Body::Item(bytes) => bytes,
            Body::Page(buffer) => buffer,
            Body::Small(bytes, length) => &bytes[..*length],
        }
    }

    /// Writes the head into `out`; `None` if it were not one head.
    pub(super) fn encode(
        &self,
        out: &mut [u8; HEAD_BYTES],
        version: Version,
        keep_alive: bool,
    ) -> Option<usize> {
        let date = date::now();
        let (name, value) = self.extra.unwrap_or(("server", "shorttail"));
        let fields: [(&str, &[u8]); 3] = [
            ("content-type", self.content_type.as_bytes()),
            (name, value.as_bytes()),
            ("date", &date),
        ];
        let head = ResponseHead::new(self.status)
            .fields(&fields)
            .body(ResponseBody::Length(self.body().len() as u64))
            .version(version)
            .keep_alive(keep_alive);
        let encoded: Result<usize, Refused> = head.encode(&mut &mut out[..]);
        encoded.ok()
    }
}

/// The refusal of a request that is not understood or not wanted.
pub(super) const fn refused(status: u16) -> Answer {
    Answer::text(
        status,
        match status {
            408 => "the request is late\n",
            413 => "1 MiB at most\n",
            414 => "the target is too long\n",
            431 => "the head is too large\n",
            501 => "that transfer coding is not spoken here\n",
            505 => "HTTP/1.0 and 1.1 only\n",
            _ => "the request is not HTTP/1.1 as it should be\n",
        },
    )
}

/// The refusal of a request for which something has run out.
pub(super) const fn busy() -> Answer {
    Answer::text(503, "too much at once\n").with("retry-after", "1")
}

/// Answers `request`, after its body has been read or skipped.
pub(super) async fn to<S: Future<Output = ()>>(
    link: &mut Link<'_, S>,
    request: &mut Request,
) -> Result<Answer, End> {
    let state = link.state;
    state.plant();
    if (request.verb, request.framing.has_body()) == (Verb::Post, true) {
        if let Route::Item(id) = request.route {
            return post_item(link, id, request).await;
        }
    }
    if request.framing.has_body() {
        link.skip_body().await?;
    }
    Ok(match (request.route, request.verb) {
        (Route::Item(id), Verb::Get) => get_item(state, id, request).await,
        (Route::Item(_), Verb::Post) => Answer::text(411, "a body is wanted\n"),
        (Route::Item(_), _) => Answer::text(405, "GET and POST only\n").with("allow", "GET, POST"),
        (Route::Health, Verb::Get) if state.is_ready() => Answer::text(200, "ready\n"),
        (Route::Health, Verb::Get) => Answer::text(503, "warming up\n"),
        (Route::Metrics, Verb::Get) => page(state)?,
        (Route::Health | Route::Metrics, _) => Answer::text(405, "GET only\n").with("allow", "GET"),
        (Route::Unknown, _) => Answer::text(404, "no such route\n"),
    })
}

async fn get_item(state: &State, id: u32, request: &mut Request) -> Answer {
    let Ok(_permit) = state.permits.try_acquire() else {
        state.counters.shed.add();
        return busy();
    };
    // With the permit and the connection's buffers in hand.
    state.trouble.in_a_job();
    if state.trouble.fails() {
        return Answer::text(500, "failed on purpose\n");
    }
    let answer = state.look_up(id).await;
    request.timer.lap(CACHE, StdClock.now_ns());
    answer
}

async fn post_item<S: Future<Output = ()>>(
    link: &mut Link<'_, S>,
    id: u32,
    request: &mut Request,
) -> Result<Answer, End> {
    let state = link.state;
    let Ok(_permit) = state.permits.try_acquire() else {
        state.counters.shed.add();
        link.skip_body().await?;
        return Ok(busy());
    };
    link.read_body().await?;
    request.timer.lap(BODY, StdClock.now_ns());
    state.store(id, link.body.bytes());
    link.body.release();
    request.timer.lap(CACHE, StdClock.now_ns());
    Ok(Answer::text(200, "stored\n"))
}

/// The metrics page, written into a pooled buffer.
fn page(state: &State) -> Result<Answer, End> {
    let mut buffer = state
        .buffers
        .try_acquire(metrics::PAGE_BYTES)
        .map_err(|_| End::Exhausted)?;
    // The page is cut where the buffer ends; it is sized for all of it.
    drop(metrics::write(state, &mut buffer));
    Ok(Answer {
        status: 200,
        content_type: PROMETHEUS,
        extra: None,
        body: Body::Page(buffer),
    })
}
