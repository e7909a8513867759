//! A bounded channel and a mutex ring take the same steps and answer alike; futures polled by hand
//! are woken first come, first woken; every value is dropped once. The steps are those of the
//! crate's own test, `tests/channel/steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/channel/held.rs"]
mod held;
#[path = "../../tests/channel/line.rs"]
mod line;
#[allow(dead_code, reason = "its blocking half is for other tests")]
#[path = "../../tests/channel/oracle.rs"]
mod oracle;
#[path = "../../tests/channel/steps.rs"]
mod steps;

fuzz_target!(|data: &[u8]| {
    if let [capacity, taken @ ..] = data {
        steps::run(usize::from(capacity % 17) + 1, taken);
    }
});
