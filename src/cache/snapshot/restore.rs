//! Storing what a snapshot holds.

use core::error::Error;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::time::Duration;
use std::io::Read;

use super::super::ask::{Stay, Trust};
use super::super::core::Core;
use super::super::handle::Cache;
use super::super::hash::Same;
use super::super::load::Load;
use super::super::outcome::RefusedWhy;
use super::super::sequence::Born;
use super::super::slot::Entry;
use super::codec::Codec;
use super::error::SnapshotError;
use super::read::{Record, Snapshot};
use crate::time::{Clock, to_ns};

/// How the values of a snapshot are stored. Setters only store.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::cache::{Cache, Codec, Export, Lookup, Restore, Snapshot};
///
/// struct Pages;
///
/// impl Codec<String, String> for Pages {
///     fn write_key(&self, key: &String, into: &mut Vec<u8>) {
///         into.extend(key.as_bytes());
///     }
///     fn read_key(&self, bytes: &[u8]) -> Option<String> {
///         String::from_utf8(bytes.to_vec()).ok()
///     }
///     fn write_value(&self, value: &String, into: &mut Vec<u8>) -> bool {
///         into.extend(value.as_bytes());
///         true
///     }
///     fn read_value(&self, bytes: &[u8]) -> Option<String> {
///         String::from_utf8(bytes.to_vec()).ok()
///     }
/// }
///
/// let old = Cache::builder(1_000).ttl(Duration::from_secs(600)).build().unwrap();
/// for page in ["/", "/news", "/about"] {
///     old.insert(page.to_string(), format!("<h1>{page}</h1>")).unwrap();
/// }
/// let mut file = Vec::new();
/// Export::new().write(&old, &Pages, &mut file).unwrap();
///
/// let new = Cache::builder(1_000).ttl(Duration::from_secs(600)).build().unwrap();
/// let mut snapshot = Snapshot::open(&file[..], &Pages).unwrap();
/// let written_ago = Duration::from_secs(30); // as the file's own time says
/// let restored = Restore::new().age(written_ago).apply(&new, &mut snapshot).unwrap();
/// assert_eq!(restored.stored, 3);
/// assert_eq!(new.get("/news"), Lookup::Fresh("<h1>/news</h1>".to_string()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "nothing is stored before `apply`"]
pub struct Restore {
    age: Duration,
}

/// What became of a snapshot's records. Each counts once; [`total`](Self::total) adds them up.
///
/// # Examples
/// ```
/// use shorttail::cache::Restored;
/// assert_eq!(Restored::default().total(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Stored.
    pub stored: u64,
    /// Not stored: the cache has the key, and what it has is newer.
    pub present: u64,
    /// Not stored: no longer fresh.
    pub expired: u64,
    /// Not stored: written without its value.
    pub keys_alone: u64,
    /// Not stored: there was no room that entries of low trust may have.
    pub no_room: u64,
    /// Not stored for another reason: readers held all spare slots, it weighs too much, the cache
    /// has no such tag, or all keys or the tag were invalidated since the restore began.
    pub refused: u64,
}

/// A snapshot that could not be read to its end, and what was stored before.
///
/// # Examples
/// ```
/// use shorttail::cache::RestoreError;
/// let lost = |error: RestoreError| (error.restored.stored, error.why.at);
/// # let _ = lost;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreError {
    /// What became of the whole records before it. They were checked, and stay.
    pub restored: Restored,
    /// What is wrong with the snapshot, and where.
    pub why: SnapshotError,
}

impl Restored {
    /// Records in all; for an example see [`Restored`].
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.stored + self.present + self.expired + self.keys_alone + self.no_room + self.refused
    }
}

impl Restore {
    /// As if it had been written this moment; for an example see [`Restore`].
    pub const fn new() -> Self {
        Self {
            age: Duration::ZERO,
        }
    }

