//! Measuring tools that a service can leave on: histograms, stage timers, allocation counts.
//!
//! ```
//! use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};
//! use shorttail::time::{Clock, StdClock};
//!
//! let stages = StageSet::standard(8); // shards: the threads that record at once
//! let slowest: Exemplars = Exemplars::new(16);
//! stages.mark_slow(50_000_000); // above 50 ms
//!
//! let mut timer = StageTimer::start(StdClock.now_ns()); // goes along with the request
//! // it stands in a queue
//! timer.lap(Stage::QUEUE_WAIT, StdClock.now_ns());
//! // it is worked on
//! timer.lap(Stage::PROCESSING, StdClock.now_ns());
//! stages.record(&timer);
//! slowest.offer(0x5eed, &timer); // with its trace id
//!
//! let report = stages.report();
//! assert_eq!(report.total().count(), 1);
//! println!("{report}"); // a line a stage: p50, p99, p99.9
//! ```
//!
//! | question | tool |
//! |---|---|
//! | How is this time distributed? | [`Recorder`], [`SharedRecorder`], [`Snapshot`] |
//! | In which stage does a request spend its time? | [`StageTimer`], [`StageSet`] |
//! | Which stage holds the time above p99? | [`StageSet::mark_slow`], [`StageReport::tail`] |
//! | How long does a task stand in its runtime's queue? | [`WakeSlots`], [`Timed`] |
//! | Which requests were the slowest? | [`Exemplars`] |
//! | Does this call allocate? | [`AllocGuard`] with [`count_allocs`] or [`assert_no_alloc`] |
//! | Does this future, in any of its polls? | [`no_alloc_polls`] |
//! | What does my handler allocate? | [`AllocRegion`] |
//! | What does a thread, what the process? | [`thread_allocs`], [`process_allocs`] |
//! | What happens when memory runs out, or the allocator stalls? | [`AllocFault`] |
//! | How many sleepers were woken by system call? | [`wake_calls`] |
//! | Is this code slower than that, in the tail? | `trial`, a feature |
//!
//! Nothing here reads a clock: readings are passed in, from [`time`](crate::time) or elsewhere.
//! Distributions are handed out whole; there is no call that gives only a mean. Constructors
//! allocate, and what an assertion has to say; nothing else does and nothing waits, unless it says
//! so.

mod allocs;
mod histogram;
#[cfg(all(test, shorttail_loom))]
mod models;
mod stage;
mod task;
#[cfg(feature = "trial")]
pub mod trial;

pub use crate::sync::wake_calls;
pub use allocs::{
    AllocCounts, AllocFault, AllocGuard, AllocRegion, AllocScope, NoAllocPolls, Watched,
    assert_no_alloc, count_allocs, no_alloc_polls, permit_allocs, process_allocs, thread_allocs,
};
pub use histogram::{COARSE, FINE, Histogram, Recorder, STANDARD, SharedRecorder, Snapshot};
pub(crate) use histogram::{STANDARD_WIDTH, percent};
pub use stage::{Exemplar, Exemplars, Stage, StageReport, StageSet, StageTimer, TailStage};
pub use task::{TaskTimes, Timed, WakeSlots};
