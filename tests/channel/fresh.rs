//! Receives that skip what is late: what is skipped, why, in which order, and that it is counted.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use proptest::prelude::*;
use shorttail::channel::{
    Aged, DropReason, Freshness, RecvTimeoutError, StampedReceiver, StampedSender, TryRecvError,
    stamped,
};
use shorttail::limit::Codel;
use shorttail::time::{Deadline, MockClock};

use crate::executor::{Count, block_on};
use crate::fresh_steps::{self, Rule};

const MS: Duration = Duration::from_millis(1);
const MS_NS: u64 = 1_000_000;

/// A number and the millisecond after which it is worth nothing.
type Job = (usize, u64);
type Ends = (
    StampedSender<Job, Arc<MockClock>>,
    StampedReceiver<Job, Arc<MockClock>>,
);

fn ends(capacity: usize) -> (Arc<MockClock>, Ends) {
    let clock = Arc::new(MockClock::new());
    let ends = stamped(capacity, clock.clone());
    (clock, ends)
}

#[derive(Default)]
struct Rules {
    codel: Option<Codel>,
    dropped: Vec<(usize, Duration, DropReason)>,
}

impl Freshness<Job> for Rules {
    fn deadline(&self, job: &Job) -> Deadline {
        Deadline::at(job.1.saturating_mul(MS_NS))
    }

    fn codel(&self) -> Option<&Codel> {
        self.codel.as_ref()
    }

    fn dropped(&mut self, late: Aged<Job>, why: DropReason) {
        self.dropped.push((late.value.0, late.age(), why));
    }
}

#[test]
fn expired_messages_go_to_the_sink_by_every_receive() {
    type Receive = fn(&StampedReceiver<Job, Arc<MockClock>>, &mut Rules) -> Option<Aged<Job>>;
    let receives: [Receive; 4] = [
        |rx, rules| rx.try_recv_fresh(rules).ok(),
        |rx, rules| rx.recv_fresh(rules).ok(),
        |rx, rules| rx.recv_fresh_timeout(rules, Duration::ZERO).ok(),
        |rx, rules| block_on(rx.recv_fresh_async(rules)).ok(),
    ];
    for receive in receives {
        let (clock, (tx, rx)) = ends(4);
        for job in [(0, 5), (1, 9), (2, 10), (3, 1)] {
            tx.try_send(job).unwrap();
        }
        clock.advance(9 * MS);
        let mut rules = Rules::default();
        let fresh = receive(&rx, &mut rules).unwrap();
        assert_eq!((fresh.value.0, fresh.waited_in_queue), (2, 9 * MS));
        let expired = |n| (n, 9 * MS, DropReason::Expired);
        assert_eq!(rules.dropped, [expired(0), expired(1)]);
        assert_eq!(rx.plain().len(), 1, "no further than the first fresh one");
        tx.plain().close();
        assert!(receive(&rx, &mut rules).is_none());
        assert_eq!(rules.dropped.len(), 3);
        let stats = rx.plain().stats();
        assert_eq!((stats.dropped_expired, stats.dropped_overload), (3, 0));
    }
}

#[test]
fn what_codel_sheds_goes_to_the_sink() {
    let (clock, (tx, rx)) = ends(8);
    let mut rules = Rules {
        codel: Some(Codel::folly(5 * MS, 100 * MS)),
        ..Rules::default()
    };
    // An interval in which every message waits for 20 ms, then the one that ends it.
    for n in 0..6 {
        tx.try_send((n, u64::MAX)).unwrap();
        clock.advance(20 * MS);
        assert_eq!(rx.try_recv_fresh(&mut rules).unwrap().value.0, n);
    }
    for n in 6..10 {
        tx.try_send((n, if n == 7 { 1 } else { u64::MAX })).unwrap();
    }
    clock.advance(20 * MS);
    // Ends the interval, and so passes; the others are late, one of them expired.
    assert_eq!(rx.try_recv_fresh(&mut rules).unwrap().value.0, 6);
    tx.try_send((10, u64::MAX)).unwrap();
    assert_eq!(rx.try_recv_fresh(&mut rules).unwrap().value.0, 10);
    let dropped = |n, why| (n, 20 * MS, why);
    let expected = [
        dropped(7, DropReason::Expired),
        dropped(8, DropReason::Overload),
        dropped(9, DropReason::Overload),
    ];
    assert_eq!(rules.dropped, expected);
    let stats = rx.plain().stats();
    assert_eq!((stats.dropped_expired, stats.dropped_overload), (1, 2));
}

