//! A thread is held at each named point while the others go on. Run as `cargo chaos`.
#![cfg(shorttail_chaos)]

mod arena;
mod cache;
mod channel;
mod channel_waiters;
mod pool;
