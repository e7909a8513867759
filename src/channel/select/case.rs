//! What a select waits for: one receive or one send, and what came of it.

use core::fmt;
use core::pin::Pin;
use core::task::Context;

use crate::wait::TaskWaiter;

use super::super::shared::Shared;
use super::super::source::Source;
use super::super::{Receiver, RecvError, SendError, Sender};

/// A receive or a send that a [`Select`](super::Select) may complete: [`RecvCase`], [`SendCase`].
///
/// Sealed: the steps are the crate's own, and nobody else can call them.
///
/// ```compile_fail,E0061
/// use shorttail::channel::{Case, bounded};
///
/// let (_tx, rx) = bounded::<u8>(1);
/// let case: &mut dyn Case = &mut rx.case();
/// case.leave(); // takes a value that only the crate can make
/// ```
pub trait Case: Steps {}

/// Goes with every call of a step: a supertrait's methods can be called by all who have a
/// `dyn Case`, and only this folder makes one of these; for an example see
/// [`Select`](super::Select).
#[allow(unnameable_types, reason = "nobody shall name it")]
#[derive(Debug)]
pub struct Ours(pub(super) ());

/// What a select does with a case; for an example see [`Select`](super::Select).
#[allow(unnameable_types, reason = "that seals `Case`")]
pub trait Steps {
    /// Whether it has been completed, or there is nothing that it could do.
    fn state(&self, _: Ours) -> State;
    /// Completes it if that can be done at once.
    fn try_now(&mut self, _: Ours) -> bool;
    /// As `try_now`, where two loads say that it may succeed.
    fn look(&mut self, _: Ours) -> bool;
    /// As `try_now`; if that fails, the task of `cx` is woken when it may succeed.
    ///
    /// # Safety
    /// The case is not moved, and lives, until [`leave`](Self::leave) was called.
    unsafe fn poll(&mut self, cx: &mut Context<'_>, _: Ours) -> bool;
    /// Takes the task out of the queue; a wake that it did not use goes on to another.
    fn leave(&mut self, _: Ours);
    /// Threads with a handle of the channel that do not sleep in it; a guess.
    fn awake(&self, _: Ours) -> usize;
}

/// How far a case is; for an example see [`Select`](super::Select).
#[allow(unnameable_types, reason = "as its trait")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A send without a value.
    Idle,
    Waiting,
    /// With a result that was not taken.
    Done,
}

/// A receive for a [`Select`](super::Select), made by [`Receiver::case`] or
/// [`LanesReceiver::case`](super::super::LanesReceiver::case). Keeps the message `M` that it
/// received until that is taken; dropped before, it drops it. Its own methods neither wait nor
/// allocate.
///
/// # Examples
/// See [`take`](Self::take).
pub struct RecvCase<'a, M, R = Receiver<M>> {
    receiver: &'a R,
    received: Option<Result<M, RecvError>>,
    waiter: TaskWaiter,
}

/// A send for a [`Select`](super::Select), made by [`Sender::case`]. Keeps its value until that is
/// sent; dropped before, it drops it. Its own methods neither wait nor allocate.
///
/// # Examples
/// See [`take`](Self::take).
pub struct SendCase<'a, T> {
    shared: &'a Shared<T>,
    value: Option<T>,
    sent: Option<Result<(), SendError<T>>>,
    waiter: TaskWaiter,
}

impl<T> Receiver<T> {
    /// A receive to be waited for together with others. Costs nothing until it is selected.
    ///
    /// # Examples
    /// See [`Select`](super::Select).
    #[must_use = "nothing is received unless it is selected"]
    pub const fn case(&self) -> RecvCase<'_, T> {
        RecvCase::new(self)
    }
}

impl<T> Sender<T> {
    /// A send of `value` to be waited for together with others. Costs nothing until it is selected.
    ///
    /// # Examples
    /// See [`SendCase::take`].
    #[must_use = "nothing is sent unless it is selected"]
    pub fn case(&self, value: T) -> SendCase<'_, T> {
        SendCase {
            shared: &self.shared,
            value: Some(value),
            sent: None,
            waiter: TaskWaiter::new(),
        }
    }
}

impl<'a, M, R> RecvCase<'a, M, R> {
    pub(in super::super) const fn new(receiver: &'a R) -> Self {
        Self {
            receiver,
            received: None,
            waiter: TaskWaiter::new(),
        }
    }

    const fn how_far(&self) -> State {
        match self.received {
            None => State::Waiting,
            Some(_) => State::Done,
        }
    }

    /// What was received, or that the channel is closed and empty; none before it was selected and
    /// after it was taken. Then the case can be selected again.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Select, bounded};
    ///
    /// let (tx, rx) = bounded(1);
    /// let mut case = rx.case();
    /// assert_eq!(case.take(), None);
    /// tx.try_send(7).unwrap();
    /// Select::new().wait(&mut [&mut case]);
    /// assert_eq!(case.take(), Some(Ok(7)));
    /// assert_eq!(case.take(), None);
    /// ```
    pub fn take(&mut self) -> Option<Result<M, RecvError>> {
        self.received.take()
    }
}

