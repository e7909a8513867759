//! What a back-off was made of, for who writes it down.

use super::Backoff;
use crate::limit::Jitter;

impl Backoff {
    /// The curve's place in the order of its kinds, base and cap in nanoseconds, and the jitter.
    pub(crate) const fn settings(&self) -> (usize, u64, u64, Jitter) {
        (self.curve as usize, self.base_ns, self.cap_ns, self.jitter)
    }
}
