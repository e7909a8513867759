//! The rod on this machine's own clock: the same work twice, and half as much again.

use shorttail::measure::trial::{Arm, Plan, Trial};
use shorttail::time::{Clock, StdClock};

const WORK_NS: u64 = 100_000;

/// Keeps the processor for so long.
fn work(ns: u64) -> impl Fn(u64) {
    move |_| {
        let end_ns = StdClock.now_ns() + ns;
        while StdClock.now_ns() < end_ns {}
    }
}

/// Prints both reports: no regression is to be found in the first, one in the second.
pub(crate) fn print(pairs: usize) {
    for (name, ns) in [
        ("the same twice", WORK_NS),
        ("planted: half more", WORK_NS * 3 / 2),
    ] {
        let arms = [
            Arm::inline("base", work(WORK_NS)),
            Arm::inline("candidate", work(ns)),
        ];
        let trial = Trial::new(&format!("rod, {name}"), Plan::poisson(2_000.0))
            .pairs(pairs)
            .block_ns(500_000_000)
            .limit(0.5, 1.1)
            .progress();
        let report = trial.run(&StdClock, arms).expect("sound settings");
        println!("{}", report.markdown());
    }
}
