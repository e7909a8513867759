//! Failures that the search must find: in histories written by hand, and in queues that are wrong.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::history::{Call, Did};
use super::record::{Queue, record};
use super::search::is_linearizable;
use super::spec::State;

/// A history in which each call returns before the next begins.
fn in_turn(told: &[Did]) -> Vec<Call> {
    let call = |(at, &did): (u32, &Did)| Call {
        invoked: 2 * at,
        returned: 2 * at + 1,
        did,
    };
    (0..).zip(told).map(call).collect()
}

/// One call that goes on all the time, beside others in turn.
fn beside(during: Did, told: &[Did]) -> Vec<Call> {
    let mut history = in_turn(told);
    history.push(Call {
        invoked: 0,
        returned: u32::MAX,
        did: during,
    });
    history
}

fn allowed(history: &[Call], capacity: usize) -> bool {
    is_linearizable(history, &State::new(capacity, 1))
}

use Did::{Closed, Received, RecvClosed, RecvEmpty, SendClosed, SendFull, SenderLeft, Sent};

#[test]
fn histories_of_a_right_queue_are_allowed() {
    let right: [&[Did]; 5] = [
        &[
            Sent(1),
            Sent(2),
            SendFull(3),
            Received(1),
            Received(2),
            RecvEmpty,
        ],
        &[Closed(true), Closed(false), SendClosed(1), RecvClosed],
        &[Sent(1), Closed(true), Received(1), RecvClosed, RecvClosed],
        &[Sent(1), SenderLeft, SendClosed(2), Received(1), RecvClosed],
        &[RecvEmpty, Sent(1), Received(1), RecvEmpty],
    ];
    for told in right {
        assert!(allowed(&in_turn(told), 2), "{told:?}");
    }
}

#[test]
fn histories_of_a_wrong_queue_are_refused() {
    let wrong: [(&str, &[Did]); 13] = [
        (
            "last in, first out",
            &[Sent(1), Sent(2), Received(2), Received(1)],
        ),
        ("doubled", &[Sent(1), Received(1), Received(1)]),
        ("lost", &[Sent(1), Sent(2), Received(1), RecvEmpty]),
        ("out of thin air", &[Sent(1), Received(2)]),
        ("received before it was sent", &[Received(1), Sent(1)]),
        ("empty with a message", &[Sent(1), RecvEmpty, Received(1)]),
        ("full with room", &[Sent(1), SendFull(2), Sent(3)]),
        ("full and empty", &[SendFull(1), RecvEmpty]),
        ("above the capacity", &[Sent(1), Sent(2), Sent(3)]),
        ("sent into a closed channel", &[Closed(true), Sent(1)]),
        (
            "closed, though nobody closed it",
            &[SendClosed(1), RecvClosed],
        ),
        (
            "closed, though a message is left",
            &[Sent(1), Closed(true), RecvClosed],
        ),
        ("closed twice", &[Closed(true), Closed(true)]),
    ];
    for (what, told) in wrong {
        assert!(!allowed(&in_turn(told), 2), "{what}");
    }
    let reopened = in_turn(&[Closed(true), RecvEmpty]);
    assert!(!allowed(&reopened, 2), "closed is for good");
    let left_twice = in_turn(&[SenderLeft, SenderLeft]);
    assert!(!allowed(&left_twice, 2), "there was one sender");
}

/// What overlaps may come in either order, and only what overlaps.
#[test]
fn a_call_that_goes_on_may_have_happened_at_any_moment_of_it() {
    assert!(allowed(
        &beside(Sent(9), &[Sent(1), Received(9), Received(1)]),
        2
    ));
    assert!(allowed(
        &beside(Sent(9), &[Sent(1), Received(1), Received(9)]),
        2
    ));
    assert!(allowed(
        &beside(Sent(9), &[RecvEmpty, Received(9), RecvEmpty]),
        2
    ));
    assert!(!allowed(&beside(Sent(9), &[Received(9), Received(9)]), 2));
    // 9 came out before 1, so both were inside when the receive of nothing began.
    let moved = [Sent(1), RecvEmpty, Received(9), Received(1)];
    assert!(!allowed(&beside(Sent(9), &moved), 2));
    assert!(allowed(
        &beside(Closed(true), &[Sent(1), SendClosed(2), Received(1)]),
        2
    ));
    assert!(!allowed(
        &beside(Closed(true), &[Sent(1), SendClosed(2), Sent(3)]),
        2
    ));
}

