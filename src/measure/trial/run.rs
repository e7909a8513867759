//! The trial: its settings, its run order, and what becomes of its blocks.

use super::arm::{Arm, Work};
use super::bound::Bound;
use super::conclude::{Terms, conclude};
use super::driver::{Crew, Seen, Task};
use super::environment::Environment;
use super::error::ConfigError;
use super::figure::{Figure, Limit};
use super::pace::Pace;
use super::plan::Plan;
use super::progress::Progress;
use super::report::{Block, Report};
use super::request::Ends;
use super::rng::Rng;
use super::stats::PAIRS_MIN;
use super::system::SystemCounts;
use super::target::Target;
use crate::sync::{Arc, thread};

/// Between laying out a block and its first start: time for every worker to be there.
const LEAD_NS: u64 = 2_000_000;

/// Each request's share of the time in which a block is laid out: workers touch their memory.
const LEAD_NS_EACH: u64 = 50;

/// How often it is looked whether requests that were handed over have ended.
const LOOK_NS: u64 = 100_000;

/// How long requests that were handed over may go on after the block before they count as hung.
const PATIENCE_NS: u64 = 10_000_000_000;

/// A comparison of two arms by paired open-loop blocks.
///
/// Requests start when the plan says, not when the last one has been answered, and latency counts
/// from that intended start: a stall delays everybody whom it would have delayed in service
/// (Tene's "coordinated omission", 2013). Blocks run in groups of four, base–candidate–candidate–
/// base or the reverse, so that drift falls on both sides alike; one group in four runs the base
/// on both sides and shows how far it strays from itself. What is compared is the ratio of
/// percentiles within a group; the interval comes from resampling whole groups.
///
/// # Examples
/// ```
/// use std::hint::black_box;
/// use shorttail::measure::trial::{Arm, Plan, Trial};
/// use shorttail::time::StdClock;
///
/// let work = |rounds: u64| assert!((0..rounds).all(|n| black_box(n) < rounds));
/// let report = Trial::new("loop", Plan::poisson(20_000.0))
///     .block_ns(5_000_000)
///     .pairs(6)
///     .run(
///         &StdClock,
///         [Arm::inline("base", |_| work(100)), Arm::inline("twice", |_| work(200))],
///     )?;
/// assert!(report.arms[0].latency_ns.count() > 0);
/// println!("{}", report.verdict);
/// # Ok::<(), shorttail::measure::trial::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a trial does nothing until it is run"]
pub struct Trial {
    name: String,
    plan: Plan,
    pub(super) terms: Terms,
    block_ns: u64,
    pairs: usize,
    workers: usize,
    burners: usize,
    shows_progress: bool,
}

impl Trial {
    /// One worker, 40 pairs of blocks of 250 ms, judged by p99 with a limit of 1.1;
    /// for an example see [`Trial`].
    pub fn new(name: &str, plan: Plan) -> Self {
        Self {
            name: name.to_owned(),
            plan,
            terms: Terms {
                seed: 1,
                limits: Vec::new(),
            },
            block_ns: 250_000_000,
            pairs: 40,
            workers: 1,
            burners: 0,
            shows_progress: false,
        }
    }

    /// The length of a block; for an example see [`Trial`].
    pub const fn block_ns(mut self, block_ns: u64) -> Self {
        self.block_ns = block_ns;
        self
    }

    /// How many groups of four blocks compare base and candidate, at least 6; a third as many run
    /// on top with the base on both sides. For an example see [`Trial`].
    pub const fn pairs(mut self, pairs: usize) -> Self {
        self.pairs = pairs;
        self
    }

    /// Threads that start requests, each its share of the plan.
    ///
    /// ```no_run
    /// # use shorttail::measure::trial::{Arm, ConfigError, Plan, Trial};
    /// # use shorttail::time::StdClock;
    /// let plan = Plan::bursts(20_000.0, 1_000_000, 9_000_000);
    /// let trial = Trial::new("parse", plan).workers(2).burners(1).seed(7).progress();
    /// let arms = ["old", "new"].map(|name| Arm::inline(name, |_| ()));
    /// println!("{}", trial.run(&StdClock, arms)?.markdown());
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub const fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Threads that do nothing but take processor time, as a busy neighbour does;
    /// for an example see [`workers`](Self::workers).
    pub const fn burners(mut self, burners: usize) -> Self {
        self.burners = burners;
        self
    }

