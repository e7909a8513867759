//! Loads: who ends one or marks it, and who waits for it.

use core::task::{Context, Waker};

use crate::sync::Arc;
use crate::sync::thread;

use super::super::ask::Trust;
use super::super::flight::{Aloft, Current, Flight, Flights, Landed, Plan};
use super::super::hash::KeyHash;
use super::{A, model};
use crate::time::Deadline;
use crate::wait::TaskWaiter;

fn flights() -> (Arc<Flights<u64, u64, ()>>, u32) {
    let flights = Arc::new(Flights::new(1));
    let plan = |lease| Plan {
        key: A,
        hash: KeyHash(A),
        lease,
        replaces: 0,
    };
    let vacant = flights.claim().expect("a free flight");
    let number = flights.begin(vacant, plan, A, Trust::Full).hand_over();
    (flights, number)
}

/// A load lands while a waiter goes to sleep; the waiter gets the result and wakes.
#[test]
fn load_lands_while_a_waiter_looks_and_wakes_it_with_the_result() {
    model(Some(3), || {
        let (flights, number) = flights();
        let waiting = flights.join(number).hand_over();
        let waiter = {
            let flights = Arc::clone(&flights);
            thread::spawn(move || {
                let hold = flights.held(waiting);
                let flight = hold.flight();
                let value = || match flight.look() {
                    Ok((Landed::Nothing, _)) => Some(hold.plan().key),
                    _ => None,
                };
                flight.waiters.wait(Deadline::NEVER, value).unwrap()
            })
        };
        land(&flights, number);
        assert_eq!(waiter.join().unwrap(), A);
        assert_eq!(flights.active(), 0);
        assert!(flights.claim().is_some(), "the flight is free again");
    });
}

/// Lands load `number` with nothing.
fn land(flights: &Flights<u64, u64, ()>, number: u32) {
    let hold = flights.held(number);
    flights.finish();
    // SAFETY: this thread runs the load, and lands it once.
    unsafe { flights.land(&hold, (Landed::Nothing, Current::Stored)) };
}

/// Waits until the load lands, and wakes the next.
fn await_landing(flights: &Flights<u64, u64, ()>, waiting: u32) {
    let hold = flights.held(waiting);
    let flight = hold.flight();
    let landed = || flight.look().is_ok().then_some(());
    flight.waiters.wait(Deadline::NEVER, landed).unwrap();
    flight.pass_on();
}

/// A landing wakes one of two waiters, and that one the other.
#[test]
fn load_lands_while_two_waiters_look_and_both_wake() {
    model(Some(3), || {
        let (flights, number) = flights();
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let waiting = flights.join(number).hand_over();
                let flights = Arc::clone(&flights);
                thread::spawn(move || await_landing(&flights, waiting))
            })
            .collect();
        land(&flights, number);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert!(flights.claim().is_some(), "the flight is free again");
    });
}

/// A task in front leaves, woken by the landing or not; who is behind it wakes.
#[test]
fn load_lands_while_one_of_two_waiters_leaves_and_the_other_wakes() {
    model(Some(3), || {
        let (flights, number) = flights();
        let leaving = flights.join(number);
        let mut task = Box::pin(TaskWaiter::new());
        let queue = &leaving.flight().waiters;
        let mut cx = Context::from_waker(Waker::noop());
        // SAFETY: one queue, which the flights keep; released below.
        let polled = unsafe { task.as_mut().poll(queue, &mut cx, || None::<()>) };
        assert!(polled.is_pending());
        let waiting = flights.join(number).hand_over();
        let waiter = {
            let flights = Arc::clone(&flights);
            thread::spawn(move || await_landing(&flights, waiting))
        };
        let lands = {
            let flights = Arc::clone(&flights);
            thread::spawn(move || land(&flights, number))
        };
        // SAFETY: the queue it was polled with.
        unsafe { task.as_mut().release(queue) };
        drop(leaving);
        waiter.join().unwrap();
        lands.join().unwrap();
        assert!(flights.claim().is_some(), "the flight is free again");
    });
}

fn is_written(flight: &Flight<u64, u64, ()>) -> bool {
    matches!(flight.look(), Err(Aloft::Written))
}

/// The key is written by hand while a waiter goes to sleep; it wakes before the load lands.
#[test]
fn insert_marks_a_flight_while_a_waiter_looks_and_wakes_it() {
    model(Some(3), || {
        let (flights, number) = flights();
        let waiting = flights.join(number).hand_over();
        let waiter = {
            let flights = Arc::clone(&flights);
            thread::spawn(move || {
                let hold = flights.held(waiting);
                let flight = hold.flight();
                let written = || is_written(flight).then_some(());
                flight.waiters.wait(Deadline::NEVER, written).unwrap();
            })
        };
        flights.mark_written(number);
        flights.wake(number);
        waiter.join().unwrap();
        drop(flights.held(number));
    });
}

/// An insert wakes one of two waiters, and that one the other.
#[test]
fn insert_marks_a_flight_while_two_waiters_look_and_both_wake() {
    model(Some(3), || {
        let (flights, number) = flights();
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let waiting = flights.join(number).hand_over();
                let flights = Arc::clone(&flights);
                thread::spawn(move || {
                    let hold = flights.held(waiting);
                    let flight = hold.flight();
                    let written = || is_written(flight).then_some(());
                    flight.waiters.wait(Deadline::NEVER, written).unwrap();
                    flight.pass_on();
                })
            })
            .collect();
        flights.mark_written(number);
        flights.wake(number);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        drop(flights.held(number));
    });
}
