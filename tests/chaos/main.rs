//! A thread is held at each named point while the others go on. Run as `cargo chaos`.
#![cfg(shorttail_chaos)]

mod arena;
mod asleep;
mod bytes_pool;
mod cache;
mod channel;
mod channel_batch;
mod channel_room;
mod channel_waiters;
#[allow(dead_code, reason = "its other half is for other tests")]
#[path = "../channel/executor.rs"]
mod executor;
mod lanes;
mod pool;
mod pool_waiting;
mod rendezvous;
mod select;
#[path = "../channel/until.rs"]
mod until;
mod workers;
