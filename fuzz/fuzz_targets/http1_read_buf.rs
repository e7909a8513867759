//! A connection read into a pooled buffer, its heads dropped, kept where they were read, or owned:
//! what is read is what is read at once, a kept head stays what it was, and every slot comes back.
//! The steps are those of the crate's own test, `tests/http1/read_buf_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/http1/read_buf_steps.rs"]
mod read_buf_steps;
#[allow(dead_code)] // What only other targets and tests call.
#[path = "../../tests/http1/support.rs"]
mod support;

fuzz_target!(|data: &[u8]| {
    let [count, rest @ ..] = data else { return };
    let steps = usize::from(count & 0x3f).min(rest.len());
    let (steps, bytes) = rest.split_at(steps);
    read_buf_steps::run(steps, bytes);
});
