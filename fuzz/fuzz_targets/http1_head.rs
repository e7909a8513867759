//! Whole requests: a verdict does not depend on the cuts, no head takes more than three passes,
//! and httparse accepts, at the same length, every head that is accepted here.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorttail::http1::{HeadErrorKind, Limits};

#[path = "../../tests/http1/support.rs"]
mod support;

use support::Verdict;

/// Small enough for the fuzzer to reach.
fn limits(small: bool) -> Limits {
    let builder = Limits::builder();
    let small_ones = builder
        .fields(4)
        .target(64)
        .line(128)
        .head(256)
        .trailers(64)
        .body(64);
    let limits = if small {
        small_ones.build()
    } else {
        builder.build()
    };
    limits.expect("limits that can be held")
}

fuzz_target!(|data: &[u8]| {
    let [steps, bytes @ ..] = data else { return };
    let limits = limits(steps & 0x80 != 0);
    let verdict = support::whole(limits, bytes);
    let step = usize::from(steps & 0x7f).max(1);
    let stepped = support::fresh(limits, bytes, &mut (1..bytes.len()).step_by(step));
    assert_eq!(stepped, verdict, "steps of {step}");
    let bytewise = support::fresh(limits, bytes, &mut (1..bytes.len()));
    assert_eq!(bytewise, verdict, "byte by byte");

    let mut table = [httparse::EMPTY_HEADER; 255];
    let mut request = httparse::Request::new(&mut table);
    match (request.parse(bytes), &verdict) {
        // httparse knows 1.0 and 1.1 only.
        (Err(httparse::Error::Version), _) => {}
        (Err(_), Verdict::Head(kind, ..)) => {
            assert_ne!(*kind, HeadErrorKind::ArenaFull);
        }
        (Err(error), other) => panic!("httparse refuses: {error:?}; here {other:?}"),
        (Ok(httparse::Status::Partial), Verdict::Head(..) | Verdict::PartialHead) => {}
        (Ok(httparse::Status::Partial), other) => panic!("httparse waits; here {other:?}"),
        (Ok(_), Verdict::PartialHead) => panic!("httparse is done; here more is wanted"),
        (Ok(httparse::Status::Complete(len)), Verdict::Accepted(facts)) => {
            assert_eq!(facts.head_len, len);
        }
        (Ok(_), _) => {}
    }
});
