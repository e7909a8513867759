//! Both ends as something that is polled again and again: what streams and sinks are made of.

use core::borrow::Borrow;
use core::marker::PhantomData;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::wait::TaskWaiter;

use super::{Receiver, ReserveError, SendError, Sender, TrySendError};

/// A receiver and its task's place in line.
///
/// `R` is a receiver or a reference to one, nothing else: its `borrow` must always lead to the same
/// channel, since the waiter is linked into a queue of it.
pub(crate) struct PollRecv<T, R: Borrow<Receiver<T>>> {
    receiver: R,
    waiter: TaskWaiter,
    message: PhantomData<fn() -> T>,
}

impl<T> PollRecv<T, Receiver<T>> {
    pub(crate) const fn owned(receiver: Receiver<T>) -> Self {
        Self::new(receiver)
    }
}

impl<'a, T> PollRecv<T, &'a Receiver<T>> {
    pub(crate) const fn borrowed(receiver: &'a Receiver<T>) -> Self {
        Self::new(receiver)
    }
}

impl<T, R: Borrow<Receiver<T>>> PollRecv<T, R> {
    const fn new(receiver: R) -> Self {
        Self {
            receiver,
            waiter: TaskWaiter::new(),
            message: PhantomData,
        }
    }

    pub(crate) fn receiver(&self) -> &Receiver<T> {
        self.receiver.borrow()
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.waiter.is_linked()
    }

    /// The next message, or none once the channel is closed and empty.
    pub(crate) fn poll_recv(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let (receiver, waiter) = self.parts();
        let shared = &receiver.shared;
        let queue = &shared.receivers_waiting;
        // SAFETY: always the queue of this receiver's channel, which the receiver keeps alive; it
        // is never replaced, and `drop` releases the waiter before it goes.
        let received = unsafe { waiter.poll(queue, cx, || shared.recv_ready()) };
        received.map(Result::ok)
    }

    fn parts(self: Pin<&mut Self>) -> (&Receiver<T>, Pin<&mut TaskWaiter>) {
        // SAFETY: `waiter` is pinned whenever the whole is: it is never moved out, the whole is
        // `!Unpin` through it, and `drop` treats it as pinned. `receiver` is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (this.receiver.borrow(), waiter)
    }
}

impl<T, R: Borrow<Receiver<T>>> Drop for PollRecv<T, R> {
    fn drop(&mut self) {
        // SAFETY: the whole is not moved any more.
        let (receiver, waiter) = unsafe { Pin::new_unchecked(self) }.parts();
        // SAFETY: the queue given to `poll`; the receiver is dropped after this.
        unsafe { waiter.release(&receiver.shared.receivers_waiting) };
    }
}

/// A sender, its task's place in line, and a permit once that has come.
///
/// `S` is a sender or a reference to one, for the reason that [`PollRecv`] gives.
pub(crate) struct PollSend<T, S: Borrow<Sender<T>>> {
    /// There until it is closed.
    sender: Option<S>,
    /// Whether room for the next message is held.
    is_ready: bool,
    waiter: TaskWaiter,
    message: PhantomData<fn(T)>,
}

type Parts<'f, S> = (&'f mut Option<S>, &'f mut bool, Pin<&'f mut TaskWaiter>);

impl<T> PollSend<T, Sender<T>> {
    pub(crate) const fn owned(sender: Sender<T>) -> Self {
        Self::new(sender)
    }
}

impl<'a, T> PollSend<T, &'a Sender<T>> {
    pub(crate) const fn borrowed(sender: &'a Sender<T>) -> Self {
        Self::new(sender)
    }
}

impl<T, S: Borrow<Sender<T>>> PollSend<T, S> {
    const fn new(sender: S) -> Self {
        Self {
            sender: Some(sender),
            is_ready: false,
            waiter: TaskWaiter::new(),
            message: PhantomData,
        }
    }

    pub(crate) fn sender(&self) -> Option<&Sender<T>> {
        self.sender.as_ref().map(Borrow::borrow)
    }

    pub(crate) const fn is_ready(&self) -> bool {
        self.is_ready
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.waiter.is_linked()
    }

    /// Takes room for one message, if it holds none.
    pub(crate) fn poll_ready(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ReserveError>> {
        let (sender, is_ready, waiter) = self.parts();
        let Some(sender) = sender else {
            return Poll::Ready(Err(ReserveError::Closed));
        };
        if *is_ready {
            return Poll::Ready(Ok(()));
        }
        let sender: &Sender<T> = (*sender).borrow();
        let shared = &sender.shared;
        let queue = &shared.senders_waiting;
        // SAFETY: always the queue of this sender's channel, which the sender keeps alive; it is
        // never replaced, and `close`, also called by `drop`, releases the waiter before it goes.
        let reserved = unsafe { waiter.poll(queue, cx, || shared.reserve_ready()) };
        reserved.map_ok(|permit| {
            mem::forget(permit);
            *is_ready = true;
        })
    }

    /// Sends, for the room that it holds, or if there is room.
    pub(crate) fn start_send(self: Pin<&mut Self>, value: T) -> Result<(), TrySendError<T>> {
        let (sender, is_ready, _) = self.parts();
        let Some(sender) = sender else {
            return Err(TrySendError::Closed(value));
        };
        let sender: &Sender<T> = (*sender).borrow();
        let shared = &sender.shared;
        if mem::take(is_ready) {
            let sent = shared.send_reserved(value);
            sent.map_err(|SendError(value)| TrySendError::Closed(value))
        } else {
            shared.try_send(value)
        }
    }

    /// Leaves the queue, gives the room back, and drops the sender.
    pub(crate) fn close(self: Pin<&mut Self>) {
        let (slot, is_ready, waiter) = self.parts();
        let Some(sender) = slot else {
            return;
        };
        let sender: &Sender<T> = (*sender).borrow();
        let shared = &sender.shared;
        // SAFETY: the queue given to `poll`; the sender is dropped after this.
        unsafe { waiter.release(&shared.senders_waiting) };
        if mem::take(is_ready) {
            shared.unreserve();
        }
        *slot = None;
    }

    fn parts(self: Pin<&mut Self>) -> Parts<'_, S> {
        // SAFETY: `waiter` is pinned whenever the whole is: it is never moved out, the whole is
        // `!Unpin` through it, and `drop` treats it as pinned. The rest is never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let waiter = unsafe { Pin::new_unchecked(&mut this.waiter) };
        (&mut this.sender, &mut this.is_ready, waiter)
    }
}

impl<T, S: Borrow<Sender<T>>> Drop for PollSend<T, S> {
    fn drop(&mut self) {
        // SAFETY: the whole is not moved any more.
        unsafe { Pin::new_unchecked(self) }.close();
    }
}
