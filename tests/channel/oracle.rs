//! The plain channel: one lock, one condition variable, nothing clever. What it answers is right.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};

use shorttail::channel::{RecvError, SendError, TryRecvError, TryReserveError, TrySendError};

pub(crate) struct Oracle<T> {
    inside: Mutex<Inside<T>>,
    changed: Condvar,
    capacity: usize,
}

struct Inside<T> {
    messages: VecDeque<T>,
    /// Held room.
    permits: usize,
    closed: bool,
    senders: usize,
    receivers: usize,
}

impl<T> Oracle<T> {
    /// With one sender and one receiver.
    pub(crate) fn new(capacity: usize) -> Self {
        let inside = Inside {
            messages: VecDeque::new(),
            permits: 0,
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
        self.change(|inside| {
            if inside.closed {
                return Err(TrySendError::Closed(value));
            }
            if inside.room(self.capacity) == 0 {
                return Err(TrySendError::Full(value));
            }
            inside.messages.push_back(value);
            Ok(())
        })
    }

    /// Full only if permits hold all room; else the oldest makes way, if one must.
    pub(crate) fn force_send(&self, value: T) -> Result<Option<T>, TrySendError<T>> {
        self.change(|inside| {
            if inside.closed {
                return Err(TrySendError::Closed(value));
            }
            let evicted = if inside.room(self.capacity) > 0 {
                None
            } else if let Some(oldest) = inside.messages.pop_front() {
                Some(oldest)
            } else {
                return Err(TrySendError::Full(value));
            };
            inside.messages.push_back(value);
            Ok(evicted)
        })
    }

    /// What is not sent stays in `values`.
    pub(crate) fn try_send_many(
        &self,
        values: &mut VecDeque<T>,
    ) -> Result<usize, TrySendError<()>> {
        self.change(|inside| {
            let room = inside.room(self.capacity);
            if values.is_empty() {
                return Ok(0);
            }
            if inside.closed {
                return Err(TrySendError::Closed(()));
            }
            if room == 0 {
                return Err(TrySendError::Full(()));
            }
            let sent = room.min(values.len());
            inside.messages.extend(values.drain(..sent));
            Ok(sent)
        })
    }

    /// Takes room for a permit.
    pub(crate) fn try_reserve(&self) -> Result<(), TryReserveError<()>> {
        self.change(|inside| {
            if inside.closed {
                return Err(TryReserveError::Closed(()));
            }
            if inside.room(self.capacity) == 0 {
                return Err(TryReserveError::Full(()));
            }
            inside.permits += 1;
            Ok(())
        })
    }

    /// A permit is used; its room is the message's.
    pub(crate) fn send_reserved(&self, value: T) -> Result<(), SendError<T>> {
        self.change(|inside| {
            inside.permits -= 1;
            if inside.closed {
                return Err(SendError(value));
            }
            inside.messages.push_back(value);
            Ok(())
        })
    }

    /// A permit is given back.
    pub(crate) fn unreserve(&self) {
        self.change(|inside| inside.permits -= 1);
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

    /// The next messages, up to `most`.
    pub(crate) fn try_recv_many(&self, most: usize) -> Result<Vec<T>, TryRecvError> {
        self.change(|inside| {
            let count = most.min(inside.messages.len());
            let is_over = inside.closed && inside.messages.is_empty();
            match (most, count) {
                (0, _) | (_, 1..) if !is_over => Ok(inside.messages.drain(..count).collect()),
                _ if inside.closed => Err(TryRecvError::Closed),
                _ => Err(TryRecvError::Empty),
            }
        })
    }

    pub(crate) fn send(&self, mut value: T) -> Result<(), SendError<T>> {
        loop {
            match self.try_send(value) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(back)) => return Err(SendError(back)),
                Err(TrySendError::Full(back)) => value = back,
            }
            let full = |inside: &mut Inside<T>| !inside.closed && inside.room(self.capacity) == 0;
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

    /// How many messages can still go in.
    pub(crate) fn room(&self) -> usize {
        self.lock().room(self.capacity)
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

impl<T> Inside<T> {
    fn room(&self, capacity: usize) -> usize {
        capacity - self.messages.len() - self.permits
    }
}

/// None is for good.
fn add(count: &mut usize) -> bool {
    let some = *count > 0;
    *count += usize::from(some);
    some
}

/// The same refusal with another value.
pub(crate) fn map_error<T, R>(error: TrySendError<T>, map: impl FnOnce(T) -> R) -> TrySendError<R> {
    match error {
        TrySendError::Full(value) => TrySendError::Full(map(value)),
        TrySendError::Closed(value) => TrySendError::Closed(map(value)),
    }
}
