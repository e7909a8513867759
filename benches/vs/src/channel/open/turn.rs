//! One turn of one contender: producers keep to their plan, consumers note when messages come.
//!
//! A producer sleeps to each intended send, and all the way: one that spun towards it would take a
//! processor. So a send is late by what the system's timers are late, some 50 µs and the wake, and
//! those that fell due meanwhile follow at once: none is skipped.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use shorttail::measure::trial::{Pace, SleepClock};
use shorttail::measure::{Histogram, Snapshot};
use shorttail::time::{Clock, StdClock};

use crate::meeting::{Errand, Meeting};
use crate::usage::Usage;

use super::super::kind::Kind;

/// From the moment at which the threads set out to the turn's start.
const LEAD_NS: u64 = 1_000_000;

/// What is sent in a turn's first time does not count: the threads are still being placed.
pub(crate) const WARM_NS: u64 = 20_000_000;

/// How much longer than its plan a turn may take.
const LIMIT: Duration = Duration::from_secs(5);

/// A message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    intended_ns: u64,
    /// When `send` was called.
    called_ns: u64,
    counts: bool,
}

/// When the turn starts: the first thread to set out says it.
pub(crate) type Start = Arc<OnceLock<u64>>;

/// What one thread brings home.
#[derive(Debug)]
pub(crate) struct Share {
    start_ns: u64,
    end_ns: u64,
    sent: u64,
    usage: Usage,
    from_intended: Snapshot,
    from_call: Snapshot,
}

/// Sends by the plan. Only what `counts` is noted by the consumers.
pub(crate) fn produce(
    start: Start,
    plan: Vec<u64>,
    counts: bool,
    mut send: impl FnMut(Stamp) -> bool + Send + 'static,
) -> Errand<Share> {
    Box::new(move || {
        let before = Usage::of_thread();
        let start_ns = *start.get_or_init(|| StdClock.now_ns() + LEAD_NS);
        let sent = plan.len() as u64;
        for at_ns in plan {
            let intended_ns = start_ns + at_ns;
            let called_ns = SleepClock.wait_until(intended_ns);
            assert!(send(Stamp {
                intended_ns,
                called_ns,
                counts: counts && at_ns >= WARM_NS,
            }));
        }
        // With it goes the sender.
        drop(send);
        Share {
            start_ns,
            end_ns: StdClock.now_ns(),
            sent,
            usage: Usage::of_thread() - before,
            from_intended: Snapshot::new(),
            from_call: Snapshot::new(),
        }
    })
}

pub(crate) fn consume<K: Kind>(start: Start, mut receiver: K::Receiver<Stamp>) -> Errand<Share> {
    let (mut from_intended, mut from_call) = (Histogram::new(), Histogram::new());
    Box::new(move || {
        let before = Usage::of_thread();
        let start_ns = *start.get_or_init(|| StdClock.now_ns() + LEAD_NS);
        while let Some(stamp) = K::recv(&mut receiver) {
            if stamp.counts {
                let now_ns = StdClock.now_ns();
                from_intended.record(now_ns - stamp.intended_ns);
                from_call.record(now_ns - stamp.called_ns);
            }
        }
        let usage = Usage::of_thread() - before;
        Share {
            start_ns,
            end_ns: StdClock.now_ns(),
            sent: 0,
            usage,
            from_intended: from_intended.snapshot(),
            from_call: from_call.snapshot(),
        }
    })
}

/// What all threads of a turn brought home.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) from_intended: Snapshot,
    pub(crate) from_call: Snapshot,
    /// Messages sent, those that do not count too.
    pub(crate) sent: u64,
    /// The threads' own, without the burners: the pacing and the reading of the clock are in it.
    pub(crate) usage: Usage,
    /// From the start to the last thread's end.
    pub(crate) took_ns: u64,
}

impl Turn {
    /// `None` if the threads have not ended in time; they are left behind then.
    pub(crate) fn run(errands: Vec<Errand<Share>>, turn_ns: u64) -> Option<Self> {
        let meeting = Meeting::call(errands);
        meeting.go();
        let shares = meeting.end(Duration::from_nanos(turn_ns) + LIMIT)?;
        let start_ns = shares.iter().map(|share| share.start_ns).min()?;
        let end_ns = shares.iter().map(|share| share.end_ns).max()?;
        let mut turn = Self {
            from_intended: Snapshot::new(),
            from_call: Snapshot::new(),
            sent: shares.iter().map(|share| share.sent).sum(),
            usage: shares.iter().map(|share| share.usage).sum(),
            took_ns: end_ns - start_ns,
        };
        for share in &shares {
            turn.from_intended.merge(&share.from_intended);
            turn.from_call.merge(&share.from_call);
        }
        Some(turn)
    }

    pub(crate) fn cores(&self) -> f64 {
        self.usage.cpu_ns as f64 / self.took_ns as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::condvar::CondvarRing;
    use super::*;

    #[test]
    fn what_counts_is_noted_once_and_from_both_moments() {
        let (sender, receiver) = CondvarRing::bounded(4);
        let uncounted = CondvarRing::another(&sender);
        let start = Start::default();
        let plan = vec![0, WARM_NS - 1, WARM_NS, WARM_NS, WARM_NS + 5];
        let errands = vec![
            produce(Arc::clone(&start), plan.clone(), true, move |stamp| {
                CondvarRing::send(&sender, stamp)
            }),
            produce(Arc::clone(&start), plan, false, move |stamp| {
                CondvarRing::send(&uncounted, stamp)
            }),
            consume::<CondvarRing>(start, receiver),
        ];
        let turn = Turn::run(errands, WARM_NS).expect("in time");
        assert_eq!((turn.from_intended.count(), turn.from_call.count()), (3, 3));
        assert_eq!(turn.sent, 10);
        assert!(turn.took_ns >= WARM_NS + 5);
        assert!(turn.usage.voluntary >= 2, "the producers slept");
        let [late, quick] =
            [&turn.from_intended, &turn.from_call].map(|values| values.quantile(0.01));
        assert!(
            late >= quick,
            "a send is called at its intended time or later"
        );
    }
}