    /// How long ago the snapshot was written, which it does not say itself: the age of its file.
    /// What was fresh for less is not stored, and the rest is fresh for so much less.
    /// For an example see [`Restore`].
    pub const fn age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Stores the values of `snapshot` with low trust, the hottest first, so that a smaller cache
    /// has the hottest.
    ///
    /// No key is replaced, and no load is disturbed: what is there is newer. A key that was removed
    /// from `cache` before its record comes up is stored again: restore before traffic comes, or
    /// have a [`Warmer`](crate::cache::Warmer) load [the keys](Snapshot::keys). An entry lives as
    /// long as it had left, and no longer than this cache's own time to live and jitter give it. To
    /// the policy it is new, whatever its heat was: used once, it counts as used.
    ///
    /// # Guarantees
    /// Waits for the snapshot's source, and for other writers of each key's shard. Allocates what
    /// reading a [`Snapshot`] does.
    /// # Errors
    /// [`RestoreError`] if the snapshot is damaged: whole records before that were stored, and are
    /// counted in it.
    /// # Examples
    /// See [`Restore`].
    pub fn apply<K, V, L, S, C>(
        &self,
        cache: &Cache<K, V, L, S, C>,
        snapshot: &mut Snapshot<'_, impl Read, impl Codec<K, V> + ?Sized, K, V>,
    ) -> Result<Restored, RestoreError>
    where
        K: Eq + Hash,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        let mut restored = Restored::default();
        let begun = cache.core.store.sequence.count();
        for record in snapshot.by_ref() {
            match record {
                Ok(record) => *self.put(&cache.core, record, begun, &mut restored) += 1,
                Err(why) => return Err(RestoreError { restored, why }),
            }
        }
        match snapshot.finish() {
            Ok(_) => Ok(restored),
            Err(why) => Err(RestoreError { restored, why }),
        }
    }

    /// Stores a record; gives what it counts as.
    fn put<'r, K, V, E, S, C>(
        &self,
        core: &Core<K, V, E, S, C>,
        record: Record<K, V>,
        begun: u64,
        restored: &'r mut Restored,
    ) -> &'r mut u64
    where
        K: Eq + Hash,
        S: BuildHasher,
        C: Clock,
    {
        let Some(value) = record.value else {
            return &mut restored.keys_alone;
        };
        let left = record.ttl.map(|ttl| ttl.saturating_sub(self.age));
        if left.is_some_and(|left| left.is_zero()) {
            return &mut restored.expired;
        }
        if left.is_some() {
            core.store.note_mortal();
        }
        let (hash, moment) = (core.hash(&record.key), core.moment());
        let own = core
            .rules
            .fresh_until(moment.now_ns, core.rules.ttl_ns, hash);
        let until = left.map(|left| moment.now_ns.saturating_add(to_ns(left)));
        let fresh_until = until.map_or(own, |until| own.min(until));
        let stay = Stay {
            fresh_until,
            trust: Trust::Low,
            weight: core.store.weigher.weigh(&record.key, Some(&value)),
        };
        // What is not stored is dropped after the unlock.
        let mut given = Some(Entry {
            key: record.key,
            value: Some(value),
            born: Born::new(begun, record.tag),
        });
        let inserted = core.locked(hash, moment, |locked| {
            let entry = given.as_ref().expect("made above");
            let found = locked.find(hash, &Same(&entry.key));
            if found.is_some_and(|at| locked.seen().death(at.slot).is_none()) {
                return None;
            }
            if locked.sequence.is_dead(entry.born) {
                return Some(Err(RefusedWhy::Pressure));
            }
            Some(locked.insert(hash, &mut given, stay))
        });
        match inserted {
            None => &mut restored.present,
            Some(Ok(_)) => &mut restored.stored,
            Some(Err(RefusedWhy::NoRoom)) => &mut restored.no_room,
            Some(Err(_)) => &mut restored.refused,
        }
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stored, total) = (self.restored.stored, self.restored.total());
        write!(f, "{stored} of {total} records stored, then {}", self.why)
    }
}

impl Error for RestoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.why)
    }
}
