//! What loom checks of the free list. Run as `cargo loom`.
//!
//! Every model runs twice, as written and with all loads of 64-bit words as RMW(+0); see
//! `explore_strictly`; one, to more preemptions in the second run.
//!
//! Each step that a model needs has a mutant in `tests/mutants/pool.tsv`.

mod waiting;

use crate::sync::thread;

use super::refused::Refused;
use super::summary::Summary;
use super::word::{GivenBack, Word};
use super::{Budget, Lease, Owner, SlotSet};
use crate::sync::explore::{explore, explore_deeply, explore_strictly};
use crate::sync::{Arc, UnsafeCell};

/// A thread number whose home is the second of two words, so that its way to the first one leads
/// over the summary.
const AWAY: usize = 1;

/// Two words of `1 << shift` slots, all claimed; the first word is listed, the second is not.
/// Gives the first word's slots: `n` is slot `n`.
fn all_claimed(shift: u32) -> SlotSet {
    let len = 2 << shift;
    let set = SlotSet::with_shift(len, shift);
    for _ in 0..len {
        set.claim_near(AWAY).unwrap();
    }
    set
}

/// Slots with a cell each: loom fails if two holders are in one at a time.
struct Desk {
    set: SlotSet,
    cells: [UnsafeCell<u32>; 2],
}

// SAFETY: a cell is entered only by the holder of its slot; that is what the model checks.
unsafe impl Sync for Desk {}
// SAFETY: as for `Sync`; nothing in it belongs to a thread.
unsafe impl Send for Desk {}

impl Desk {
    fn new(set: SlotSet) -> Arc<Self> {
        Arc::new(Self {
            set,
            cells: [UnsafeCell::new(0), UnsafeCell::new(0)],
        })
    }

    fn write(&self, slot: u32) {
        self.cells[slot as usize].with_mut(|cell| {
            // SAFETY: loom stops the run if anybody else is in the cell.
            unsafe { *cell += 1 }
        });
    }

    /// Claims, writes to the slot's memory, gives the slot back; says whether there was one.
    fn use_one(&self, thread: usize) -> bool {
        let Some(slot) = self.set.claim_near(thread) else {
            return false;
        };
        self.write(slot);
        self.set.release(slot);
        true
    }
}

/// Two claimers and a releaser meet in one word of two slots: no slot has two holders.
#[test]
fn claim_claim_release_one_holder_each() {
    explore_strictly("slots: two claims, release", Some(3), || {
        let desk = Desk::new(SlotSet::with_shift(2, 1));
        let held = desk.set.claim_near(0).unwrap();
        desk.write(held);
        let others = [1, 2].map(|thread| {
            let desk = Arc::clone(&desk);
            thread::spawn(move || desk.use_one(thread))
        });
        desk.set.release(held);
        let served = others.map(|other| other.join().unwrap());
        // One slot was free throughout, so at least the first of the two found one.
        assert!(served[0] || served[1]);
        assert_eq!(desk.set.in_use(), 0);
    });
}

/// A release meets a claimer that takes the slot's word off the list: the slot is not lost.
#[test]
fn release_races_unlist_slot_stays_claimable() {
    explore_strictly("slots: release against unlist", None, || {
        let desk = Desk::new(all_claimed(0));
        desk.write(0);
        let other = {
            let desk = Arc::clone(&desk);
            thread::spawn(move || desk.use_one(AWAY))
        };
        desk.set.release(0);
        other.join().unwrap();
        assert!(desk.use_one(AWAY));
    });
}

/// The one slot that is free changes while another thread looks for it: a holder gives its slot
/// back, then takes the other. Never are both in use, so neither claim is refused.
#[test]
fn claim_races_free_slot_that_moves_no_false_refusal() {
    explore_strictly("slots: free slot that moves", None, || {
        let set = Arc::new(all_claimed(0));
        set.release(1);
        let other = {
            let set = Arc::clone(&set);
            thread::spawn(move || set.claim_near(0))
        };
        set.release(0);
        assert!(set.claim_near(AWAY).is_some());
        assert!(other.join().unwrap().is_some());
    });
}

