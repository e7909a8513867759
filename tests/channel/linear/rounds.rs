//! Threads that call one subject after another, each for a few calls, and write down the answers.

use std::thread;

use crate::choices::Choices;
use crate::meeting::Meeting;

use super::calls::{Call, Clock};

/// The history of each subject; `calls` are those of one of the `threads` on one of them.
pub(super) fn record<T: Sync, D: Clone + Send>(
    subjects: &[T],
    threads: usize,
    seed: u64,
    calls: impl Fn(&T, &Clock, usize, &mut Choices) -> Vec<Call<D>> + Sync,
) -> Vec<Vec<Call<D>>> {
    let clocks: Vec<Clock> = subjects.iter().map(|_| Clock::default()).collect();
    let meeting = Meeting::default();
    thread::scope(|scope| {
        let work = |thread: usize| {
            let (clocks, meeting, calls) = (&clocks, &meeting, &calls);
            move || {
                let mut choices = Choices::new(seed + thread as u64);
                let rounds = subjects.iter().zip(clocks).enumerate();
                rounds
                    .map(|(round, (subject, clock))| {
                        meeting.meet((round + 1) * threads);
                        calls(subject, clock, thread, &mut choices)
                    })
                    .collect::<Vec<_>>()
            }
        };
        let workers: Vec<_> = (0..threads).map(|n| scope.spawn(work(n))).collect();
        let mut histories = vec![Vec::new(); subjects.len()];
        for worker in workers {
            for (history, calls) in histories.iter_mut().zip(worker.join().unwrap()) {
                history.extend(calls);
            }
        }
        histories
    })
}
