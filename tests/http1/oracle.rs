//! Random requests against httparse, and against every other cut of themselves.

use proptest::prelude::*;
use shorttail::http1::Limits;

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
