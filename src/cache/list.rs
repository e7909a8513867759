//! Intrusive lists of slot numbers: each slot is in exactly one.

use super::hash::KeyHash;
use super::index::Place;

/// No slot.
const NIL: u32 = u32::MAX;

/// What the shard knows of a slot; touched under its lock only.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    prev: u32,
    next: u32,
    pub(crate) hash: KeyHash,
    pub(crate) place: Place,
    pub(crate) queue: Queue,
    /// The slot holds an entry, published or not.
    pub(crate) filled: bool,
    /// The entry says that the source has nothing.
    pub(crate) negative: bool,
    /// Number of the last scan that saw the slot in a hazard record.
    pub(crate) held_in_scan: u32,
}

/// Where a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// Published, seen once so far.
    Small,
    /// Published, used again or filled while there was room.
    Main,
    /// Not published: free, retired or clean.
    Off,
}

impl Node {
    pub(crate) const fn new() -> Self {
        Self {
            prev: NIL,
            next: NIL,
            hash: KeyHash(0),
            place: Place::new(0, 0),
            queue: Queue::Off,
            filled: false,
            negative: false,
            held_in_scan: 0,
        }
    }
}

/// A first-in first-out list that can also lose a member from its middle.
pub(crate) struct List {
    head: u32,
    tail: u32,
    len: usize,
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
        self.len
    }

    /// The oldest member.
    pub(crate) const fn oldest(&self) -> Option<u32> {
        if self.tail == NIL {
            None
        } else {
            Some(self.tail)
        }
    }

    pub(crate) fn push(&mut self, nodes: &mut [Node], slot: u32) {
        let node = &mut nodes[slot as usize];
        node.prev = NIL;
        node.next = self.head;
        match self.head {
            NIL => self.tail = slot,
            head => nodes[head as usize].prev = slot,
        }
        self.head = slot;
        self.len += 1;
    }

    /// Takes the oldest member out.
    pub(crate) fn pop(&mut self, nodes: &mut [Node]) -> Option<u32> {
        let slot = self.oldest()?;
        self.unlink(nodes, slot);
        Some(slot)
    }

    pub(crate) fn unlink(&mut self, nodes: &mut [Node], slot: u32) {
        let Node { prev, next, .. } = nodes[slot as usize];
        match prev {
            NIL => self.head = next,
            prev => nodes[prev as usize].next = next,
        }
        match next {
            NIL => self.tail = prev,
            next => nodes[next as usize].prev = prev,
        }
        self.len -= 1;
    }

    /// Puts `new` where `old` was.
    pub(crate) fn replace(&mut self, nodes: &mut [Node], old: u32, new: u32) {
        let Node { prev, next, .. } = nodes[old as usize];
        nodes[new as usize].prev = prev;
        nodes[new as usize].next = next;
        match prev {
            NIL => self.head = new,
            prev => nodes[prev as usize].next = new,
        }
        match next {
            NIL => self.tail = new,
            next => nodes[next as usize].prev = new,
        }
    }
}
