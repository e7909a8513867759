//! A select over three channels and a model of it take the same steps and agree: what is selected,
//! what came of it, who is woken, and that every value is dropped once. The steps are those of the
//! crate's own test, `tests/channel/select_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "its sends are for another target")]
#[path = "../../tests/channel/line.rs"]
mod line;
#[allow(dead_code, reason = "what else it can do is for other tests")]
#[path = "../../tests/channel/oracle.rs"]
mod oracle;
#[path = "../../tests/channel/select_steps.rs"]
mod select_steps;

fuzz_target!(|data: &[u8]| {
    if let [capacity, taken @ ..] = data {
        select_steps::run(usize::from(capacity % 5) + 1, taken);
    }
});
