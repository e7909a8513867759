//! Limiters, and what a client does of itself, as a file describes them.

use std::time::Duration;

use shorttail::control::{ClientThrottle, HedgePolicy, RetryBudget};
use shorttail::limit::{AdaptiveLimit, Codel, Pacer};

use crate::serde_blocks::{assert_same, read};
use crate::serde_config::assert_wrong;

const MS: Duration = Duration::from_millis(1);

#[test]
fn limiters() {
    assert_same(
        r#"{"interval_ns":5000000,"burst":3}"#,
        &Pacer::new(5 * MS, 3).unwrap(),
    );
    assert_same(r#"{"rate_per_s":100}"#, &Pacer::per_second(100, 1).unwrap());
    assert_wrong::<Pacer>(&[
        ("{}", "`interval_ns`: it has to be there"),
        (
            r#"{"interval_ns":0}"#,
            "`interval_ns`: the interval is zero, or the burst takes more",
        ),
        (
            r#"{"rate_per_s":0}"#,
            "`rate_per_s`: the interval is zero, or the burst takes more",
        ),
        (
            r#"{"rate_per_s":5,"burst":0}"#,
            "`burst`: a burst is of at least one",
        ),
        (
            r#"{"rate_per_s":5,"interval_ns":5}"#,
            "`rate_per_s`: there is an interval, which says the same",
        ),
    ]);

    assert_same("{}", &Codel::default());
    assert_same(
        r#"{"target_ns":1000000,"interval_ns":20000000}"#,
        &Codel::folly(MS, 20 * MS),
    );
    assert_same(
        r#"{"rule":"rfc8289","target_ns":2000000}"#,
        &Codel::rfc8289(2 * MS, 100 * MS),
    );
    assert_same(r#"{"rule":"folly"}"#, &Codel::default());
    assert_wrong::<Codel>(&[(r#"{"rule":"rfc"}"#, "`rule`: `rfc` is none of its words")]);

    let limit = AdaptiveLimit::new(20, 2..=200).unwrap().target(50 * MS);
    assert_same(
        r#"{"initial":20,"min":2,"max":200,"target_ns":50000000}"#,
        &limit,
    );
    assert_same(
        r#"{"initial":20,"max":200}"#,
        &AdaptiveLimit::new(20, 1..=200).unwrap(),
    );
    let within = "a limit begins within its range, of 1 to 8191 at most";
    for (json, setting) in [
        (r#"{"initial":5,"min":0,"max":9}"#, "min"),
        (r#"{"initial":5,"max":8192}"#, "max"),
        (r#"{"initial":5,"min":6,"max":5}"#, "max"),
        (r#"{"initial":5,"max":4}"#, "initial"),
    ] {
        assert_wrong::<AdaptiveLimit>(&[(json, &format!("`{setting}`: {within}"))]);
    }
    assert_wrong::<AdaptiveLimit>(&[
        ("{}", "`initial`: it has to be there"),
        (r#"{"initial":5}"#, "`max`: it has to be there"),
    ]);
}

#[test]
fn what_a_client_does_of_itself() {
    let budget = RetryBudget::new(0.05).unwrap().floor(2).saved_max(9);
    assert_same(
        r#"{"quantile":0.95,"ratio":0.05,"floor":2,"saved_max":9}"#,
        &HedgePolicy::new(0.95, budget).unwrap(),
    );
    assert_wrong::<HedgePolicy>(&[
        (
            r#"{"ratio":0.05}"#,
            "`quantile`: a quantile is above 0 and below 1",
        ),
        (
            r#"{"quantile":0.95}"#,
            "`ratio`: a ratio is from 0.001 to 1000",
        ),
    ]);

    let throttle: ClientThrottle =
        read(r#"{"ratio":1.5,"window_ns":8000000,"in_flight":7,"held_back_max":0.5}"#);
    let built = ClientThrottle::new(1.5).unwrap().window(8 * MS).unwrap();
    let built = built.in_flight(7).held_back_max(0.5).unwrap();
    assert_eq!(
        format!("{:?}", throttle.seeded(7)),
        format!("{:?}", built.seeded(7))
    );
    assert_wrong::<ClientThrottle>(&[
        ("{}", "`ratio`: a throttle's ratio is from 1 to 1000"),
        (
            r#"{"ratio":2,"window_ns":7}"#,
            "`window_ns`: a throttle's window is from 8 ms to an hour",
        ),
        (
            r#"{"ratio":2,"held_back_max":1.5}"#,
            "`held_back_max`: what is held back is a share from 0 to 1",
        ),
    ]);
}
