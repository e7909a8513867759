//! What loom checks of a gate's permits and lines. Run as `cargo loom`.
//!
//! Each step that a model needs has a mutant in `tests/mutants/control.tsv`.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::sync::explore::block_on;

use super::class::{Class, Shares, Tier};
use super::room::Room;
use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, UnsafeCell, thread};
use crate::wait::TaskWaiter;

const NORMAL: Class = Class::NORMAL;

fn room(limit: u32) -> Arc<Room> {
    Arc::new(Room::new(limit, Shares::new(1.0, 1.0).unwrap(), 2))
}

/// As the gate's future, without its clock and forecast.
struct Waits {
    room: Arc<Room>,
    tier: Tier,
    joined: bool,
    waiter: TaskWaiter,
}

impl Waits {
    fn new(room: &Arc<Room>, tier: Tier) -> Pin<Box<Self>> {
        let joined = room.try_join(Class::of(tier));
        assert!(joined);
        Box::pin(Self {
            room: room.clone(),
            tier,
            joined,
            waiter: TaskWaiter::new(),
        })
    }

    fn waiter(self: Pin<&mut Self>) -> Pin<&mut TaskWaiter> {
        // SAFETY: pinned with the whole.
        unsafe { self.map_unchecked_mut(|this| &mut this.waiter) }
    }
}

impl Future for Waits {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let (room, tier) = (self.room.clone(), self.tier);
        // SAFETY: always this room's line, and `drop` leaves it.
        let polled =
            unsafe { room.poll(tier, self.as_mut().waiter(), cx, |generation| generation) };
        if polled.is_ready() {
            // SAFETY: nothing is moved.
            unsafe { self.get_unchecked_mut() }.joined = false;
        }
        polled
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let (room, tier, joined) = (self.room.clone(), self.tier, self.joined);
        // SAFETY: it is not moved any more.
        let waiter = unsafe { Pin::new_unchecked(self) }.waiter();
        if joined {
            // SAFETY: polled in this room's line, or in none.
            unsafe { room.leave(tier, waiter) };
        }
    }
}

/// A limit is lowered below what is in flight: who is in stays in, and nobody comes on top, though
/// others come and go meanwhile.
#[test]
fn a_limit_is_lowered_below_what_is_in_flight() {
    explore_strictly("gate: shrink below in-flight", None, || {
        let room = room(2);
        let ours = room.try_take(NORMAL).unwrap();
        let other = thread::spawn({
            let room = room.clone();
            move || {
                if let Ok(permit) = room.try_take(NORMAL) {
                    room.give_back(permit);
                }
            }
        });
        room.set_limit(1);
        assert!(room.try_take(NORMAL).is_err());
        room.give_back(ours);
        other.join().unwrap();
        assert_eq!((room.word().in_flight(), room.word().limit()), (0, 1));
        assert!(room.try_take(NORMAL).is_ok() && room.try_take(NORMAL).is_err());
    });
}

/// A permit comes back while the limit is lowered, and a generation begins: none is lost.
#[test]
fn a_permit_comes_back_while_the_limit_is_lowered() {
    explore_strictly("gate: drop during shrink", None, || {
        let room = room(2);
        let permit = room.try_take(NORMAL).unwrap();
        let other = thread::spawn({
            let room = room.clone();
            move || room.give_back(permit)
        });
        room.set_limit(1);
        room.turn();
        let after = room.try_take(NORMAL);
        other.join().unwrap();
        assert_eq!(room.word().in_flight(), u32::from(after.is_ok()));
        after.into_iter().for_each(|permit| room.give_back(permit));
        assert_eq!((room.word().0 << 1) >> 1, super::word::Word::new(1).0);
    });
}