    /// The seed of plans, order and resampling; for an example see [`workers`](Self::workers).
    pub const fn seed(mut self, seed: u64) -> Self {
        self.terms.seed = seed;
        self
    }

    /// Judges percentile `q` of the latency: the candidate's may be up to `ratio` times the base's.
    /// May be called for several percentiles; without any limit, p99 is judged with 1.1.
    /// For an example see [`trial`](super).
    ///
    /// The run is invalid if at `q` the driver's own lateness is over a tenth of an arm's latency:
    /// it falls on both arms alike and would hide a difference.
    pub fn limit(self, q: f64, ratio: f64) -> Self {
        self.bounded(Figure::Latency, q, Bound::Ratio(ratio))
    }

    /// Judges percentile `q` of the service time, from the actual start, as [`limit`](Self::limit).
    /// For an example see [`target`](Self::target).
    ///
    /// For work so short that the driver's lateness drowns it, or on a machine so busy that no
    /// driver can be punctual. Of inline requests it does not see what one waited behind others: a
    /// stall counts once, as in a closed loop. Of requests that are handed over it is the time from
    /// handing over to the end, queues included.
    pub fn limit_service(self, q: f64, ratio: f64) -> Self {
        self.bounded(Figure::Service, q, Bound::Ratio(ratio))
    }

    /// Judges the candidate's latency by a [`Target`]: a share of requests within a time, whatever
    /// the base's is. The base may be the same code then.
    ///
    /// A time that is promised to users belongs on the machine that serves them: elsewhere it is a
    /// flaky gate, and a [`limit`](Self::limit) is the one to take. A late driver only makes
    /// latencies longer, so that a pass stands; anything else of a late driver is invalid.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::measure::trial::{Arm, Plan, Target, Trial, Verdict};
    /// use shorttail::time::MockClock;
    ///
    /// let (clock, p99) = (MockClock::new(), Target::new(0.99, 1_000));
    /// let work = |_: u64| clock.advance(Duration::from_nanos(900));
    /// let trial = Trial::new("parse", Plan::uniform(10_000.0)).pairs(6);
    /// let trial = trial.target(p99).target_service(p99).limit_service(0.9, 1.5);
    /// let report = trial.run(&clock, [Arm::inline("old", work), Arm::inline("new", work)])?;
    /// assert!(report.judged.len() == 3 && report.verdict == Verdict::Pass);
    /// # Ok::<(), shorttail::measure::trial::ConfigError>(())
    /// ```
    pub fn target(self, target: Target) -> Self {
        self.bounded(Figure::Latency, target.q, Bound::Ns(target.max_ns))
    }

    /// Judges the candidate's service time by a [`Target`], as [`target`](Self::target).
    /// For an example see [`target`](Self::target).
    pub fn target_service(self, target: Target) -> Self {
        self.bounded(Figure::Service, target.q, Bound::Ns(target.max_ns))
    }

    fn bounded(mut self, figure: Figure, q: f64, bound: Bound) -> Self {
        self.terms.limits.push(Limit { figure, q, bound });
        self
    }

    /// Writes a line that counts the blocks, if standard error is a terminal;
    /// for an example see [`workers`](Self::workers).
    pub const fn progress(mut self) -> Self {
        self.shows_progress = true;
        self
    }

