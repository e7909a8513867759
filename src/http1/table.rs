//! The header table: where each field stands, and which field is the first of each known name.
//!
//! Every offset counts from the head's first byte, so one table is good for the head where it was
//! read, for a copy of it, and for any other bytes that are the same.

use crate::arena::{Arena, ArenaFull, ArenaVec};

use super::known::{Known, Slot};

/// Bytes before the entries: one a slot of a known name, each a field number plus one, 0 for none.
const INDEX_BYTES: usize = 64;
/// Bytes of an entry: eight of the name, eight of the value, each little-endian: four of where it
/// begins, one more, and three of its length. The byte between is the known name, or `u8::MAX`;
/// and the number plus one of the next field of the same name, or 0.
const ENTRY_BYTES: usize = 16;
/// Where in an entry the number plus one of the next field of the same name is.
const NEXT_BYTE: usize = 12;
const INDEX_CELLS: usize = INDEX_BYTES / ENTRY_BYTES;

const _: () = assert!(INDEX_BYTES % ENTRY_BYTES == 0);
const _: () = assert!(Known::COUNT < INDEX_BYTES);
const _: () = assert!(Slot::NONE.number().wrapping_sub(1) == u8::MAX);

type Cell = [u8; ENTRY_BYTES];

/// The bytes of a table for `fields` fields.
pub(super) const fn table_bytes(fields: usize) -> usize {
    INDEX_BYTES + fields * ENTRY_BYTES
}

/// Where the parts of a field are in its line, which begins with its name. All is below 2²⁴, as a
/// head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) name_len: usize,
    pub(super) value_at: usize,
    pub(super) value_len: usize,
}

/// Why there is no head, or no table of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// Incomplete, refused, or in need of a larger table: the scanner tells.
    Scan,
    /// The arena is full.
    Full,
}

/// The cells of a table for `fields` fields.
const fn cells(fields: usize) -> usize {
    INDEX_CELLS + fields
}

/// Fields there is room for at first.
const FIELDS_FEW: usize = 32;

/// A table being filled in an arena, in the order of the fields.
#[derive(Debug)]
pub(super) struct TableBuilder<'t> {
    arena: &'t Arena,
    /// The index, and the entries.
    cells: ArenaVec<'t, Cell>,
    /// Fields there may be.
    most: usize,
    /// As the index, of the last field of a name that has several.
    last: [u8; INDEX_BYTES],
}

impl<'t> TableBuilder<'t> {
    /// One for at most `most` fields, no more than 255. It takes what it needs as it grows.
    #[inline(always)]
    pub(super) fn new(arena: &'t Arena, most: usize) -> Result<Self, ArenaFull> {
        debug_assert!(most <= 255);
        let few = cells(FIELDS_FEW.min(most));
        // Only if there is room for it: an arena that may grow would take another block.
        let few = match few * ENTRY_BYTES <= arena.remaining() {
            true => few,
            false => INDEX_CELLS,
        };
        let mut cells = ArenaVec::with_capacity(arena, few)?;
        cells.try_extend_from_slice(&[[0; ENTRY_BYTES]; INDEX_CELLS])?;
        Ok(Self {
            arena,
            cells,
            most,
            last: [0; INDEX_BYTES],
        })
    }

    /// An empty one of the same kind, in the same arena.
    pub(super) fn another(&self) -> Result<Self, ArenaFull> {
        Self::new(self.arena, self.most)
    }

    /// Fields there may be in all.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Enters the next field, whose line begins at `at`, behind those of its name.
    #[inline(always)]
    pub(super) fn put(&mut self, at: usize, span: Span, slot: Slot) -> Result<(), Unfit> {
        let number = cells_to_fields(self.cells.len()) + 1;
        if number > self.most {
            return Err(Unfit::Scan);
        }
        let Some(index) = self
            .cells
            .as_flattened_mut()
            .first_chunk_mut::<INDEX_BYTES>()
        else {
            return Err(Unfit::Scan);
        };
        let place = slot.number() as usize % INDEX_BYTES;
        let first = std::mem::replace(&mut index[place], number as u8);
        // There is no first of what has no name.
        index[Slot::NONE.number() as usize] = 0;
        if first != 0 {
            index[place] = first;
            self.chain(place, first, number as u8);
        }
        let name = at as u64 | (span.name_len as u64) << 40;
        let value = (at + span.value_at) as u64 | (span.value_len as u64) << 40;
        // The known name itself, or `u8::MAX`.
        let known = slot.number().wrapping_sub(1);
        let entry = u128::from(name | u64::from(known) << 32) | u128::from(value) << 64;
        let pushed = self.cells.try_push(entry.to_le_bytes());
        pushed.map_err(|_| Unfit::Full)
    }

