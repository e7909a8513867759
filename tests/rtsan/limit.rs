//! Pacers, breakers, CoDel and back-off, refusals included.

use std::time::Duration;

use shorttail::limit::{Backoff, Breaker, Codel, Jitter, Pacer};

use crate::realtime::nonblocking;

#[test]
fn pacers() {
    let pacer = Pacer::new(Duration::from_nanos(100), 2).unwrap();
    nonblocking(|| {
        assert!(pacer.try_pass(0).is_ok() && pacer.try_pass_many(0, 1).is_ok());
        assert!(pacer.try_pass(0).is_err() && pacer.try_pass_many(0, 3).is_err());
        assert!(pacer.reserve(0, Duration::from_secs(1)).is_ok());
    });
}

#[test]
fn breakers() {
    let breaker = Breaker::builder().calls(1).build().unwrap();
    nonblocking(|| {
        breaker.succeeded(breaker.admit(0).unwrap(), 0);
        breaker.cancelled(breaker.admit(0).unwrap());
        breaker.failed(breaker.admit(0).unwrap(), 0);
        assert!(breaker.admit(0).is_err() && !breaker.admits(0));
        let rested = 5_000_000_000;
        breaker.cancelled(breaker.admit(rested).unwrap());
        breaker.succeeded(breaker.admit(rested).unwrap(), rested);
        assert!(breaker.admit(rested).is_ok());
    });
}

#[test]
fn codels() {
    let (target, interval) = (Duration::from_millis(5), Duration::from_millis(100));
    for codel in [
        Codel::folly(target, interval),
        Codel::rfc8289(target, interval),
    ] {
        nonblocking(|| {
            let mut sheds = (0..1_000).map(|ms| codel.sheds(ms * 1_000_000, 50_000_000));
            assert!(sheds.any(|sheds| sheds));
        });
    }
}

#[test]
fn backoffs() {
    let second = Duration::from_secs(1);
    let backoff = Backoff::exponential(second, 60 * second);
    for jitter in [
        Jitter::None,
        Jitter::Full,
        Jitter::Equal,
        Jitter::Decorrelated,
    ] {
        let backoff = backoff.jitter(jitter);
        nonblocking(|| {
            let (mut drawn, mut seeded) = (backoff.delays(), backoff.delays_seeded(7));
            assert!((0..100).all(|_| drawn.next().is_some() && seeded.next().is_some()));
        });
    }
}
