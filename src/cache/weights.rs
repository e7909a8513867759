//! What entries weigh, in caches that were told how to weigh them.

/// Who weighs entries; nobody, if not set.
pub(crate) struct Weigher<K, V>(Option<Box<Weigh<K, V>>>);

type Weigh<K, V> = dyn Fn(&K, &V) -> u32 + Send + Sync;

impl<K, V> Weigher<K, V> {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn new(weigh: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(weigh)))
    }

    /// What the entry weighs. Nothing, if nobody weighs or there is no value. Runs user code.
    pub(crate) fn weigh(&self, key: &K, value: Option<&V>) -> u32 {
        match (&self.0, value) {
            (Some(weigh), Some(value)) => weigh(key, value),
            _ => 0,
        }
    }
}

/// The weights of a shard's published entries; touched under its lock only.
pub(crate) struct Weights {
    /// Of each slot; empty if nobody weighs.
    of: Box<[u32]>,
    live: u64,
    max: u64,
}

impl Weights {
    /// With no `max`, nothing is weighed.
    pub(crate) fn new(slots: usize, max: Option<u64>) -> Self {
        Self {
            of: vec![0; if max.is_some() { slots } else { 0 }].into(),
            live: 0,
            max: max.unwrap_or(u64::MAX),
        }
    }

    /// The sum over the published entries; 0 if nobody weighs.
    pub(crate) const fn live(&self) -> u64 {
        self.live
    }

    /// Whether an empty shard would have room.
    pub(crate) fn could_take(&self, weight: u32) -> bool {
        u64::from(weight) <= self.max
    }

    /// Whether others must leave, besides what weighs `freed`, before an entry of this weight
    /// comes in place of `old`.
    pub(crate) fn lacks(&self, weight: u32, old: Option<u32>, freed: u64) -> bool {
        let goes = freed + u64::from(old.map_or(0, |slot| self.of(slot)));
        self.live - goes + u64::from(weight) > self.max
    }

    pub(crate) fn of(&self, slot: u32) -> u32 {
        self.of.get(slot as usize).copied().unwrap_or_default()
    }

    /// Notes that the slot is about to be published.
    pub(crate) fn come(&mut self, slot: u32, weight: u32) {
        if let Some(of) = self.of.get_mut(slot as usize) {
            *of = weight;
            self.live += u64::from(weight);
        }
    }

    /// Notes that no lane names the slot any more.
    pub(crate) fn leave(&mut self, slot: u32) {
        self.live -= u64::from(self.of(slot));
    }
}