/// The threshold changes between the look and the exchange of those who come: nobody enters by the
/// old one after the change.
#[test]
fn the_threshold_changes_while_two_are_admitted() {
    explore_strictly("gate: threshold change during admit", None, || {
        let room = room(2);
        let enter = |room: &Arc<Room>| {
            let room = room.clone();
            thread::spawn(move || room.try_take(NORMAL).is_ok())
        };
        let others = [enter(&room), enter(&room)];
        room.set_limit(1);
        // As of this moment, or a later one: in any case after the change.
        let in_flight = room
            .try_take(NORMAL)
            .map_or_else(|word| word.in_flight(), |_| 1);
        let _ = others.map(|other| other.join().unwrap());
        assert!(room.word().in_flight() <= in_flight.max(1));
    });
}

/// Who enters sees what was done under the permit before.
#[test]
fn a_permit_hands_over() {
    explore_strictly("gate: hand over", None, || {
        let (room, word) = (room(1), Arc::new(UnsafeCell::new(0)));
        let within = |room: &Room, word: &UnsafeCell<u32>| {
            let permit = room.try_take(NORMAL).ok()?;
            // SAFETY: one permit is out at a time.
            word.with_mut(|at| unsafe { *at += 1 });
            room.give_back(permit);
            Some(())
        };
        let other = thread::spawn({
            let (room, word) = (room.clone(), word.clone());
            move || within(&room, &word)
        });
        let ours = within(&room, &word);
        let done = [ours, other.join().unwrap()].into_iter().flatten().count();
        // SAFETY: the other has ended.
        assert_eq!(word.with(|at| unsafe { *at }) as usize, done);
    });
}

/// One waits while a permit comes back.
#[test]
fn one_waits_while_a_permit_comes_back() {
    explore_strictly("gate: wait against drop", Some(3), || {
        let room = room(1);
        let permit = room.try_take(NORMAL).unwrap();
        let waits = thread::spawn({
            let room = room.clone();
            move || block_on(Waits::new(&room, Tier::Normal))
        });
        room.give_back(permit);
        waits.join().unwrap();
        assert_eq!((room.word().in_flight(), room.word().waiting()), (1, 0));
    });
}

/// One waits while the limit is raised.
#[test]
fn one_waits_while_the_limit_is_raised() {
    explore_strictly("gate: wait against raise", Some(3), || {
        let room = room(1);
        let _permit = room.try_take(NORMAL).unwrap();
        let waits = thread::spawn({
            let room = room.clone();
            move || block_on(Waits::new(&room, Tier::Normal))
        });
        room.set_limit(2);
        waits.join().unwrap();
        assert_eq!((room.word().in_flight(), room.word().waiting()), (2, 0));
    });
}

/// A waiter of the tier above gives up as a permit comes back, and may have been given the wake:
/// the one below gets it.
#[test]
fn a_waiting_acquire_is_cancelled_as_a_permit_comes_back() {
    explore_strictly("gate: cancel of a waiting acquire", Some(3), || {
        let room = room(1);
        let permit = room.try_take(NORMAL).unwrap();
        let mut cancelled = Waits::new(&room, Tier::Critical);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(cancelled.as_mut().poll(&mut cx).is_pending());
        let waits = thread::spawn({
            let room = room.clone();
            move || block_on(Waits::new(&room, Tier::Normal))
        });
        let other = thread::spawn({
            let room = room.clone();
            move || room.give_back(permit)
        });
        drop(cancelled);
        other.join().unwrap();
        waits.join().unwrap();
        assert_eq!((room.word().in_flight(), room.word().waiting()), (1, 0));
    });
}

/// One wake for two that wait in two lines: the first to run wakes the other.
#[test]
fn two_in_two_lines_enter_by_one_wake() {
    explore_strictly("gate: one wake for two lines", Some(2), || {
        let room = room(1);
        let _permit = room.try_take(NORMAL).unwrap();
        let wait = |tier| {
            let room = room.clone();
            thread::spawn(move || block_on(Waits::new(&room, tier)))
        };
        let waits = [wait(Tier::Critical), wait(Tier::Normal)];
        room.set_limit(3);
        let _ = waits.map(|wait| wait.join().unwrap());
        assert_eq!((room.word().in_flight(), room.word().waiting()), (3, 0));
    });
}
