//! The header table: where each field stands, and which field is the first of each known name.
//!
//! Every offset counts from the head's first byte, so one table is good for the head where it was
//! read, for a copy of it, and for any other bytes that are the same.

use crate::arena::{Arena, ArenaFull};

use super::known::Known;

/// Bytes before the entries: one a known name, each a field number plus one, 0 for none.
const INDEX_BYTES: usize = Known::COUNT;
/// Bytes of an entry: eight of the name, eight of the value, each little-endian: four of where it
/// begins, one more, and three of its length. The byte between is the known name, or `NO_NAME`;
/// and the number plus one of the next field of the same name, or 0.
const ENTRY_BYTES: usize = 16;
/// Where in an entry the number plus one of the next field of the same name is.
const NEXT_BYTE: usize = 12;
const INDEX_CELLS: usize = INDEX_BYTES / ENTRY_BYTES;

/// In place of a known name.
const NO_NAME: u8 = u8::MAX;

const _: () = assert!(INDEX_BYTES % ENTRY_BYTES == 0);
const _: () = assert!(Known::COUNT < NO_NAME as usize);

pub(super) type Cell = [u8; ENTRY_BYTES];

/// The bytes of a table for `fields` fields.
pub(super) const fn table_bytes(fields: usize) -> usize {
    INDEX_BYTES + fields * ENTRY_BYTES
}

/// Where one field stands; the lengths are below 2²⁴, as a head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) name_at: usize,
    pub(super) name_len: usize,
    pub(super) value_at: usize,
    pub(super) value_len: usize,
}

/// A table being filled, in the order of the fields.
#[derive(Debug)]
pub(super) struct TableBuilder<'c> {
    cells: &'c mut [Cell],
    len: usize,
    /// One a known name: the number plus one of the last field of that name, 0 for none.
    last: [u8; INDEX_BYTES],
}

/// The cells of a table for `fields` fields.
pub(super) const fn cells(fields: usize) -> usize {
    INDEX_CELLS + fields
}

impl<'c> TableBuilder<'c> {
    /// Room for as many fields as there are cells for, at most 255. The cells must be zero.
    #[inline]
    pub(super) fn new(cells: &'c mut [Cell]) -> Self {
        debug_assert!(cells.len() >= INDEX_CELLS && cells.len() - INDEX_CELLS <= 255);
        Self {
            cells,
            len: 0,
            last: [0; INDEX_BYTES],
        }
    }

    /// Fields there is room for in all.
    pub(super) fn capacity(&self) -> usize {
        self.cells.len() - INDEX_CELLS
    }

    /// Enters the next field, behind those of its name; false if there is no room.
    #[inline]
    #[must_use]
    pub(super) fn put(&mut self, span: Span, known: Option<Known>) -> bool {
        let at = INDEX_CELLS + self.len;
        if at >= self.cells.len() {
            return false;
        }
        self.len += 1;
        let name = span.name_at as u64 | (span.name_len as u64) << 40;
        let value = span.value_at as u64 | (span.value_len as u64) << 40;
        let known = match known {
            None => NO_NAME,
            Some(known) => {
                self.chain(known);
                known as u8
            }
        };
        let entry = u128::from(name | u64::from(known) << 32) | u128::from(value) << 64;
        self.cells[at] = entry.to_le_bytes();
        true
    }

    /// The newest field is the last of that name.
    #[inline]
    fn chain(&mut self, known: Known) {
        let number = self.len as u8;
        match std::mem::replace(&mut self.last[known as usize], number) {
            0 => self.cells.as_flattened_mut()[known as usize] = number,
            before => self.cells[INDEX_CELLS + before as usize - 1][NEXT_BYTE] = number,
        }
    }

    /// The table, in an arena.
    #[inline]
    pub(super) fn finish(self, arena: &Arena) -> Result<&[u8], ArenaFull> {
        let cells = arena.try_alloc_slice_copy(&self.cells[..INDEX_CELLS + self.len])?;
        Ok(cells.as_flattened())
    }

    /// Whether another table says the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let [own, other] = [self, other].map(|table| &table.cells[..INDEX_CELLS + table.len]);
        own == other
    }
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
        (self.table[name as usize] as usize).checked_sub(1)
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
