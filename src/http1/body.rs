//! A request body, decoded in place.

use super::body_step::{BodyEvent, BodyStep};
use super::chunk::Chunks;
use super::error::{BodyError, BodyErrorKind};
use super::framing::Framing;
use super::limits::Limits;

/// The state of reading one body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyReader {
    kind: Kind,
    /// Bytes received, chunk framing included.
    received: u64,
    /// Data bytes the whole body may have.
    limit: u64,
    /// Data bytes the limit still allows to be announced in chunks.
    left: u64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Length(u64),
    Chunked(Chunks),
}

impl BodyReader {
    pub(super) const fn new(framing: Framing, limit: u64) -> Self {
        let kind = match framing {
            Framing::None => Kind::Length(0),
            Framing::Length(length) => Kind::Length(length),
            Framing::Chunked => Kind::Chunked(Chunks::new()),
        };
        Self {
            kind,
            received: 0,
            limit,
            left: limit,
        }
    }

    /// The data bytes still to come, when they are known.
    pub(super) const fn remaining(&self) -> Option<u64> {
        match self.kind {
            Kind::Length(length) => Some(length),
            Kind::Chunked(_) => None,
        }
    }

    /// Lowers the limit of the whole body; an error when more than that is announced already.
    pub(super) fn lower_limit(&mut self, bytes: u64) -> Result<(), BodyError> {
        let announced = match self.kind {
            Kind::Length(length) => self.received + length,
            Kind::Chunked(_) => self.limit - self.left,
        };
        self.limit = self.limit.min(bytes);
        self.left = self.limit.saturating_sub(announced);
        if announced > self.limit {
            return Err(BodyError::new(BodyErrorKind::TooLarge, self.received));
        }
        Ok(())
    }

    /// The whole chunk at the front of `input`, if there is one and nothing about it is unusual.
    #[inline]
    pub(super) fn read_whole<'a>(&mut self, input: &'a [u8]) -> Option<BodyStep<'a>> {
        let Kind::Chunked(chunks) = &mut self.kind else {
            return None;
        };
        let (consumed, data) = chunks.read_whole(input, &mut self.left)?;
        self.received += consumed as u64;
        Some(BodyStep {
            consumed,
            event: BodyEvent::Data(data),
        })
    }

    pub(super) fn read<'a>(
        &mut self,
        input: &'a [u8],
        limits: &Limits,
    ) -> Result<BodyStep<'a>, BodyError> {
        let step = match &mut self.kind {
            Kind::Length(length) => read_length(length, input),
            Kind::Chunked(chunks) => {
                chunks
                    .read(input, &mut self.left, limits)
                    .map_err(|(kind, at)| {
                        BodyError::new(kind, self.received.saturating_add_signed(at))
                    })?
            }
        };
        self.received += step.consumed as u64;
        Ok(step)
    }
}

fn read_length<'a>(length: &mut u64, input: &'a [u8]) -> BodyStep<'a> {
    if *length == 0 {
        return BodyStep {
            consumed: 0,
            event: BodyEvent::End,
        };
    }
    let len = usize::try_from(*length).map_or(input.len(), |length| length.min(input.len()));
    *length -= len as u64;
    let event = if len == 0 {
        BodyEvent::More
    } else {
        BodyEvent::Data(&input[..len])
    };
    BodyStep {
        consumed: len,
        event,
    }
}