    fn check(&self) -> Result<(), ConfigError> {
        if let Some(why) = self.plan.fault() {
            return Err(ConfigError::Plan(why));
        }
        if self.pairs < PAIRS_MIN {
            return Err(ConfigError::Pairs(self.pairs));
        }
        if self.workers == 0 {
            return Err(ConfigError::Workers);
        }
        if self.block_ns == 0 {
            return Err(ConfigError::Block);
        }
        self.terms
            .limits
            .iter()
            .try_for_each(|limit| match limit.bound {
                Bound::Ns(max_ns) => Target::new(limit.q, max_ns).check(),
                Bound::Ratio(ratio) => {
                    let sound = limit.q > 0.0 && limit.q < 1.0 && ratio >= 1.0 && ratio.is_finite();
                    sound
                        .then_some(())
                        .ok_or(ConfigError::Limit(limit.q, ratio))
                }
            })
    }

    /// Runs all blocks; base first, candidate second. Blocks the calling thread and allocates.
    /// For an example see [`Trial`].
    ///
    /// # Errors
    /// If the settings make no trial; nothing has run then.
    ///
    /// # Panics
    /// If an arm does, with its payload, after all threads of the trial have ended.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn run(mut self, clock: &impl Pace, arms: [Arm<'_>; 2]) -> Result<Report, ConfigError> {
        self.check()?;
        if self.terms.limits.is_empty() {
            self = self.limit(0.99, 1.1);
        }
        let crew = Crew::new(arms, self.workers);
        let ran = thread::scope(|scope| {
            for worker in 0..self.workers {
                let crew = &crew;
                scope.spawn(move || crew.work(clock, worker));
            }
            (0..self.burners).for_each(|_| drop(scope.spawn(|| crew.burn())));
            if clock.is_real() {
                scope.spawn(|| crew.watch());
            }
            // By panic too, of the caller's clock for instance: the scope waits for the workers.
            let _ends = EndsAll(&crew);
            self.run_blocks(clock, &crew)
        });
        Ok(match ran {
            Ok(run) => self.report(&crew, run),
            Err(payload) => std::panic::resume_unwind(payload),
        })
    }

    fn run_blocks(&self, clock: &impl Pace, crew: &Crew<'_>) -> Result<Run, Payload> {
        let groups = groups(self.terms.seed, self.pairs);
        let progress = Progress::new(self.shows_progress, 4 * groups.len());
        let mut run = Run::default();
        for (pair, group) in groups.iter().enumerate() {
            let mut rng = Rng::new(self.terms.seed ^ (pair as u64) << 32);
            let seeds = [rng.next(), rng.next()];
            for position in 0..4 {
                // The two blocks of each half have the same arrivals.
                let plan_seed = seeds[position / 2];
                let side = usize::from(group.candidate_first ^ matches!(position, 1 | 2));
                let arm = if group.is_aa { 0 } else { side };
                let block = self.run_block(clock, crew, arm, plan_seed)?;
                let Some(block) = block else {
                    run.hung = Some(crew.ends[arm].under_way());
                    return Ok(run);
                };
                run.starts += block.send_lag_ns.count();
                run.blocks_run += 1;
                if !group.is_warm_up {
                    let place = Block {
                        pair,
                        position,
                        is_aa: group.is_aa,
                        ..block
                    };
                    run.blocks.push((side, place));
                }
                progress.step(4 * pair + position + 1);
            }
        }
        run.lost = crew.ends.iter().map(|ends| ends.lost()).sum();
        Ok(run)
    }

    /// One block of one arm; `None` if requests that were handed over have not ended.
    fn run_block(
        &self,
        clock: &impl Pace,
        crew: &Crew<'_>,
        arm: usize,
        plan_seed: u64,
    ) -> Result<Option<Block>, Payload> {
        let mut starts_ns = self.plan.starts_ns(plan_seed, self.block_ns);
        let hiccups = crew.hiccups_ns.snapshot();
        let ended = crew.ends[arm].seen();
        let before = SystemCounts::now();
        let first_ns = clock.now_ns() + LEAD_NS + LEAD_NS_EACH * starts_ns.len() as u64;
        starts_ns.iter_mut().for_each(|at| *at += first_ns);
        let starts_ns = Arc::new(starts_ns);
        let Seen {
            mut latency_ns,
            mut service_ns,
            send_lag_ns,
        } = crew.run(Task { arm, starts_ns })?;
        if matches!(crew.arms[arm].work, Work::HandedOver(_)) {
            if !all_ended(clock, &crew.ends[arm]) {
                return Ok(None);
            }
            let [latency, service] = crew.ends[arm].seen();
            latency_ns = latency.delta(&ended[0]);
            service_ns = service.delta(&ended[1]);
        }
        let system = SystemCounts::now().since(before);
        Ok(Some(Block {
            pair: 0,
            position: 0,
            is_aa: false,
            latency_ns,
            service_ns,
            send_lag_ns,
            hiccup_ns: crew.hiccups_ns.snapshot().delta(&hiccups),
            voluntary_switches: system.voluntary_switches,
            involuntary_switches: system.involuntary_switches,
            migrations: system.migrations,
            steal_ticks: system.steal_ticks,
            flagged: false,
        }))
    }

    fn report(&self, crew: &Crew<'_>, run: Run) -> Report {
        let handed_over = crew
            .arms
            .each_ref()
            .map(|arm| matches!(arm.work, Work::HandedOver(_)));
        let shape = match handed_over {
            [false, false] => "inline",
            [true, true] => "handed over",
            _ => "both",
        };
        let seconds = run.blocks_run.max(1) as f64 * self.block_ns as f64 / 1e9;
        let fault = run.fault();
        let rate_per_s = run.starts as f64 / seconds;
        let names = crew.arms.each_ref().map(|arm| arm.name().to_owned());
        let concluded = conclude(&self.terms, names, run.blocks, fault);
        Report {
            name: self.name.clone(),
            seed: self.terms.seed,
            environment: Environment::read(),
            plan: self.plan.to_string(),
            rate_per_s,
            block_ns: self.block_ns,
            workers: self.workers,
            shape: shape.to_owned(),
            burners: self.burners,
            arms: concluded.arms,
            ratios: concluded.ratios,
            service_ratios: concluded.service_ratios,
            allocs: None,
            judged: concluded.judged,
            verdict: concluded.verdict,
        }
    }
}

