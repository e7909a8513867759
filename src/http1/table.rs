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
const INDEX_CELLS: usize = INDEX_BYTES / ENTRY_BYTES;

/// In place of a known name.
const NO_NAME: u8 = u8::MAX;

const _: () = assert!(INDEX_BYTES % ENTRY_BYTES == 0);
const _: () = assert!(Known::COUNT < NO_NAME as usize);

type Cell = [u8; ENTRY_BYTES];

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

/// A table being filled, last field first, so that each chain comes out in order.
#[derive(Debug)]
pub(super) struct TableBuilder<'a> {
    cells: &'a mut [Cell],
}

impl<'a> TableBuilder<'a> {
    /// Room for `fields` fields, at most 255.
    #[inline]
    pub(super) fn new(arena: &'a Arena, fields: usize) -> Result<Self, ArenaFull> {
        debug_assert!(fields <= 255);
        let cells = arena.try_alloc_slice_fill_with(INDEX_CELLS + fields, |_| [0; ENTRY_BYTES])?;
        Ok(Self { cells })
    }

    /// Enters field `at`, before the fields of its name that were entered earlier.
    #[inline]
    pub(super) fn put(&mut self, at: usize, span: Span, known: Option<Known>) {
        let (mut name, mut next) = (NO_NAME, 0);
        if let Some(known) = known {
            name = known as u8;
            let first = &mut self.cells.as_flattened_mut()[known as usize];
            next = std::mem::replace(first, at as u8 + 1);
        }
        let name = span.name_at as u64 | (span.name_len as u64) << 40 | u64::from(name) << 32;
        let value = span.value_at as u64 | (span.value_len as u64) << 40 | u64::from(next) << 32;
        let entry = u128::from(name) | u128::from(value) << 64;
        self.cells[INDEX_CELLS + at] = entry.to_le_bytes();
    }

    pub(super) fn finish(self) -> &'a [u8] {
        self.cells.as_flattened()
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
