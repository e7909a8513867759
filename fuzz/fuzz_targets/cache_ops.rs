//! A cache and a map that forgets nothing take the same steps: what a get or a walk finds is the
//! last value stored and as fresh as the clock says, and what left is told of once. The steps are
//! those of the crate's own test, `tests/cache/life_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/cache/life_steps.rs"]
mod life_steps;

fuzz_target!(|data: &[u8]| {
    if let [capacity, taken @ ..] = data {
        life_steps::run(usize::from(capacity % 16) + 1, capacity >> 4, taken);
    }
});
