//! What the cache's handle and its loader threads share.

use core::hash::{BuildHasher, Hash};

use super::hash::{Equivalent, KeyHash};
use super::hazard::Found;
use super::loads::Loads;
use super::locked::Locked;
use super::outcome::{Inserted, Lookup, Refused, RefusedWhy};
use super::rules::{Age, Rules};
use super::shard::{Moment, Shard, Trust};
use super::slot::{Entry, Life};
use super::store::Store;
use crate::sync::thread_number;
use crate::time::Clock;

pub(crate) struct Core<K, V, E, S, C> {
    pub(crate) store: Store<K, V>,
    pub(crate) hasher: S,
    pub(crate) clock: C,
    pub(crate) rules: Rules,
    pub(crate) loads: Loads<K, V, E>,
}

/// Whether a look claims the refresh of what it finds stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Stale,
    Nothing,
}

/// What a caller that may load sees.
pub(crate) enum Seen<V> {
    Fresh(V),
    /// And whether the caller is the one to refresh it.
    Stale(V, bool),
    /// Too old to serve, except in place of an error.
    Grace(V),
    Negative,
    Nothing,
}

impl<K, V, E, S, C> Core<K, V, E, S, C>
where
    S: BuildHasher,
    C: Clock,
{
    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> KeyHash {
        KeyHash::of(&self.hasher, key)
    }

    /// Lends what is known of the key to `view`, and counts the read.
    #[inline]
    pub(crate) fn view<Q, R>(&self, hash: KeyHash, key: &Q, view: impl FnOnce(Lookup<&V>) -> R) -> R
    where
        Q: Equivalent<K> + ?Sized,
    {
        let hint = thread_number();
        let generation = self.store.generation();
        let mut view = Some(view);
        let seen = self.store.read(hash, key, hint, |entry, slot, hazard| {
            if entry.generation < generation {
                return None;
            }
            let age = self.rules.age(slot, || self.clock.now_ns());
            let (found, lookup) = match (age, &entry.value) {
                (Age::Fresh, Some(value)) => (Found::Fresh, Lookup::Fresh(value)),
                (Age::Stale, Some(value)) => (Found::Stale, Lookup::Stale(value)),
                (Age::Fresh, None) => (Found::Negative, Lookup::Negative),
                _ => return None,
            };
            slot.note_use();
            hazard.count(found);
            view.take().map(|view| view(lookup))
        });
        if let Some(result) = seen.flatten() {
            return result;
        }
        self.store.hazards.count(hint, Found::Miss);
        let view = view.take().expect("lent at most once");
        view(Lookup::Miss)
    }

    /// Clones what is known of the key, counts the read, and may claim a stale one's refresh.
    pub(crate) fn look<Q>(&self, hash: KeyHash, key: &Q, claim: Claim) -> Seen<V>
    where
        Q: Equivalent<K> + ?Sized,
        V: Clone,
    {
        let hint = thread_number();
        let generation = self.store.generation();
        let seen = self.store.read(hash, key, hint, |entry, slot, hazard| {
            if entry.generation < generation {
                return Seen::Nothing;
            }
            let mut now_ns = 0;
            let age = self.rules.age(slot, || {
                now_ns = self.clock.now_ns();
                now_ns
            });
            let (found, seen) = match (age, &entry.value) {
                (Age::Fresh, Some(value)) => (Found::Fresh, Seen::Fresh(value.clone())),
                (Age::Stale, Some(value)) => {
                    let until_ns = now_ns.saturating_add(self.loads.lease_ns);
                    let value = value.clone();
                    let claims = claim == Claim::Stale;
                    let claimed = claims && slot.claim_refresh(now_ns, until_ns);
                    (Found::Stale, Seen::Stale(value, claimed))
                }
                (Age::Grace, Some(value)) => return Seen::Grace(value.clone()),
                (Age::Fresh, None) => (Found::Negative, Seen::Negative),
                _ => return Seen::Nothing,
            };
            slot.note_use();
            hazard.count(found);
            seen
        });
        let seen = seen.unwrap_or(Seen::Nothing);
        if matches!(seen, Seen::Nothing | Seen::Grace(_)) {
            self.store.hazards.count(hint, Found::Miss);
        }
        seen
    }

    /// Gives a claimed refresh back that could not be begun.
    pub(crate) fn unclaim<Q>(&self, hash: KeyHash, key: &Q)
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.store.read(hash, key, thread_number(), |_, slot, _| {
            slot.allow_refresh(0);
        });
    }

    /// Whether the key's entry could be served; notes and counts nothing.
    pub(crate) fn peek<Q>(&self, hash: KeyHash, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let generation = self.store.generation();
        let seen = self
            .store
            .read(hash, key, thread_number(), |entry, slot, _| {
                let age = self.rules.age(slot, || self.clock.now_ns());
                let served = age == Age::Fresh || (age == Age::Stale && entry.value.is_some());
                served && entry.generation >= generation
            });
        seen == Some(true)
    }

    /// Whether the store has the key within its time to live; notes and counts nothing.
    pub(crate) fn is_fresh<Q>(&self, hash: KeyHash, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let generation = self.store.generation();
        let seen = self
            .store
            .read(hash, key, thread_number(), |entry, slot, _| {
                let age = self.rules.age(slot, || self.clock.now_ns());
                age == Age::Fresh && entry.generation >= generation
            });
        seen == Some(true)
    }

    /// The moment of a write; reads the time only if something can expire.
    pub(crate) fn moment(&self) -> Moment {
        let now_ns = if self.rules.timeless() {
            0
        } else {
            self.clock.now_ns()
        };
        self.moment_at(now_ns)
    }

    pub(crate) fn moment_at(&self, now_ns: u64) -> Moment {
        Moment {
            now_ns,
            error_window_ns: self.rules.error_window_ns,
            generation: self.store.generation(),
        }
    }

    pub(crate) fn locked<R>(
        &self,
        hash: KeyHash,
        moment: Moment,
        work: impl FnOnce(&mut Locked<'_, K, V>) -> R,
    ) -> R {
        let shard: &Shard<K, V> = self.store.shard(hash);
        self.store.locked(shard, moment, work)
    }

    /// Stores a value on a caller's word; loads of the key that are under way become void.
    pub(crate) fn insert(
        &self,
        key: K,
        value: V,
        ttl_ns: u64,
        moment: Moment,
        trust: Trust,
    ) -> Result<Inserted, Refused<K, V>>
    where
        K: Eq + Hash,
    {
        let hash = self.hash(&key);
        let life = self.rules.life(moment.now_ns, ttl_ns, hash);
        let entry = Entry {
            key,
            value: Some(value),
            generation: moment.generation,
        };
        self.put(hash, entry, life, moment, trust)
            .map_err(|(entry, why)| Refused {
                key: entry.key,
                value: entry.value.expect("the value just given"),
                why,
            })
    }

    /// Stores an entry on a caller's word.
    pub(crate) fn put(
        &self,
        hash: KeyHash,
        entry: Entry<K, V>,
        life: Life,
        moment: Moment,
        trust: Trust,
    ) -> Result<Inserted, (Entry<K, V>, RefusedWhy)>
    where
        K: Eq,
    {
        let mut flight = None;
        let result = self.locked(hash, moment, |locked| {
            // Stored or refused: the caller knows better than a load that began earlier.
            let inserted = locked.insert(hash, entry, life, trust);
            let loading = locked.state.loads.mark_written(hash);
            let inserted = inserted?;
            flight = loading;
            if let Some(number) = flight {
                self.loads.flights.mark_written(number);
            }
            Ok(inserted)
        });
        if let Some(number) = flight {
            self.loads.flights.wake(number);
        }
        result
    }
}
