//! What an arena that may grow is to do, to the byte: which block a piece lies in and where, what
//! is left, what the budget pays, what was written before.

use std::cell::Cell;
use std::rc::Rc;

/// A block begins at a multiple of this, so that a piece's padding is known.
const LINE: usize = 64;
/// Blocks on top of the first one, at most.
const MOST_BLOCKS: usize = 16;

/// The budget of one pool, and what was counted of growth.
#[derive(Default)]
pub(crate) struct Purse {
    pub(crate) left: Cell<usize>,
    pub(crate) grown: Cell<u64>,
    pub(crate) refused: Cell<u64>,
}

struct Block {
    /// Whether the byte was ever written to.
    written: Vec<bool>,
    filled: usize,
}

impl Block {
    fn new(bytes: usize) -> Self {
        let written = vec![false; bytes];
        Self { written, filled: 0 }
    }

    fn bytes(&self) -> usize {
        self.written.len()
    }
}

/// A piece: where it lies, and for how many items it has room.
#[derive(Clone, Copy, Default)]
pub(crate) struct Room {
    block: usize,
    start: usize,
    bytes: usize,
    items: usize,
}

impl Room {
    pub(crate) fn items(&self) -> usize {
        self.items
    }
}

/// One arena.
pub(crate) struct Held {
    base: usize,
    /// The most that it may have, if it may grow.
    limit: Option<usize>,
    blocks: Vec<Block>,
    at: usize,
    purse: Rc<Purse>,
}

impl Held {
    pub(crate) fn new(base: usize, limit: Option<usize>, purse: &Rc<Purse>) -> Self {
        Self {
            base,
            limit,
            blocks: vec![Block::new(base)],
            at: 0,
            purse: Rc::clone(purse),
        }
    }

    pub(crate) fn used(&self) -> usize {
        self.blocks[..=self.at].iter().map(|it| it.filled).sum()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.blocks.iter().map(Block::bytes).sum()
    }

    pub(crate) fn remaining(&self) -> usize {
        self.blocks[self.at].bytes() - self.blocks[self.at].filled
    }

    /// Room for `items` of `size` bytes each, aligned to at most a line.
    pub(crate) fn take(&mut self, items: usize, size: usize, align: usize) -> Option<Room> {
        let bytes = items * size;
        if bytes == 0 {
            let items = if size == 0 { usize::MAX } else { 0 };
            return Some(Room {
                items,
                ..Room::default()
            });
        }
        assert!(align <= LINE);
        let fits = |block: &Block| block.filled.next_multiple_of(align) + bytes <= block.bytes();
        if !fits(&self.blocks[self.at]) {
            self.advance(bytes)?;
        }
        let block = self.at;
        let start = self.blocks[block].filled.next_multiple_of(align);
        self.blocks[block].filled = start + bytes;
        Some(Room {
            block,
            start,
            bytes,
            items,
        })
    }

    /// Goes on to the next block of at least `bytes`, which may be a new one.
    fn advance(&mut self, bytes: usize) -> Option<()> {
        let limit = self.limit?;
        let mut rest = self.at + 1..self.blocks.len();
        let next = match rest.find(|next| self.blocks[*next].bytes() >= bytes) {
            Some(next) => next,
            None => {
                let purse = Rc::clone(&self.purse);
                let held = self.capacity();
                // As much as there is already, or as is needed, or as may be had.
                let most = bytes.max(held).min(limit.saturating_sub(held));
                let taken = most.min(purse.left.get());
                if taken < bytes || self.blocks.len() > MOST_BLOCKS {
                    purse.refused.set(purse.refused.get() + 1);
                    return None;
                }
                purse.grown.set(purse.grown.get() + 1);
                purse.left.set(purse.left.get() - taken);
                self.blocks.push(Block::new(taken));
                self.blocks.len() - 1
            }
        };
        for block in &mut self.blocks[self.at + 1..=next] {
            block.filled = 0;
        }
        self.at = next;
        Some(())
    }

    fn is_latest(&self, room: &Room) -> bool {
        let ends = room.start + room.bytes;
        room.bytes > 0 && room.block == self.at && ends == self.blocks[self.at].filled
    }

    /// As a vector of `len` items sees to it that `more` fit: where it stands, or elsewhere.
    pub(crate) fn reserve(
        &mut self,
        room: &mut Room,
        (len, more): (usize, usize),
        (size, align): (usize, usize),
    ) -> bool {
        if more <= room.items - len {
            return true;
        }
        let least = len + more;
        let wished = least.max(room.items * 2).max(4);
        for items in [wished, least] {
            let rest = items * size - room.bytes;
            if self.is_latest(room) && rest <= self.remaining() {
                self.blocks[self.at].filled += rest;
                room.bytes += rest;
                room.items = items;
                return true;
            }
        }
        let moved = self.take(wished, size, align);
        let moved = moved.or_else(|| self.take(least, size, align));
        moved.inspect(|moved| *room = *moved).is_some()
    }

    /// Takes back what lies behind the first `kept` bytes, if it is the latest piece.
    pub(crate) fn give_back(&mut self, room: &Room, kept: usize) {
        if self.is_latest(room) {
            self.blocks[self.at].filled = room.start + kept;
        }
    }

    /// The first `len` bytes of `room` were written.
    pub(crate) fn wrote(&mut self, room: &Room, len: usize) {
        if len > 0 {
            self.blocks[room.block].written[room.start..][..len].fill(true);
        }
    }

    /// Which bytes of `room` were ever written.
    pub(crate) fn written(&self, room: &Room) -> &[bool] {
        &self.blocks[room.block].written[room.start..][..room.bytes]
    }

    pub(crate) fn reset(&mut self) {
        self.at = 0;
        self.blocks[0].filled = 0;
    }

    /// Whether it would be exchanged in a pool that rebuilds to `target`.
    pub(crate) fn is_larger_than(&self, target: usize) -> bool {
        self.limit.is_some() && (self.blocks.len() > 1 || self.blocks[0].bytes() > target)
    }

    /// One block of `target` bytes, if the budget pays it, or the first one.
    pub(crate) fn rebuild(&mut self, target: usize) {
        self.reset();
        let purse = Rc::clone(&self.purse);
        let extras = self.blocks.drain(1..).map(|extra| extra.bytes());
        let left = purse.left.get() + extras.sum::<usize>();
        purse.left.set(left);
        let price = |bytes: usize| bytes.saturating_sub(self.base);
        let first = self.blocks[0].bytes();
        let with_first = left + price(first);
        if target != first && price(target) <= with_first {
            purse.left.set(with_first - price(target));
            self.blocks[0] = Block::new(target);
        }
    }
}
