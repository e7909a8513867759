//! The known-header index: first field of each name, and a chain through its repeats.

use crate::arena::{Arena, ArenaFull};

use super::known::Known;

/// One byte a known name, then one byte a field: each a field number plus one, 0 for none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index<'a> {
    cells: &'a [u8],
}

/// An index being filled, last field first.
#[derive(Debug)]
pub(super) struct IndexBuilder<'a> {
    cells: &'a mut [u8],
}

impl<'a> IndexBuilder<'a> {
    /// Room for `fields` fields, at most 255.
    pub(super) fn new(arena: &'a Arena, fields: usize) -> Result<Self, ArenaFull> {
        debug_assert!(fields <= 255);
        let cells = arena.try_alloc_slice_fill_with(Known::COUNT + fields, |_| 0)?;
        Ok(Self { cells })
    }

    /// Puts field `at` before the fields of its name that were linked earlier.
    #[inline]
    pub(super) fn link(&mut self, at: usize, name: Known) {
        self.cells[Known::COUNT + at] = self.cells[name as usize];
        self.cells[name as usize] = at as u8 + 1;
    }

    pub(super) fn finish(self) -> Index<'a> {
        Index { cells: self.cells }
    }
}

impl Index<'_> {
    /// The first field of that name.
    #[inline]
    pub(super) fn first(&self, name: Known) -> Option<usize> {
        (self.cells[name as usize] as usize).checked_sub(1)
    }

    /// The field after field `at` with the same name.
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        (self.cells[Known::COUNT + at] as usize).checked_sub(1)
    }
}