/// Two claimers unlist a word while a third thread releases its slot and claims again: unless one
/// of the two got the slot, the third must, however long the two stand still.
#[test]
fn release_then_claim_races_two_unlists_slot_not_hidden() {
    explore_deeply(
        "slots: two unlists, release, claim",
        Some(2),
        Some(4),
        || {
            let set = Arc::new(all_claimed(0));
            let others = [(); 2].map(|()| {
                let set = Arc::clone(&set);
                thread::spawn(move || set.claim_near(AWAY))
            });
            set.release(0);
            let again = set.claim_near(AWAY);
            let got = others.map(|other| other.join().unwrap());
            let holders = got.iter().flatten().count() + again.iter().count();
            assert_eq!(holders, 1);
        },
    );
}

/// 33 words of a slot each, all claimed, in two blocks; a search has found nothing.
fn all_dry() -> Arc<SlotSet> {
    let set = SlotSet::with_shift(33, 0);
    while set.claim_near(0).is_some() {}
    Arc::new(set)
}

/// Takes a slot, and gives it back; whether there was one.
fn take_and_return(set: &SlotSet) -> bool {
    let slot = set.claim_near(0);
    slot.into_iter().for_each(|slot| set.release(slot));
    slot.is_some()
}

/// A slot comes back beside a search of two blocks: what that has found hides it from nobody who
/// asks when both are over.
#[test]
fn release_races_a_search_of_two_blocks_slot_not_hidden() {
    explore_strictly("slots: search of two blocks, release", Some(3), || {
        let set = all_dry();
        let other = {
            let set = Arc::clone(&set);
            thread::spawn(move || take_and_return(&set))
        };
        set.release(1);
        let here = take_and_return(&set);
        let there = other.join().unwrap();
        assert!(here || there);
        assert!(take_and_return(&set));
    });
}

/// The same beside two searches, of which one may have the word in doubt that the other passes.
#[test]
fn release_races_two_searches_of_two_blocks_slot_not_hidden() {
    explore_strictly(
        "slots: two searches of two blocks, release",
        Some(2),
        || {
            let set = all_dry();
            // Listed by its release, and empty.
            set.release(32);
            assert!(set.claim_near(0).is_some());
            let others = [(); 2].map(|()| {
                let set = Arc::clone(&set);
                thread::spawn(move || take_and_return(&set))
            });
            set.release(32);
            for other in others {
                other.join().unwrap();
            }
            assert!(take_and_return(&set));
        },
    );
}

/// Two claimers that saw a word empty unlist it at once, while a slot comes back to it and nobody
/// takes it: the releaser, asking next, is sent to the word.
///
/// On the summary itself, so that it is small enough for the switches that this takes.
#[test]
fn release_then_ask_races_two_unlists_word_is_a_candidate() {
    explore_strictly("slots: two unlists, release, ask", Some(4), || {
        let word = Arc::new((Summary::new(1), Word::new(1)));
        word.1.take().unwrap();
        let others = [(); 2].map(|()| {
            let word = Arc::clone(&word);
            thread::spawn(move || word.0.unlist(1, &word.1))
        });
        give_back(&word, 1);
        assert_eq!(word.0.candidates(0), 1);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(word.0.candidates(0), 1);
    });
}

