//! The counting allocator and what reads its counts.

mod counts;
mod guard;
mod ledger;
mod region;
#[cfg(all(test, not(shorttail_loom)))]
mod tests;
mod watched;

pub use counts::AllocCounts;
pub use guard::{AllocGuard, assert_no_alloc, count_allocs, process_allocs};
pub use region::{AllocRegion, AllocScope};
pub use watched::Watched;
