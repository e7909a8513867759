//! A channel without room and a model of it take the same steps and agree: what each call says, who
//! stands in line, who is woken, and that every value is dropped once. The steps are those of the
//! crate's own test, `tests/channel/meet_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/channel/meet_steps.rs"]
mod meet_steps;

fuzz_target!(|data: &[u8]| meet_steps::run(data));
