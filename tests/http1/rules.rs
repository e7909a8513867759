//! Random requests under random rules.

use proptest::prelude::*;

use crate::nearly::request;
use crate::rules_steps::run;

/// What a rule is about, put in somewhere.
fn piece() -> impl Strategy<Value = &'static [u8]> {
    prop::sample::select(vec![
        &b"\n"[..],
        b"  ",
        b" ",
        b"\xc3\xa4",
        b"\xe2\x82",
        b"|",
        b"_",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Type: a\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Expect: x\r\n",
        b"Host:\r\n",
        b"Connection: close, host\r\n",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    #[test]
    fn a_rule_changes_what_it_names_and_nothing_else(
        lenient in any::<u8>(),
        strict in any::<u8>(),
        step in 1..40usize,
        mut bytes in request(),
        pieces in prop::collection::vec((any::<prop::sample::Index>(), piece()), 0..4),
    ) {
        for (at, piece) in pieces {
            // In front of a line as often as not.
            let lines: Vec<usize> = (1..bytes.len()).filter(|at| bytes[at - 1] == b'\n').collect();
            let at = match lines.is_empty() || piece.len() < 4 {
                true => at.index(bytes.len() + 1),
                false => lines[at.index(lines.len())],
            };
            bytes.splice(at..at, piece.iter().copied());
        }
        run(lenient, strict, step, &bytes);
    }
}