/// The one answer that is weaker than a sequential queue's.
#[test]
fn a_send_in_progress_may_take_room_behind_a_message() {
    let full = [Sent(1), SendFull(2), Received(1)];
    assert!(allowed(
        &beside(SendClosed(9), &[&full[..], &[Closed(true)]].concat()),
        2
    ));
    assert!(!allowed(
        &beside(SendClosed(9), &[&full[..], &[Closed(true)]].concat()),
        3
    ));
    let none_at_the_front = [SendFull(2), RecvEmpty, Closed(true)];
    assert!(!allowed(&beside(SendClosed(9), &none_at_the_front), 1));
    let received = [Received(9), RecvEmpty, SendFull(2)];
    assert!(
        !allowed(&beside(Sent(9), &received), 1),
        "it is inside no more"
    );
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    LastInFirstOut,
    Doubles,
    Loses,
    SaysEmpty,
    SaysFull,
    TakesOneMore,
    TakesAfterClose,
    ForgetsAtClose,
}

#[derive(Default)]
struct Inside {
    messages: VecDeque<u8>,
    closed: bool,
    calls: usize,
}

/// A queue behind a lock that is wrong now and then.
struct Broken {
    fault: Fault,
    capacity: usize,
    inside: Mutex<Inside>,
}

impl Broken {
    /// The lock's contents, and whether this is a call to go wrong in.
    fn enter(&self) -> (std::sync::MutexGuard<'_, Inside>, Option<Fault>) {
        let mut inside = self.inside.lock().unwrap();
        inside.calls += 1;
        let fault = (inside.calls % 3 == 0).then_some(self.fault);
        (inside, fault)
    }
}

impl Queue for Broken {
    fn try_send(&self, message: u8) -> Did {
        let (mut inside, fault) = self.enter();
        let full = inside.messages.len() >= self.capacity;
        match fault {
            Some(Fault::SaysFull) if !inside.closed => return Did::SendFull(message),
            Some(Fault::Loses) if !inside.closed && !full => return Did::Sent(message),
            Some(Fault::TakesOneMore) if !inside.closed && full => {}
            Some(Fault::TakesAfterClose) if inside.closed => {}
            _ if inside.closed => return Did::SendClosed(message),
            _ if full => return Did::SendFull(message),
            _ => {}
        }
        inside.messages.push_back(message);
        Did::Sent(message)
    }

    fn try_recv(&self) -> Did {
        let (mut inside, fault) = self.enter();
        let received = match fault {
            Some(Fault::SaysEmpty) if !inside.closed => None,
            Some(Fault::LastInFirstOut) => inside.messages.pop_back(),
            Some(Fault::Doubles) => inside.messages.front().copied(),
            _ => inside.messages.pop_front(),
        };
        match received {
            Some(message) => Did::Received(message),
            None if inside.closed => Did::RecvClosed,
            None => Did::RecvEmpty,
        }
    }

    fn close(&self) -> Did {
        let (mut inside, _) = self.enter();
        if matches!(self.fault, Fault::ForgetsAtClose) {
            inside.messages.clear();
        }
        let first = !inside.closed;
        inside.closed = true;
        Did::Closed(first)
    }
}

/// How many of the histories of a queue with `fault` are refused.
fn refused(fault: Fault) -> usize {
    let queue = |n: usize| Broken {
        fault,
        capacity: 1 + n % 3,
        inside: Mutex::default(),
    };
    let queues: Vec<_> = (0..300).map(queue).collect();
    let histories = record(&queues, 3, 5);
    let checked = queues.iter().zip(histories);
    let refused = checked.filter(|(queue, history)| !allowed(history, queue.capacity));
    refused.count()
}

#[test]
fn a_queue_that_is_wrong_now_and_then_is_found_out_by_what_its_callers_are_told() {
    assert_eq!(refused(Fault::None), 0);
    for fault in [
        Fault::LastInFirstOut,
        Fault::Doubles,
        Fault::Loses,
        Fault::SaysEmpty,
        Fault::SaysFull,
        Fault::TakesOneMore,
        Fault::TakesAfterClose,
        Fault::ForgetsAtClose,
    ] {
        assert!(refused(fault) > 0, "{fault:?} was not noticed");
    }
}
