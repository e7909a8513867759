//! Both ends as something that is polled again and again: what streams and sinks are made of.

use core::borrow::Borrow;
use core::marker::PhantomData;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::in_line::{InLine, Line, Way};
use super::shared::Shared;
use super::{Receiver, ReserveError, SendError, Sender, TrySendError};

/// An end `H` of a channel, or a reference to one, which is all that [`PollRecv`] and [`PollSend`]
/// make into this. So its `borrow` always leads to the same channel.
struct End<H, B: Borrow<H>> {
    end: B,
    of: PhantomData<fn() -> H>,
}

impl<H, B: Borrow<H>> End<H, B> {
    const fn new(end: B) -> Self {
        let of = PhantomData;
        Self { end, of }
    }

    fn end(&self) -> &H {
        self.end.borrow()
    }
}

// SAFETY: a receiver keeps its channel in place by an `Arc` that nothing replaces, and `borrow` of
// it or of a reference to it is itself; nothing else is made into an `End` (see there).
unsafe impl<T, B: Borrow<Receiver<T>>> Way for End<Receiver<T>, B> {
    type Message = T;

    fn shared(&self) -> &Shared<T> {
        &self.end().shared
    }
}

// SAFETY: as for the receiver.
unsafe impl<T, B: Borrow<Sender<T>>> Way for End<Sender<T>, B> {
    type Message = T;

    fn shared(&self) -> &Shared<T> {
        &self.end().shared
    }
}

/// A receiver and its task's place in line.
///
/// `R` is a receiver or a reference to one, nothing else.
pub(crate) struct PollRecv<T, R: Borrow<Receiver<T>>> {
    inner: InLine<End<Receiver<T>, R>>,
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
        let inner = InLine::new(End::new(receiver), Line::Message, ());
        Self { inner }
    }

    pub(crate) fn receiver(&self) -> Option<&Receiver<T>> {
        self.inner.way().map(End::end)
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.inner.is_waiting()
    }

    /// The next message, or none once the channel is closed and empty.
    pub(crate) fn poll_recv(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        let received = inner.poll(cx, |receiver, ()| receiver.shared().recv_ready());
        received.map(Result::ok)
    }
}

/// A sender, its task's place in line, and a permit once that has come.
///
/// `S` is a sender or a reference to one, nothing else.
pub(crate) struct PollSend<T, S: Borrow<Sender<T>>> {
    /// With the sender until it is closed, and whether room for the next message is held.
    inner: InLine<End<Sender<T>, S>, bool>,
}

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
        let inner = InLine::new(End::new(sender), Line::Room, false);
        Self { inner }
    }

    pub(crate) fn sender(&self) -> Option<&Sender<T>> {
        self.inner.way().map(End::end)
    }

    pub(crate) const fn is_ready(&self) -> bool {
        *self.inner.carried()
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.inner.is_waiting()
    }

    /// Takes room for one message, if it holds none.
    pub(crate) fn poll_ready(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ReserveError>> {
        if self.inner.way().is_none() {
            return Poll::Ready(Err(ReserveError::Closed(())));
        }
        if self.is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut inner = self.inner();
        let polled = inner
            .as_mut()
            .poll(cx, |sender, _| sender.shared().reserve_ready());
        let reserved = polled.map_ok(mem::forget);
        if let Poll::Ready(Ok(())) = reserved {
            *inner.carried_mut() = true;
        }
        reserved
    }

    /// Sends, for the room that it holds, or if there is room.
    pub(crate) fn start_send(self: Pin<&mut Self>, value: T) -> Result<(), TrySendError<T>> {
        let mut inner = self.inner();
        let is_ready = mem::take(inner.as_mut().carried_mut());
        let Some(sender) = inner.way() else {
            return Err(TrySendError::Closed(value));
        };
        let shared = sender.shared();
        if is_ready {
            let sent = shared.send_reserved(value);
            sent.map_err(|SendError(value)| TrySendError::Closed(value))
        } else {
            shared.try_send(value)
        }
    }

    /// Leaves the queue, gives the room back, and drops the sender.
    pub(crate) fn close(self: Pin<&mut Self>) {
        let mut inner = self.inner();
        let is_ready = mem::take(inner.as_mut().carried_mut());
        if let Some(sender) = inner.take().filter(|_| is_ready) {
            sender.shared().unreserve();
        }
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut InLine<End<Sender<T>, S>, bool>> {
        // SAFETY: the one field is pinned whenever the whole is: nothing moves it out, and `drop`
        // treats it as pinned.
        unsafe { self.map_unchecked_mut(|this| &mut this.inner) }
    }
}

impl<T, S: Borrow<Sender<T>>> Drop for PollSend<T, S> {
    fn drop(&mut self) {
        // SAFETY: the whole is not moved any more.
        unsafe { Pin::new_unchecked(self) }.close();
    }
}
