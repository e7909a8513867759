//! A pool of workers against plain queues and the rule of whose turn it is: every job is run,
//! expires, panics or is handed back, once and in its turn. The steps are those of the crate's own
//! test, `tests/workers/steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/channel/lanes/oracle.rs"]
#[allow(dead_code, reason = "the channel's own tests use all of it")]
mod oracle;
#[path = "../../tests/workers/steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
