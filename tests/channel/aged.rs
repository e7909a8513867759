//! Batches, permits and evictions of messages that know their age; what is fresh of the others.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use shorttail::channel::{
    Aged, DropReason, Freshness, Lanes, RecvTimeoutError, Stamped, StampedReceiver, StampedSender,
    TryRecvError, TrySendError, stamped,
};
use shorttail::limit::Codel;
use shorttail::time::{Clock, Deadline, MockClock};

use crate::executor::{Count, block_on};

const MS: Duration = Duration::from_millis(1);

type Ends = (
    StampedSender<u8, Arc<MockClock>>,
    StampedReceiver<u8, Arc<MockClock>>,
);

fn channel(capacity: usize) -> (Arc<MockClock>, Ends) {
    let clock = Arc::new(MockClock::new());
    let ends = stamped(capacity, clock.clone());
    (clock, ends)
}

fn aged<T>(value: T, room_ms: u32, queue_ms: u32) -> Aged<T> {
    Aged {
        value,
        waited_for_room: room_ms * MS,
        waited_in_queue: queue_ms * MS,
    }
}

/// By each call, behind what is in the Vec already, which does not grow.
#[test]
fn each_message_of_a_batch_tells_its_own_age() {
    type Call = fn(&StampedReceiver<u8, Arc<MockClock>>, &mut Vec<Aged<u8>>) -> usize;
    let calls: [Call; 5] = [
        |rx, buf| rx.try_recv_many(buf, 9).unwrap(),
        |rx, buf| rx.recv_many(buf, 9).unwrap(),
        |rx, buf| rx.recv_many_timeout(buf, 9, Duration::ZERO).unwrap(),
        |rx, buf| rx.recv_many_deadline(buf, 9, Deadline::at(0)).unwrap(),
        |rx, buf| block_on(rx.recv_many_async(buf, 9)).unwrap(),
    ];
    for call in calls {
        let (clock, (tx, rx)) = channel(4);
        for n in 0..4 {
            tx.try_send(n).unwrap();
            clock.advance(MS);
        }
        let mut buf = Vec::with_capacity(3);
        buf.push(aged(9, 0, 9));
        let spare = buf.capacity() - 1;
        assert_eq!(call(&rx, &mut buf), spare.min(4));
        assert_eq!(buf[..3], [aged(9, 0, 9), aged(0, 0, 4), aged(1, 0, 3)]);
    }
}

#[test]
fn batches_of_an_empty_and_a_closed_channel() {
    let (_, (tx, rx)) = channel(2);
    let mut buf = Vec::with_capacity(2);
    assert_eq!(rx.try_recv_many(&mut buf, 2), Err(TryRecvError::Empty));
    let late = rx.recv_many_timeout(&mut buf, 2, Duration::ZERO);
    assert_eq!(late, Err(RecvTimeoutError::Timeout));
    assert_eq!(rx.recv_many(&mut buf, 0), Ok(0));
    tx.plain().close();
    assert_eq!(rx.try_recv_many(&mut buf, 2), Err(TryRecvError::Closed));
    assert!(rx.recv_many(&mut buf, 2).is_err());
    assert!(block_on(rx.recv_many_async(&mut buf, 2)).is_err());
}

