//! What a trial hands out: every distribution whole, and what is concluded from them.

use super::environment::Environment;
use super::stats::supported;
use super::verdict::{Judged, QuantileRatio, Verdict};
use crate::measure::Snapshot;

/// The result of a trial.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::{Arm, Plan, Trial, Verdict};
/// use shorttail::time::MockClock;
///
/// let clock = MockClock::new();
/// let arm = |name, ns| {
///     let clock = &clock;
///     Arm::inline(name, move |_| clock.advance(std::time::Duration::from_nanos(ns)))
/// };
/// let trial = Trial::new("parse", Plan::uniform(10_000.0)).pairs(6);
/// let report = trial.run(&clock, [arm("old", 2_000), arm("new", 1_000)])?;
/// let [old, new] = &report.arms;
/// assert_eq!((old.supported(0.99), new.supported(0.99)), (Some(2_000), Some(1_000)));
/// assert!(new.blocks.iter().all(|block| !block.flagged));
///
/// let p99 = report.ratios.iter().find(|ratio| ratio.q == 0.99).unwrap();
/// assert!(p99.whole.high < 0.51 && p99.judge(1.1) == Verdict::Pass);
/// let judged = report.judged[0].to_string(); // by the limit that holds where no other is set
/// assert_eq!(judged, "latency p99 up to 1.1 times the base's: pass");
/// assert!(report.markdown().starts_with("### parse: pass"));
/// # Ok::<(), shorttail::measure::trial::ConfigError>(())
/// ```
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

/// One arm: all its counted blocks together, and each by itself. For an example see [`Report`].
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
    /// The latency of percentile `q`, if at least 100 samples lie beyond it;
    /// for an example see [`Report`].
    #[must_use]
    pub fn supported(&self, q: f64) -> Option<u64> {
        supported(&self.latency_ns, q)
    }
}

/// One block of one arm; for an example see [`Report`].
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
