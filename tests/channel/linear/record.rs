//! The calls that never wait, made at random.

use std::thread;

use crate::choices::Choices;

use super::calls::Clock;
use super::history::{Call, Did};
use super::rounds;

/// The calls that never wait.
pub(super) trait Queue: Sync {
    fn try_send(&self, message: u8) -> Did;
    fn try_recv(&self) -> Did;
    fn close(&self) -> Did;
}

pub(super) const CALLS: usize = 6;

/// The history of each queue, called by `threads` threads, [`CALLS`] times by each.
pub(super) fn record<Q: Queue>(queues: &[Q], threads: usize, seed: u64) -> Vec<Vec<Call>> {
    rounds::record(queues, threads, seed, calls)
}

fn calls(queue: &impl Queue, clock: &Clock, thread: usize, choices: &mut Choices) -> Vec<Call> {
    let one = |n: usize| {
        let message = (thread * CALLS + n) as u8;
        match choices.next(64) {
            0 => clock.call(|| queue.close()),
            1..=4 => {
                thread::yield_now(); // for schedules that one processor alone would not have
                clock.call(|| queue.try_recv())
            }
            choice if choice % 2 == 0 => clock.call(|| queue.try_recv()),
            _ => clock.call(|| queue.try_send(message)),
        }
    };
    (0..CALLS).map(one).collect()
}
