//! loom models of the store's read path and of flights. Run as `cargo loom`.
//!
//! In models a bucket has one lane, a cache has two hazard records, and a reader tries one
//! record before it counts itself in at the slot, and an insert wakes one waiter instead of three.
//! `tests/mutants/cache.tsv` lists which model kills which change.
//!
//! What they do not prove: that the reader's claim comes before its second look. loom 0.7 takes
//! SeqCst accesses for AcqRel, so between the two a model build runs a SeqCst fence
//! (`model_seqcst`, sync-5) that production lacks. That the fence adds nothing is an argument from
//! the memory model (C++20 [atomics.order]; row cache-1), not a result of these models; they show
//! that with the two in that order nothing else is missing, and that the writer's fence is needed.

use crate::sync::Arc;
use crate::sync::thread;

use super::ask::Stay;
use super::hash::{KeyHash, Same};
use super::moment::Moment;
use super::outcome::RefusedWhy;
use super::sequence::Born;
use super::shard::Sizes;
use super::slot::{Entry, Kept};
use super::store::Store;
use super::tag::Tag;
use crate::sync::explore::{Turn, explore};

mod again;
mod asked;
mod claims;
mod ended;
mod fences;
mod flight;
mod walk;

const MOMENT: Moment = Moment::UNTIMED;

/// Two keys with different tags in different lanes of the index.
const A: u64 = 0x0000_0010;
const B: u64 = 0xC000_0020;

type Tiny = Store<u64, u64>;

const fn sizes(capacity: usize, reserve: usize) -> Sizes {
    Sizes {
        capacity,
        reserve,
        negatives_max: 1,
        loads_max: 0,
        backs_off: false,
        tags: 1,
        weight_max: None,
        idles: false,
    }
}

fn tiny(capacity: usize, reserve: usize) -> Tiny {
    Store::new(capacity, 1, sizes(capacity, reserve))
}

fn put(store: &Tiny, key: u64, value: u64) -> Result<(), RefusedWhy> {
    put_born(store, key, value, Born::new(0, None))
}

fn put_born(store: &Tiny, key: u64, value: u64, born: Born) -> Result<(), RefusedWhy> {
    let hash = KeyHash(key);
    let mut entry = Some(Entry {
        key,
        value: Some(value),
        born,
    });
    store.locked(store.shard(hash), MOMENT, |locked| {
        let inserted = locked.insert(hash, &mut entry, Stay::FOREVER);
        inserted.map(|_| ())
    })
}

fn remove(store: &Tiny, key: u64) {
    let hash = KeyHash(key);
    store.locked(store.shard(hash), MOMENT, |locked| {
        if let Some(at) = locked.find(hash, &Same(&key)) {
            locked.remove(at);
        }
    });
}

fn get(store: &Tiny, key: u64, hint: usize) -> Option<u64> {
    let reading = store.find(KeyHash(key), &Same(&key), hint)?;
    reading.read(|kept| {
        assert_eq!(kept.key, key, "another key's entry");
        kept.value().copied()
    })
}

fn get_live(store: &Tiny, key: u64) -> Option<u64> {
    let reading = store.find(KeyHash(key), &Same(&key), 0)?;
    let is_dead = store.sequence.is_dead(reading.read(Kept::born));
    reading.read(|kept| kept.value().copied().filter(|_| !is_dead))
}

/// A model with up to `preemptions`, or all schedules; says how many under the test's name.
fn model(preemptions: Option<usize>, run: impl Fn() + Sync + Send + 'static) {
    let test = std::thread::current();
    explore(test.name().unwrap_or("cache"), preemptions, run);
}

/// A value is replaced twice while it is read; the second time wants the first one's slot.
#[test]
fn reader_races_update_and_never_sees_a_torn_or_missing_value() {
    model(Some(3), || {
        let store = Arc::new(tiny(1, 1));
        put(&store, A, 1).unwrap();
        let reader = {
            let store = Arc::clone(&store);
            thread::spawn(move || get(&store, A, 0))
        };
        put(&store, A, 2).unwrap();
        let third = put(&store, A, 3);
        let seen = reader.join().unwrap();
        assert!(matches!(seen, Some(1..=3)), "{seen:?}");
        let last = if third.is_ok() { 3 } else { 2 };
        assert_eq!(get(&store, A, 0), Some(last));
        assert!(put(&store, A, 4).is_ok(), "nothing stays held");
    });
}

/// The key is removed while it is read, and its slot wanted for another.
#[test]
fn reader_races_remove_and_reuse_and_never_sees_the_other_entry() {
    model(Some(3), || {
        let store = Arc::new(tiny(1, 1));
        put(&store, A, 1).unwrap();
        let reader = {
            let store = Arc::clone(&store);
            thread::spawn(move || get(&store, A, 0))
        };
        remove(&store, A);
        put(&store, B, 2).unwrap();
        put(&store, B, 3).ok(); // refused while the reader holds the first slot
        let seen = reader.join().unwrap();
        assert!(matches!(seen, None | Some(1)), "{seen:?}");
        assert!(matches!(get(&store, B, 0), Some(2 | 3)));
    });
}

/// A key is read while it is published for the first time.
#[test]
fn lookup_races_publish_and_sees_nothing_or_all() {
    model(None, || {
        let store = Arc::new(tiny(1, 1));
        let reader = {
            let store = Arc::clone(&store);
            thread::spawn(move || get(&store, A, 0))
        };
        put(&store, A, 7).unwrap();
        let seen = reader.join().unwrap();
        assert!(matches!(seen, None | Some(7)), "{seen:?}");
        assert_eq!(get(&store, A, 0), Some(7));
    });
}

