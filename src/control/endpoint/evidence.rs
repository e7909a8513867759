//! How surely a share of slow requests is above another: numbers in, a number out.

/// The natural logarithm of one by the chance that, of `requests` of which each is slow with chance
/// `allowed`, so many or more are; at least. Zero if no more are than may be.
///
/// Chernoff's bound (1952): `n` times the relative entropy of the share seen to the one allowed.
pub(super) fn surprise(requests: u64, over: u64, allowed: f64) -> f64 {
    let seen = share(requests, over);
    if seen <= allowed {
        return 0.0;
    }
    requests as f64 * relative_entropy(seen, allowed)
}

/// How much likelier what was seen is if the second share of slow requests is higher than the
/// first than if they are one, as a natural logarithm; zero if it is not higher. A half of the
/// statistic of Wilks (1938), for two proportions.
pub(super) fn rise(before: (u64, u64), after: (u64, u64)) -> f64 {
    let (first, second) = (share(before.0, before.1), share(after.0, after.1));
    if second <= first {
        return 0.0;
    }
    let pooled = share(
        before.0.saturating_add(after.0),
        before.1.saturating_add(after.1),
    );
    before.0 as f64 * relative_entropy(first, pooled)
        + after.0 as f64 * relative_entropy(second, pooled)
}

/// A share of slow requests; none of none.
pub(super) fn share(requests: u64, over: u64) -> f64 {
    over.min(requests) as f64 / requests.max(1) as f64
}

/// Of two events with chances `seen` and one less that, to those of `expected`.
fn relative_entropy(seen: f64, expected: f64) -> f64 {
    let part = |seen: f64, expected: f64| {
        if seen == 0.0 {
            0.0
        } else {
            seen * (seen / expected).ln()
        }
    };
    part(seen, expected) + part(1.0 - seen, 1.0 - expected)
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    /// The exact chance of `over` or more of `requests`.
    fn chance(requests: u64, over: u64, allowed: f64) -> f64 {
        let mut log = requests as f64 * (1.0 - allowed).ln();
        let mut all = 0.0;
        for n in 0..=requests {
            if n >= over {
                all += log.exp();
            }
            let (left, next) = ((requests - n) as f64, (n + 1) as f64);
            log += (left / next * allowed / (1.0 - allowed)).ln();
        }
        all
    }

    #[test]
    fn a_surprise_is_never_surer_than_the_exact_chance() {
        for (requests, allowed) in [(20, 0.05), (100, 0.01), (1_000, 0.01), (1_000, 0.05)] {
            for over in 0..=requests {
                let told = (-surprise(requests, over, allowed)).exp();
                let exact = chance(requests, over, allowed);
                assert!(
                    told >= exact * 0.999_999,
                    "{over} of {requests}: {told} {exact}"
                );
            }
        }
        assert_eq!(surprise(0, 0, 0.01), 0.0);
        assert_eq!(surprise(100, 1, 0.01), 0.0);
    }

    #[test]
    fn a_rise_is_one_only_upwards() {
        assert_eq!(rise((1_000, 10), (1_000, 10)), 0.0);
        assert_eq!(rise((1_000, 10), (1_000, 5)), 0.0);
        assert_eq!(rise((0, 0), (0, 0)), 0.0);
        let (little, much) = (
            rise((1_000, 10), (1_000, 12)),
            rise((1_000, 10), (1_000, 40)),
        );
        assert!(
            0.0 < little && little < 1.0 && much > 8.0,
            "{little} {much}"
        );
        // Wilks: 2 · (30·ln(30/20) + 10·ln(10/20)) and as much for the fast ones.
        let exact = 30.0 * 1.5_f64.ln()
            + 10.0 * 0.5_f64.ln()
            + 970.0 * (970.0 / 980.0_f64).ln()
            + 990.0 * (990.0 / 980.0_f64).ln();
        assert!((rise((1_000, 10), (1_000, 30)) - exact).abs() < 1e-9);
    }
}
