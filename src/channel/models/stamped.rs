//! Stamps against claims, and evictions against receives.

use crate::channel::{Builder, Offered, OnFull, StampedReceiver, StampedSender, Stamps};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::explore::explore_strictly;
use crate::sync::{Arc, thread};

use core::time::Duration;

/// Every reading is a tick: no two are the same.
#[derive(Clone)]
struct Ticks(Arc<AtomicU64>);

impl Ticks {
    fn next(&self) -> u64 {
        // Relaxed: as a clock, it publishes nothing but itself. [time-1]
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Stamps for Ticks {
    type Stamp = (u64, u64);

    fn at_call(&self) -> (u64, u64) {
        let now = self.next();
        (now, now)
    }

    fn at_room(&self, stamp: &mut (u64, u64)) {
        stamp.1 = self.next();
    }

    fn ages(&self, stamp: &(u64, u64)) -> (Duration, Duration) {
        let now = self.next();
        assert!(
            stamp.0 <= stamp.1 && stamp.1 < now,
            "{stamp:?} before {now}"
        );
        let wait = Duration::from_nanos;
        (wait(stamp.1 - stamp.0), wait(now - stamp.1))
    }
}

type Ends = (StampedSender<u32, Ticks>, StampedReceiver<u32, Ticks>);

fn ends(policy: OnFull) -> Ends {
    let clock = Ticks(Arc::new(AtomicU64::new(0)));
    let (tx, rx) = Builder::new(1).on_full(policy).build().expect("small");
    let tx = StampedSender::over(tx, clock.clone());
    (tx, StampedReceiver::over(rx, clock))
}

/// The age of a message begins before the claim of its send and ends after that of its receive:
/// no receive sees a stamp that is younger than its own reading.
#[test]
fn a_stamp_is_older_than_the_reading_of_its_receive() {
    explore_strictly("channel: stamp against claim", Some(3), || {
        let (tx, rx) = ends(OnFull::Wait);
        tx.try_send(1).unwrap();
        let sender = thread::spawn(move || tx.send(2).is_ok());
        let first = rx.try_recv().unwrap();
        assert_eq!((first.value, first.waited_for_room.is_zero()), (1, true));
        let early = rx.try_recv().ok();
        assert!(sender.join().unwrap());
        let second = early.or_else(|| rx.try_recv().ok());
        assert_eq!(second.unwrap().value, 2);
    });
}

/// The oldest message goes to the receiver or comes back from the offer; the counts agree.
#[test]
fn an_eviction_races_a_receive() {
    explore_strictly("channel: eviction against receive", Some(4), || {
        let (tx, rx) = ends(OnFull::DropOldest);
        assert_eq!(tx.offer(1), Ok(Offered::Sent));
        let receiver = thread::spawn({
            let rx = rx.clone();
            move || rx.try_recv().ok().map(|aged| aged.value)
        });
        let evicted = tx.offer(2).unwrap().evicted().map(|aged| aged.value);
        let received = receiver.join().unwrap();
        assert_eq!(rx.plain().stats().evicted, u64::from(evicted.is_some()));
        let left = rx.try_recv().ok().map(|aged| aged.value);
        let mut all: Vec<_> = [evicted, received, left].into_iter().flatten().collect();
        assert!(received.is_some(), "one was inside all the time");
        assert_eq!(evicted.unwrap_or(1), 1, "never the new one");
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
    });
}
