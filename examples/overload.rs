//! A service gets more requests than it can serve. What is to happen to those that do not fit, and
//! to those that have waited until nobody wants them? Four answers for a full queue, and two for a
//! late message: each of the four can be copied by itself, the two are one receiver's.
//!
//! Run: `cargo run --release --example overload`. Last line: `served 6 in time, 3 expired, 3 shed`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::sync::Arc;
use std::time::Duration;

use shorttail::channel::{self, Aged, Builder, DropReason, Freshness, Offered, OnFull};
use shorttail::limit::Codel;
use shorttail::measure::Recorder;
use shorttail::time::{Clock, Deadline, MockClock};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    reject()?;
    drop_oldest()?;
    shed()?;
    wait()?;
    late()
}

/// Requests: whoever sent one is told at once, and can go elsewhere.
fn reject() -> Outcome {
    let (tx, _rx) = Builder::new(1).on_full(OnFull::Reject).build()?;
    assert_eq!(tx.offer("GET /a")?, Offered::Sent);
    let refused = tx.offer("GET /b").unwrap_err(); // answer 503
    assert_eq!(refused.into_inner(), "GET /b");
    assert_eq!(tx.stats().rejected, 1);
    Ok(())
}

/// Readings of a sensor: the newest counts, and what it replaces is in our hands.
fn drop_oldest() -> Outcome {
    let (tx, rx) = Builder::new(2).on_full(OnFull::DropOldest).build()?;
    let replaced: Vec<_> = (20..25)
        .filter_map(|degrees| tx.offer(degrees).ok()?.evicted())
        .collect();
    assert_eq!(replaced, [20, 21, 22]);
    assert!(rx.try_iter().eq([23, 24]));
    Ok(())
}

/// Log lines: nobody asks for a lost one, but somebody will ask how many were lost.
fn shed() -> Outcome {
    let (tx, _rx) = Builder::new(1).on_full(OnFull::Shed).build()?;
    for line in ["one", "two", "three"] {
        let (Offered::Sent | Offered::Shed) = tx.offer(line)? else {
            unreachable!("nothing is evicted");
        };
    }
    assert_eq!(tx.stats().shed, 2);
    Ok(())
}

/// Work that must be done, from senders that may be slowed down. The policy if none is chosen.
fn wait() -> Outcome {
    let (tx, rx) = channel::bounded(1);
    let sender = std::thread::spawn(move || (0..100).try_for_each(|n| tx.offer(n).map(drop)));
    assert!(rx.iter().eq(0..100));
    sender.join().expect("no panic")?;
    Ok(())
}

struct Request {
    deadline: Deadline,
}

/// What a worker knows of its requests, and its answers to those that it does not serve.
struct Worker {
    // One receiver's own here; several hold a reference, or an `Arc`, to one and the same.
    codel: Codel,
    expired: u32,
    shed: u32,
}

impl Freshness<Request> for Worker {
    fn deadline(&self, request: &Request) -> Deadline {
        request.deadline
    }

    fn codel(&self) -> Option<&Codel> {
        Some(&self.codel)
    }

    fn dropped(&mut self, _late: Aged<Request>, why: DropReason) {
        // Here a service answers 503 or 504.
        match why {
            DropReason::Expired => self.expired += 1,
            DropReason::Overload => self.shed += 1,
        }
    }
}

/// A queue that stands, on a clock that we move; a service takes `time::StdClock`.
fn late() -> Outcome {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = channel::stamped(8, clock.clone());
    let (for_room, in_queue) = (Recorder::new(), Recorder::new());
    let mut worker = Worker {
        codel: Codel::folly(Duration::from_millis(5), Duration::from_millis(100)),
        expired: 0,
        shed: 0,
    };
    // A burst now and then, and none of its requests waits for less than 60 ms.
    let mut served = 0;
    for patience_ms in [50, 100, 100] {
        for n in 0..4 {
            // The first of each burst has all the time in the world.
            let budget = Duration::from_millis(if n == 0 { 1_000 } else { patience_ms });
            let deadline = Deadline::after(clock.now_ns(), budget);
            tx.try_send(Request { deadline })?;
        }
        clock.advance(Duration::from_millis(60));
        while let Ok(fresh) = rx.try_recv_fresh(&mut worker) {
            fresh.record(&for_room, &in_queue);
            served += 1;
        }
    }
    let slowest = in_queue.histogram().snapshot().max();
    assert_eq!(slowest, 60_000_000);
    assert_eq!(rx.plain().stats().dropped_overload, worker.shed.into());
    report(served, worker.expired, worker.shed);
    Ok(())
}

fn report(served: u32, expired: u32, shed: u32) {
    println!("served {served} in time, {expired} expired, {shed} shed");
}
