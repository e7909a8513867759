//! Behaviour of `shorttail::measure`. Counts are per thread, so the tests run side by side.

mod alloc_fault;
mod alloc_guard;
mod alloc_region;
mod alloc_watch;
mod exemplars;
mod histogram;
mod stages;
mod task;
mod wakes;

use shorttail::measure::AllocGuard;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();
