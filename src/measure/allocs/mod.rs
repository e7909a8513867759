//! The counting allocator, what reads its counts, and what disturbs it on purpose.

mod assert;
mod call;
mod counts;
mod fault;
mod guard;
mod ledger;
mod offender;
mod region;
#[cfg(all(target_os = "linux", not(target_arch = "arm"), not(shorttail_portable)))]
#[path = "stack_linux.rs"]
mod stack;
#[cfg(not(all(target_os = "linux", not(target_arch = "arm"), not(shorttail_portable))))]
#[path = "stack_portable.rs"]
mod stack;
#[cfg(all(test, not(shorttail_loom)))]
mod tests;
mod watch;
mod watched;

pub use assert::{NoAllocPolls, assert_no_alloc, no_alloc_polls, permit_allocs};
pub use counts::AllocCounts;
pub use fault::AllocFault;
pub use guard::{AllocGuard, count_allocs, process_allocs, thread_allocs};
pub use region::{AllocRegion, AllocScope};
pub use watched::Watched;
