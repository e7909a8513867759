//! Every non-blocking call under RealtimeSanitizer. Run as `cargo +nightly rtsan`.
#![cfg(shorttail_rtsan)]

mod arena;
mod cache;
mod channel;
mod http1;
mod measure;
mod pool;