/// Ends the threads of a crew when dropped.
struct EndsAll<'s, 'a>(&'s Crew<'a>);

impl Drop for EndsAll<'_, '_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

type Payload = Box<dyn std::any::Any + Send>;

/// What the blocks have left behind: each with the side it stands for.
#[derive(Debug, Default)]
struct Run {
    blocks: Vec<(usize, Block)>,
    blocks_run: usize,
    starts: u64,
    lost: u64,
    hung: Option<u64>,
}

impl Run {
    fn fault(&self) -> Option<String> {
        match (self.hung, self.lost) {
            (Some(hung), _) => Some(format!("{hung} requests did not end within 10 s")),
            (None, 0) => None,
            (None, lost) => Some(format!(
                "{lost} requests were dropped, or ended before they began by another clock"
            )),
        }
    }
}

/// Four blocks that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) candidate_first: bool,
    pub(super) is_aa: bool,
    pub(super) is_warm_up: bool,
}

/// One group that is not counted, then the pairs, after every third the base against itself.
pub(super) fn groups(seed: u64, pairs: usize) -> Vec<Group> {
    let mut rng = Rng::new(seed);
    let mut group = |is_aa, is_warm_up| Group {
        candidate_first: rng.next() % 2 == 1,
        is_aa,
        is_warm_up,
    };
    let mut groups = vec![group(false, true)];
    for pair in 0..pairs {
        groups.push(group(false, false));
        if pair % 3 == 2 || pair + 1 == pairs {
            groups.push(group(true, false));
        }
    }
    groups
}

fn all_ended(clock: &impl Pace, ends: &Ends) -> bool {
    let end_ns = clock.now_ns() + PATIENCE_NS;
    while ends.under_way() > 0 {
        let now_ns = clock.now_ns();
        if now_ns >= end_ns {
            return false;
        }
        clock.wait_until(now_ns + LOOK_NS);
    }
    true
}
