//! Every documented zero, asserted under a counting allocator. A binary of its own, since it
//! installs a global allocator.

#[path = "alloc/arena.rs"]
mod arena;
#[path = "alloc/cache.rs"]
mod cache;
#[path = "alloc/channel.rs"]
mod channel;
#[path = "alloc/http1.rs"]
mod http1;
#[path = "alloc/measure.rs"]
mod measure;
#[path = "alloc/pool.rs"]
mod pool;
