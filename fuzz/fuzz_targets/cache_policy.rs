//! A cache and a plain model of its policy take the same steps and keep the same keys: which entry
//! leaves is decided alike each time. The steps are those of the crate's own test,
//! `tests/cache/policy_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/cache/policy_steps.rs"]
mod policy_steps;

fuzz_target!(|data: &[u8]| {
    if let [capacity, weight_max, taken @ ..] = data {
        policy_steps::run(
            usize::from(capacity % 28) + 1,
            u32::from(*weight_max),
            taken,
        );
    }
});
