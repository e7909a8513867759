//! Random requests against httparse, and against every other cut of themselves.

use proptest::prelude::*;
use shorttail::http1::{Engine, Limits};

use crate::nearly::request;
use crate::support::{Verdict, fresh, whole};

/// What httparse makes of a head: where it ends, or nothing, or an error.
fn httparse_says(bytes: &[u8]) -> Result<Option<usize>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut headers);
    Ok(match request.parse(bytes)? {
        httparse::Status::Complete(len) => Some(len),
        httparse::Status::Partial => None,
    })
}

/// Holds the engines to one verdict.
fn alike(limits: shorttail::http1::LimitsBuilder, bytes: &[u8]) -> Verdict {
    let own = whole(limits.build().expect("limits"), bytes);
    let other = limits.engine(Engine::Httparse).build().expect("limits");
    assert_eq!(own, whole(other, bytes), "{}", bytes.escape_ascii());
    own
}

#[test]
fn every_byte_at_every_place_means_the_same_to_both_engines() {
    let good = format!(
        "GET /{} HTTP/1.1\r\nHost: a\r\n{}: {}\r\nLast: one\r\n\r\n",
        "t".repeat(70),
        "n".repeat(33),
        "v".repeat(70),
    );
    let mut refused = 0;
    for at in 0..good.len() {
        for byte in 0..=u8::MAX {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            refused += usize::from(!matches!(
                alike(Limits::builder(), &bytes),
                Verdict::Accepted(_)
            ));
        }
    }
    assert!(refused > good.len() * 64, "{refused} refused");
}

#[test]
fn a_line_is_too_long_whatever_its_spaces() {
    let limits = Limits::builder().target(16).line(80);
    for (behind_colon, behind_value) in [("", ""), (" ", ""), ("  ", ""), (" ", "\t"), ("", " ")] {
        for over in [0, 1] {
            let value = 80 + over - 1 - 1 - behind_colon.len() - behind_value.len();
            let value = "v".repeat(value);
            let line = format!("n:{behind_colon}{value}{behind_value}");
            let bytes = format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\nLast: one\r\n\r\n");
            let verdict = alike(limits, bytes.as_bytes());
            assert_eq!(matches!(verdict, Verdict::Accepted(_)), over == 0, "{line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Accepted here is accepted there, at the same length; refused there is refused here. The
    /// one exception is a minor version above 1, which httparse does not know.
    #[test]
    fn httparse_accepts_what_is_accepted(bytes in request()) {
        let verdict = whole(Limits::default(), &bytes);
        match (httparse_says(&bytes), &verdict) {
            (Err(httparse::Error::Version), _) => {}
            (Err(_), Verdict::Head(..)) => {}
            (Err(error), other) => prop_assert!(false, "httparse {error:?}, here {other:?}"),
            (Ok(None), Verdict::Accepted(_) | Verdict::Body(..) | Verdict::PartialBody) => {
                prop_assert!(false, "incomplete for httparse, here {verdict:?}");
            }
            (Ok(Some(len)), Verdict::Accepted(facts)) => prop_assert_eq!(facts.head_len, len),
            (Ok(Some(_)), Verdict::PartialHead) => {
                prop_assert!(false, "complete for httparse, incomplete here");
            }
            _ => {}
        }
    }

    /// The verdict does not depend on the cuts.
    #[test]
    fn cuts_change_nothing(
        bytes in request(),
        steps in prop::collection::vec(1..9usize, 1..40),
    ) {
        let verdict = whole(Limits::default(), &bytes);
        let mut seen = 0;
        let mut cuts = steps.iter().cycle().map(|step| {
            seen += step;
            seen.min(bytes.len())
        });
        prop_assert_eq!(fresh(Limits::default(), &bytes, &mut cuts), verdict);
    }

    /// Bytes of any kind never panic and never read past a limit.
    #[test]
    fn any_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let limits = Limits::builder().target(16).line(80).head(100).fields(3).body(10);
        let limits = limits.build().expect("limits");
        let verdict = whole(limits, &bytes);
        prop_assert_eq!(fresh(limits, &bytes, &mut (1..bytes.len())), verdict);
    }
}
