//! A pool of `Bytes` and a model of it take the same steps and agree: what each handle holds, which
//! slots have somebody on them, whether a refusal is right, and where the slots lie. The steps are
//! those of the crate's own test, `tests/pool/bytes_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/pool/bytes_steps.rs"]
mod bytes_steps;

fuzz_target!(|data: &[u8]| bytes_steps::run(data));
