//! No text makes a reader of snapshots panic, what it takes is what was meant, and whatever it
//! holds is merged, asked and written again. The steps are those of the crate's own test,
//! `tests/interop/snapshot_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/interop/snapshot_steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| steps::run(data));
