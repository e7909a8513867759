//! Entries on their way out of a shard, and who is told of them.

use core::cell::Cell;

use super::evicted::{Evicted, EvictedWhy};
use super::slot::Entry;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::shielded;

/// Entries that leave in one operation at most: what one caller pays for others.
const LEAVING_MAX: usize = 2;

/// Listeners that may run inside one another on a thread. Each is another cache's.
const DEPTH_MAX: usize = 4;

/// No listener.
const NOBODY: usize = 0;

thread_local! {
    /// The listeners that run on this thread, by address, the outermost first.
    static TELLING: Cell<[usize; DEPTH_MAX]> = const { Cell::new([NOBODY; DEPTH_MAX]) };
}

/// Entries moved out of their slots by one operation.
pub(crate) struct Leaving<K, V> {
    entries: [Option<(Entry<K, V>, EvictedWhy)>; LEAVING_MAX],
    len: usize,
    max: usize,
}

impl<K, V> Leaving<K, V> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) const fn has_room(&self) -> bool {
        self.len < self.max
    }

    /// Takes an entry. There must be room.
    pub(crate) fn push(&mut self, entry: Entry<K, V>, why: EvictedWhy) {
        self.entries[self.len] = Some((entry, why));
        self.len += 1;
    }
}

/// Drops the leaving, or hands them to the listener. Made before the lock is taken, and so dropped
/// after it was let go of, also when the work under it panics.
pub(crate) struct Farewell<'a, K, V> {
    pub(crate) leaving: Leaving<K, V>,
    listener: &'a Listener<K, V>,
}

impl<'a, K, V> Farewell<'a, K, V> {
    #[inline]
    pub(crate) fn new(listener: &'a Listener<K, V>) -> Self {
        let nested = listener.tell.is_some() && listener.must_not_be_told();
        let leaving = Leaving {
            entries: [None, None],
            len: 0,
            max: if nested { 0 } else { LEAVING_MAX },
        };
        Self { leaving, listener }
    }
}

impl<K, V> Drop for Farewell<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        if let Some(tell) = &self.listener.tell {
            for entry in &mut self.leaving.entries {
                if let Some((entry, why)) = entry.take() {
                    self.listener.call(&**tell, entry, why);
                }
            }
        }
    }
}

type Tell<K, V> = dyn Fn(Evicted<K, V>) + Send + Sync;

/// Whom the cache hands the entries to that left.
pub(crate) struct Listener<K, V> {
    tell: Option<Box<Tell<K, V>>>,
    panics: AtomicU64,
}

impl<K, V> Listener<K, V> {
    pub(crate) fn none() -> Self {
        Self {
            tell: None,
            panics: AtomicU64::new(0),
        }
    }

    pub(crate) fn new(tell: impl Fn(Evicted<K, V>) + Send + Sync + 'static) -> Self {
        Self {
            tell: Some(Box::new(tell)),
            panics: AtomicU64::new(0),
        }
    }

    /// How often it panicked.
    pub(crate) fn panics(&self) -> u64 {
        // Relaxed: a statistic. [cache-9]
        self.panics.load(Ordering::Relaxed)
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// Whether this thread is inside this listener, or as deep in others as may be. What it
    /// writes then may leave nothing to be told, or it would be called inside itself without end.
    #[cold]
    fn must_not_be_told(&self) -> bool {
        let telling = TELLING.get();
        telling.contains(&self.address()) || !telling.contains(&NOBODY)
    }

    #[cold]
    fn call(&self, tell: &Tell<K, V>, entry: Entry<K, V>, why: EvictedWhy) {
        let Entry { key, value, .. } = entry;
        let before = TELLING.get();
        let mut within = before;
        if let Some(place) = within.iter_mut().find(|place| **place == NOBODY) {
            *place = self.address();
        }
        TELLING.set(within);
        let returned = shielded(|| tell(Evicted { key, value, why }));
        TELLING.set(before);
        if !returned {
            // Relaxed: a statistic. [cache-9]
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}
