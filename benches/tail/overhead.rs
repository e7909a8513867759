//! What the trial itself costs a request, beside the clock it reads.

use std::hint::black_box;
use std::time::Instant;

use shorttail::measure::trial::{Arm, Plan, Request, Trial};
use shorttail::time::{Clock, StdClock};

const REQUESTS: usize = 200_000;

/// Prints both as nanoseconds a request: medians over the blocks, with their range.
pub(crate) fn print() {
    // All requests are due at once, so the last one's latency is the time that all took.
    let plan = Plan::replay(vec![0; REQUESTS]);
    let nothing = |name| {
        Arm::inline(name, |number| {
            black_box(number);
        })
    };
    let trial = Trial::new("overhead", plan).pairs(6);
    let report = trial
        .run(&StdClock, [nothing("a"), nothing("b")])
        .expect("sound settings");
    let blocks = report.arms.iter().flat_map(|arm| &arm.blocks);
    let whole: Vec<f64> = blocks
        .map(|block| block.latency_ns.max() as f64 / REQUESTS as f64)
        .collect();
    let clock = whole.iter().map(|_| {
        let start = Instant::now();
        (0..REQUESTS).for_each(|_| {
            black_box(StdClock.now_ns());
        });
        start.elapsed().as_nanos() as f64 / REQUESTS as f64
    });
    print_one("one clock reading", clock.collect());
    print_one("one request of a trial, doing nothing", whole);
    print_one("one request handed over, finished at once", handed_over());
}

/// The request's two readings of the clock are in it: the finisher's own, and the driver's.
fn handed_over() -> Vec<f64> {
    let finish = |request: Request| request.finish(StdClock.now_ns());
    let report = Trial::new("overhead", Plan::replay(vec![0; REQUESTS]))
        .pairs(6)
        .run(
            &StdClock,
            [Arm::handed_over("a", finish), Arm::handed_over("b", finish)],
        )
        .expect("sound settings");
    let blocks = report.arms.iter().flat_map(|arm| &arm.blocks);
    blocks
        .map(|block| block.latency_ns.max() as f64 / REQUESTS as f64)
        .collect()
}

fn print_one(name: &str, mut ns: Vec<f64>) {
    ns.sort_unstable_by(f64::total_cmp);
    let (low, middle, high) = (ns[0], ns[ns.len() / 2], ns[ns.len() - 1]);
    let n = ns.len();
    println!("{name}: median {middle:.1} ns, {low:.1} to {high:.1}, n = {n} blocks");
}