/// Its wake goes on to another when it is dropped. Nobody is woken before: in the senders' line
/// one would be, for the room there is.
#[test]
fn a_batch_is_waited_for_by_a_task() {
    let (clock, (tx, rx)) = channel(2);
    let (count, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let (mut given_up, mut buf) = (Vec::with_capacity(2), Vec::with_capacity(2));
    let mut first = Box::pin(rx.recv_many_async(&mut given_up, 2));
    let mut next = Box::pin(rx.recv_many_async(&mut buf, 2));
    assert!(first.as_mut().poll(cx).is_pending() && next.as_mut().poll(cx).is_pending());
    assert!(format!("{first:?}").contains("waiting: true"));
    assert_eq!(count.get(), 0);
    tx.send(1).unwrap();
    clock.advance(MS);
    drop(first);
    assert_eq!(count.get(), 2);
    assert_eq!(next.as_mut().poll(cx), Poll::Ready(Ok(1)));
    drop(next);
    assert_eq!((given_up, buf), (vec![], vec![aged(1, 0, 1)]));
}

/// By each call that takes a permit: what passes before the permit's send is no part of the age.
#[test]
fn a_permits_message_is_as_old_as_its_send() {
    type Call = fn(&StampedSender<u8, Arc<MockClock>>, &MockClock);
    let calls: [Call; 5] = [
        |tx, clock| {
            let permit = tx.try_reserve().unwrap();
            clock.advance(MS);
            permit.send(1).unwrap();
        },
        |tx, clock| {
            let permit = tx.reserve().unwrap();
            clock.advance(MS);
            permit.send(1).unwrap();
        },
        |tx, clock| {
            let permit = tx.reserve_timeout(Duration::ZERO).unwrap();
            clock.advance(MS);
            permit.send(1).unwrap();
        },
        |tx, clock| {
            let permit = tx.reserve_deadline(Deadline::at(0)).unwrap();
            clock.advance(MS);
            permit.send(1).unwrap();
        },
        |tx, clock| {
            let permit = block_on(tx.reserve_async()).unwrap();
            clock.advance(MS);
            permit.send(1).unwrap();
        },
    ];
    for call in calls {
        let (clock, (tx, rx)) = channel(1);
        call(&tx, &clock);
        clock.advance(2 * MS);
        assert_eq!(rx.recv(), Ok(aged(1, 0, 2)));
    }
}

#[test]
fn a_permit_holds_room_until_it_is_used_or_dropped() {
    let (_, (tx, rx)) = channel(1);
    let permit = tx.try_reserve().unwrap();
    assert!(tx.try_reserve().unwrap_err().is_full());
    assert!(tx.reserve_timeout(Duration::ZERO).is_err());
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    let (count, waker) = Count::new();
    let cx = &mut Context::from_waker(&waker);
    let mut reserve = pin!(tx.reserve_async());
    assert!(reserve.as_mut().poll(cx).is_pending());
    drop(permit);
    assert_eq!(count.get(), 1);
    let Poll::Ready(Ok(permit)) = reserve.as_mut().poll(cx) else {
        panic!("there is room");
    };
    rx.plain().close();
    assert_eq!(permit.send(7).unwrap_err().into_inner(), 7);
    assert!(tx.try_reserve().unwrap_err().is_closed());
    assert!(tx.reserve().is_err() && block_on(tx.reserve_async()).is_err());
}

#[test]
fn what_is_forced_out_tells_its_age() {
    let (clock, (tx, rx)) = channel(1);
    assert_eq!(tx.force_send(1), Ok(None));
    clock.advance(MS);
    assert_eq!(tx.force_send(2), Ok(Some(aged(1, 0, 1))));
    clock.advance(MS);
    assert_eq!(rx.recv(), Ok(aged(2, 0, 1)));
    let permit = tx.try_reserve().unwrap();
    assert_eq!(tx.force_send(3), Err(TrySendError::Full(3)));
    drop(permit);
    rx.plain().close();
    assert_eq!(tx.force_send(4), Err(TrySendError::Closed(4)));
}

/// Numbers with a deadline.
struct Rules {
    codel: Codel,
    dropped: Vec<(Aged<(u8, Deadline)>, DropReason)>,
}

impl Freshness<(u8, Deadline)> for Rules {
    fn deadline(&self, (_, deadline): &(u8, Deadline)) -> Deadline {
        *deadline
    }
    fn codel(&self) -> Option<&Codel> {
        Some(&self.codel)
    }
    fn dropped(&mut self, late: Aged<(u8, Deadline)>, why: DropReason) {
        self.dropped.push((late, why));
    }
}

/// The message's own age and deadline, whatever lane it comes from; CoDel is told of each.
#[test]
fn what_comes_from_lanes_is_judged_by_the_same_rules() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = Lanes::new([4, 4]).strict().build().unwrap();
    let mut rules = Rules {
        codel: Codel::folly(MS, 10 * MS),
        dropped: Vec::new(),
    };
    let send = |lane, n, deadline| {
        let message = Stamped::new((n, deadline), &clock);
        tx.lane(lane).try_send(message).unwrap();
    };
    let never = Deadline::NEVER;
    // An interval in which all wait for longer than the target, and the message that ends it.
    for n in 0..2 {
        send(1, n, never);
        clock.advance(11 * MS);
        let (lane, message) = rx.try_recv().unwrap();
        let fresh = message.into_fresh(&clock, &mut rules);
        assert_eq!((lane, fresh), (1, Some(aged((n, never), 0, 11))));
    }
    assert!(rules.codel.is_overloaded());
    let soon = Deadline::after(clock.now_ns(), 2 * MS);
    send(1, 2, never);
    send(0, 3, soon);
    clock.advance(3 * MS);
    send(1, 4, never);
    let mut got = Vec::new();
    while let Ok((lane, message)) = rx.try_recv() {
        let fresh = message.into_fresh(&clock, &mut rules);
        got.extend(fresh.map(|aged| (lane, aged.value.0)));
    }
    assert_eq!(got, [(1, 4)]);
    assert_eq!(
        rules.dropped,
        [
            (aged((3, soon), 0, 3), DropReason::Expired),
            (aged((2, never), 0, 3), DropReason::Overload),
        ]
    );
}

/// A thread that waits for a batch gets what was sent while it slept.
#[test]
fn a_batch_is_waited_for_by_a_thread() {
    let (_, (tx, rx)) = channel(4);
    let receiver = thread::spawn({
        let rx = rx.clone();
        move || {
            let mut buf = Vec::with_capacity(4);
            rx.recv_many(&mut buf, 4).map(|_| buf[0].value)
        }
    });
    while !format!("{rx:?}").contains("receivers_waiting: 1") {
        thread::yield_now();
    }
    tx.send(5).unwrap();
    assert_eq!(receiver.join().unwrap(), Ok(5));
}
