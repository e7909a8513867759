//! An allocator that sleeps a millisecond in each call: what requests through the blocks, and the
//! same the ordinary way, take beside themselves without it.
//!
//! `cargo bench --features trial --bench stall`, with `-- --quick` in 20 seconds. With
//! `-- --ledger BUILD` each becomes a row of `benches/ledger.jsonl` under the build's name, and the
//! change log's table is printed.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::cast_precision_loss, reason = "a mean, to be read by people")]

#[path = "../tests/alloc/request_path.rs"]
mod request_path;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use shorttail::measure::trial::{Arm, Plan, Trial, impact_table};
use shorttail::measure::{AllocFault, AllocGuard, count_allocs};
use shorttail::time::StdClock;

use request_path::{Blocks, Ordinary};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

/// Requests whose allocations are counted, before any is stalled.
const COUNTED: u64 = 1_000;

const STALL: Duration = Duration::from_millis(1);

const LEDGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ledger.jsonl");

/// What the command line asks for.
struct Asked {
    pairs: usize,
    /// The build whose rows the ledger gets.
    build: Option<String>,
}

impl Asked {
    fn read() -> Self {
        let mut words = std::env::args();
        let is_quick = std::env::args().any(|word| word == "--quick");
        let build = words
            .find(|word| word == "--ledger")
            .map(|_| words.next().expect("--ledger takes the name of a build"));
        let pairs = if is_quick { 6 } else { 24 };
        Self { pairs, build }
    }

    /// The same requests on both sides, the candidate's allocations stalled.
    fn stalled(&self, name: &str, rate: f64, request: impl Fn(u64) -> u64 + Send + Sync) {
        let (allocs, _) = count_allocs(|| (0..COUNTED).map(&request).sum::<u64>());
        let calls = (allocs.allocs + allocs.reallocs) as f64 / COUNTED as f64;
        let stalled = AllocFault::delay_after(0, STALL).lasting();
        let arms = [
            Arm::inline("as it is", |number| {
                black_box(request(number));
            }),
            Arm::inline("stalled", |number| {
                black_box(stalled.run(|| request(number)));
            }),
        ];
        let trial = Trial::new(&format!("{name}, malloc stalled 1 ms"), Plan::poisson(rate));
        let mut report = trial
            .pairs(self.pairs)
            .block_ns(250_000_000)
            .limit_service(0.99, 1.1)
            .limit_service(0.999, 1.1)
            .progress()
            .run(&StdClock, arms)
            .expect("sound settings");
        report.allocs = Some([calls; 2]);
        println!("{}", report.markdown());
        if let Some(build) = &self.build {
            let added = report.append_to(Path::new(LEDGER), build);
            added.expect("the ledger takes a row");
        }
    }
}

fn main() {
    let asked = Asked::read();
    let (blocks, ordinary) = (Blocks::new(), Ordinary::new());
    asked.stalled("blocks", 40_000.0, |number| blocks.request(number));
    // Three stalls a request: the rate that can be served with them.
    asked.stalled("the ordinary way", 150.0, |number| ordinary.request(number));
    if asked.build.is_some() {
        let ledger = fs::read_to_string(LEDGER).expect("rows were added");
        print!("{}", impact_table(&ledger).expect("it has rows alone"));
    }
}
