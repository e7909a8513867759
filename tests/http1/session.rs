//! Random connections: several requests, nearly all good, at any pace.

use proptest::prelude::*;

use crate::nearly::request;
use crate::session_steps::check;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn pace_and_asides_change_nothing(
        steps in prop::collection::vec(any::<u8>(), 0..40),
        requests in prop::collection::vec((request(), 1..4_usize), 1..4),
    ) {
        let repeated = requests.iter().map(|(request, times)| request.repeat(*times));
        check(&steps, &repeated.collect::<Vec<_>>().concat());
    }
}
