//! Handles on pooled memory against `Vec<u8>`: each holds what its model holds, a handle that is
//! alone can be thawed and no other, two parts are joined if they adjoin and only then, and the
//! pool's counts are those of the handles alive. The steps are those of the crate's own test,
//! `tests/pool/steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/pool/steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
