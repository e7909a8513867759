//! Response heads: what is written, httparse reads back, and no line more; what is refused leaves
//! nothing behind.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/http1/response_steps.rs"]
mod response_steps;

fuzz_target!(|data: &[u8]| {
    response_steps::check(data);
});
