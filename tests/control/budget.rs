//! The bound on retries, for every ratio, seed and way of failing.

use proptest::prelude::*;
use shorttail::control::{ConfigError, Decision, Failure, RetryBudget, RetryPolicy};
use shorttail::limit::Backoff;
use shorttail::time::Deadline;
use std::time::Duration;

/// SplitMix64.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Sends of `calls` calls that fail with a chance of `failing` in 256 at each attempt.
fn sends(ratio: f64, floor: u32, calls: u64, failing: u64, seed: u64) -> u64 {
    let policy = RetryPolicy::builder()
        .attempts_max(5)
        .backoff(Backoff::fixed(Duration::ZERO))
        .budget(RetryBudget::new(ratio).unwrap().floor(floor))
        .build()
        .unwrap();
    let mut seed = seed;
    for call in 0..calls {
        let mut attempts = policy.start_unchecked(Deadline::NEVER, call);
        let lost = loop {
            if draw(&mut seed) % 256 >= failing {
                break false;
            }
            if let Decision::Stop(_) = attempts.failed(Failure::transient(), call) {
                break true;
            }
        };
        if !lost {
            attempts.succeeded();
        }
    }
    let stats = policy.stats();
    assert_eq!(stats.calls(), calls);
    stats.sends()
}

/// The bar: never more than `calls · (1 + ratio) + floor`, for all ratios from 0.01 to 2.0.
#[test]
fn sends_stay_within_the_ratio_for_every_ratio_and_seed() {
    const CALLS: u64 = 500;
    for hundredths in 1..=200_u64 {
        for seed in 0..20 {
            let ratio = hundredths as f64 / 100.0;
            let sent = sends(ratio, 10, CALLS, [256, 200, 128][seed as usize % 3], seed);
            // In whole numbers, so that no rounding of ours hides one retry too many.
            let extra = sent - CALLS;
            assert!(
                extra * 100 <= CALLS * hundredths + 10 * 100,
                "{ratio}: {sent}"
            );
        }
    }
}

/// And not less: when all fails, all that the ratio allows is sent.
#[test]
fn when_all_fails_the_ratio_is_used_up() {
    for hundredths in [1, 10, 60, 70, 90, 100, 150, 200_u64] {
        let sent = sends(hundredths as f64 / 100.0, 0, 1_000, 256, 1);
        assert_eq!(sent, 1_000 + 1_000 * hundredths / 100, "{hundredths}");
    }
}

proptest! {
    /// Steps of one thread, against exact arithmetic in thousandths.
    #[test]
    fn holds_what_exact_arithmetic_holds(
        thousandths in 1..3_000_u32,
        floor in 0..5_u32,
        per_second in 0..4_u32,
        saved in 0..40_u32,
        steps in prop::collection::vec((any::<bool>(), 0..2_000_u64), 1..200),
    ) {
        let budget = RetryBudget::new(f64::from(thousandths) / 1_000.0).unwrap()
            .floor(floor).floor_per_second(per_second).saved_max(saved);
        let most = u64::from(saved.max(floor)) * 1_000;
        let (mut level, mut now_ms, mut before_ms) = (u64::from(floor) * 1_000, 50, None);
        for (deposits, step_ms) in steps {
            now_ms += step_ms;
            let gone_ms = now_ms - before_ms.unwrap_or(now_ms);
            let earned = most.min(level + gone_ms * u64::from(per_second));
            if deposits {
                budget.deposit(now_ms * 1_000_000);
                level = most.min(earned + u64::from(thousandths));
            } else {
                prop_assert_eq!(budget.try_withdraw(now_ms * 1_000_000), earned >= 1_000);
                if earned < 1_000 {
                    // Nothing but a first reading is noted: what time has earned since the last is
                    // earned again by the next.
                    before_ms.get_or_insert(now_ms);
                    continue;
                }
                level = earned - 1_000;
            }
            before_ms = Some(now_ms);
            prop_assert_eq!(u64::from(budget.available()), level / 1_000);
        }
    }
}

#[test]
fn an_old_reading_earns_nothing_and_a_month_of_rest_earns_what_is_saved() {
    let second = 1_000_000_000;
    let spent = || {
        let budget = RetryBudget::new(0.001)
            .unwrap()
            .floor(1)
            .floor_per_second(1)
            .saved_max(5);
        assert!(budget.try_withdraw(100 * second));
        budget
    };
    let budget = spent();
    assert!(!budget.try_withdraw(90 * second) && !budget.try_withdraw(100 * second));
    assert!(budget.try_withdraw(101 * second) && !budget.try_withdraw(101 * second));
    let budget = spent();
    let month = 30 * 86_400 * second;
    assert_eq!((0..10).filter(|_| budget.try_withdraw(month)).count(), 5);
}

/// What lies between two thousandths earns as the lower: never more than was asked for.
#[test]
fn a_ratio_between_thousandths_earns_no_more_than_it_says() {
    for (ratio, earned) in [
        (0.0107, 1_000),
        (0.0015, 100),
        (0.6, 60_000),
        (0.029, 2_900),
    ] {
        let budget = RetryBudget::new(ratio).unwrap().floor(0);
        let retries = (0..100_000).filter(|_| {
            budget.deposit(0);
            budget.try_withdraw(0)
        });
        assert_eq!(retries.count(), earned, "{ratio}");
    }
}

#[test]
fn ratios_out_of_range() {
    for ratio in [0.0, -0.1, 0.000_9, 1_000.1, f64::NAN, f64::INFINITY] {
        assert_eq!(RetryBudget::new(ratio).unwrap_err(), ConfigError::Ratio);
    }
    assert_eq!(RetryBudget::new(0.001).unwrap().available(), 10);
    assert_eq!(
        RetryBudget::new(1.0).unwrap().floor(u32::MAX).available(),
        u32::MAX / 1_000
    );
}

/// Eight threads: what all take together is what there was.
#[test]
fn threads_together_take_what_there_is() {
    let budget = RetryBudget::new(0.25).unwrap().floor(100);
    let taken: usize = std::thread::scope(|scope| {
        let team: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let calls = (0..1_000).inspect(|_| budget.deposit(0));
                    calls.filter(|_| budget.try_withdraw(0)).count()
                })
            })
            .collect();
        team.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(taken + budget.available() as usize, 100 + 8 * 1_000 / 4);
}
