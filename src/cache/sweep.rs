//! Which slots upkeep looks at next.

use core::ops::Range;

use super::shard::Shard;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// Where the next call of `maintain` goes on: a slot among those of all shards.
pub(crate) struct Sweep(AtomicUsize);

impl Sweep {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Takes the next slots of one shard, `most` at most. Each call takes others, until all have
    /// been taken.
    pub(crate) fn take<K, V>(&self, shards: &[Shard<K, V>], most: usize) -> (usize, Range<u32>) {
        // Relaxed: slots are shared out; what is done with them the lock orders. [cache-19]
        let mut at = self.0.load(Ordering::Relaxed);
        loop {
            let number = shards.partition_point(|shard| shard.base as usize <= at) - 1;
            let (first, len) = (
                at - shards[number].base as usize,
                shards[number].slots.len(),
            );
            let end = first.saturating_add(most).min(len);
            let is_last = end == len && number + 1 == shards.len();
            let next = if is_last { 0 } else { at + end - first };
            let moved = self.0.compare_exchange_weak(
                at,
                next,
                // Relaxed: as above. [cache-19]
                Ordering::Relaxed,
                // Relaxed: as above. [cache-19]
                Ordering::Relaxed,
            );
            match moved {
                Ok(_) => return (number, first as u32..end as u32),
                Err(now) => at = now,
            }
        }
    }
}