/// The senders' wait is part of the queue.
#[test]
fn codel_is_told_the_wait_for_room_too() {
    let (clock, (tx, rx)) = ends(1);
    let mut rules = Rules {
        codel: Some(Codel::folly(MS, MS)),
        ..Rules::default()
    };
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    clock.advance(MS);
    for n in 0..3 {
        tx.try_send((n, u64::MAX)).unwrap();
        let mut send = pin!(tx.send_async((n, u64::MAX)));
        assert!(send.as_mut().poll(&mut cx).is_pending());
        clock.advance(10 * MS);
        _ = rx.plain().try_recv().unwrap();
        assert!(send.as_mut().poll(&mut cx).is_ready());
        assert_eq!(
            rx.try_recv_fresh(&mut rules).unwrap().waited_in_queue,
            Duration::ZERO
        );
    }
    assert!(rules.codel.unwrap().is_overloaded());
}

/// However much is late and comes in meanwhile.
#[test]
fn a_call_drops_no_more_than_the_channel_holds() {
    /// Sends a late one for each that is dropped.
    struct Refill(StampedSender<Job, Arc<MockClock>>, u64);
    impl Freshness<Job> for Refill {
        fn deadline(&self, _: &Job) -> Deadline {
            Deadline::at(0)
        }
        fn dropped(&mut self, late: Aged<Job>, _: DropReason) {
            self.1 += 1;
            self.0.try_send(late.value).unwrap();
        }
    }
    let (_, (tx, rx)) = ends(3);
    (0..3).for_each(|n| tx.try_send((n, 0)).unwrap());
    let mut rules = Refill(tx, 0);
    let none = rx.try_recv_fresh(&mut rules);
    assert_eq!((none, rules.1), (Err(TryRecvError::Empty), 3));
    let none = rx.recv_fresh_deadline(&mut rules, Deadline::at(0));
    assert_eq!((none, rules.1), (Err(RecvTimeoutError::Timeout), 6));
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut receive = pin!(rx.recv_fresh_async(&mut rules));
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    assert_eq!(count.get(), 1, "it yields, and comes back");
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    assert_eq!(rx.plain().stats().dropped_expired, 12);
}

/// A future that is dropped while it waits has dropped what was late, and nothing else.
#[test]
fn a_fresh_receive_that_is_dropped_holds_no_message() {
    let (_, (tx, rx)) = ends(2);
    let mut rules = Rules::default();
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    {
        let mut receive = pin!(rx.recv_fresh_async(&mut rules));
        tx.try_send((0, 0)).unwrap();
        assert!(receive.as_mut().poll(&mut cx).is_pending());
        tx.try_send((1, 1)).unwrap();
    }
    assert_eq!(rules.dropped, [(0, Duration::ZERO, DropReason::Expired)]);
    let mut receive = pin!(rx.recv_fresh_async(&mut rules));
    match receive.as_mut().poll(&mut cx) {
        Poll::Ready(Ok(fresh)) => assert_eq!(fresh.value.0, 1),
        told => panic!("{told:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// What is delivered, what goes to the sink and why, in which order, each one's age, and the
    /// counts: as a deque and a second CoDel have it.
    #[test]
    fn behaves_as_the_model_step_by_step(
        capacity in 1_usize..8,
        rule in prop_oneof![Just(Rule::None), Just(Rule::Folly), Just(Rule::Rfc8289)],
        steps in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        fresh_steps::run(capacity, rule, &steps);
    }
}
