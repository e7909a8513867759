//! No text makes a reader of ledgers panic or lose a row, and every build's name comes back out of
//! the row it was written to. The steps are those of the crate's own test,
//! `tests/trial/ledger_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/trial/ledger_steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
