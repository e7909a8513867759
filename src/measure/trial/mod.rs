//! Paired open-loop trials: is this code slower than that, in the tail, on this machine?
//!
//! Feature `trial`. Criterion and its kin compare means; a tail needs requests that start when
//! they would in service, and a noisy machine needs both sides measured within the same seconds.
//!
//! 1. A [`Plan`] fixes when requests start: [uniform](Plan::uniform), [Poisson](Plan::poisson),
//!    [bursts](Plan::bursts), a [ramp](Plan::ramp) or a [recorded trace](Plan::replay).
//! 2. Two [`Arm`]s do the work: [inline](Arm::inline) on the trial's threads, or
//!    [handed over](Arm::handed_over) to a queue, a pool or a runtime.
//! 3. A [`Trial`] runs them in turn and reports every distribution, the ratio of each percentile
//!    with its interval, and a [`Verdict`].
//!
//! | what could deceive | what is done |
//! |---|---|
//! | a stalled server delays the next question | latency counts from the intended start |
//! | the driver is late itself | its lag is recorded; over a tenth of the latency: no verdict |
//! | the machine drifts | base and candidate run base–candidate–candidate–base |
//! | the machine is noisy | one group in four runs the base twice: that is the least bar |
//! | one bad moment decides | blocks with hiccups are flagged; the rest must agree |
//! | a freeze hides in a few blocks | judged are the typical group and all of them merged |
//! | neighbouring samples are not independent | whole groups are resampled, never requests |
//! | p99.9 of a thousand samples | none of an arm is given with fewer than 100 samples beyond it |
//!
//! `blocks.csv` gives each block's percentiles whatever their number of samples, which stands
//! beside them: they are for plotting.
//!
//! An inline request costs the trial one clock reading and a few nanoseconds, one that is handed
//! over its own reading, the finisher's and some 25 ns (see
//! [`performance`](crate::guide::performance)); work of that size cannot be judged one request at
//! a time, and is put into requests of many calls. Where no driver can be punctual, as beside as
//! many burners as there are processors, [`limit_service`](Trial::limit_service) judges what is
//! left to judge; drivers that spin for punctuality take a processor each, those on a
//! [`SleepClock`] do not.
//!
//! # The gate
//! [`Trial::limit`] bounds the ratio to the base, [`Trial::target`] the candidate's own time;
//! [`Verdict::exit_code`] is what a job in CI ends with, [`Report::append_to`] keeps the run in a
//! ledger, [`impact_table`] makes the change log's table of it, and [`alert_rules`] makes alerts of
//! the same targets. `examples/tail_gate.rs` is all of that, to be copied.
//!
//! # What it costs
//! Nothing of this is for a hot path: it allocates as it needs. What waits is [`Trial::run`], for
//! as long as the trial takes, [`Pace::wait_until`], [`Environment::read`], and what writes a file.
//! From a block's first start to its last, nothing but the arms' own work allocates.
//!
//! # How long it takes
//! (pairs × 4/3 + 1) groups of four blocks: 53 s as [`Trial::new`] makes it. Each arm gets two
//! blocks a pair, and needs 100/(1 − q) requests in all for percentile q: 10 000 for p99, 100 000
//! for p99.9.
//!
//! # On two processors
//! A thread that drives, one that works and one that watches are more than two. A service that is
//! handed its requests is compared there with drivers that sleep, from the moment of handing over:
//! [`SleepClock`] and [`limit_service`](Trial::limit_service).
//!
//! # Examples
//! Two functions, of which the second does twice the work: seventeen seconds, and a regression.
//! ```no_run
//! use std::hint::black_box;
//! use shorttail::measure::trial::{Arm, Plan, Trial};
//! use shorttail::time::StdClock;
//!
//! let sum = |n: u64| { black_box((0..n).map(black_box).sum::<u64>()); };
//! let trial = Trial::new("sum", Plan::poisson(2_000.0)) // requests a second
//!     .pairs(12) // 40, and 53 s, unless this says otherwise
//!     .limit_service(0.5, 1.1); // the p50 of the work; `limit` counts from when it was due
//! let arms = [Arm::inline("base", |_| sum(5_000)), Arm::inline("candidate", |_| sum(10_000))];
//! let report = trial.run(&StdClock, arms)?;
//! println!("{}\n{}", report.markdown(), report.verdict);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! A service on a runtime: the request goes along into the task and ends there.
//! ```no_run
//! use shorttail::measure::trial::{Arm, Plan, Trial};
//! use shorttail::time::{Clock, StdClock};
//!
//! # async fn old_handler(_: u64) {}
//! # async fn new_handler(_: u64) {}
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = tokio::runtime::Runtime::new()?;
//! let arms = [
//!     Arm::handed_over("old", |request| {
//!         drop(runtime.spawn(async move {
//!             old_handler(request.number()).await;
//!             request.finish(StdClock.now_ns());
//!         }));
//!     }),
//!     Arm::handed_over("new", |request| {
//!         drop(runtime.spawn(async move {
//!             new_handler(request.number()).await;
//!             request.finish(StdClock.now_ns());
//!         }));
//!     }),
//! ];
//! let report = Trial::new("handler", Plan::poisson(20_000.0))
//!     .limit(0.99, 1.1)
//!     .run(&StdClock, arms)?;
//! report.write_to("target/trial".as_ref())?;
//! # Ok(())
//! # }
//! ```
// Counts and nanoseconds become `f64` for arithmetic on ratios; 2^53 ns are 104 days.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ratios of counts and times far below 2^53"
)]

mod arm;
mod bound;
mod conclude;
mod csv;
mod driver;
mod environment;
mod error;
mod figure;
mod files;
mod hgrm;
mod json;
mod ledger;
mod markdown;
mod pace;
mod plan;
mod progress;
mod report;
mod request;
mod rng;
mod row;
mod rules;
mod run;
mod stats;
mod svg;
#[cfg(all(test, not(shorttail_loom)))]
mod synthetic;
mod system;
mod target;
#[cfg(all(test, not(shorttail_loom)))]
mod tests;
mod text;
mod timeline;
mod verdict;
mod whole;

pub use arm::Arm;
pub use bound::Bound;
pub use environment::Environment;
pub use error::ConfigError;
pub use figure::Figure;
pub(crate) use ledger::{Entry, append_row};
pub use ledger::{LedgerError, impact_table};
pub use pace::{Pace, SleepClock};
pub use plan::Plan;
pub use report::{ArmReport, Block, Report};
pub use request::Request;
pub use rules::alert_rules;
pub use run::Trial;
pub use target::Target;
pub use verdict::{Estimate, Judged, QuantileRatio, Verdict};
