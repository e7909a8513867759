//! Bursts and faults: one after another, each on a service of its own, with bounds on what it may
//! cost and counts that must add up.

pub(crate) mod accounts;
pub(crate) mod growth;
mod hands;
pub(crate) mod name;
mod one;
mod played;
pub(crate) mod process;
mod report;
mod scenario;
pub(crate) mod series;
mod shutdown;
pub(crate) mod soak;
pub(crate) mod state;
mod timeline;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use crate::args::Options;
use crate::driver::{Progress, Shares};
use crate::machine::Machine;
use crate::plan::{ITEMS, Zipf};
use accounts::Accounts;
use name::Fault;
use scenario::{Bound, Scenario};
use series::Window;

/// What every fault needs at hand.
struct Bench<'o> {
    options: &'o Options,
    shares: Shares,
    zipf: Zipf,
    /// Requests per second of the service when every connection is always busy.
    capacity: f64,
}

impl<'o> Bench<'o> {
    /// Measures the capacity, unless a rate is given.
    fn new(options: &'o Options) -> io::Result<Self> {
        let mut bench = Self {
            options,
            shares: Shares::of_this_machine(),
            zipf: Zipf::new(ITEMS),
            capacity: 0.0,
        };
        bench.capacity = options.rate.map_or_else(|| one::capacity(&bench), Ok)?;
        Ok(bench)
    }
}

/// What one fault showed.
struct Outcome {
    fault: Fault,
    from_ns: u64,
    to_ns: u64,
    bound: Bound,
    /// Requests that should have started from the fault's begin on.
    n: usize,
    /// Before the fault.
    old_p99_ns: Option<u64>,
    /// Of those `n`, until they were over.
    p999_ns: Option<u64>,
    recovery_ns: Option<u64>,
    accounts: Accounts,
    /// Whether the counts add up and everything is back: what else was counted, or what is wrong.
    counts: Result<String, String>,
    windows: Vec<Window>,
}

impl Outcome {
    /// The run itself came to nothing.
    fn broken(scenario: &Scenario, error: &io::Error) -> Self {
        let accounts = Accounts::default();
        one::outcome(
            scenario,
            &[],
            &[],
            accounts,
            Err(format!("broken: {error}")),
        )
    }

    fn latency_held(&self) -> bool {
        within(self.p999_ns, self.bound.p999_ms)
    }

    fn recovery_held(&self) -> bool {
        within(self.recovery_ns, self.bound.recovery_ms)
    }
}

fn within(ns: Option<u64>, bound_ms: f64) -> bool {
    ns.is_some_and(|ns| ns as f64 <= bound_ms * 1e6)
}

/// Runs `faults` in turn, prints and saves; fails if counts do not add up, and if `strict` where a
/// bound was not held.
pub(crate) fn run(options: &Options, faults: &[Fault], strict: bool) -> io::Result<ExitCode> {
    let began = Instant::now();
    let machine = Machine::read();
    let progress = Progress::new();
    crate::service::make_directory(&options.out)?;
    progress.say("capacity");
    let bench = Bench::new(options)?;
    let mut outcomes = Vec::new();
    for &fault in faults {
        progress.say(&format!("{}: {}", fault.name(), fault.what()));
        let scenario = Scenario::of(fault, options.seconds);
        let outcome = match fault {
            Fault::Shutdown => shutdown::run(&bench, &scenario),
            _ => one::run(&bench, &scenario),
        };
        outcomes.push(outcome.unwrap_or_else(|error| Outcome::broken(&scenario, &error)));
    }
    progress.clear();
    let machine = machine.finish();
    let mut output = io::stdout().lock();
    report::print(&bench, &machine, &outcomes, &mut output)?;
    let (json, picture) = (
        options.out.join("faults.json"),
        options.out.join("timeline.svg"),
    );
    std::fs::write(&json, report::json(&bench, &machine, &outcomes))?;
    std::fs::write(&picture, timeline::draw(&outcomes))?;
    let (json, picture) = (json.display(), picture.display());
    writeln!(output, "written: {json}, {picture}")?;
    let held = |kept: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|o| kept(o)).count();
    let counts = held(&|outcome| outcome.counts.is_ok());
    let bounds = held(&|outcome| outcome.latency_held() && outcome.recovery_held());
    writeln!(
        output,
        "finished in {:.1} s; of {} faults counts add up in {counts}, bounds held in {bounds}",
        began.elapsed().as_secs_f64(),
        outcomes.len(),
    )?;
    let all = outcomes.len();
    let good = counts == all && (!strict || bounds == all);
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
