//! A slot: one entry, write-once between publish and retire.

use core::mem::MaybeUninit;

use super::early::Reach;
use super::sequence::Born;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

/// The largest value of the use counter; two bits, as in the S3-FIFO paper.
const USES_MAX: u8 = 3;

/// Never expires.
pub(crate) const NEVER: u64 = u64::MAX;

/// An entry as it is handed in and out.
pub(crate) struct Entry<K, V> {
    pub(crate) key: K,
    /// `None`: the source is known to have nothing under this key.
    pub(crate) value: Option<V>,
    /// When the value was asked for, and the entry's tag.
    pub(crate) born: Born,
}

/// An entry as a slot keeps it. Not changed while published.
pub(crate) struct Kept<K, V> {
    pub(crate) key: K,
    /// Initialised unless the entry is negative. An `Option` would take a word more of each slot.
    value: MaybeUninit<V>,
    born: Born,
}

impl<K, V> Kept<K, V> {
    fn new(entry: Entry<K, V>) -> Self {
        Self {
            key: entry.key,
            born: entry.born.negative(entry.value.is_none()),
            value: entry.value.map_or(MaybeUninit::uninit(), MaybeUninit::new),
        }
    }

    fn into_entry(self) -> Entry<K, V> {
        let negative = self.is_negative();
        Entry {
            key: self.key,
            // SAFETY: `new` initialises the value of every entry that is not negative, and this
            // consumes it.
            value: (!negative).then(|| unsafe { self.value.assume_init() }),
            born: self.born,
        }
    }

    /// The source is known to have nothing under this key.
    #[inline]
    pub(crate) const fn is_negative(&self) -> bool {
        self.born.is_negative()
    }

    /// When the value was asked for, and the entry's tag.
    #[inline]
    pub(crate) const fn born(&self) -> Born {
        self.born
    }

    #[inline]
    pub(crate) const fn value(&self) -> Option<&V> {
        if self.is_negative() {
            return None;
        }
        // SAFETY: `new` initialises the value of every entry that is not negative.
        Some(unsafe { self.value.assume_init_ref() })
    }
}

pub(crate) struct Slot<K, V> {
    /// Fresh before this moment, on the cache's clock; the windows that follow are the cache's.
    fresh_until: AtomicU64,
    /// Readers that found no hazard record. Counted by readers, read by the scan.
    pub(crate) pins: AtomicU32,
    /// Uses since inserted or last visited by the hand, at most `USES_MAX`. Lossy on purpose.
    uses: AtomicU8,
    /// How long before its end the entry may be refreshed; in what would else be padding.
    reach: AtomicU8,
    kept: UnsafeCell<MaybeUninit<Kept<K, V>>>,
}

// SAFETY: several threads read one entry at once, so `K: Sync, V: Sync`; an entry is filled by one
// thread and dropped by another, so `K: Send, V: Send`. Who may read and who may write at a time
// is the hazard protocol's concern (`fill`, `take`, `read`); a weaker bound would race a `Cell`.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Slot<K, V> {}

impl<K, V> Slot<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            fresh_until: AtomicU64::new(0),
            pins: AtomicU32::new(0),
            uses: AtomicU8::new(0),
            reach: AtomicU8::new(Reach::NONE.0),
            kept: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Fills an empty slot.
    ///
    /// # Safety
    /// The slot is empty and unpublished, no reader holds it, and the caller holds the shard's
    /// lock.
    pub(crate) unsafe fn fill(&self, entry: Entry<K, V>, fresh_until: u64, uses: u8) {
        self.kept.with_mut(|cell| {
            // SAFETY: the caller vouches that nobody else reads or writes the cell; a slot that
            // was handed out while still published or held would break it.
            unsafe { (*cell).write(Kept::new(entry)) };
        });
        // Relaxed: published by the Release store of the index lane. [cache-4]
        self.fresh_until.store(fresh_until, Ordering::Relaxed);
        self.set_uses(uses);
        self.set_reach(Reach::NONE);
    }

    /// Moves the entry out and leaves the slot empty.
    ///
    /// # Safety
    /// The slot is filled and unpublished, no reader holds it, and the caller holds the shard's
    /// lock or owns the store.
    pub(crate) unsafe fn take(&self) -> Entry<K, V> {
        self.kept.with_mut(|cell| {
            // SAFETY: filled, and nobody else reads or writes it, by the caller's word; the slot
            // counts as empty from here on, so the bits are not read again.
            unsafe { cell.cast::<Kept<K, V>>().read() }.into_entry()
        })
    }

    /// Lends the entry.
    ///
    /// # Safety
    /// The slot was seen published after the caller protected it, and stays protected for the
    /// call; or the caller holds the shard's lock and the slot is published.
    #[inline]
    pub(crate) unsafe fn read<R>(&self, read: impl FnOnce(&Kept<K, V>) -> R) -> R {
        self.kept.with(|cell| {
            // SAFETY: published slots are filled, and neither moved nor written until retired,
            // scanned for and found unprotected, which the caller's protection prevents.
            read(unsafe { &*cell.cast::<Kept<K, V>>() })
        })
    }

    /// Notes a use; silent once saturated, so a hot entry's line stays shared.
    #[inline]
    pub(crate) fn note_use(&self) {
        let uses = self.uses();
        if uses < USES_MAX {
            self.set_uses(uses + 1);
        }
    }

    pub(crate) fn uses(&self) -> u8 {
        // Relaxed: a hint to the policy; a lost count is a use not seen. [cache-5]
        self.uses.load(Ordering::Relaxed)
    }

    pub(crate) fn set_uses(&self, uses: u8) {
        // Relaxed: as the load. [cache-5]
        self.uses.store(uses, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn reach(&self) -> Reach {
        // Relaxed: a hint; another entry's, seen beside the publish, begins one refresh. [cache-5]
        Reach(self.reach.load(Ordering::Relaxed))
    }

    /// Under the shard's lock.
    pub(crate) fn set_reach(&self, reach: Reach) {
        // Relaxed: as the load. [cache-5]
        self.reach.store(reach.0, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn fresh_until(&self) -> u64 {
        // Relaxed: the word carries nothing but itself; the value written by `fill` came with the
        // index lane. [cache-4]
        self.fresh_until.load(Ordering::Relaxed)
    }

    /// Ends freshness now; the windows begin. Under the shard's lock.
    pub(crate) fn expire(&self, now_ns: u64) {
        if now_ns < self.fresh_until() {
            // Relaxed: ordered for whoever the caller tells by what it tells them with. [cache-4]
            self.fresh_until.store(now_ns, Ordering::Relaxed);
        }
    }
}
