//! A client that holds back what its server would refuse.

use std::time::Duration;

use shorttail::control::{ClientThrottle, ConfigError};

const MS: u64 = 1_000_000;

fn throttle(ratio: f64) -> ClientThrottle {
    ClientThrottle::new(ratio).unwrap().in_flight(0).seeded(1)
}

/// Calls one a millisecond, of which the server accepts those that `accepts` says; how many were
/// sent.
fn send(throttle: &ClientThrottle, calls: u64, from_ns: u64, accepts: impl Fn(u64) -> bool) -> u64 {
    let mut sent = 0;
    for call in 0..calls {
        let now_ns = from_ns + call * MS;
        if throttle.try_send(now_ns).is_ok() {
            if accepts(sent) {
                throttle.accepted(now_ns);
            }
            sent += 1;
        }
    }
    sent
}

#[test]
fn nothing_is_held_back_while_half_is_accepted() {
    let throttle = throttle(2.0);
    throttle.accepted(0);
    assert_eq!(send(&throttle, 10_000, 0, |call| call % 2 == 0), 10_000);
}

#[test]
fn what_is_sent_is_so_many_times_what_is_accepted() {
    // A server that takes one call in ten milliseconds, of the one a millisecond that is wanted,
    // and so misses some of those that are sent by chance.
    for (ratio, least, most) in [(1.1, 900, 1_500), (2.0, 1_100, 2_400), (4.0, 3_500, 4_600)] {
        let throttle = throttle(ratio);
        let (mut sent, mut free_ns) = (0, 0);
        for call in 0..10_000 {
            let now_ns = call * MS;
            if throttle.try_send(now_ns).is_ok() {
                sent += 1;
                if now_ns >= free_ns {
                    throttle.accepted(now_ns);
                    free_ns = now_ns + 10 * MS;
                }
            }
        }
        assert!((least..=most).contains(&sent), "{ratio}: {sent}");
    }
}

#[test]
fn a_dead_server_is_asked_on_and_one_that_is_back_is_used_again() {
    let window = Duration::from_secs(8);
    let throttle = throttle(2.0).window(window).unwrap();
    let dead = send(&throttle, 16_000, 0, |_| false);
    // One in ten, and what was sent before there was anything to tell by.
    assert!((1_400..1_900).contains(&dead), "{dead}");
    let back = send(&throttle, 24_000, 16_000 * MS, |_| true);
    let after = send(&throttle, 1_000, 40_000 * MS, |_| true);
    assert!(back > 6_000 && after == 1_000, "{back} {after}");
}

#[test]
fn what_is_held_back_is_a_request_and_a_call_that_hangs_too() {
    let throttle = throttle(2.0);
    send(&throttle, 1_000, 0, |_| false);
    assert_eq!(throttle.counts(1_000 * MS), (1_000, 0));
    throttle.accepted(1_000 * MS);
    assert_eq!(throttle.counts(1_000 * MS), (1_000, 1));
    // Eight eighths later all is forgotten.
    assert_eq!(throttle.counts(1_000 * MS + 120_000 * MS), (0, 0));
}

#[test]
fn two_throttles_draw_apart_and_one_seed_draws_the_same() {
    let pattern = |throttle: &ClientThrottle| {
        let draws = (0..1_000).map(|call| throttle.try_send(call).is_ok());
        draws.collect::<Vec<_>>()
    };
    let fresh = || ClientThrottle::new(1.0).unwrap();
    assert_ne!(pattern(&fresh()), pattern(&fresh()));
    assert_eq!(pattern(&fresh().seeded(3)), pattern(&fresh().seeded(3)));
}

#[test]
fn what_cannot_be_built_says_why() {
    for ratio in [0.9, f64::NAN, 1_001.0] {
        assert_eq!(
            ClientThrottle::new(ratio).unwrap_err(),
            ConfigError::ThrottleRatio
        );
    }
    for share in [-0.1, 1.1, f64::NAN] {
        let throttle = throttle(2.0).held_back_max(share);
        assert_eq!(throttle.unwrap_err(), ConfigError::HeldBack);
    }
    for window in [Duration::ZERO, Duration::from_secs(3_601)] {
        let throttle = throttle(2.0).window(window);
        assert_eq!(throttle.unwrap_err(), ConfigError::ThrottleWindow);
    }
}

/// A thousand calls a second that take 50 ms each, all of them accepted.
#[test]
fn calls_of_a_healthy_server_are_not_held_back_while_they_are_under_way() {
    let held_back = |throttle: &ClientThrottle| {
        let call = |ms: u64| {
            if ms >= 50 {
                throttle.accepted(ms * 1_000_000);
            }
            usize::from(throttle.try_send(ms * 1_000_000).is_err())
        };
        (0..10_000).map(call).sum::<usize>()
    };
    let throttle = || ClientThrottle::new(2.0).unwrap().seeded(1);
    assert_eq!(held_back(&throttle()), 0);
    assert!(
        held_back(&throttle().in_flight(0)) > 10,
        "the formula alone"
    );
}
