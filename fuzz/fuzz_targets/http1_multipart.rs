//! Forms: the same parts at every cut, those that a plain decoder finds which has all of it at
//! once, and no more held back or examined than is promised. The steps are those of the crate's
//! own test, `tests/http1/multipart_steps.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorttail::http1::MultipartLimits;

#[path = "../../tests/http1/multipart_steps.rs"]
mod multipart_steps;

const BOUNDARIES: [&[u8]; 4] = [b"b", b"--", b"b b", &[b'b'; 70]];

fuzz_target!(|data: &[u8]| {
    let [shape, step, form @ ..] = data else {
        return;
    };
    let boundary = BOUNDARIES[usize::from(shape & 3)];
    let limits = MultipartLimits::default();
    let limits = match shape & 4 {
        0 => limits,
        _ => limits.parts(2).fields(2).head(64).preamble(4),
    };
    multipart_steps::run(boundary, limits, usize::from(*step), form);
});
