//! Each burst and fault as a plan: what load, what goes wrong when, and what it may cost.

use std::time::Duration;

use super::hands::{self, Hand};
use super::name::Fault;

/// The usual load as a share of the capacity: ten times as much is two and a half capacities.
pub(crate) const USUAL: f64 = 0.25;

/// How long a burst lasts.
const BURST_S: f64 = 0.1;

/// What an origin in trouble takes for a call, where the run is long enough for it.
const ORIGIN_SLOW_S_MAX: f64 = 5.0;

/// Requests and loads that panic.
pub(crate) const PANICS: u64 = 20;

/// The share of calls that may be sent again.
pub(crate) const RETRY_RATIO: f64 = 0.2;
/// Retries that the budget starts with, and saves up at most.
pub(crate) const RETRY_FLOOR: u32 = 10;

/// What a fault may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    /// Of all requests that should have started from the fault's begin on.
    pub(crate) p999_ms: f64,
    /// From the fault's end until p99 is within a tenth of what it was.
    pub(crate) recovery_ms: f64,
}

/// One fault's plan; times are in seconds from the start.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) fault: Fault,
    pub(crate) from_s: f64,
    pub(crate) to_s: f64,
    /// Shares of the capacity, and for how long.
    pub(crate) load: Vec<(f64, f64)>,
    /// When to tell the service what.
    pub(crate) orders: Vec<(f64, String)>,
    /// What else happens beside the load.
    pub(crate) hand: Option<Hand>,
    /// How long clients wait for an answer.
    pub(crate) patience: Duration,
    pub(crate) retries: bool,
    pub(crate) bound: Bound,
}

impl Scenario {
    /// The plan of `fault` in about `seconds`: a third before it, a third of it, a third after it.
    pub(crate) fn of(fault: Fault, seconds: f64) -> Self {
        let third = seconds / 3.0;
        let usual = Self {
            fault,
            from_s: third,
            to_s: 2.0 * third,
            load: vec![(USUAL, seconds)],
            orders: Vec::new(),
            hand: None,
            // Longer than any bound: a busy machine shows in the latencies, not in the counts.
            patience: Duration::from_secs(5),
            retries: false,
            // A miss may wait 25 ms for the origin; as much again for the scheduler.
            bound: Bound {
                p999_ms: 50.0,
                recovery_ms: 500.0,
            },
        };
        match fault {
            Fault::Burst => usual.burst(third),
            Fault::Ramp => usual.ramp(third),
            Fault::Consumers => usual.with(hands::consumers),
            Fault::Spinner => usual.with(hands::spinner),
            Fault::SlowAllocator => usual
                .with(hands::newcomers)
                .told("alloc-slow-us 1000", "alloc-slow-us 0"),
            // Nobody comes anew: a connection costs memory, and a process that is refused it ends,
            // as the standard library has it. What is shown is that requests ask for none.
            Fault::NoMemory => Self {
                // Nor does one who was late come again.
                patience: Duration::from_secs(60),
                ..usual.told("alloc-failing 1", "alloc-slow-us 0")
            },
            Fault::Origin => usual.origin(third),
            // Loads that take 20 ms outlive the first wait for them, half of the budget. Those of
            // whoever leaves alone: were all loads as slow, the usual load's would be more at a
            // time than it has connections, and the fault would be that of an origin.
            Fault::Cancel => usual
                .with(hands::leavers)
                .told("seldom-slow-ms 20", "seldom-slow-ms 0"),
            // Armed until they are struck, however few requests the load has in this time.
            Fault::Panic => usual
                .told_once(&format!("panicking-jobs {PANICS}"))
                .told_once(&format!("panicking-loads {PANICS}")),
            Fault::Storm => Self {
                retries: true,
                ..usual.told("failing-percent 50", "failing-percent 0")
            },
            Fault::Shutdown => Self {
                bound: Bound {
                    p999_ms: 50.0,
                    recovery_ms: 1_000.0,
                },
                ..usual
            },
        }
    }

    /// 2.5 capacities for 100 ms leave 150 ms of work behind, which the usual load's spare three
    /// quarters do in 200 ms; twice that is the bound.
    fn burst(self, third: f64) -> Self {
        Self {
            to_s: third + BURST_S,
            load: vec![
                (USUAL, third),
                (USUAL * 10.0, BURST_S),
                (USUAL, 2.0 * third - BURST_S),
            ],
            bound: Bound {
                p999_ms: 300.0,
                recovery_ms: 400.0,
            },
            ..self
        }
    }

    /// Clients that give up after a second keep what is left behind to a second of work at most,
    /// which three quarters of the capacity do in 1.3 s; with half a second of measuring, 2 s.
    fn ramp(self, third: f64) -> Self {
        let steps = [0.5, 1.0, 1.5, 2.0].map(|share| (share, third / 4.0));
        let mut load = vec![(USUAL, third)];
        load.extend(steps);
        load.push((USUAL, third.max(2.5)));
        Self {
            load,
            patience: Duration::from_secs(1),
            bound: Bound {
                p999_ms: 1_000.0,
                recovery_ms: 2_000.0,
            },
            ..self
        }
    }

    /// Slow, then dead, then well: a call that was begun while it was slow still takes its time, in
    /// one of the loader's threads, after the origin is back.
    fn origin(self, third: f64) -> Self {
        let slow_s = third.clamp(1.0, ORIGIN_SLOW_S_MAX);
        let dead_s = self.from_s + slow_s;
        let back_s = dead_s + third;
        let after_s = slow_s + third;
        Self {
            to_s: back_s,
            load: vec![(USUAL, back_s + after_s)],
            orders: vec![
                (
                    self.from_s,
                    format!("origin-slow-ms {:.0}", slow_s * 1_000.0),
                ),
                (dead_s, "origin-dead 1".to_owned()),
                (back_s, "origin-slow-ms 0".to_owned()),
            ],
            bound: Bound {
                recovery_ms: slow_s * 1_000.0 + 500.0,
                ..self.bound
            },
            ..self
        }
    }

    fn with(self, hand: Hand) -> Self {
        Self {
            hand: Some(hand),
            ..self
        }
    }

    fn told(self, begin: &str, end: &str) -> Self {
        let mut told = self.told_once(begin);
        told.orders.push((told.to_s, end.to_owned()));
        told
    }

    fn told_once(mut self, order: &str) -> Self {
        self.orders.push((self.from_s, order.to_owned()));
        self
    }
}
