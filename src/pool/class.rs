//! Slots of one size: where they lie, and what is kept about each.

use core::ptr::NonNull;

use super::ConfigError;
use super::memory::Memory;
use super::overflow::HeapSlot;
use super::region::Region;
use super::since::Since;
use crate::slots::{Lease, Owner};
use crate::sync::UnsafeCell;
use crate::sync::atomic::AtomicUsize;
use crate::time::now_ns;

/// Slots start on a line of their own.
const LINE: usize = 64;
/// Slots at equal distance from a page's start would compete for the same cache sets.
const PAGE: usize = 4096;
/// What a released slot is filled with in debug builds.
const POISON: u8 = 0xA5;

/// The memory of one class.
#[derive(Debug)]
pub(super) struct Class {
    region: Region,
    stride: usize,
    /// Whether its pages are to be resident.
    resident: bool,
    /// Whether what is dirty in a slot is zeroed on the way back.
    wipe: bool,
    since: Since,
}

/// What is kept about a slot, apart from its data: on one line, what is from the heap aside.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Header {
    /// Handles that share the slot once it is frozen. Left at 1 by whoever gives it back.
    pub(super) refs: AtomicUsize,
    /// The first byte of the slot.
    start: NonNull<u8>,
    slot_bytes: u32,
    /// Bytes from the slot's start that were written, or lent for it, since they were last zeroed.
    /// Kept where the class wipes. Belongs to whoever may write to the slot.
    dirty: UnsafeCell<u32>,
    /// Belongs to the slot's buffer; none before and after it.
    before: UnsafeCell<Before>,
    /// The slot's memory, if it is none of the region's.
    heap: Option<HeapSlot>,
    /// Stands for the slot's data in models; empty otherwise.
    data: UnsafeCell<()>,
}

/// Bytes of a slot before its buffer's first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    pub(super) all: u32,
    /// Those that the holder of the buffer wrote, and took from it.
    pub(super) taken: u32,
}

// SAFETY: `start` points to memory of the class's region or of `heap`, which any thread may use;
// who may, and when, is the business of the slots' leases. The rest is `Send` of itself.
unsafe impl Send for Header {}
// SAFETY: `start` and `heap` are only read. `data` has no bytes; it is there for models to watch,
// and they fail on a race. `dirty` is reached by `Hold::note_dirty` and `Hold::wipe` only, which
// need the slot for themselves alone, and `before` by `Hold::before` and `Hold::set_before`, which
// ask their callers for that.
unsafe impl Sync for Header {}

/// A lease on a slot that zeroes what is dirty in it on the way back, if the class wipes, and
/// else overwrites it in debug builds.
#[derive(Debug)]
pub(super) struct Hold {
    lease: Lease<Class, Header>,
}

impl Class {
    /// Takes memory for `slots` slots of `slot_bytes`.
    pub(super) fn open(
        slot_bytes: usize,
        slots: usize,
        memory: Memory,
        (wipe, track_age): (bool, bool),
    ) -> Result<Owner<Self, Header>, ConfigError> {
        let too_large = ConfigError::ClassTooLarge { slot_bytes, slots };
        if u32::try_from(slot_bytes).is_err() || u32::try_from(slots).is_err() {
            return Err(too_large);
        }
        let stride = stride(slot_bytes).ok_or(too_large)?;
        let bytes = stride.checked_mul(slots).ok_or(too_large)?;
        if isize::try_from(bytes).is_err() {
            return Err(too_large);
        }
        let region = Region::new(bytes, memory)?;
        let header = |slot| {
            // SAFETY: `slot` is below the number of slots, and the region holds a stride for each:
            // the product fits into `isize`, as seen above.
            let start = unsafe { region.start().add(slot * stride) };
            Header::new((start, slot_bytes), None)
        };
        let headers = (0..slots).map(header).collect();
        let class = Self {
            region,
            stride,
            resident: memory.is_resident(),
            wipe,
            since: Since::new(slots, track_age),
        };
        Ok(Owner::new(class, headers))
    }

    pub(super) fn region(&self) -> &Region {
        &self.region
    }

    pub(super) fn is_resident(&self) -> bool {
        self.resident
    }

    /// From one slot's start to the next one's.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// When each slot in use was acquired; nothing unless ages are tracked.
    pub(super) fn since(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.since.iter()
    }
}

impl Header {
    fn new((start, slot_bytes): (NonNull<u8>, usize), heap: Option<HeapSlot>) -> Self {
        Self {
            refs: AtomicUsize::new(1),
            start,
            // Fits: `Class::open` refuses slots of more than `u32::MAX` bytes.
            slot_bytes: slot_bytes as u32,
            dirty: UnsafeCell::new(0),
            before: UnsafeCell::new(Before { all: 0, taken: 0 }),
            heap,
            data: UnsafeCell::new(()),
        }
    }

