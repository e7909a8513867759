//! The loads of a cache and a model of them take the same steps: what each call says, what each
//! waiter gets and that it is woken for it, which load asks its source, what is stored of what that
//! says, and what is counted. The steps are those of the crate's own test,
//! `tests/cache/load_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/cache/load_model/mod.rs"]
mod load_model;
#[path = "../../tests/cache/load_steps.rs"]
mod load_steps;

fuzz_target!(|data: &[u8]| {
    if let [settings, taken @ ..] = data {
        load_steps::run(*settings, taken);
    }
});
