//! A body, put together in a pooled buffer.

use bytes::BufMut;
use shorttail::pool::{AcquireError, BufferPool, PooledBuf};

/// The data that has come of a body; it holds no buffer before the first of it.
#[derive(Debug)]
pub(super) struct Body {
    buffer: Option<PooledBuf>,
}

impl Body {
    pub(super) const fn new() -> Self {
        Self { buffer: None }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.as_deref().unwrap_or_default()
    }

    /// Appends `data`, in a larger buffer if it does not fit into the present one.
    pub(super) fn append(&mut self, data: &[u8], pool: &BufferPool) -> Result<(), AcquireError> {
        let buffer = match self.buffer.take() {
            Some(buffer) if buffer.remaining_mut() >= data.len() => buffer,
            smaller => {
                let begun = smaller.as_deref().unwrap_or_default();
                let mut larger = pool.try_acquire(begun.len() + data.len())?;
                larger.put_slice(begun);
                larger
            }
        };
        self.buffer.insert(buffer).put_slice(data);
        Ok(())
    }

    /// Forgets the body, and gives its buffer back.
    pub(super) fn release(&mut self) {
        self.buffer = None;
    }
}