/// Two threads give slots back into a word that is off the list while a third takes what comes and
/// takes the word off the list again: none of the two may mark as listed what is not, however late
/// it ends. Whoever gives back next has the word listed.
///
/// On the summary itself, so that it is small enough for the switches that this takes.
#[test]
fn a_hold_ends_beside_an_unlist() {
    explore_strictly("slots: two holds end, unlist", Some(3), || {
        let word = Arc::new((Summary::new(1), Word::new(2)));
        assert!(word.1.take().is_some() && word.1.take().is_some());
        assert!(word.0.unlist(1, &word.1));
        let others = [1, 2].map(|mask| {
            let word = Arc::clone(&word);
            thread::spawn(move || give_back(&word, mask))
        });
        let taken = [word.1.take(), word.1.take()];
        word.0.unlist(1, &word.1);
        for other in others {
            other.join().unwrap();
        }
        if let Some(bit) = taken.into_iter().flatten().next() {
            give_back(&word, 1 << bit);
        }
        assert_eq!(word.0.candidates(0), 1);
    });
}

/// Two give slots back into a word that is off the list. The second may find nothing to do: then
/// the word is listed, and it sees that.
#[test]
fn a_quiet_give_back_finds_the_word_listed() {
    explore_strictly("slots: quiet give-back", None, || {
        let word = Arc::new((Summary::new(1), Word::new(2)));
        assert!(word.1.take().is_some() && word.1.take().is_some());
        assert!(word.0.unlist(1, &word.1));
        let other = {
            let word = Arc::clone(&word);
            thread::spawn(move || give_back(&word, 1))
        };
        give_back(&word, 2);
        assert_eq!(word.0.candidates(0), 1);
        other.join().unwrap();
    });
}

fn give_back((summary, word): &(Summary, Word), mask: u64) {
    if word.state().give_back(mask) == GivenBack::Held {
        summary.list(1);
        word.state().end_hold();
    }
}

/// Two threads release into one word while a third unlists it. The first that is done finds a slot,
/// though the others may stand between their two steps; in the end both slots are there.
#[test]
fn two_releases_race_unlist_each_sees_its_own() {
    explore_strictly("slots: two releases against unlist", Some(2), || {
        let set = Arc::new(all_claimed(1));
        let unlister = {
            let set = Arc::clone(&set);
            thread::spawn(move || set.claim_near(AWAY))
        };
        let releaser = {
            let set = Arc::clone(&set);
            thread::spawn(move || set.release(1))
        };
        set.release(0);
        let mine = set.claim_near(AWAY);
        let theirs = unlister.join().unwrap();
        assert!(mine.is_some() || theirs == Some(0));
        releaser.join().unwrap();
        let rest = [set.claim_near(AWAY), set.claim_near(AWAY)];
        let holders = [mine, theirs].iter().chain(&rest).flatten().count();
        assert_eq!(holders, 2);
    });
}

/// Of two releases of one slot, one is told, in every order.
#[test]
fn double_release_one_of_two_is_told() {
    explore_strictly("slots: double release", None, || {
        let set = Arc::new(all_claimed(0));
        let other = {
            let set = Arc::clone(&set);
            thread::spawn(move || set.try_release(0))
        };
        let here = set.try_release(0);
        let there = other.join().unwrap();
        assert!(here != there);
        assert_eq!(set.in_use(), 1);
    });
}

/// Two threads that are refused at once: each is counted, whichever has the count of its own.
#[test]
fn two_are_refused_each_is_counted() {
    explore("slots: two refusals counted", None, || {
        let refused = Arc::new(Refused::new());
        let other = {
            let refused = Arc::clone(&refused);
            thread::spawn(move || (0..2).for_each(|_| refused.count(1)))
        };
        (0..2).for_each(|_| refused.count(0));
        other.join().unwrap();
        assert_eq!(refused.get(), 4);
    });
}

/// A value whose drop loom would miss if it never came, and that must see all writes.
type Payload = UnsafeCell<u32>;

struct Seat(
    Payload,
    #[expect(dead_code, reason = "loom reports it if it leaks")] Arc<()>,
);

// SAFETY: the cell is entered by the lease's holder only; the model checks it.
unsafe impl Sync for Seat {}
// SAFETY: as for `Sync`.
unsafe impl Send for Seat {}

