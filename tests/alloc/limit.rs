//! Pacers and breakers take nothing from the heap, refusals included.

use std::time::Duration;

use shorttail::limit::{Breaker, Pacer};
use shorttail::measure::assert_no_alloc;

#[test]
fn limiters_allocate_nothing() {
    assert_no_alloc(|| {
        let pacer = Pacer::new(Duration::from_nanos(100), 2).unwrap();
        let breaker = Breaker::builder().calls(1).build().unwrap();
        for now_ns in 0..10_000 {
            let _ = (pacer.try_pass(now_ns), pacer.try_pass_many(now_ns, 3));
            let _ = pacer.reserve(now_ns, Duration::from_nanos(50));
            if let Ok(ticket) = breaker.admit(now_ns * 1_000_000) {
                match now_ns % 3 {
                    0 => breaker.failed(ticket, now_ns * 1_000_000),
                    1 => breaker.cancelled(ticket),
                    _ => breaker.succeeded(ticket, now_ns * 1_000_000),
                }
            }
            let _ = breaker.state(now_ns * 1_000_000);
        }
    });
}