    /// For a slot from the heap.
    pub(super) fn on_heap(slot: HeapSlot) -> Self {
        Self::new((slot.block.start(), slot.block.bytes()), Some(slot))
    }

    /// Tells a model that the slot's data is read here.
    #[inline(always)]
    pub(super) fn note_read(&self) {
        self.data.with(|_| ());
    }

    /// Tells a model that the slot's data is written here.
    #[inline(always)]
    pub(super) fn note_write(&self) {
        self.data.with_mut(|_| ());
    }
}

impl Hold {
    pub(super) fn new(lease: Lease<Class, Header>) -> Self {
        Self { lease }
    }

    pub(super) fn class(&self) -> &Class {
        self.lease.value()
    }

    /// Zeroes what is dirty where the class wipes; else, in debug builds, overwrites it all, so
    /// that a read of what was there before is noticed.
    #[inline]
    pub(super) fn overwrite(&self) {
        if self.lease.value().wipe {
            self.wipe();
        } else if cfg!(debug_assertions) {
            self.header().note_write();
            // SAFETY: the lease makes the slot this hold's, and the last sharer of frozen bytes
            // alone has their hold.
            unsafe { self.start().write_bytes(POISON, self.slot_bytes()) };
        }
    }

    /// Where ages are tracked: the slot is in use from now on.
    #[inline]
    pub(super) fn note_acquired(&self) {
        if self.class().since.is_kept() {
            self.note_since_now();
        }
    }

    /// Where ages are tracked: the slot is in no use from now on.
    #[inline]
    pub(super) fn note_done(&self) {
        if self.class().since.is_kept() {
            self.note_since(0);
        }
    }

    #[cold]
    fn note_since_now(&self) {
        self.note_since(now_ns().max(1));
    }

    fn note_since(&self, since: u64) {
        match &self.header().heap {
            Some(slot) => slot.note_since(since),
            None => self.class().since.note(self.lease.slot(), since),
        }
    }

    /// Whether the slot is from the heap.
    pub(super) fn is_on_heap(&self) -> bool {
        self.lease.is_outside()
    }

    pub(super) fn header(&self) -> &Header {
        self.lease.payload()
    }

    /// The first byte of the slot, good for reads and writes of [`Hold::slot_bytes`].
    #[inline]
    pub(super) fn start(&self) -> NonNull<u8> {
        self.header().start
    }

    #[inline]
    pub(super) fn slot_bytes(&self) -> usize {
        self.header().slot_bytes as usize
    }

    /// # Safety
    /// The slot must be the caller's alone, and nobody else of the caller's change this meanwhile.
    #[inline]
    pub(super) unsafe fn before(&self) -> Before {
        // SAFETY: as the caller says.
        self.header().before.with(|before| unsafe { *before })
    }

    /// # Safety
    /// The slot must be the caller's alone, and nobody else of the caller's look at this meanwhile;
    /// `before` must not count more bytes than the slot has.
    #[inline]
    pub(super) unsafe fn set_before(&self, before: Before) {
        // SAFETY: as the caller says.
        self.header()
            .before
            .with_mut(|cell| unsafe { *cell = before });
    }

    /// Remembers, where the class wipes, that the first `end` bytes of the slot may be dirty.
    ///
    /// # Safety
    /// The slot must be the caller's alone, and `end` at most [`Hold::slot_bytes`].
    #[inline]
    pub(super) unsafe fn note_dirty(&self, end: usize) {
        if self.lease.value().wipe {
            self.header().dirty.with_mut(|dirty| {
                // SAFETY: nobody else reaches the mark while the slot is the caller's alone.
                let dirty = unsafe { &mut *dirty };
                // Fits: `Class::open` refuses slots of more than `u32::MAX` bytes.
                *dirty = (*dirty).max(end as u32);
            });
        }
    }

    /// Only when the slot is this hold's alone.
    fn wipe(&self) {
        let dirty = self.header().dirty.with_mut(|dirty| {
            // SAFETY: the slot is this hold's alone, and so is the mark.
            core::mem::take(unsafe { &mut *dirty })
        });
        self.header().note_write();
        // SAFETY: at most the slot's length, as `note_dirty` demands, and the slot is ours alone.
        unsafe { self.start().write_bytes(0, dirty as usize) };
        // The writes are wanted though nothing may ever read them: the memory may be freed next.
        core::hint::black_box(self.start());
    }
}

impl Drop for Hold {
    #[inline]
    fn drop(&mut self) {
        self.overwrite();
        self.note_done();
    }
}

/// Distance between slots of `slot_bytes`; where a word has 32 bits there may be none.
fn stride(slot_bytes: usize) -> Option<usize> {
    let lines = slot_bytes.checked_next_multiple_of(LINE)?;
    if lines % PAGE == 0 {
        lines.checked_add(LINE)
    } else {
        Some(lines)
    }
}