impl Drop for Seat {
    fn drop(&mut self) {
        // SAFETY: freeing is exclusive; loom stops the run if a holder is still in the cell.
        self.0.with_mut(|cell| unsafe { *cell += 1 });
    }
}

fn touch(lease: &Lease<(), Seat>) {
    // SAFETY: the holder of the lease alone enters the cell.
    lease.payload().0.with_mut(|cell| unsafe { *cell += 1 });
}

fn seat() -> Seat {
    Seat(UnsafeCell::new(0), Arc::new(()))
}

fn owner(slots: usize) -> Owner<(), Seat> {
    let set = SlotSet::with_shift(slots, 0);
    Owner::with_set(set, (), (0..slots).map(|_| seat()).collect())
}

/// The owner and two borrowers leave at once: the last one frees, after all the others' writes.
#[test]
fn owner_races_two_late_releases_freed_once_by_last() {
    explore_strictly("slots: owner and two leases", Some(3), || {
        let owner = owner(2);
        let leases = [owner.try_lease().unwrap(), owner.try_lease().unwrap()];
        let borrowers = leases.map(|lease| {
            thread::spawn(move || {
                touch(&lease);
                drop(lease);
            })
        });
        drop(owner);
        for borrower in borrowers {
            borrower.join().unwrap();
        }
    });
}

/// The owner leaves while the only slot comes back to a word that is off the list: who gave it back
/// still has the word to list, and frees all if it is the last.
#[test]
fn owner_leaves_while_a_slot_comes_back_to_an_unlisted_word() {
    explore_strictly("slots: owner leaves, slot to unlisted word", None, || {
        let owner = owner(1);
        let lease = owner.try_lease().unwrap();
        assert!(owner.try_lease().is_none());
        let borrower = thread::spawn(move || {
            touch(&lease);
            drop(lease);
        });
        drop(owner);
        borrower.join().unwrap();
    });
}

/// A lease moves through the free list from one thread to another: its writes go with it.
#[test]
fn release_races_lease_payload_handed_over() {
    explore_strictly("slots: lease handed over", Some(4), || {
        let owner = Arc::new(owner(1));
        let lease = owner.try_lease().unwrap();
        let other = {
            let owner = Arc::clone(&owner);
            thread::spawn(move || owner.try_lease().iter().for_each(touch))
        };
        touch(&lease);
        drop(lease);
        owner.try_lease().iter().for_each(touch);
        other.join().unwrap();
    });
}

/// Two holders take from a budget at once that is enough for one and a half: together they get no
/// more than there is, and what they give back is all there again.
#[test]
fn two_takes_race_budget_kept_to_the_byte() {
    explore_strictly("slots: two takes of one budget", None, || {
        let budget = Arc::new(Budget::new(3));
        let takers = [(); 2].map(|()| {
            let budget = Arc::clone(&budget);
            thread::spawn(move || {
                let taken = budget.take(1, 2).unwrap_or(0);
                assert!(budget.taken() <= 3);
                taken
            })
        });
        let taken = takers.map(|taker| taker.join().unwrap());
        assert!(matches!(taken, [1, 2] | [2, 1]));
        assert_eq!((budget.taken(), budget.take(1, 1)), (3, None));
        taken.iter().for_each(|bytes| budget.give_back(*bytes));
        assert_eq!(budget.taken(), 0);
    });
}

/// A lease on memory outside the set, and the owner, leave at once: the last frees all, and what
/// was outside is freed with its lease, after its holder's writes.
#[test]
fn owner_races_late_end_of_a_lease_outside_freed_once_by_last() {
    explore_strictly("slots: owner and a lease outside", Some(3), || {
        let owner = owner(1);
        let outside = owner.lease_outside(seat()).unwrap();
        let inside = owner.try_lease().unwrap();
        let borrowers = [outside, inside].map(|lease| {
            thread::spawn(move || {
                touch(&lease);
                drop(lease);
            })
        });
        drop(owner);
        for borrower in borrowers {
            borrower.join().unwrap();
        }
    });
}
