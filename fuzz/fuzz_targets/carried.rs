//! No bytes make a reader of what an endpoint's budget saved panic, nor a budget that goes on from
//! them: what is read is what was written, and is saved and merged again. The steps are those of
//! the crate's own test, `tests/control/carried_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/control/carried_steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
