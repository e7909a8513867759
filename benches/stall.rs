//! An allocator that sleeps a millisecond in each call: what requests through the blocks, and the
//! same the ordinary way, take beside themselves without it.
//!
//! `cargo bench --features trial --bench stall`, with `-- --quick` in 20 seconds.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]

#[path = "../tests/alloc/request_path.rs"]
mod request_path;

use std::hint::black_box;
use std::time::Duration;

use shorttail::measure::trial::{Arm, Plan, Trial};
use shorttail::measure::{AllocFault, AllocGuard};
use shorttail::time::StdClock;

use request_path::{Blocks, Ordinary};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

const STALL: Duration = Duration::from_millis(1);

/// The same requests on both sides, the candidate's allocations stalled.
fn print(name: &str, rate: f64, pairs: usize, request: impl Fn(u64) -> u64 + Send + Sync) {
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
    let report = trial
        .pairs(pairs)
        .block_ns(250_000_000)
        .limit_service(0.99, 1.1)
        .limit_service(0.999, 1.1)
        .progress()
        .run(&StdClock, arms)
        .expect("sound settings");
    println!("{}", report.markdown());
}

fn main() {
    let is_quick = std::env::args().any(|word| word == "--quick");
    let pairs = if is_quick { 6 } else { 24 };
    let (blocks, ordinary) = (Blocks::new(), Ordinary::new());
    print("blocks", 40_000.0, pairs, |number| blocks.request(number));
    // Four stalls a request: the rate that can be served with them.
    let request = |number| ordinary.request(number);
    print("the ordinary way", 150.0, pairs, request);
}
