//! A slot: one entry, write-once between publish and retire.

use core::mem::MaybeUninit;

use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

/// The largest value of the use counter; two bits, as in the S3-FIFO paper.
const USES_MAX: u8 = 3;

/// Never expires.
pub(crate) const NEVER: u64 = u64::MAX;

/// What a slot holds. Not changed while published.
pub(crate) struct Entry<K, V> {
    pub(crate) key: K,
    /// `None`: the source is known to have nothing under this key.
    pub(crate) value: Option<V>,
    /// The cache's generation when the value was asked for.
    pub(crate) generation: u64,
}

/// Until when an entry is what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    /// Fresh before this moment, on the cache's clock.
    pub(crate) fresh_until: u64,
    /// Stale from then to this moment.
    pub(crate) stale_until: u64,
}

impl Life {
    pub(crate) const FOREVER: Self = Self {
        fresh_until: NEVER,
        stale_until: NEVER,
    };
}

pub(crate) struct Slot<K, V> {
    /// Readers that found no hazard record. Counted by readers, read by the scan.
    pub(crate) pins: AtomicU32,
    /// Uses since inserted or last visited by the hand, at most `USES_MAX`. Lossy on purpose.
    uses: AtomicU8,
    fresh_until: AtomicU64,
    stale_until: AtomicU64,
    /// Until when nobody else need refresh this entry. Claimed by readers.
    refresh_until: AtomicU64,
    entry: UnsafeCell<MaybeUninit<Entry<K, V>>>,
}

// SAFETY: several threads read one entry at once, so `K: Sync, V: Sync`; an entry is filled by one
// thread and dropped by another, so `K: Send, V: Send`. Who may read and who may write at a time
// is the hazard protocol's concern (`fill`, `take`, `read`); a weaker bound would race a `Cell`.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Slot<K, V> {}

impl<K, V> Slot<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            pins: AtomicU32::new(0),
            uses: AtomicU8::new(0),
            fresh_until: AtomicU64::new(0),
            stale_until: AtomicU64::new(0),
            refresh_until: AtomicU64::new(0),
            entry: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Fills an empty slot.
    ///
    /// # Safety
    /// The slot is empty and unpublished, no reader holds it, and the caller holds the shard's
    /// lock.
    pub(crate) unsafe fn fill(&self, entry: Entry<K, V>, life: Life, uses: u8) {
        self.entry.with_mut(|cell| {
            // SAFETY: the caller vouches that nobody else reads or writes the cell; a slot that
            // was handed out while still published or held would break it.
            unsafe { (*cell).write(entry) };
        });
        // Relaxed: published by the Release store of the index word. [cache-4]
        self.fresh_until.store(life.fresh_until, Ordering::Relaxed);
        // Relaxed: as above. [cache-4]
        self.stale_until.store(life.stale_until, Ordering::Relaxed);
        // Relaxed: as above. [cache-4]
        self.refresh_until.store(0, Ordering::Relaxed);
        self.set_uses(uses);
    }

    /// Moves the entry out and leaves the slot empty.
    ///
    /// # Safety
    /// The slot is filled and unpublished, no reader holds it, and the caller holds the shard's
    /// lock or owns the store.
    pub(crate) unsafe fn take(&self) -> Entry<K, V> {
        self.entry.with_mut(|cell| {
            // SAFETY: filled, and nobody else reads or writes it, by the caller's word; the slot
            // counts as empty from here on, so the bits are not read again.
            unsafe { cell.cast::<Entry<K, V>>().read() }
        })
    }

    /// Lends the entry.
    ///
    /// # Safety
    /// The slot was seen published after the caller protected it, and stays protected for the
    /// call; or the caller holds the shard's lock and the slot is published.
    #[inline]
    pub(crate) unsafe fn read<R>(&self, read: impl FnOnce(&Entry<K, V>) -> R) -> R {
        self.entry.with(|cell| {
            // SAFETY: published slots are filled, and neither moved nor written until retired,
            // scanned for and found unprotected, which the caller's protection prevents.
            read(unsafe { &*cell.cast::<Entry<K, V>>() })
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
    pub(crate) fn life(&self) -> Life {
        Life {
            // Relaxed: the words carry nothing but themselves; the values written by `fill`
            // came with the index word. [cache-4]
            fresh_until: self.fresh_until.load(Ordering::Relaxed),
            // Relaxed: as above. [cache-4]
            stale_until: self.stale_until.load(Ordering::Relaxed),
        }
    }

    /// Ends freshness now; what was fresh is stale for `window_ns`. Under the shard's lock.
    pub(crate) fn expire(&self, now_ns: u64, window_ns: u64) {
        let life = self.life();
        if life.fresh_until <= now_ns {
            return;
        }
        let stale_until = life.stale_until.min(now_ns.saturating_add(window_ns));
        // Relaxed: ordered for whoever the caller tells by what it tells them with. [cache-4]
        self.stale_until.store(stale_until, Ordering::Relaxed);
        // Relaxed: as above. [cache-4]
        self.fresh_until.store(now_ns, Ordering::Relaxed);
    }

    /// Claims the one refresh until `until_ns`; false if another claim has not run out.
    pub(crate) fn claim_refresh(&self, now_ns: u64, until_ns: u64) -> bool {
        // Relaxed: the word only elects; the refresh itself is ordered by the lock. [cache-6]
        let held = self.refresh_until.load(Ordering::Relaxed);
        held <= now_ns
            && self
                .refresh_until
                // Relaxed: as above. [cache-6]
                .compare_exchange(held, until_ns, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Lets the next refresh be claimed from `at_ns` on.
    pub(crate) fn allow_refresh(&self, at_ns: u64) {
        // Relaxed: as in `claim_refresh`. [cache-6]
        self.refresh_until.store(at_ns, Ordering::Relaxed);
    }
}
