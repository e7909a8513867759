//! Requests under any set of rules: a leniency excuses what it names and nothing else, an added
//! rule refuses what it names and nothing else, and neither the cuts nor the engine matter. The
//! steps are those of the crate's own test, `tests/http1/rules_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/http1/rules_steps.rs"]
mod rules_steps;
#[path = "../../tests/http1/support.rs"]
mod support;

fuzz_target!(|data: &[u8]| {
    if let [lenient, strict, step, bytes @ ..] = data {
        rules_steps::run(*lenient, *strict, usize::from(*step), bytes);
    }
});
