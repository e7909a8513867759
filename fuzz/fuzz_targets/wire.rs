//! Time-out headers are read as another reader reads them, and what is written is read again as no
//! more than was left. The steps are those of the crate's own test, `tests/time/wire_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/time/wire_steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
