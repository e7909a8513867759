//! Threads that call one queue after another, each for a few calls, and write down the answers.

use std::thread;

use crate::choices::Choices;
use crate::meeting::Meeting;

use super::history::{Call, Clock, Did};

/// The calls that never wait.
pub(super) trait Queue: Sync {
    fn try_send(&self, message: u8) -> Did;
    fn try_recv(&self) -> Did;
    fn close(&self) -> Did;
}

pub(super) const CALLS: usize = 6;

/// The history of each queue, called by `threads` threads, [`CALLS`] times by each.
pub(super) fn record<Q: Queue>(queues: &[Q], threads: usize, seed: u64) -> Vec<Vec<Call>> {
    let clocks: Vec<Clock> = queues.iter().map(|_| Clock::default()).collect();
    let meeting = Meeting::default();
    thread::scope(|scope| {
        let work = |thread: usize| {
            let (clocks, meeting) = (&clocks, &meeting);
            move || {
                let mut choices = Choices::new(seed + thread as u64);
                let rounds = queues.iter().zip(clocks).enumerate();
                rounds
                    .map(|(round, (queue, clock))| {
                        meeting.meet((round + 1) * threads);
                        calls(queue, clock, thread, &mut choices)
                    })
                    .collect::<Vec<_>>()
            }
        };
        let workers: Vec<_> = (0..threads).map(|n| scope.spawn(work(n))).collect();
        let mut histories = vec![Vec::new(); queues.len()];
        for worker in workers {
            for (history, calls) in histories.iter_mut().zip(worker.join().unwrap()) {
                history.extend(calls);
            }
        }
        histories
    })
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
