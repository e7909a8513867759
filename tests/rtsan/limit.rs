//! Pacers and breakers, refusals included.

use std::time::Duration;

use shorttail::limit::{Breaker, Pacer};

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
        assert!(breaker.admit(0).is_err());
        let rested = 5_000_000_000;
        breaker.cancelled(breaker.admit(rested).unwrap());
        breaker.succeeded(breaker.admit(rested).unwrap(), rested);
        assert!(breaker.admit(rested).is_ok());
    });
}
