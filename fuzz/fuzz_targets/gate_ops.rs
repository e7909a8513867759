//! A gate against a list of who is in and who waits: who may enter does and nobody else, for the
//! reason that is told, in the order of tiers; no permit and no wake is lost. The steps are those
//! of the crate's own test, `tests/control/gate_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/control/gate_steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
