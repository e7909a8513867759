//! A bad input and a good one of the same size, and what reading either comes to.

use std::hint::black_box;

use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Limits, Multipart, MultipartEvent, MultipartLimits};

/// The boundary of the forms.
pub(super) const BOUNDARY: &[u8] = b"----FormBoundary7MA4YWxk";

/// What no verdict was reached on, for want of bytes.
pub(super) const INCOMPLETE: u16 = 0;

/// How an input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum As {
    /// A request that is there at once.
    Request,
    /// A head that comes in reads of so many bytes.
    Head(usize),
    /// A form.
    Form,
}

/// Two inputs that differ in what is wrong with one of them.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) good: Vec<u8>,
    pub(super) bad: Vec<u8>,
}

/// A connection's worth of state; each input is the first one on its connection.
pub(super) struct Reader {
    limits: Limits,
    arena: Arena,
}

impl Reader {
    pub(super) fn new() -> Self {
        let limits = Limits::default();
        Self {
            limits,
            arena: Arena::new(limits.arena_bytes()).expect("an arena"),
        }
    }

    /// The status of the answer to `bytes`: 200 where nothing is wrong with them.
    pub(super) fn read(&mut self, bytes: &[u8], how: As) -> u16 {
        let status = match how {
            As::Request => request(self.limits, &self.arena, bytes, bytes.len()),
            As::Head(step) => request(self.limits, &self.arena, bytes, step),
            As::Form => form(bytes),
        };
        self.arena.reset();
        status
    }
}

/// A body is read when the head comes in one piece.
fn request(limits: Limits, arena: &Arena, bytes: &[u8], step: usize) -> u16 {
    let mut connection = Connection::new(limits);
    let mut seen = 0;
    let head_len = loop {
        seen = (seen + step).min(bytes.len());
        match connection.parse_head(black_box(&bytes[..seen]), arena) {
            Err(error) => return error.status(),
            Ok(Some(head)) => break black_box(head).head_len(),
            Ok(None) if seen == bytes.len() => return INCOMPLETE,
            Ok(None) => {}
        }
    };
    let mut at = head_len;
    loop {
        match connection.read_body(&bytes[at..]) {
            Err(error) => return error.status(),
            Ok(step) => {
                at += step.consumed;
                match black_box(step.event) {
                    BodyEvent::End => return 200,
                    BodyEvent::More => return INCOMPLETE,
                    BodyEvent::Data(_) | BodyEvent::Trailer(_) => {}
                }
            }
        }
    }
}

fn form(bytes: &[u8]) -> u16 {
    let form = Multipart::new(BOUNDARY, MultipartLimits::default());
    let mut form = form.expect("a boundary");
    let mut at = 0;
    loop {
        match form.read(black_box(&bytes[at..])) {
            Err(error) => return error.status(),
            Ok(step) => {
                at += step.consumed;
                match black_box(step.event) {
                    MultipartEvent::End => return 200,
                    MultipartEvent::More => return INCOMPLETE,
                    _ => {}
                }
            }
        }
    }
}
