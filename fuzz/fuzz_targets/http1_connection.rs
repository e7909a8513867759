//! A whole connection: neither the pace of its bytes nor what its caller does in between changes
//! what it brings, and nothing is parsed behind an error or a close.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/http1/session_steps.rs"]
mod session_steps;

fuzz_target!(|data: &[u8]| {
    let [count, rest @ ..] = data else { return };
    let steps = usize::from(count & 0x1f).min(rest.len());
    let (steps, bytes) = rest.split_at(steps);
    session_steps::check(steps, bytes);
});
