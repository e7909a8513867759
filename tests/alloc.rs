//! Every documented zero, asserted under a counting allocator. A binary of its own, since it
//! installs a global allocator. Counts are per thread, so the tests run side by side.

use shorttail::measure::AllocGuard;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

#[path = "alloc/arena.rs"]
mod arena;
#[path = "alloc/bytes_pool.rs"]
mod bytes_pool;
#[path = "alloc/cache.rs"]
mod cache;
#[path = "alloc/cache_loads.rs"]
mod cache_loads;
#[path = "alloc/channel.rs"]
mod channel;
#[path = "alloc/control.rs"]
mod control;
#[path = "alloc/http1.rs"]
mod http1;
#[path = "alloc/http1_decoding.rs"]
mod http1_decoding;
#[cfg(feature = "futures")]
#[path = "alloc/interop.rs"]
mod interop;
#[path = "alloc/lanes.rs"]
mod lanes;
#[path = "alloc/limit.rs"]
mod limit;
#[path = "alloc/measure.rs"]
mod measure;
#[path = "alloc/oom.rs"]
mod oom;
#[path = "alloc/pool.rs"]
mod pool;
#[path = "alloc/rendezvous.rs"]
mod rendezvous;
#[path = "alloc/request_path.rs"]
mod request_path;
#[path = "alloc/stall.rs"]
mod stall;
#[path = "alloc/workers.rs"]
mod workers;

/// Without this the zeros below it would prove nothing.
#[test]
fn the_guard_is_installed() {
    assert!(AllocGuard::is_installed());
}
