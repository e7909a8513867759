//! Random steps on a pool, as [`steps`](crate::steps) takes them.

use proptest::prelude::*;

use crate::steps;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_job_comes_to_one_end(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        steps::run(&data);
    }
}
