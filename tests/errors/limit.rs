//! limit's errors.

use std::error::Error;
use std::time::Duration;

use shorttail::limit::{Breaker, ConfigError, TooEarly};

fn text<E: Error + Send + Sync + 'static>(error: E) -> String {
    error.to_string()
}

#[test]
fn configurations() {
    let rows = [
        (
            ConfigError::Interval,
            "the interval is zero, or the burst takes more than 36 years",
        ),
        (ConfigError::Burst, "a burst is of at least one"),
        (ConfigError::Rate, "a rate is above 0 and at most 1"),
        (ConfigError::Window, "a window is from 8 ms to a day"),
        (ConfigError::Calls, "a verdict rests on 1 to 2048 calls"),
        (ConfigError::Rest, "a rest is from 1 ms to a day"),
        (ConfigError::Probes, "from 1 to 255 probes"),
    ];
    for (error, words) in rows {
        assert_eq!(text(error), words);
    }
}

#[test]
fn each_setting_of_a_breaker_out_of_its_range() {
    let (short, long) = (Duration::from_micros(999), Duration::from_secs(86_401));
    let b = Breaker::builder;
    for rate in [0.0, -0.5, 1.001, f64::NAN, f64::INFINITY] {
        assert_eq!(
            b().failure_rate(rate).build().unwrap_err(),
            ConfigError::Rate
        );
        let slow = b().slow_rate(Duration::ZERO, rate).build();
        assert_eq!(slow.unwrap_err(), ConfigError::Rate);
    }
    for span in [short, long] {
        assert_eq!(b().window(span).build().unwrap_err(), ConfigError::Window);
        assert_eq!(b().rest(span).build().unwrap_err(), ConfigError::Rest);
    }
    for calls in [0, 2_049] {
        assert_eq!(b().calls(calls).build().unwrap_err(), ConfigError::Calls);
    }
    for probes in [0, 256] {
        assert_eq!(b().probes(probes).build().unwrap_err(), ConfigError::Probes);
    }
    assert!(b().probes(255).failure_rate(1.0).build().is_ok());
}

#[test]
fn refusals() {
    let wait = TooEarly::Wait(Duration::from_nanos(7));
    assert_eq!(text(wait), "too early by 7ns");
    let above = TooEarly::AboveBurst { asked: 3, burst: 2 };
    assert_eq!(text(above), "3 at once, where a burst is 2");
    let breaker = Breaker::builder().calls(1).build().unwrap();
    breaker.failed(breaker.admit(0).unwrap(), 0);
    let broken = breaker.admit(1_000_000).unwrap_err();
    assert_eq!(text(broken), "the breaker is open for another 4999 ms");
}
