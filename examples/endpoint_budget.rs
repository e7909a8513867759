//! Nobody reads the latency charts, and a build that makes one request in two hundred slow is found
//! weeks later. Here an endpoint's p99 has a budget. Its first build runs and ends; the second is
//! another process, handed what the first has left in a file, and is told that it does worse though
//! it is within the target. Then its queue stalls, and the event says so, with the stage that holds
//! the time. Minutes pass as fast as the clock that we move, so each run is the same.
//!
//! Run: `cargo run --release --example endpoint_budget`. Last line:
//! `v1.8.0 was told worse than v1.7.0 after 7 minutes, its queue after 1 of at most 10`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use shorttail::control::{
    BudgetChange, BudgetState, Carried, EndpointBudget, Incident, IncidentWindow,
};
use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const MINUTE_NS: u64 = 60_000_000_000;
const MS: u64 = 1_000_000;
const P99: Duration = Duration::from_millis(250);

/// Requests a minute, and of how many of them each build makes a slow one.
const REQUESTS: u64 = 6_000;
const SLOW_ONES: [(&str, u64); 2] = [("v1.7.0", 500), ("v1.8.0", 180)];

/// From this minute on the queue of the second build stalls, for one request in twenty.
const STALLS_FROM: u64 = 41;

/// Two short windows.
const TOLD_WITHIN: u64 = 10;

/// One process of the service.
struct Service {
    budget: EndpointBudget,
    stages: StageSet,
    slowest: Exemplars,
    window: IncidentWindow,
    one_in: u64,
}

impl Service {
    /// With what the process before has left, if it has.
    fn start(build: &str, one_in: u64, left: &Path) -> Outcome<Self> {
        let mut described = EndpointBudget::builder("GET /cart")
            .p99(P99)
            .of_build(build);
        // A file that is damaged, or not there, is no reason not to start.
        if let Some(before) = fs::read(left).ok().and_then(|it| Carried::parse(&it).ok()) {
            println!(
                "{build} is handed {} requests of {}",
                before.requests(),
                before.build()
            );
            described = described.baseline(before);
        }
        let (stages, slowest) = (StageSet::standard(1), Exemplars::new(3));
        stages.mark_slow(P99.as_nanos() as u64);
        Ok(Self {
            budget: described.build(0)?,
            window: IncidentWindow::new(&stages, &slowest),
            stages,
            slowest,
            one_in,
        })
    }

    fn serve(&self, trace_id: u64, stalls: bool) {
        let mut timer = StageTimer::start(0);
        let waits_ns = if stalls && trace_id % 20 == 0 {
            400 * MS
        } else {
            MS
        };
        timer.lap(Stage::QUEUE_WAIT, waits_ns);
        let is_slow = trace_id % self.one_in == 0;
        let work_ns = if is_slow { 300 * MS } else { 20 * MS };
        timer.lap(Stage::PROCESSING, timer.total_ns() + work_ns);
        self.budget.observe(timer.total_ns());
        self.stages.record(&timer);
        self.slowest.offer(trace_id.into(), &timer);
    }

    /// A minute of requests, and what is told at its end.
    fn minute(&mut self, number: u64, stalls: bool) -> Vec<Incident> {
        let first = number * REQUESTS;
        (first..first + REQUESTS).for_each(|trace_id| self.serve(trace_id, stalls));
        self.window.turn(&self.stages, &self.slowest);
        let events = std::iter::from_fn(|| self.budget.tick(number * MINUTE_NS));
        events.map(|event| event.incident(&self.window)).collect()
    }
}

/// The first build: an hour in which all is well.
fn first(left: &Path) -> Outcome {
    let (build, one_in) = SLOW_ONES[0];
    let mut service = Service::start(build, one_in, left)?;
    for number in 1..=60 {
        assert!(service.minute(number, false).is_empty(), "no alarm");
    }
    Ok(fs::write(left, service.budget.save())?)
}

/// When the second was told what, in minutes since it was so.
struct Told {
    worse_after: u64,
    stall_after: u64,
}

fn second(left: &Path) -> Outcome<Told> {
    let (build, one_in) = SLOW_ONES[1];
    let mut service = Service::start(build, one_in, left)?;
    let (mut worse_after, mut stall_after) = (None, None);
    for number in 1..STALLS_FROM + TOLD_WITHIN {
        let stalls = number >= STALLS_FROM;
        let share = service.budget.burn_rates(60)[1].rate;
        for incident in service.minute(number, stalls) {
            println!("\nminute {number}: {incident}\n");
            let tail = incident.report.tail().ok_or("nothing was slow")?;
            match incident.event.change {
                BudgetChange::Regressed { .. } => {
                    assert!(share < 1.0, "within the target");
                    assert_eq!(tail.stage, Stage::PROCESSING);
                    worse_after = Some(number);
                }
                BudgetChange::Warn => {
                    assert_eq!(tail.stage, Stage::QUEUE_WAIT);
                    stall_after = Some(number + 1 - STALLS_FROM);
                }
                other => println!("and {other:?}"),
            }
        }
    }
    assert_ne!(service.budget.states()[1], BudgetState::Ok);
    Ok(Told {
        worse_after: worse_after.ok_or("nobody was told that the build does worse")?,
        stall_after: stall_after.ok_or("nobody was told of the queue")?,
    })
}

/// The acceptance check: a planted stall is told within two short windows, and a new build's rise
/// though no target is missed.
fn told_in_time(told: &Told) -> Outcome {
    let (old, new) = (SLOW_ONES[0].0, SLOW_ONES[1].0);
    if told.stall_after > TOLD_WITHIN || told.worse_after >= STALLS_FROM {
        return Err("told too late".into());
    }
    let Told {
        worse_after,
        stall_after,
    } = told;
    println!(
        "{new} was told worse than {old} after {worse_after} minutes, its queue after \
         {stall_after} of at most {TOLD_WITHIN}"
    );
    Ok(())
}

fn main() -> Outcome {
    if let [_, build, left] = &env::args().collect::<Vec<_>>()[..] {
        return match build == SLOW_ONES[0].0 {
            true => first(left.as_ref()),
            false => told_in_time(&second(left.as_ref())?),
        };
    }
    let left = env::temp_dir().join(format!("endpoint-budget-{}", std::process::id()));
    for (build, _) in SLOW_ONES {
        let ended = Command::new(env::current_exe()?)
            .arg(build)
            .arg(&left)
            .status()?;
        if !ended.success() {
            return Err(format!("{build}: {ended}").into());
        }
    }
    Ok(fs::remove_file(left)?)
}
