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

/// The weights of a shard's published entries; touched under its lock only. A word, as long as
/// nobody weighs.
pub(crate) struct Weights(Option<Box<Weighed>>);

struct Weighed {
    /// Of each slot.
    of: Box<[u32]>,
    live: u64,
    max: u64,
}

impl Weights {
    /// With no `max`, nothing is weighed.
    pub(crate) fn new(slots: usize, max: Option<u64>) -> Self {
        let weighed = |max| Weighed {
            of: vec![0; slots].into(),
            live: 0,
            max,
        };
        Self(max.map(|max| Box::new(weighed(max))))
    }

    /// The sum over the published entries; 0 if nobody weighs.
    pub(crate) fn live(&self) -> u64 {
        self.0.as_ref().map_or(0, |weighed| weighed.live)
    }

    /// Whether an empty shard would have room.
    pub(crate) fn could_take(&self, weight: u32) -> bool {
        let weighed = self.0.as_ref();
        weighed.is_none_or(|weighed| u64::from(weight) <= weighed.max)
    }

    /// Whether others must leave, besides what weighs `freed`, before an entry of this weight
    /// comes in place of `old`.
    pub(crate) fn lacks(&self, weight: u32, old: Option<u32>, freed: u64) -> bool {
        let Some(weighed) = &self.0 else {
            return false;
        };
        let goes = freed + u64::from(old.map_or(0, |slot| self.of(slot)));
        weighed.live - goes + u64::from(weight) > weighed.max
    }

    pub(crate) fn of(&self, slot: u32) -> u32 {
        let weighed = self.0.as_ref();
        weighed.map_or(0, |weighed| weighed.of[slot as usize])
    }

    /// Notes that the slot is about to be published.
    pub(crate) fn come(&mut self, slot: u32, weight: u32) {
        if let Some(weighed) = &mut self.0 {
            weighed.of[slot as usize] = weight;
            weighed.live += u64::from(weight);
        }
    }

    /// Notes that no lane names the slot any more.
    pub(crate) fn leave(&mut self, slot: u32) {
        let weight = self.of(slot);
        if let Some(weighed) = &mut self.0 {
            weighed.live -= u64::from(weight);
        }
    }
}
