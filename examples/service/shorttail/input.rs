//! The connection's one buffer: taken when bytes are there, given back when none are left.

use bytes::BufMut;
use shorttail::http1::{BodyEvent, Connection};
use shorttail::pool::{AcquireError, BufferPool, PooledBuf};

/// What one read may bring; the heads of browsers fit.
const FIRST_BYTES: usize = 4_096;

/// One buffer, in which a decoded body grows from the front and bytes off the wire follow it.
///
/// ```text
/// 0        decoded      start            len      capacity
/// | body   | (consumed) | bytes as read  | room   |
/// ```
#[derive(Debug)]
pub(super) struct Input {
    buffer: Option<PooledBuf>,
    decoded: usize,
    start: usize,
}

impl Input {
    pub(super) const fn new() -> Self {
        Self {
            buffer: None,
            decoded: 0,
            start: 0,
        }
    }

    /// The bytes as read and not yet understood.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer
            .as_ref()
            .map_or(&[], |buffer| &buffer[self.start..])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Takes `count` bytes off the front of [`bytes`](Self::bytes).
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// Gives the buffer back, and whatever is in it.
    pub(super) fn release(&mut self) {
        *self = Self::new();
    }

    /// Gives the buffer back unless something is in it.
    pub(super) fn release_unused(&mut self) {
        if self.decoded == 0 && self.is_empty() {
            self.release();
        }
    }

    /// The buffer, with room for at least one more byte: a first one, the same one with its bytes
    /// moved up, or the next size, into which the bytes move.
    pub(super) fn room(&mut self, pool: &BufferPool) -> Result<&mut PooledBuf, AcquireError> {
        let buffer = match self.buffer.take() {
            None => pool.try_acquire(FIRST_BYTES)?,
            Some(mut buffer) => {
                if buffer.len() == buffer.capacity() && self.start > self.decoded {
                    buffer.copy_within(self.start.., self.decoded);
                    buffer.truncate(buffer.len() - (self.start - self.decoded));
                    self.start = self.decoded;
                }
                if buffer.len() == buffer.capacity() {
                    let mut larger = pool.try_acquire(buffer.capacity() + 1)?;
                    larger.put_slice(&buffer);
                    buffer = larger;
                }
                buffer
            }
        };
        Ok(self.buffer.insert(buffer))
    }

    /// Decodes what has come of a body: whether that was all of it, or the status to refuse with.
    pub(super) fn decode(&mut self, http: &mut Connection) -> Result<bool, u16> {
        loop {
            let raw = self.bytes();
            let step = http.read_body(raw).map_err(|error| error.status())?;
            let consumed = step.consumed;
            let span = match step.event {
                BodyEvent::Data(data) => {
                    let offset = data.as_ptr().addr() - raw.as_ptr().addr();
                    self.start + offset..self.start + offset + data.len()
                }
                BodyEvent::Trailer(_) => {
                    self.start += consumed;
                    continue;
                }
                BodyEvent::More => {
                    self.start += consumed;
                    return Ok(false);
                }
                BodyEvent::End => {
                    self.start += consumed;
                    return Ok(true);
                }
            };
            self.start += consumed;
            if let Some(buffer) = &mut self.buffer {
                let length = span.len();
                buffer.copy_within(span, self.decoded);
                self.decoded += length;
            }
        }
    }

    /// The body so far.
    pub(super) fn body(&self) -> &[u8] {
        self.buffer
            .as_ref()
            .map_or(&[], |buffer| &buffer[..self.decoded])
    }

    /// Forgets the body; what came behind it stays.
    pub(super) fn end_body(&mut self) {
        self.decoded = 0;
    }
}
