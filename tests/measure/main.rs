//! Behaviour of `shorttail::measure`. Counts are per thread, so the tests run side by side.

mod alloc_guard;
mod alloc_region;
mod histogram;
mod stages;
mod wakes;

use shorttail::measure::AllocGuard;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();