    /// Field `number` is another of the name whose first is `first`.
    #[inline(never)]
    fn chain(&mut self, place: usize, first: u8, number: u8) {
        let before = match std::mem::replace(&mut self.last[place], number) {
            0 => first,
            last => last,
        };
        self.cells[cells(before as usize - 1)][NEXT_BYTE] = number;
    }

    /// How many fields stand before the last one, and where its line begins.
    #[cold]
    pub(super) fn last(&self) -> Option<(u16, usize)> {
        let (entry, before) = self.cells.get(INDEX_CELLS..)?.split_last()?;
        let at = u128::from_le_bytes(*entry) as u32;
        Some((before.len() as u16, at as usize))
    }

    /// The table, which is then empty.
    #[inline(always)]
    pub(super) fn take(&mut self) -> &'t [u8] {
        let cells = std::mem::replace(&mut self.cells, ArenaVec::new(self.arena));
        cells.into_slice().as_flattened()
    }

    /// Whether another table says the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        *self.cells == *other.cells
    }
}

const fn cells_to_fields(cells: usize) -> usize {
    cells - INDEX_CELLS
}

/// A copy in an arena of a table whose fields stand `by` bytes further on; of a `by` below zero, as
/// it wraps.
#[inline]
pub(super) fn copy_moved<'t>(
    table: &[u8],
    by: u32,
    arena: &'t Arena,
) -> Result<&'t [u8], ArenaFull> {
    let copy = arena.try_alloc_slice_copy(table)?;
    if by != 0 {
        for half in copy[INDEX_BYTES..].chunks_exact_mut(ENTRY_BYTES / 2) {
            if let Some(at) = half.first_chunk_mut() {
                *at = u32::from_le_bytes(*at).wrapping_add(by).to_le_bytes();
            }
        }
    }
    Ok(copy)
}

/// The fields of a head: its bytes, and their table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    table: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of the head that is `bytes`, by the table made of it, or of equal bytes.
    #[inline]
    pub(super) const fn new(bytes: &'a [u8], table: &'a [u8]) -> Self {
        Self { bytes, table }
    }

    #[inline]
    pub(super) const fn table(&self) -> &'a [u8] {
        self.table
    }

    /// The head from its first byte to its last.
    #[inline]
    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        (self.table.len() - INDEX_BYTES) / ENTRY_BYTES
    }

    /// The first field of that name.
    #[inline]
    pub(super) fn first(&self, name: Known) -> Option<usize> {
        (self.table[Slot::of(name).number() as usize] as usize).checked_sub(1)
    }

    /// The field after field `at` with the same name.
    #[inline]
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        ((self.half(at, 8) >> 32) as u8 as usize).checked_sub(1)
    }

    #[inline]
    pub(super) fn name_at(&self, at: usize) -> usize {
        self.half(at, 0) as u32 as usize
    }

    #[inline]
    pub(super) fn name_len(&self, at: usize) -> usize {
        (self.half(at, 0) >> 40) as usize
    }

    #[inline]
    pub(super) fn name(&self, at: usize) -> &'a [u8] {
        self.place(self.half(at, 0))
    }

    #[inline]
    pub(super) fn value(&self, at: usize) -> &'a [u8] {
        self.place(self.half(at, 8))
    }

    /// Half of entry `at`, from its byte `half` on.
    #[inline]
    fn half(&self, at: usize, half: usize) -> u64 {
        let from = table_bytes(at) + half;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.table[from..from + 8]);
        u64::from_le_bytes(bytes)
    }

    #[inline]
    fn place(&self, half: u64) -> &'a [u8] {
        let from = half as u32 as usize;
        &self.bytes[from..from + (half >> 40) as usize]
    }
}
