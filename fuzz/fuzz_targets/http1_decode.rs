//! Text of any kind, decoded into a scratch of any size, split into pairs and into cookies: all as
//! plain decoders that copy have it. The steps are those of the crate's own test,
//! `tests/http1/decode_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/http1/decode_steps.rs"]
mod decode_steps;

fuzz_target!(|data: &[u8]| {
    if let [room, text @ ..] = data {
        decode_steps::run(usize::from(*room), text);
    }
});
