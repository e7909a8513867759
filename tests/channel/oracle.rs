//! The plain channel: one lock, one condition variable, nothing clever. What it answers is right.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};

use shorttail::channel::{RecvError, SendError, TryRecvError, TrySendError};

pub(crate) struct Oracle<T> {
    inside: Mutex<Inside<T>>,
    changed: Condvar,
    capacity: usize,
}

struct Inside<T> {
    messages: VecDeque<T>,
    closed: bool,
    senders: usize,
    receivers: usize,
}

impl<T> Oracle<T> {
    /// With one sender and one receiver.
    pub(crate) fn new(capacity: usize) -> Self {
        let inside = Inside {
            messages: VecDeque::new(),
            closed: false,
            senders: 1,
            receivers: 1,
        };
        Self {
            inside: Mutex::new(inside),
            changed: Condvar::new(),
            capacity,
        }
    }

    pub(crate) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut inside = self.lock();
        if inside.closed {
            return Err(TrySendError::Closed(value));
        }
        if inside.messages.len() == self.capacity {
            return Err(TrySendError::Full(value));
        }
        inside.messages.push_back(value);
        self.changed.notify_all();
        Ok(())
    }

    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut inside = self.lock();
        let none = if inside.closed {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        };
        self.changed.notify_all();
        inside.messages.pop_front().ok_or(none)
    }

    pub(crate) fn send(&self, mut value: T) -> Result<(), SendError<T>> {
        loop {
            match self.try_send(value) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(back)) => return Err(SendError(back)),
                Err(TrySendError::Full(back)) => value = back,
            }
            let full =
                |inside: &mut Inside<T>| !inside.closed && inside.messages.len() == self.capacity;
            drop(self.changed.wait_while(self.lock(), full).unwrap());
        }
    }

    pub(crate) fn recv(&self) -> Result<T, RecvError> {
        loop {
            match self.try_recv() {
                Ok(value) => return Ok(value),
                Err(TryRecvError::Closed) => return Err(RecvError),
                Err(TryRecvError::Empty) => {}
            }
            let empty = |inside: &mut Inside<T>| !inside.closed && inside.messages.is_empty();
            drop(self.changed.wait_while(self.lock(), empty).unwrap());
        }
    }

    /// Whether this call closed it.
    pub(crate) fn close(&self) -> bool {
        self.change(|inside| !std::mem::replace(&mut inside.closed, true))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().messages.len()
    }

    pub(crate) fn senders(&self) -> usize {
        self.lock().senders
    }

    pub(crate) fn receivers(&self) -> usize {
        self.lock().receivers
    }

    /// A clone, or a weak handle's upgrade: whether there is one sender more.
    pub(crate) fn add_sender(&self) -> bool {
        self.change(|inside| add(&mut inside.senders))
    }

    pub(crate) fn add_receiver(&self) -> bool {
        self.change(|inside| add(&mut inside.receivers))
    }

    /// The last one closes.
    pub(crate) fn drop_sender(&self) {
        self.change(|inside| {
            inside.senders -= 1;
            inside.closed |= inside.senders == 0;
        });
    }

    /// The last one closes, and drops what is inside.
    pub(crate) fn drop_receiver(&self) {
        self.change(|inside| {
            inside.receivers -= 1;
            if inside.receivers == 0 {
                inside.closed = true;
                inside.messages.clear();
            }
        });
    }

    fn change<R>(&self, change: impl FnOnce(&mut Inside<T>) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap()
    }
}

/// None is for good.
fn add(count: &mut usize) -> bool {
    let some = *count > 0;
    *count += usize::from(some);
    some
}
