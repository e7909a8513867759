//! Every non-blocking call under RealtimeSanitizer. Run as `cargo +nightly rtsan`.
//!
//! Each test makes its calls through `realtime::nonblocking`, whose attribute stops the process at
//! the first allocation, lock or system call below it. The same attribute on the library's calls
//! (`tests/tidy/realtime.rs` lists them) serves users who run the sanitizer over their own code.
//! `harness` shows that the sanitizer is really on, and sees into the library.
#![cfg(shorttail_rtsan)]
#![feature(sanitize)]

mod arena;
mod bytes_pool;
mod cache;
mod channel;
mod control;
mod harness;
mod http1;
mod http1_access;
mod http1_bodies;
mod http1_decoding;
mod http1_table;
mod limit;
mod measure;
mod pool;
mod realtime;
mod time;
mod workers;
