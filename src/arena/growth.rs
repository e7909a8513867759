//! What an arena may take from the heap on top of its first block, and what it has taken.

use core::ptr::NonNull;

use crate::slots::{Block, Budget};
use crate::sync::Arc;
use crate::sync::growth_call;

/// Blocks an arena may have on top of its first one: each is as large as all before it together,
/// unless the limits are near.
const MOST_BLOCKS: usize = 16;
/// An alignment up to this one takes no room at the start of a block.
const LINE: usize = 64;

/// A block taken on the way, and how much of it was handed out when it was left for the next.
struct Extra {
    block: Block,
    filled: usize,
}

/// An arena's blocks on top of its first one.
///
/// A reset keeps them and begins at the first block again; only `rebuild` frees them.
pub(super) struct Growth {
    budget: Arc<Budget>,
    /// The first block's size when the pool was built: what the budget does not pay.
    base: usize,
    /// The most that all blocks together may have.
    limit: usize,
    /// Bytes taken from the budget: all there is but `base`.
    paid: usize,
    extras: Vec<Extra>,
    first_filled: usize,
    /// Which block is cut now: 0 for the first one, `n` for `extras[n - 1]`.
    at: usize,
}

impl Growth {
    pub(super) fn new(budget: Arc<Budget>, base: usize, limit: usize) -> Self {
        Self {
            budget,
            base,
            limit,
            paid: 0,
            extras: Vec::with_capacity(MOST_BLOCKS),
            first_filled: 0,
            at: 0,
        }
    }

    /// Goes on to a block with room for `size` bytes at `align`, where the one before it, which
    /// ends here, was filled up to `top`. `None` if no block has it and none may be taken.
    pub(super) fn advance(
        &mut self,
        first: &Block,
        top: NonNull<u8>,
        (size, align): (usize, usize),
    ) -> Option<&Block> {
        let need = size.checked_add(align.saturating_sub(LINE))?;
        let fits = |extra: &Extra| extra.block.bytes() >= need;
        let next = match self.extras[self.at..].iter().position(fits) {
            Some(later) => self.at + later,
            None => {
                let taken = self.take_block(first, need);
                self.budget.count(taken.is_some());
                self.extras.push(Extra {
                    block: taken?,
                    filled: 0,
                });
                self.extras.len() - 1
            }
        };
        let filled = self.current(first).offset_of(top);
        match self.at.checked_sub(1) {
            None => self.first_filled = filled,
            Some(extra) => self.extras[extra].filled = filled,
        }
        // What is stepped over stays empty until the next reset.
        self.extras[self.at..next]
            .iter_mut()
            .for_each(|extra| extra.filled = 0);
        self.at = next + 1;
        Some(&self.extras[next].block)
    }

    fn take_block(&mut self, first: &Block, need: usize) -> Option<Block> {
        if self.extras.len() == MOST_BLOCKS {
            return None;
        }
        let held = self.bytes(first);
        let room = self.limit.saturating_sub(held);
        let most = need.max(held).min(room);
        let bytes = self.budget.take(need, most)?;
        let block = growth_call(|| Block::new(bytes));
        match block {
            Some(_) => self.paid += bytes,
            None => self.budget.give_back(bytes),
        }
        block
    }

    /// Makes one block of `bytes`, or of its limit if that is less: it may be a stranger in the
    /// pool that asks. Leaves the first block as it is if that much cannot be had.
    pub(super) fn rebuild(&mut self, first: &mut Block, bytes: usize) {
        let bytes = bytes.min(self.limit);
        self.extras.clear();
        self.restart();
        self.pay_for(first.bytes());
        let larger = bytes > first.bytes();
        if bytes == first.bytes() || larger && !self.pay_for(bytes) {
            return;
        }
        if let Some(block) = Block::resident(bytes) {
            *first = block;
        }
        // Gives back what a smaller block saves, or what a refused one did not cost.
        self.pay_for(first.bytes());
    }

    /// Sees to it that a single block of `bytes` is paid for, no more and no less.
    fn pay_for(&mut self, bytes: usize) -> bool {
        let price = bytes.saturating_sub(self.base);
        if price > self.paid {
            let more = price - self.paid;
            if self.budget.take(more, more).is_none() {
                return false;
            }
        } else {
            self.budget.give_back(self.paid - price);
        }
        self.paid = price;
        true
    }

    /// Begins at the first block again.
    pub(super) fn restart(&mut self) {
        self.at = 0;
    }

    /// Whether there is more than the first block.
    pub(super) fn has_extras(&self) -> bool {
        !self.extras.is_empty()
    }

    /// Bytes of all blocks.
    pub(super) fn bytes(&self, first: &Block) -> usize {
        let extras = self.extras.iter().map(|extra| extra.block.bytes());
        first.bytes() + extras.sum::<usize>()
    }

    /// Bytes handed out since the last reset, where the block that is cut is filled up to `top`.
    pub(super) fn used(&self, first: &Block, top: NonNull<u8>) -> usize {
        let here = self.current(first).offset_of(top);
        let Some(before) = self.at.checked_sub(1) else {
            return here;
        };
        let extras = self.extras[..before].iter().map(|extra| extra.filled);
        self.first_filled + extras.sum::<usize>() + here
    }

    /// Overwrites all that was handed out since the last reset.
    pub(super) fn overwrite(&mut self, first: &mut Block, top: NonNull<u8>, with: u8) {
        let here = self.current(first).offset_of(top);
        let Some(current) = self.at.checked_sub(1) else {
            return first.overwrite(here, with);
        };
        self.extras[current].filled = here;
        first.overwrite(self.first_filled, with);
        for extra in &mut self.extras[..=current] {
            extra.block.overwrite(extra.filled, with);
        }
    }

    /// Whether `place` lies at or above the start of the block that is cut now.
    pub(super) fn is_behind(&self, first: &Block, place: NonNull<u8>) -> bool {
        place >= self.current(first).start()
    }

    fn current<'a>(&'a self, first: &'a Block) -> &'a Block {
        match self.at.checked_sub(1) {
            None => first,
            Some(extra) => &self.extras[extra].block,
        }
    }
}

impl Drop for Growth {
    fn drop(&mut self) {
        self.budget.give_back(self.paid);
    }
}
