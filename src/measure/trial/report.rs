//! What a trial hands out: every distribution whole, and what is concluded from them.

use super::environment::Environment;
use super::stats::supported;
use super::verdict::{Judged, QuantileRatio, Verdict};
use crate::measure::Snapshot;

/// The result of a trial.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The trial's name.
    pub name: String,
    /// The seed of plans, order and resampling.
    pub seed: u64,
    /// Where it ran.
    pub environment: Environment,
    /// The plan, in words.
    pub plan: String,
    /// Arrivals a second, counted.
    pub rate_per_s: f64,
    /// The length of a block.
    pub block_ns: u64,
    /// Threads that start requests.
    pub workers: usize,
    /// How the arms do their work: `inline`, `handed over`, or both.
    pub shape: String,
    /// Threads that only burn processor time.
    pub burners: usize,
    /// Base and candidate.
    pub arms: [ArmReport; 2],
    /// Latencies, candidate by base, for each percentile that enough samples support.
    pub ratios: Vec<QuantileRatio>,
    /// The same of the service times; see [`Figure`](super::Figure) for what they leave out.
    pub service_ratios: Vec<QuantileRatio>,
    /// Allocations a request of base and candidate. A trial counts none, since none needs the
    /// [guard](crate::measure::AllocGuard); who has it counts some requests of each arm, as by
    /// [`count_allocs`](crate::measure::count_allocs), and puts the means here for what is printed
    /// and for the ledger.
    pub allocs: Option<[f64; 2]>,
    /// Each limit with its own verdict.
    pub judged: Vec<Judged>,
    /// The worst of those, or why there can be none.
    pub verdict: Verdict,
}

/// One arm: all its counted blocks together, and each by itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ArmReport {
    /// Its name.
    pub name: String,
    /// From the intended start to the end; blocks of A/B pairs only.
    pub latency_ns: Snapshot,
    /// From the actual start to the end.
    pub service_ns: Snapshot,
    /// How much later requests started than behind a driver that is never late.
    pub send_lag_ns: Snapshot,
    /// In the order in which they ran, A/A blocks included.
    pub blocks: Vec<Block>,
}

impl ArmReport {
    /// The latency of percentile `q`, if at least 100 samples lie beyond it.
    #[must_use]
    pub fn supported(&self, q: f64) -> Option<u64> {
        supported(&self.latency_ns, q)
    }
}

/// One block of one arm.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Block {
    /// Which group of four it belongs to; base and candidate of the same group are compared.
    pub pair: usize,
    /// Its place among the four, 0 to 3.
    pub position: usize,
    /// Whether the group ran the base on both sides, to see how far it strays from itself.
    pub is_aa: bool,
    /// From the intended start.
    pub latency_ns: Snapshot,
    /// From the actual start.
    pub service_ns: Snapshot,
    /// The driver's lateness.
    pub send_lag_ns: Snapshot,
    /// How late a thread woke that did nothing but sleep a millisecond at a time.
    pub hiccup_ns: Snapshot,
    /// Context switches that threads of the process asked for: those of the trial, the hiccup
    /// watcher and the burners are in it; of a thread that ended in the block all are missing.
    pub voluntary_switches: Option<u64>,
    /// Context switches that they did not ask for.
    pub involuntary_switches: Option<u64>,
    /// Moves to another processor.
    pub migrations: Option<u64>,
    /// Time in which the host ran somebody else, in clock ticks (10 ms).
    pub steal_ticks: Option<u64>,
    /// Whether its hiccups' p99 is over three times the median block's.
    pub flagged: bool,
}
