//! Chunked bodies: a verdict does not depend on the cuts, data is what a plain second decoder
//! finds, and nothing behind the end of a body is consumed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorttail::http1::Limits;

#[path = "../../tests/http1/support.rs"]
mod support;

use support::Verdict;

const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Decodes a body that is known to be good, line by line; returns its data and its length.
fn plain(body: &[u8]) -> (Vec<u8>, usize) {
    let mut data = Vec::new();
    let mut at = 0;
    let line = |at: &mut usize| {
        let len = body[*at..]
            .windows(2)
            .position(|w| w == b"\r\n")
            .expect("a line");
        let line = &body[*at..*at + len];
        *at += len + 2;
        line
    };
    loop {
        let digits = line(&mut at)
            .split(|b| !b.is_ascii_hexdigit())
            .next()
            .expect("a part");
        let digits = std::str::from_utf8(digits).expect("ASCII");
        let size = usize::from_str_radix(digits, 16).expect("a size");
        if size == 0 {
            break;
        }
        data.extend_from_slice(&body[at..at + size]);
        at += size + 2;
    }
    while !line(&mut at).is_empty() {}
    (data, at)
}

fuzz_target!(|data: &[u8]| {
    let [step, body @ ..] = data else { return };
    let limits = Limits::builder()
        .trailers(64)
        .body(256)
        .build()
        .expect("limits");
    let bytes = [HEAD, body].concat();
    let verdict = support::whole(limits, &bytes);
    let step = usize::from(*step).max(1);
    let cuts = &mut (1..bytes.len()).step_by(step);
    assert_eq!(
        support::fresh(limits, &bytes, cuts),
        verdict,
        "steps of {step}"
    );
    let cuts = &mut (1..bytes.len());
    assert_eq!(
        support::fresh(limits, &bytes, cuts),
        verdict,
        "byte by byte"
    );

    if let Verdict::Accepted(facts) = verdict {
        let (data, consumed) = plain(body);
        assert_eq!(facts.body, data);
        assert_eq!(facts.consumed, HEAD.len() + consumed);
        assert!(data.len() <= 256);
    }
});
