//! Every non-blocking call under RealtimeSanitizer. Run as `cargo +nightly rtsan`.
//!
//! Calls of the library that carry the attribute stop the process at the first allocation, lock or
//! system call; a test here only has to make them, on every path. `harness` shows that the
//! sanitizer is really on.
#![cfg(shorttail_rtsan)]
#![feature(sanitize)]

mod arena;
mod cache;
mod channel;
mod harness;
mod http1;
mod measure;
mod pool;