/// A read inside a read of another key finds its record taken and counts itself in at the slot.
#[test]
fn nested_reader_races_update_and_never_sees_a_torn_or_missing_value() {
    model(Some(3), || {
        let store = Arc::new(tiny(2, 1));
        put(&store, A, 1).unwrap();
        put(&store, B, 9).unwrap();
        let reader = {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let outer = store.find(KeyHash(B), &Same(&B), 0).expect("never removed");
                let inner = get(&store, A, 0);
                assert!(matches!(inner, Some(1..=3)), "{inner:?}");
                let stands = outer.read(|kept| kept.value().copied());
                assert_eq!(stands, Some(9), "the outer entry stands");
            })
        };
        put(&store, A, 2).unwrap();
        put(&store, A, 3).ok();
        reader.join().unwrap();
        assert!(put(&store, A, 4).is_ok(), "nothing stays held");
    });
}

/// Two readers share one home record while the value is replaced.
#[test]
fn two_readers_race_update_and_each_sees_a_value() {
    model(Some(3), || {
        let store = Arc::new(tiny(1, 1));
        put(&store, A, 1).unwrap();
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let store = Arc::clone(&store);
                thread::spawn(move || get(&store, A, 0))
            })
            .collect();
        put(&store, A, 2).unwrap();
        put(&store, A, 3).ok();
        for reader in readers {
            assert!(matches!(reader.join().unwrap(), Some(1..=3)));
        }
        assert!(put(&store, A, 4).is_ok(), "nothing stays held");
    });
}

/// Two readers with records of their own: the second's is raised into the scans' reach while the
/// value is replaced.
#[test]
fn two_readers_with_a_record_each_race_update_and_each_sees_a_value() {
    model(Some(3), || {
        let store = Arc::new(tiny(1, 2));
        put(&store, A, 1).unwrap();
        let readers: Vec<_> = [0, 1]
            .into_iter()
            .map(|hint| {
                let store = Arc::clone(&store);
                thread::spawn(move || get(&store, A, hint))
            })
            .collect();
        put(&store, A, 2).unwrap();
        put(&store, A, 3).ok();
        for reader in readers {
            assert!(matches!(reader.join().unwrap(), Some(1..=3)));
        }
        assert!(put(&store, A, 4).is_ok(), "nothing stays held");
    });
}

/// One writer waits for the lock, the other gives up when it is taken.
#[test]
fn insert_races_one_that_does_not_wait_and_both_say_what_happened() {
    model(None, || {
        let store = Arc::new(tiny(2, 1));
        let waits = {
            let store = Arc::clone(&store);
            thread::spawn(move || put(&store, B, 2).unwrap())
        };
        let hash = KeyHash(A);
        let mut entry = Some(Entry {
            key: A,
            value: Some(1),
            born: Born::new(0, None),
        });
        let (shard, leaving) = (store.shard(hash), &mut store.farewell().leaving);
        let tried = store.try_locked(shard, leaving, MOMENT, false, |locked| {
            let inserted = locked.insert(hash, &mut entry, Stay::FOREVER);
            assert!(inserted.is_ok(), "there is room");
        });
        waits.join().unwrap();
        assert_eq!(get(&store, A, 0).is_some(), tried.is_some());
        assert_eq!(get(&store, B, 0), Some(2));
    });
}

/// Two invalidate a tag, and one of them stores an entry in between. After its second invalidation
/// the entry is dead, and what is asked for after that is not, whenever the other one comes.
#[test]
fn invalidate_tag_races_invalidate_and_insert_and_what_is_dead_stays_so() {
    model(None, || {
        let store = Arc::new(tiny(1, 1));
        let tag = Tag::new(0);
        let other = {
            let store = Arc::clone(&store);
            thread::spawn(move || store.sequence.invalidate_tag(tag))
        };
        store.sequence.invalidate_tag(tag);
        let first = Born::new(store.sequence.count(), Some(tag));
        put_born(&store, A, 1, first).unwrap();
        store.sequence.invalidate_tag(tag);
        assert!(store.sequence.is_dead(first));
        let second = Born::new(store.sequence.count(), Some(tag));
        other.join().unwrap();
        assert!(store.sequence.is_dead(first), "still");
        assert_eq!(store.sequence.is_dead(second), second.count() < 3);
    });
}

/// An entry is stored while its tag is invalidated. Who was told of the invalidation finds it dead
/// if it was asked for before; who asks after that stores an entry that lives.
#[test]
fn invalidate_tag_races_insert_and_read_and_who_was_told_sees_it_dead() {
    model(None, || {
        let store = Arc::new(tiny(1, 1));
        let tag = Tag::new(0);
        let before = Born::new(store.sequence.count(), Some(tag));
        let turn = Arc::new(Turn::default());
        let writer = {
            let (store, turn) = (Arc::clone(&store), Arc::clone(&turn));
            thread::spawn(move || {
                turn.pass();
                put_born(&store, A, 1, before).unwrap();
                turn.pass();
            })
        };
        turn.pass();
        store.sequence.invalidate_tag(tag);
        turn.pass();
        assert_eq!(get_live(&store, A), None);
        writer.join().unwrap();
        assert_eq!(get_live(&store, A), None);
        let after = Born::new(store.sequence.count(), Some(tag));
        put_born(&store, A, 2, after).unwrap();
        assert_eq!(get_live(&store, A), Some(2));
    });
}
