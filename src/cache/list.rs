//! Intrusive lists of slot numbers: each slot is in exactly one.

use super::evicted::EvictedWhy;
use super::hash::{KeyHash, Part};

/// No slot.
const NIL: u16 = u16::MAX;

/// What the shard knows of a slot; touched under its lock only. Eight bytes, since each slot has
/// one.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    prev: u16,
    next: u16,
    /// A [`Part`] of the entry's hash, or, once it is retired, why it left and as which one of the
    /// shard's; and in the bits that parts leave: what is below.
    word: u32,
}

/// The bits of [`Node::word`] that say where the slot is.
const QUEUE: u32 = 0b0011;

/// The entry says that the source has nothing.
const NEGATIVE: u32 = 0b0100;

/// The scan under way saw the slot in a hazard record.
const HELD: u32 = 0b1000;

/// Where the word of an entry that left says why, in three bits.
const WHY: u32 = Part::BITS.trailing_zeros();
const WHYS: u32 = 0b111;

/// Where it says as which one it left.
const NUMBER: u32 = WHY + WHYS.count_ones();

const _: () = assert!((QUEUE | NEGATIVE | HELD) & Part::BITS == 0);

/// Where a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// Not filled: free.
    Empty = 0,
    /// Filled and not published: about to be, retired, or clean.
    Off = 1,
    /// Published, seen once so far.
    Small = 2,
    /// Published, used again or filled while there was room.
    Main = 3,
}

impl Node {
    pub(crate) const fn new() -> Self {
        Self {
            prev: NIL,
            next: NIL,
            word: Queue::Empty as u32,
        }
    }

    /// Notes that the slot is filled, with what; not published yet.
    pub(crate) const fn fill(&mut self, hash: KeyHash, negative: bool) {
        let negative = if negative { NEGATIVE } else { 0 };
        self.word = hash.part().bits() | negative | Queue::Off as u32;
    }

    /// The part of its key's hash.
    pub(crate) const fn part(&self) -> Part {
        Part::from_bits(self.word)
    }

    /// Notes why the entry left, and as which one. The part of its hash is forgotten: nobody looks
    /// for it any more.
    pub(crate) const fn leave(&mut self, why: EvictedWhy, number: u64) {
        let flags = self.word & !Part::BITS;
        self.word = (number as u32) << NUMBER | (why as u32) << WHY | flags;
    }

    /// Why the entry left, as [`leave`](Self::leave) was told.
    pub(crate) const fn why(&self) -> EvictedWhy {
        EvictedWhy::from_number(self.word >> WHY & WHYS)
    }

    /// How many entries left after it, if `next` is the number of the next; modulo 2^25.
    pub(crate) const fn left_since(&self, next: u64) -> u32 {
        let since = (next as u32).wrapping_sub((self.word >> NUMBER) + 1);
        since & u32::MAX >> NUMBER
    }

    /// The member that was pushed after it.
    pub(crate) fn newer(&self) -> Option<u32> {
        (self.prev != NIL).then_some(u32::from(self.prev))
    }

    pub(crate) const fn queue(&self) -> Queue {
        match self.word & QUEUE {
            0 => Queue::Empty,
            1 => Queue::Off,
            2 => Queue::Small,
            _ => Queue::Main,
        }
    }

    pub(crate) const fn set_queue(&mut self, queue: Queue) {
        self.word = self.word & !QUEUE | queue as u32;
    }

    /// The entry says that the source has nothing.
    pub(crate) const fn is_negative(&self) -> bool {
        self.word & NEGATIVE != 0
    }

    /// The scan under way saw the slot in a hazard record.
    pub(crate) const fn is_held(&self) -> bool {
        self.word & HELD != 0
    }

    pub(crate) const fn set_held(&mut self, held: bool) {
        self.word = self.word & !HELD | if held { HELD } else { 0 };
    }
}

/// A first-in first-out list that can also lose a member from its middle.
pub(crate) struct List {
    head: u16,
    tail: u16,
    len: u32,
}

impl List {
    pub(crate) const fn new() -> Self {
        Self {
            head: NIL,
            tail: NIL,
            len: 0,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len as usize
    }

    /// The oldest member.
    pub(crate) const fn oldest(&self) -> Option<u32> {
        if self.tail == NIL {
            None
        } else {
            Some(self.tail as u32)
        }
    }

    pub(crate) fn push(&mut self, nodes: &mut [Node], slot: u32) {
        let node = &mut nodes[slot as usize];
        node.prev = NIL;
        node.next = self.head;
        match self.head {
            NIL => self.tail = slot as u16,
            head => nodes[head as usize].prev = slot as u16,
        }
        self.head = slot as u16;
        self.len += 1;
    }

    /// Takes the oldest member out.
    pub(crate) fn pop(&mut self, nodes: &mut [Node]) -> Option<u32> {
        let slot = self.oldest()?;
        self.unlink(nodes, slot);
        Some(slot)
    }

    /// Takes the newest member out.
    pub(crate) fn pop_newest(&mut self, nodes: &mut [Node]) -> Option<u32> {
        let slot = (self.head != NIL).then_some(u32::from(self.head))?;
        self.unlink(nodes, slot);
        Some(slot)
    }

    pub(crate) fn unlink(&mut self, nodes: &mut [Node], slot: u32) {
        let Node { prev, next, .. } = nodes[slot as usize];
        self.join(nodes, prev, next, (next, prev));
        self.len -= 1;
    }

    /// Puts `new` where `old` was.
    pub(crate) fn replace(&mut self, nodes: &mut [Node], old: u32, new: u32) {
        let Node { prev, next, .. } = nodes[old as usize];
        nodes[new as usize].prev = prev;
        nodes[new as usize].next = next;
        self.join(nodes, prev, next, (new as u16, new as u16));
    }

    /// Makes `prev` be followed by the first of `between`, and `next` preceded by the second.
    fn join(&mut self, nodes: &mut [Node], prev: u16, next: u16, between: (u16, u16)) {
        match prev {
            NIL => self.head = between.0,
            prev => nodes[prev as usize].next = between.0,
        }
        match next {
            NIL => self.tail = between.1,
            next => nodes[next as usize].prev = between.1,
        }
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_a_part_and_its_flags_apart() {
        assert_eq!(size_of::<Node>(), 8);
        let hash = KeyHash(u64::MAX);
        let mut node = Node::new();
        assert_eq!(node.queue(), Queue::Empty);
        node.fill(hash, true);
        for queue in [Queue::Small, Queue::Main, Queue::Off, Queue::Empty] {
            node.set_queue(queue);
            node.set_held(true);
            assert_eq!((node.queue(), node.part()), (queue, hash.part()));
            assert!(node.is_negative() && node.is_held());
            node.set_held(false);
            assert!(node.is_negative() && !node.is_held());
        }
        for why in [
            EvictedWhy::Replaced,
            EvictedWhy::Removed,
            EvictedWhy::Invalidated,
        ] {
            for number in [0, 1, 1 << 25, u64::MAX - 1] {
                node.leave(why, number);
                assert_eq!((node.why(), node.queue()), (why, Queue::Empty));
                assert!(node.is_negative() && !node.is_held());
                assert_eq!(node.left_since(number + 1), 0);
                assert_eq!(node.left_since(number.wrapping_add(8)), 7);
            }
        }
        node.fill(KeyHash(0), false);
        assert_eq!((node.queue(), node.part()), (Queue::Off, KeyHash(0).part()));
        assert!(!node.is_negative());
    }
}
