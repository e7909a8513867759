//! Any capacity is exact: against a model, with a mutex ring as the oracle under threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::thread;

use proptest::prelude::*;
use shorttail::channel::{Builder, ConfigError, TryRecvError, TrySendError, bounded};

#[derive(Clone, Copy, Debug)]
enum Op {
    Send,
    Recv,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![10 => Just(Op::Send), 10 => Just(Op::Recv), 1 => Just(Op::Close)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn behaves_as_a_bounded_deque(
        capacity in 1_usize..18,
        ops in proptest::collection::vec(op(), 0..300),
    ) {
        let (tx, rx) = bounded(capacity);
        let (mut model, mut closed) = (VecDeque::new(), false);
        for (n, op) in ops.into_iter().enumerate() {
            match op {
                Op::Send if closed => prop_assert_eq!(tx.try_send(n), Err(TrySendError::Closed(n))),
                Op::Send if model.len() == capacity => {
                    prop_assert_eq!(tx.try_send(n), Err(TrySendError::Full(n)));
                }
                Op::Send => {
                    prop_assert_eq!(tx.try_send(n), Ok(()));
                    model.push_back(n);
                }
                Op::Recv => {
                    let none = if closed { TryRecvError::Closed } else { TryRecvError::Empty };
                    prop_assert_eq!(rx.try_recv(), model.pop_front().ok_or(none));
                }
                Op::Close => {
                    prop_assert_eq!(tx.close(), !closed);
                    closed = true;
                }
            }
            prop_assert_eq!(rx.len(), model.len());
            prop_assert_eq!(rx.is_full(), model.len() == capacity);
            prop_assert_eq!(tx.is_empty(), model.is_empty());
        }
    }
}

#[test]
#[should_panic(expected = "room for one message")]
fn no_capacity_is_a_mistake() {
    let _channel = bounded::<u8>(0);
}

#[test]
fn a_builder_says_what_does_not_fit() {
    let refused = |capacity| Builder::new(capacity).build::<[u8; 64]>().unwrap_err();
    assert_eq!(refused(0), ConfigError::NoCapacity);
    assert_eq!(refused(usize::MAX), ConfigError::TooLarge);
    assert_eq!(refused(usize::MAX / 4), ConfigError::TooLarge);
    if size_of::<usize>() == 8 {
        // More than any processor addresses.
        let refused = refused(usize::MAX >> 17);
        assert!(matches!(refused, ConfigError::OutOfMemory { bytes } if bytes >> 48 >= 64));
    }
}

#[test]
fn a_built_channel_is_as_described() {
    for patience in [0, 1, u16::MAX] {
        let (tx, rx) = Builder::new(3).patience(patience).build().unwrap();
        assert!((0..3).all(|n| tx.try_send(n).is_ok()));
        assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
        assert!(rx.try_iter().eq(0..3));
    }
}

/// The plain ring: one lock, two condition variables.
struct Oracle {
    inside: Mutex<VecDeque<usize>>,
    capacity: usize,
    changed: Condvar,
}

impl Oracle {
    fn send(&self, value: usize) {
        let inside = self.inside.lock().unwrap();
        let full = |inside: &mut VecDeque<usize>| inside.len() == self.capacity;
        self.changed
            .wait_while(inside, full)
            .unwrap()
            .push_back(value);
        self.changed.notify_all();
    }

    fn recv(&self) -> usize {
        let inside = self.inside.lock().unwrap();
        let mut inside = self
            .changed
            .wait_while(inside, |inside| inside.is_empty())
            .unwrap();
        self.changed.notify_all();
        inside.pop_front().unwrap()
    }
}

/// One sender and one receiver: both deliver the same sequence.
#[test]
fn delivers_what_a_mutex_ring_delivers() {
    for capacity in [1, 3, 16] {
        let oracle = Oracle {
            inside: Mutex::default(),
            capacity,
            changed: Condvar::new(),
        };
        let (tx, rx) = bounded(capacity);
        thread::scope(|scope| {
            let (oracle, tx) = (&oracle, tx);
            scope.spawn(move || {
                for n in 0..2_000 {
                    oracle.send(n);
                    tx.send(n).unwrap();
                }
            });
            for _ in 0..2_000 {
                assert!(rx.len() <= capacity);
                assert_eq!(rx.recv().unwrap(), oracle.recv());
            }
        });
        assert!(rx.recv().is_err());
    }
}
