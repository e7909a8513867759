//! A ring behind a mutex with two condition variables, as one writes it by hand.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::kind::{Kind, ManyReceivers, Message};

pub(super) struct Ring<T> {
    state: Mutex<State<T>>,
    not_empty: Condvar,
    not_full: Condvar,
    capacity: usize,
}

struct State<T> {
    queue: VecDeque<T>,
    senders: usize,
    receivers: usize,
    /// Asleep, so that nobody is notified in vain: a notification is a system call.
    senders_waiting: usize,
    receivers_waiting: usize,
}

impl<T> Ring<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().expect("nobody panics")
    }

    fn put(&self, mut state: MutexGuard<'_, State<T>>, message: T) {
        state.queue.push_back(message);
        let wakes = state.receivers_waiting > 0;
        drop(state);
        if wakes {
            self.not_empty.notify_one();
        }
    }

    fn take(&self, mut state: MutexGuard<'_, State<T>>) -> Option<T> {
        let message = state.queue.pop_front()?;
        let wakes = state.senders_waiting > 0;
        drop(state);
        if wakes {
            self.not_full.notify_one();
        }
        Some(message)
    }
}

pub(super) struct Sender<T>(Arc<Ring<T>>);
pub(super) struct Receiver<T>(Arc<Ring<T>>);

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.lock().senders -= 1;
        self.0.not_empty.notify_all();
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.0.lock().receivers -= 1;
        self.0.not_full.notify_all();
    }
}

pub(super) struct CondvarRing;

impl Kind for CondvarRing {
    const NAME: &'static str = "Mutex+Condvar ring";
    type Sender<T: Message> = Sender<T>;
    type Receiver<T: Message> = Receiver<T>;

    fn bounded<T: Message>(capacity: usize) -> (Sender<T>, Receiver<T>) {
        let ring = Arc::new(Ring {
            state: Mutex::new(State {
                queue: VecDeque::with_capacity(capacity),
                senders: 1,
                receivers: 1,
                senders_waiting: 0,
                receivers_waiting: 0,
            }),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
            capacity,
        });
        (Sender(Arc::clone(&ring)), Receiver(ring))
    }
    fn another<T: Message>(sender: &Sender<T>) -> Sender<T> {
        sender.0.lock().senders += 1;
        Sender(Arc::clone(&sender.0))
    }
    fn try_send<T: Message>(sender: &Sender<T>, message: T) -> bool {
        let state = sender.0.lock();
        let takes = state.receivers > 0 && state.queue.len() < sender.0.capacity;
        if takes {
            sender.0.put(state, message);
        }
        takes
    }
    fn try_recv<T: Message>(receiver: &mut Receiver<T>) -> Option<T> {
        receiver.0.take(receiver.0.lock())
    }
    fn send<T: Message>(sender: &Sender<T>, message: T) -> bool {
        send_held(sender, message, || ())
    }
    fn recv<T: Message>(receiver: &mut Receiver<T>) -> Option<T> {
        let ring = &receiver.0;
        let mut state = ring.lock();
        while state.senders > 0 && state.queue.is_empty() {
            state.receivers_waiting += 1;
            state = ring.not_empty.wait(state).expect("nobody panics");
            state.receivers_waiting -= 1;
        }
        ring.take(state)
    }
}

impl ManyReceivers for CondvarRing {
    fn another_receiver<T: Message>(receiver: &Receiver<T>) -> Receiver<T> {
        receiver.0.lock().receivers += 1;
        Receiver(Arc::clone(&receiver.0))
    }
}

/// A send whose thread is held where it holds the lock.
pub(super) fn send_held<T>(sender: &Sender<T>, message: T, hold: impl FnOnce()) -> bool {
    let ring = &sender.0;
    let mut state = ring.lock();
    while state.receivers > 0 && state.queue.len() >= ring.capacity {
        state.senders_waiting += 1;
        state = ring.not_full.wait(state).expect("nobody panics");
        state.senders_waiting -= 1;
    }
    if state.receivers == 0 {
        return false;
    }
    hold();
    ring.put(state, message);
    true
}
