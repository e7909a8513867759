//! A walk over the lanes of all shards.

use super::index::Place;
use super::store::{Reading, Store};

/// Where a walk stands. Each lane comes up once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    shard: usize,
    lane: u32,
}

impl Cursor {
    /// The shard and the place of the next lane, if there is one more.
    pub(crate) fn advance<K, V>(&mut self, store: &Store<K, V>) -> Option<(usize, Place)> {
        while let Some(shard) = store.shards.get(self.shard) {
            if self.lane < shard.index.len() {
                let place = Place::nth(self.lane);
                self.lane += 1;
                return Some((self.shard, place));
            }
            self.shard += 1;
            self.lane = 0;
        }
        None
    }

    /// The next lane's entry, protected, and where it is; empty lanes are passed over.
    pub(crate) fn next<'a, K, V>(
        &mut self,
        store: &'a Store<K, V>,
        hint: usize,
    ) -> Option<Reading<'a, K, V>> {
        loop {
            let (shard, place) = self.advance(store)?;
            let shard = &store.shards[shard];
            let reading = store.reading(shard, shard.index.lane(place), hint);
            if reading.is_some() {
                return reading;
            }
        }
    }
}
