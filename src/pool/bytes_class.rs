//! Slots of one size on the global allocator, each a `BytesMut` that was made to be shared.

use core::ptr::NonNull;

use bytes::{Bytes, BytesMut};
use crossbeam_utils::CachePadded;

use super::lent::LentSlots;
use super::since::Since;
use super::{AcquireError, ClassStats, ConfigError};
use crate::sync::atomic::{AtomicU64, Ordering};

/// Slots start on a line of their own.
const LINE: usize = 64;
/// What the memory is first filled with. Not zero: zeroed memory may be pages that the system has
/// promised and not yet given.
const FIRST_TOUCH: u8 = 0xA5;

/// The slots of one size.
pub(super) struct BytesClass {
    slot_bytes: usize,
    slots: LentSlots<BytesMut>,
    exhausted: CachePadded<AtomicU64>,
    since: Since,
}

impl BytesClass {
    /// Takes memory for `slots` slots of `slot_bytes`, and writes to all of it.
    pub(super) fn open(
        slot_bytes: usize,
        slots: usize,
        looks: u32,
        track_age: bool,
    ) -> Result<Self, ConfigError> {
        let too_large = ConfigError::ClassTooLarge { slot_bytes, slots };
        let bytes = slot_bytes.checked_add(LINE - 1).ok_or(too_large)?;
        let total = bytes.checked_mul(slots).ok_or(too_large)?;
        if [bytes, slots]
            .iter()
            .any(|&part| u32::try_from(part).is_err())
            || isize::try_from(total).is_err()
        {
            return Err(too_large);
        }
        let masters = (0..slots).map(|_| master(slot_bytes));
        let masters: Option<Vec<_>> = masters.collect();
        let masters = masters.ok_or(ConfigError::OutOfMemory { bytes: total })?;
        Ok(Self {
            slot_bytes,
            slots: LentSlots::new(masters, looks),
            exhausted: CachePadded::default(),
            since: Since::new(slots, track_age),
        })
    }

    #[inline]
    pub(super) fn slot_bytes(&self) -> usize {
        self.slot_bytes
    }

    /// A slot that is in the caller's hand, and of which nobody has a part: the master has all its
    /// memory, and nothing is written.
    #[inline]
    pub(super) fn take(&self) -> Option<u32> {
        let slot = self.slots.take(|master| self.is_alone(master))?;
        self.since.note_taken(slot);
        Some(slot)
    }

    /// As [`take`](Self::take), of a slot that is in the caller's hand already: whether it is back.
    ///
    /// # Safety
    /// The slot must be in the caller's hand.
    #[inline]
    pub(super) unsafe fn take_again(&self, slot: u32) -> bool {
        // SAFETY: the caller has the slot in hand, and so its master alone.
        let back = self.is_alone(unsafe { self.master(slot).as_mut() });
        if back {
            self.since.note_taken(slot);
        }
        back
    }

    /// What who has the slot in hand may follow, as long as this class lives.
    #[inline]
    pub(super) fn master(&self, slot: u32) -> NonNull<BytesMut> {
        self.slots.master(slot)
    }

    /// As [`take`](Self::take), and counts a refusal.
    #[inline]
    pub(super) fn take_or_count(&self) -> Option<u32> {
        let taken = self.take();
        if taken.is_none() {
            // Relaxed: a statistic; publishes nothing. [pool-5]
            self.exhausted.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Gives back a slot that is lent: its master is left without memory.
    #[inline]
    pub(super) fn put_lent(&self, slot: u32) {
        self.slots.put_lent(slot);
    }

    /// Gives back a slot that nobody has a part of: its master is as it was taken.
    #[inline]
    pub(super) fn put_alone(&self, slot: u32) {
        self.since.note_back(slot);
        self.slots.put_known(slot);
    }

    /// Looks at every slot that is lent.
    pub(super) fn look_at_all(&self) {
        let is_alone = |master: &mut BytesMut| self.is_alone(master);
        self.slots
            .look_at_all(is_alone, |slot| self.since.note_back(slot));
    }

    /// Slots not seen to be back. One load for each word of slots.
    pub(super) fn in_use(&self) -> usize {
        self.slots.in_use()
    }

    pub(super) fn stats(&self) -> ClassStats {
        ClassStats {
            slot_bytes: self.slot_bytes,
            slots: self.slots.len(),
            in_use: self.in_use(),
            // Relaxed: a statistic; publishes nothing. [pool-5]
            exhausted: self.exhausted.load(Ordering::Relaxed),
            waiting: 0,
            hostages: self.slots.hostages(),
        }
    }

    /// When each slot in use was acquired; nothing unless ages are tracked.
    pub(super) fn since(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.since.iter()
    }

    pub(super) fn exhausted(&self, len: usize) -> AcquireError {
        AcquireError::Exhausted {
            len,
            slot_bytes: self.slot_bytes,
            slots: self.slots.len(),
        }
    }

    /// Whether nobody else has a part of the slot; it is whole then.
    ///
    /// Of a slot that was lent, the master was left without capacity and in its place, so that it
    /// gets it all back there.
    #[inline]
    fn is_alone(&self, master: &mut BytesMut) -> bool {
        master.try_reclaim(self.slot_bytes)
    }
}

/// Memory for one slot, resident, with all that sharing it will need; none if the system has none.
fn master(slot_bytes: usize) -> Option<BytesMut> {
    let bytes = slot_bytes + LINE - 1;
    let mut memory = Vec::new();
    memory.try_reserve_exact(bytes).ok()?;
    memory.resize(bytes, FIRST_TOUCH);
    let mut whole = match Bytes::from(memory).try_into_mut() {
        Ok(whole) => whole,
        // Nobody else has it; a copy would do as well.
        Err(shared) => BytesMut::from(shared),
    };
    whole.clear();
    let before = whole.as_ptr().align_offset(LINE);
    // Each split counts another handle, the first one by a box of its own: it is there from now on.
    let mut master = whole.split_off(before);
    drop(master.split_off(slot_bytes));
    Some(master)
}
