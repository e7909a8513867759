//! Tails of the blocks in an open loop, each beside what the standard library offers for the same.
//!
//! ```text
//! cargo bench --features trial --bench tail                  # every scenario, some minutes
//! cargo bench --features trial --bench tail -- --quick pool  # a few seconds, one scenario
//! cargo bench --features trial --bench tail -- overhead      # what the trial itself costs
//! cargo bench --features trial --bench tail -- rod           # what it says of planted cases
//! cargo bench --features trial --bench tail -- overload      # goodput of each policy, 80 seconds
//! cargo bench --features trial --bench tail -- hostile       # each kind of bad request, a minute
//! cargo bench --features trial --bench tail -- dead-origin   # loads of one that dies, a minute
//! cargo bench --features trial --bench tail -- hung          # loads that hang, two minutes
//! cargo bench --features trial --bench tail -- warm-up       # beside live traffic, two minutes
//! cargo bench --features trial --bench tail -- workers-idle  # what an idle pool takes, 20 seconds
//! ```
//!
//! Each scenario runs without and with as many burning threads as the machine has processors.
//! Results are printed and written to `target/shorttail/tail/<scenario>/`. A request is a batch of
//! calls where one call is too short to be judged alone.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]

mod arena;
mod bars;
mod bounds;
mod cache;
mod channel;
mod hostile;
mod http1;
mod lanes;
mod loads;
#[allow(dead_code, reason = "benches/vs waits for quiet too")]
mod others;
mod overhead;
mod overload;
mod pool;
mod rod;
mod tasks;
mod workers;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use shorttail::measure::trial::{Plan, Report, Trial, Verdict};

/// How long and how thoroughly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    quick: bool,
    burners: usize,
}

impl Effort {
    /// A trial of requests that are handed over; the base is the ordinary way, the candidate ours.
    ///
    /// Beside burners no driver on this many processors is punctual: judged is then the time from
    /// handing over to the end, not from the intended start. Both are printed.
    pub(crate) fn trial(self, name: &str, rate: f64) -> Trial {
        let trial = self.unjudged(name, Plan::poisson(rate));
        if self.burners == 0 {
            trial.limit(0.99, 1.1)
        } else {
            trial.limit_service(0.99, 1.1)
        }
    }

    /// The same of requests that take a microsecond or two on the driver's own thread, which is
    /// less than the machine's own hiccups: judged by what they take themselves.
    pub(crate) fn inline_trial(self, name: &str, rate: f64) -> Trial {
        self.service_trial(name, Plan::poisson(rate))
    }

    /// Judged from where a request begins in fact, whenever that is.
    pub(crate) fn service_trial(self, name: &str, plan: Plan) -> Trial {
        self.unjudged(name, plan).limit_service(0.99, 1.1)
    }

    fn unjudged(self, name: &str, plan: Plan) -> Trial {
        let (pairs, block_ns) = if self.quick {
            (6, 100_000_000)
        } else {
            (24, 250_000_000)
        };
        Trial::new(&format!("{name} burners={}", self.burners), plan)
            .pairs(pairs)
            .block_ns(block_ns)
            .burners(self.burners)
            .progress()
    }
}

type Scenario = fn(Effort) -> Report;

const SCENARIOS: [(&str, Scenario); 10] = [
    ("arena", arena::run),
    ("cache", cache::run),
    ("channel", channel::run),
    ("http1", http1::run),
    ("http1-hostile", hostile::run),
    ("lanes", lanes::run),
    ("pool", pool::run),
    ("stampede", loads::run_stampede),
    ("tasks", tasks::run),
    ("workers", workers::run),
];

/// What prints by itself, quickly or not; run only when it is named.
type Printed = fn(bool) -> io::Result<()>;

const PRINTED: [(&str, Printed); 6] = [
    ("dead-origin", loads::print_dead_origin),
    ("hostile", hostile::print),
    ("hung", loads::print_hung),
    ("overload", overload::print),
    ("warm-up", loads::print_warm_up),
    ("workers-idle", workers::print_idle),
];

fn main() -> ExitCode {
    // Cargo passes `--bench`; other words choose scenarios.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let quick = words.iter().any(|word| word == "--quick");
    let chosen: Vec<&String> = words.iter().filter(|word| *word != "--quick").collect();
    let is_chosen = |name: &str| chosen.iter().any(|word| *word == name);
    let named = |name: &str| {
        let printed = PRINTED.iter().map(|(name, _)| *name);
        printed
            .chain(["overhead", "rod"])
            .any(|known| known == name)
    };
    let known = |word: &str| named(word) || SCENARIOS.iter().any(|(name, _)| *name == word);
    if let Some(unknown) = chosen.iter().find(|word| !known(word)) {
        let names = SCENARIOS.map(|(name, _)| name).join(", ");
        let others = PRINTED.map(|(name, _)| name).join(", ");
        eprintln!("no scenario {unknown}; there are {names}, {others}, overhead, rod, and --quick");
        return ExitCode::from(2);
    }
    for (name, print) in PRINTED {
        if is_chosen(name) {
            if let Err(error) = print(quick) {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    if is_chosen("overhead") {
        overhead::print();
    }
    if is_chosen("rod") {
        rod::print(if quick { 6 } else { 24 });
    }
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let mut invalid = 0;
    for (name, run) in SCENARIOS {
        if !chosen.is_empty() && !is_chosen(name) {
            continue;
        }
        for burners in [0, cpus] {
            let report = run(Effort { quick, burners });
            println!("{}", report.markdown());
            invalid += u32::from(matches!(report.verdict, Verdict::Invalid(_)));
            let folder = format!("target/shorttail/tail/{name}-burners-{burners}");
            if let Err(error) = report.write_to(Path::new(&folder)) {
                eprintln!("{folder}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    if invalid > 0 {
        println!("{invalid} trials could not be judged: the reasons stand above");
    }
    ExitCode::SUCCESS
}
