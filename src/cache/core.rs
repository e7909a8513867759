//! What the cache's handle and its loader threads share.

use core::hash::{BuildHasher, Hash};

use super::ask::{Ask, Stay, Trust};
use super::early::Reach;
use super::hash::{Equivalent, KeyHash};
use super::hazard::Found;
use super::inflight::EVER;
use super::loads::{Loads, count};
use super::locked::Locked;
use super::marked::Marked;
use super::moment::Moment;
use super::outcome::{Inserted, Lookup, Refused, RefusedWhy};
use super::rules::{Age, Rules};
use super::sequence::Born;
use super::shard::Shard;
use super::slot::{Entry, Kept};
use super::store::{Reading, Store};
use super::tag::Terms;
use crate::sync::thread_number;
use crate::time::{Clock, to_ns};

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
    /// Fresh, and the caller is the one to refresh it before its time is over.
    Early(V),
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

    /// What an entry is worth, and when that was asked, or 0 if it cannot expire.
    #[inline]
    pub(super) fn age(&self, reading: &Reading<'_, K, V>) -> (Age, u64) {
        if self.store.sequence.is_dead(reading.read(Kept::born)) {
            return (Age::Dead, 0);
        }
        if self.rules.idles() {
            return self.age_or_idle(reading);
        }
        let mut now_ns = 0;
        let age = self.rules.age(reading.slot(), || {
            now_ns = self.clock.now_ns();
            now_ns
        });
        (age, now_ns)
    }

    /// As `age`, where what nobody reads is dead.
    #[cold]
    #[inline(never)]
    fn age_or_idle(&self, reading: &Reading<'_, K, V>) -> (Age, u64) {
        let now_ns = self.clock.now_ns();
        if reading.is_idle(self.moment_at(now_ns)) {
            return (Age::Dead, now_ns);
        }
        (self.rules.age(reading.slot(), || now_ns), now_ns)
    }

    /// Counts what a read found, and notes a use.
    #[inline]
    fn count(&self, reading: &Reading<'_, K, V>, found: Found, now_ns: u64) {
        reading.count(found);
        if self.rules.idles() {
            reading.note_read(now_ns, self.rules.tti_ns);
        }
    }

    /// Lends what is known of the key to `view`, and counts the read.
    #[inline]
    pub(crate) fn view<Q, R>(
        &self,
        hash: KeyHash,
        key: &Q,
        mut view: impl FnOnce(Lookup<&V>) -> R,
    ) -> R
    where
        Q: Equivalent<K> + ?Sized,
    {
        let hint = thread_number();
        if let Some(reading) = self.store.find(hash, key, hint) {
            let (age, now_ns) = self.age(&reading);
            let seen = reading.read(|kept| {
                let (found, lookup) = match (age, kept.value()) {
                    (Age::Fresh, Some(value)) => (Found::Fresh, Lookup::Fresh(value)),
                    (Age::Stale, Some(value)) => (Found::Stale, Lookup::Stale(value)),
                    (Age::Fresh, None) => (Found::Negative, Lookup::Negative),
                    _ => return Err(view),
                };
                self.count(&reading, found, now_ns);
                Ok(view(lookup))
            });
            match seen {
                Ok(result) => return result,
                Err(back) => view = back,
            }
        }
        self.store.hazards.count(hint, Found::Miss);
        view(Lookup::Miss)
    }

    /// Clones what is known of the key, counts the read, and may claim a stale one's refresh.
    pub(crate) fn look<Q>(&self, hash: KeyHash, key: &Q, claim: Claim) -> Seen<V>
    where
        Q: Equivalent<K> + ?Sized,
        V: Clone,
    {
        let hint = thread_number();
        let seen = self.store.find(hash, key, hint).map(|reading| {
            let (age, now_ns) = self.age(&reading);
            if age == Age::Dead {
                return Seen::Nothing;
            }
            let (found, seen) = match (age, reading.read(|kept| kept.value().cloned())) {
                (Age::Fresh, Some(value)) => {
                    let claims = claim == Claim::Stale && reading.slot().reach() != Reach::NONE;
                    let seen = match claims && self.claim_early(&reading, hash, now_ns) {
                        true => Seen::Early(value),
                        false => Seen::Fresh(value),
                    };
                    (Found::Fresh, seen)
                }
                (Age::Stale, Some(value)) => {
                    let until_ns = now_ns.saturating_add(self.loads.lease_ns);
                    let claims = claim == Claim::Stale && self.may_refresh(now_ns);
                    let claimed = claims && reading.claim(now_ns, until_ns);
                    (Found::Stale, Seen::Stale(value, claimed))
                }
                (Age::Grace, Some(value)) => return Seen::Grace(value),
                (Age::Fresh, None) => (Found::Negative, Seen::Negative),
                _ => return Seen::Nothing,
            };
            self.count(&reading, found, now_ns);
            seen
        });
        let seen = seen.unwrap_or(Seen::Nothing);
        if matches!(seen, Seen::Nothing | Seen::Grace(_)) {
            self.store.hazards.count(hint, Found::Miss);
        }
        seen
    }

    /// Draws whether this hit is to refresh a fresh entry, and claims that.
    #[inline(never)]
    fn claim_early(&self, reading: &Reading<'_, K, V>, hash: KeyHash, now_ns: u64) -> bool {
        let slot = reading.slot();
        let left_ns = slot.fresh_until().saturating_sub(now_ns);
        let until_ns = now_ns.saturating_add(self.loads.lease_ns);
        slot.reach().is_due(left_ns, hash.draw(now_ns))
            && self.may_refresh(now_ns)
            && reading.claim(now_ns, until_ns)
    }

    /// Whether the breaker, if there is one, would let a refresh through; counts it if not.
    fn may_refresh(&self, now_ns: u64) -> bool {
        let admits = self.loads.breaker_admits(now_ns);
        if !admits {
            count(&self.loads.counts.broken_off);
        }
        admits
    }

    /// Gives a claimed refresh back that could not be begun.
    pub(crate) fn unclaim<Q>(&self, hash: KeyHash, key: &Q)
    where
        Q: Equivalent<K> + ?Sized,
    {
        if let Some(reading) = self.store.find(hash, key, thread_number()) {
            reading.unclaim();
        }
    }

    /// Whether the key's entry could be served; notes and counts nothing.
    pub(crate) fn peek<Q>(&self, hash: KeyHash, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let reading = self.store.find(hash, key, thread_number());
        reading.is_some_and(|reading| match self.age(&reading).0 {
            Age::Fresh => true,
            Age::Stale => !reading.read(Kept::is_negative),
            Age::Grace | Age::Dead => false,
        })
    }

    /// Whether the store has the key within its time to live; notes and counts nothing.
    pub(crate) fn is_fresh<Q>(&self, hash: KeyHash, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let reading = self.store.find(hash, key, thread_number());
        reading.is_some_and(|reading| self.age(&reading).0 == Age::Fresh)
    }

    /// The moment of a write; reads the time only if something can expire.
    pub(crate) fn moment(&self) -> Moment {
        let now_ns = if self.rules.timeless() && !self.store.is_mortal() {
            0
        } else {
            self.clock.now_ns()
        };
        self.moment_at(now_ns)
    }

    pub(crate) fn moment_at(&self, now_ns: u64) -> Moment {
        Moment {
            now_ns,
            stale_window_ns: self.rules.stale_window_ns,
            error_window_ns: self.rules.error_window_ns,
            tti_ns: self.rules.tti_ns,
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
        terms: Terms,
        patient: bool,
    ) -> Result<Inserted, Refused<K, V>>
    where
        K: Eq + Hash,
    {
        let (moment, ttl_ns) = match terms.ttl {
            None => (self.moment(), self.rules.ttl_ns),
            Some(ttl) => {
                self.store.note_mortal();
                (self.moment_at(self.clock.now_ns()), to_ns(ttl))
            }
        };
        let born = Born::new(self.store.sequence.count(), terms.tag);
        let hash = self.hash(&key);
        let fresh_until = self.rules.fresh_until(moment.now_ns, ttl_ns, hash);
        let entry = Entry {
            key,
            value: Some(value),
            born,
        };
        let trust = if terms.is_low_trust {
            Trust::Low
        } else {
            Trust::Full
        };
        self.put(hash, entry, fresh_until, moment, Ask { trust, patient })
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
        fresh_until: u64,
        moment: Moment,
        ask: Ask,
    ) -> Result<Inserted, (Entry<K, V>, RefusedWhy)>
    where
        K: Eq,
    {
        let born = entry.born;
        // Before the lock: user code.
        let stay = Stay {
            fresh_until,
            trust: ask.trust,
            weight: (self.store.weigher).weigh(&entry.key, entry.value.as_ref()),
        };
        let mut marked = Marked::none();
        let mut given = Some(entry);
        let shard = self.store.shard(hash);
        let mut farewell = self.store.farewell();
        let leaving = &mut farewell.leaving;
        let result = (self.store).try_locked(shard, leaving, moment, ask.patient, |locked| {
            if locked.sequence.is_dead(born) {
                // It must neither replace what was stored since nor end a load asked since.
                locked.state.loads.mark_written(hash, born.count(), |_| ());
                return locked.overtaken(hash, &mut given);
            }
            // From now on: an invalidation that began meanwhile finds it stored. Thus no entry of
            // the shard takes the place of one that is born later.
            let entry = given.as_mut().expect("given once");
            entry.born = born.at(locked.sequence.count());
            // Stored or refused: the caller knows better than a load that began earlier.
            let inserted = locked.insert(hash, &mut given, stay);
            let is_stored = inserted.is_ok();
            locked.state.loads.mark_written(hash, EVER, |number| {
                if is_stored {
                    self.loads.flights.mark_written(number);
                    marked.mark(number);
                }
            });
            inserted
        });
        // Before anything is dropped that may panic.
        marked.each(|number| self.loads.flights.wake_written(number));
        drop(farewell);
        let result = result.unwrap_or_else(|| {
            shard.contended().add(1);
            Err(RefusedWhy::Contended)
        });
        result.map_err(|why| (given.expect("not taken when refused"), why))
    }
}
