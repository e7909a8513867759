//! Callers that come when a plan says, each on a thread of its own: one that waits holds up nobody.

use std::sync::atomic::{AtomicUsize, Ordering};

use shorttail::measure::trial::{Pace, SleepClock};
use shorttail::time::{Clock, StdClock};

/// One call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<R> {
    /// Its place in the plan.
    pub(super) number: usize,
    /// When it was to begin.
    pub(super) intended_ns: u64,
    pub(super) begin_ns: u64,
    pub(super) end_ns: u64,
    pub(super) result: R,
}

impl<R> Call<R> {
    pub(super) const fn took_ns(&self) -> u64 {
        self.end_ns - self.begin_ns
    }

    /// From when it was to begin.
    pub(super) const fn latency_ns(&self) -> u64 {
        self.end_ns - self.intended_ns
    }

    /// How late its caller was.
    pub(super) const fn lag_ns(&self) -> u64 {
        self.begin_ns - self.intended_ns
    }
}

/// Makes the calls of the plan `starts_ns`, at each the next of so many threads that is free, and
/// meanwhile does `beside` on this one. The calls in the order of the plan.
pub(super) fn drive<R: Send>(
    threads: usize,
    starts_ns: &[u64],
    call: impl Fn(usize) -> R + Sync,
    beside: impl FnOnce(),
) -> Vec<Call<R>> {
    let next = AtomicUsize::new(0);
    let one_thread = || {
        let mut calls = Vec::new();
        loop {
            // Relaxed: nothing but the number is handed over.
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(&intended_ns) = starts_ns.get(number) else {
                return calls;
            };
            let begin_ns = SleepClock.wait_until(intended_ns);
            let result = call(number);
            calls.push(Call {
                number,
                intended_ns,
                begin_ns,
                end_ns: StdClock.now_ns(),
                result,
            });
        }
    };
    let mut calls: Vec<Call<R>> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        beside();
        let calls = callers
            .into_iter()
            .flat_map(|caller| caller.join().expect("no caller panics"));
        calls.collect()
    });
    calls.sort_unstable_by_key(|call| call.number);
    calls
}