impl<T> SendCase<'_, T> {
    /// That the value was sent, or the value back from a closed channel; none before it was
    /// selected and after it was taken.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Select, bounded};
    ///
    /// let (full, _rx) = bounded(1);
    /// full.try_send(0).unwrap();
    /// let (tx, rx) = bounded(1);
    /// let mut cases = (full.case(1), tx.case(2));
    /// let selected = Select::new().wait(&mut [&mut cases.0, &mut cases.1]);
    /// assert_eq!((selected, cases.1.take()), (1, Some(Ok(()))));
    /// assert_eq!(cases.0.cancel(), Some(1)); // not sent
    /// assert_eq!(rx.recv(), Ok(2));
    /// ```
    pub fn take(&mut self) -> Option<Result<(), SendError<T>>> {
        self.sent.take()
    }

    /// Takes the value back, unless it was sent. The case is idle then.
    ///
    /// # Examples
    /// See [`take`](Self::take).
    pub fn cancel(&mut self) -> Option<T> {
        self.value.take()
    }

    /// Gives the next value to send; the one that was there and not sent comes back. What came of
    /// the last send is forgotten if it was not taken.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{Select, bounded};
    ///
    /// let (tx, rx) = bounded(2);
    /// let mut case = tx.case(1);
    /// let mut select = Select::new();
    /// select.wait(&mut [&mut case]);
    /// assert_eq!(case.set(2), None);
    /// select.wait(&mut [&mut case]);
    /// assert!(rx.try_iter().eq([1, 2]));
    /// ```
    pub fn set(&mut self, value: T) -> Option<T> {
        self.sent = None;
        self.value.replace(value)
    }
}

impl<M, R: Source<Message = M>> Case for RecvCase<'_, M, R> {}
impl<T> Case for SendCase<'_, T> {}

impl<M, R: Source<Message = M>> Steps for RecvCase<'_, M, R> {
    fn state(&self, _: Ours) -> State {
        self.how_far()
    }

    fn try_now(&mut self, _: Ours) -> bool {
        if self.received.is_none() {
            self.received = self.receiver.recv_now();
        }
        self.received.is_some()
    }

    fn look(&mut self, ours: Ours) -> bool {
        self.receiver.is_ready() && self.try_now(ours)
    }

    unsafe fn poll(&mut self, cx: &mut Context<'_>, _: Ours) -> bool {
        // SAFETY: the caller keeps the case in place until `leave` has released the waiter.
        let waiter = unsafe { Pin::new_unchecked(&mut self.waiter) };
        let receiver = self.receiver;
        // Kept at once: a waker of others may panic on the way out.
        let received = &mut self.received;
        let ready = || receiver.recv_ready().map(|answer| *received = Some(answer));
        // SAFETY: always this queue, of a receiver that the case borrows; released by `leave`
        // (caller).
        unsafe { waiter.poll(receiver.receivers_waiting(), cx, ready) }.is_ready()
    }

    fn leave(&mut self, _: Ours) {
        // SAFETY: in place, as `poll` demands; nothing holds its address after this.
        let waiter = unsafe { Pin::new_unchecked(&mut self.waiter) };
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(self.receiver.receivers_waiting()) };
    }

    fn awake(&self, _: Ours) -> usize {
        self.receiver.awake()
    }
}

impl<T> Steps for SendCase<'_, T> {
    fn state(&self, _: Ours) -> State {
        match (&self.sent, &self.value) {
            (Some(_), _) => State::Done,
            (None, Some(_)) => State::Waiting,
            (None, None) => State::Idle,
        }
    }

    fn try_now(&mut self, _: Ours) -> bool {
        if self.sent.is_none() {
            self.sent = self.shared.send_from(&mut self.value);
        }
        self.sent.is_some()
    }

    fn look(&mut self, ours: Ours) -> bool {
        self.shared.looks_open() && self.try_now(ours)
    }

    unsafe fn poll(&mut self, cx: &mut Context<'_>, _: Ours) -> bool {
        // SAFETY: the caller keeps the case in place until `leave` has released the waiter.
        let waiter = unsafe { Pin::new_unchecked(&mut self.waiter) };
        // Kept at once: a waker of others may panic on the way out.
        let (shared, value, sent) = (self.shared, &mut self.value, &mut self.sent);
        let ready = || shared.send_ready(value).map(|answer| *sent = Some(answer));
        // SAFETY: always this queue, which the case borrows; released by `leave` (caller).
        unsafe { waiter.poll(&shared.senders_waiting, cx, ready) }.is_ready()
    }

    fn leave(&mut self, _: Ours) {
        // SAFETY: in place, as `poll` demands; nothing holds its address after this.
        let waiter = unsafe { Pin::new_unchecked(&mut self.waiter) };
        // SAFETY: the queue given to `poll`.
        unsafe { waiter.release(&self.shared.senders_waiting) };
    }

    fn awake(&self, _: Ours) -> usize {
        self.shared.awake()
    }
}

impl<M, R> fmt::Debug for RecvCase<'_, M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvCase")
            .field("state", &self.how_far())
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SendCase<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendCase")
            .field("state", &self.state(Ours(())))
            .finish_non_exhaustive()
    }
}
