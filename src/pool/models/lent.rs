//! What loom checks of slots that are looked at: `BytesPool` with a stand-in for `BytesMut`, which
//! loom does not see into.
//!
//! The stand-in promises what `BytesMut::try_reclaim` does: true if nobody else has a part, and
//! then all that others did with theirs came before.

use crate::sync::thread;

use crate::pool::lent::LentSlots;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, UnsafeCell};

/// A slot's memory, and how many have a part of it, the pool among them.
struct Memory {
    parts: AtomicUsize,
    data: UnsafeCell<u32>,
}

// SAFETY: the cell is entered by who has the only part, or for reading by who has one; the model
// checks it.
unsafe impl Sync for Memory {}
// SAFETY: as for `Sync`; nothing in it belongs to a thread.
unsafe impl Send for Memory {}

/// The pool's part, and a word of its own that each look changes.
struct Master {
    memory: Arc<Memory>,
    looks: u32,
}

/// Another's part.
struct Part(Arc<Memory>);

impl Part {
    fn read(&self) {
        // SAFETY: loom stops the run if anybody writes meanwhile.
        self.0.data.with(|data| unsafe { *data });
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Release: the reads through this part come before the look that misses it. [pool-10]
        self.0.parts.fetch_sub(1, Ordering::Release);
    }
}

fn is_alone(master: &mut Master) -> bool {
    master.looks += 1;
    // Acquire: pairs with the Release of the last other part. [pool-10]
    master.memory.parts.load(Ordering::Acquire) == 1
}

type Slots = Arc<LentSlots<Master>>;

fn slots(count: usize) -> Slots {
    let master = |_| Master {
        memory: Arc::new(Memory {
            parts: AtomicUsize::new(1),
            data: UnsafeCell::new(0),
        }),
        looks: 0,
    };
    Arc::new(LentSlots::new((0..count).map(master).collect(), 2))
}

/// The memory of a slot in hand, written to.
fn write(slots: &Slots, slot: u32) -> Arc<Memory> {
    // SAFETY: the slot is in the caller's hand.
    let memory = unsafe { &slots.master(slot).as_ref().memory };
    // SAFETY: loom stops the run if anybody else is in the cell.
    memory.data.with_mut(|data| unsafe { *data += 1 });
    Arc::clone(memory)
}

/// Gives the slot back while another part of it is out.
fn lend(slots: &Slots, slot: u32) -> Part {
    let part = Part(write(slots, slot));
    // Relaxed: the pool's own part stands during this. [pool-10]
    part.0.parts.fetch_add(1, Ordering::Relaxed);
    slots.put_lent(slot);
    part
}

/// Takes a slot, writes to it, and gives it back; whether there was one.
fn use_one(slots: &Slots) -> bool {
    let taken = slots.take(is_alone);
    if let Some(slot) = taken {
        drop(lend(slots, slot));
    }
    taken.is_some()
}

/// Two who look meet a slot whose last part is read and dropped just then: one of them writes at a
/// time, after the reads, and the slot is there for the next.
#[test]
fn last_part_races_two_takes_one_writer_after_the_reads() {
    explore_strictly("lent: last part against two takes", Some(2), || {
        let slots = slots(1);
        let part = lend(&slots, slots.take(is_alone).unwrap());
        let takers = [(); 2].map(|()| {
            let slots = Arc::clone(&slots);
            thread::spawn(move || use_one(&slots))
        });
        part.read();
        drop(part);
        for taker in takers {
            taker.join().unwrap();
        }
        assert!(use_one(&slots));
    });
}

/// A slot is given back while another thread looks: what was done by who had it in hand comes
/// before, to its memory and to the pool's word of it.
#[test]
fn put_lent_races_take_all_is_handed_over() {
    explore_strictly("lent: put against take", None, || {
        let slots = slots(1);
        let slot = slots.take(is_alone).unwrap();
        let taker = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || use_one(&slots))
        };
        drop(lend(&slots, slot));
        taker.join().unwrap();
        assert!(use_one(&slots));
    });
}

/// A slot comes back unlent while another thread wants one: it is found, and by one.
#[test]
fn put_known_races_take_all_is_handed_over() {
    explore_strictly("lent: put known against take", Some(4), || {
        let slots = slots(1);
        let slot = slots.take(is_alone).unwrap();
        let taker = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || use_one(&slots))
        };
        write(&slots, slot);
        slots.put_known(slot);
        let here = use_one(&slots);
        let there = taker.join().unwrap();
        assert!(here || there);
        assert!(use_one(&slots));
    });
}

/// Who looks at all slots meets one who takes: no slot is lost, none has two holders.
#[test]
fn look_at_all_races_take_no_slot_lost() {
    explore_strictly("lent: look at all against take", Some(3), || {
        let slots = slots(2);
        let parts = [(); 2].map(|()| lend(&slots, slots.take(is_alone).unwrap()));
        drop(parts);
        let sweeper = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || slots.look_at_all(is_alone, |_| ()))
        };
        let held = slots.take(is_alone);
        if let Some(slot) = held {
            write(&slots, slot);
        }
        sweeper.join().unwrap();
        // What is not held here is found now.
        let free = 2 - usize::from(held.is_some());
        let found = (0..2).filter_map(|_| slots.take(is_alone));
        assert_eq!(found.count(), free);
        assert_eq!(slots.in_use(), 2);
    });
}
