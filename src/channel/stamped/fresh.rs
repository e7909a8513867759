//! Receives that skip what is too late to be served.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::limit::Codel;
use crate::time::{Clock, Deadline, now_ns};

use super::super::{DropReason, RecvError, RecvFuture, RecvTimeoutError, TryRecvError};
use super::{Aged, Stamped, StampedReceiver};

/// Which messages are still worth serving, and what becomes of the others. What a worker knows
/// about its requests; given to [`StampedReceiver::recv_fresh`] and its kin, and to
/// [`Stamped::into_fresh`] for messages that come another way, as from lanes.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use shorttail::channel::{self, Aged, DropReason, Freshness};
/// use shorttail::time::{Clock, Deadline, MockClock};
///
/// struct Request {
///     number: u32,
///     deadline: Deadline,
/// }
///
/// #[derive(Default)]
/// struct Worker {
///     refused: Vec<u32>,
/// }
///
/// impl Freshness<Request> for Worker {
///     fn deadline(&self, request: &Request) -> Deadline {
///         request.deadline
///     }
///     fn dropped(&mut self, late: Aged<Request>, why: DropReason) {
///         assert_eq!(why, DropReason::Expired);
///         self.refused.push(late.value.number); // a service answers 503 here
///     }
/// }
///
/// let clock = Arc::new(MockClock::new());
/// let (tx, rx) = channel::stamped(8, clock.clone());
/// for (number, ms) in [(1, 10), (2, 50)] {
///     let deadline = Deadline::after(clock.now_ns(), Duration::from_millis(ms));
///     tx.send(Request { number, deadline })?;
/// }
/// clock.advance(Duration::from_millis(20));
/// let mut worker = Worker::default();
/// assert_eq!(rx.recv_fresh(&mut worker)?.value.number, 2);
/// assert_eq!(worker.refused, [1]);
/// assert_eq!(rx.plain().stats().dropped_expired, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// Several receivers have rules of their own, and one [`Codel`]:
/// ```
/// use std::time::Duration;
/// use shorttail::channel::{self, Aged, DropReason, Freshness};
/// use shorttail::limit::Codel;
/// use shorttail::time::StdClock;
///
/// struct Worker<'a> {
///     codel: &'a Codel, // or an `Arc`
/// }
/// impl Freshness<u32> for Worker<'_> {
///     fn codel(&self) -> Option<&Codel> {
///         Some(self.codel)
///     }
///     fn dropped(&mut self, _: Aged<u32>, _: DropReason) {}
/// }
///
/// let codel = Codel::folly(Duration::from_millis(5), Duration::from_millis(100));
/// let (tx, rx) = channel::stamped(8, StdClock);
/// (0..8).try_for_each(|number| tx.send(number))?;
/// drop(tx);
/// std::thread::scope(|scope| {
///     for rx in [rx.clone(), rx] {
///         let mut worker = Worker { codel: &codel };
///         scope.spawn(move || while rx.recv_fresh(&mut worker).is_ok() {});
///     }
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Freshness<T> {
    /// When `message` is worth nothing any more, on the clock that stamps the channel. Never, if
    /// not said otherwise.
    fn deadline(&self, message: &T) -> Deadline {
        _ = message;
        Deadline::NEVER
    }

    /// What tells a queue that stands, and which of its messages to shed. Give all receivers of a
    /// channel the same one. None, if not said otherwise.
    ///
    /// It is told the whole [age](Aged::age) of every message: senders that wait for room are part
    /// of the queue.
    fn codel(&self) -> Option<&Codel> {
        None
    }

    /// Takes a message that is not worth serving. Called before the receive goes on, so its time is
    /// the receive's.
    fn dropped(&mut self, message: Aged<T>, why: DropReason);
}

impl<T, C: Clock> StampedReceiver<T, C> {
    /// As [`try_recv`](Self::try_recv), of the messages that are fresh; the others go to
    /// [`Freshness::dropped`], in the order in which they come out, and are counted in
    /// [`stats`](super::super::Receiver::stats).
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there was no fresh one among the messages there, or among as many
    /// as the channel holds; [`TryRecvError::Closed`] if none will come any more.
    ///
    /// # Complexity
    /// At most `capacity` messages are dropped, each at the cost of a `try_recv`, one reading of
    /// the clock, one call of each function of `rules` and a relaxed read-modify-write. A call that
    /// drops none costs a `try_recv`, a reading, and `rules`. Never waits and never allocates,
    /// unless `rules` do.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{self, Aged, DropReason, Freshness};
    /// use shorttail::time::{Deadline, StdClock};
    ///
    /// struct Ticks;
    /// impl Freshness<Deadline> for Ticks {
    ///     fn deadline(&self, tick: &Deadline) -> Deadline {
    ///         *tick
    ///     }
    ///     fn dropped(&mut self, _: Aged<Deadline>, _: DropReason) {}
    /// }
    ///
    /// let (tx, rx) = channel::stamped(2, StdClock);
    /// tx.try_send(Deadline::at(0))?; // long over
    /// tx.try_send(Deadline::NEVER)?;
    /// assert_eq!(rx.try_recv_fresh(&mut Ticks)?.value, Deadline::NEVER);
    /// assert!(rx.try_recv_fresh(&mut Ticks).unwrap_err().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "a received message is in the result"]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_recv_fresh<R: Freshness<T>>(&self, rules: &mut R) -> Result<Aged<T>, TryRecvError> {
        for _ in 0..self.lap() {
            if let Some(fresh) = self.judge(self.inner.try_recv()?, rules) {
                return Ok(fresh);
            }
        }
        Err(TryRecvError::Empty)
    }

    /// As many messages as one call drops at most.
    fn lap(&self) -> usize {
        self.inner.capacity().max(1)
    }

    /// As [`recv`](Self::recv), of the messages that are fresh; the others as in
    /// [`try_recv_fresh`](Self::try_recv_fresh). Never allocates by itself.
    ///
    /// Goes on for as long as none is fresh.
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{self, Aged, DropReason, Freshness};
    /// use shorttail::time::StdClock;
    ///
    /// struct All;
    /// impl Freshness<u8> for All {
    ///     fn dropped(&mut self, _: Aged<u8>, _: DropReason) {}
    /// }
    ///
    /// let (tx, rx) = channel::stamped(1, StdClock);
    /// tx.send(5)?;
    /// assert_eq!(rx.recv_fresh(&mut All)?.value, 5);
    /// drop(tx);
    /// assert!(rx.recv_fresh(&mut All).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_fresh<R: Freshness<T>>(&self, rules: &mut R) -> Result<Aged<T>, RecvError> {
        loop {
            if let Some(fresh) = self.judge(self.inner.recv()?, rules) {
                return Ok(fresh);
            }
        }
    }

    /// As [`recv_fresh`](Self::recv_fresh), for `timeout` on
    /// [`StdClock`](crate::time::StdClock).
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{self, Aged, DropReason, Freshness};
    /// use shorttail::time::StdClock;
    /// use std::time::Duration;
    ///
    /// struct All;
    /// impl Freshness<u8> for All {
    ///     fn dropped(&mut self, _: Aged<u8>, _: DropReason) {}
    /// }
    ///
    /// let (tx, rx) = channel::stamped(1, StdClock);
    /// tx.send(5)?;
    /// assert_eq!(rx.recv_fresh_timeout(&mut All, Duration::ZERO)?.value, 5);
    /// assert!(rx.recv_fresh_timeout(&mut All, Duration::ZERO).unwrap_err().is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_fresh_timeout<R: Freshness<T>>(
        &self,
        rules: &mut R,
        timeout: Duration,
    ) -> Result<Aged<T>, RecvTimeoutError> {
        self.recv_fresh_deadline(rules, Deadline::after(now_ns(), timeout))
    }

    /// As [`recv_fresh`](Self::recv_fresh), until `deadline` on
    /// [`StdClock`](crate::time::StdClock): looked at after each `capacity` messages that were
    /// dropped.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use shorttail::channel::{self, Aged, DropReason, Freshness};
    /// use shorttail::time::{Deadline, StdClock};
    ///
    /// struct All;
    /// impl Freshness<u8> for All {
    ///     fn dropped(&mut self, _: Aged<u8>, _: DropReason) {}
    /// }
    ///
    /// let (tx, rx) = channel::stamped(1, StdClock);
    /// tx.send(5)?;
    /// let past = Deadline::at(0);
    /// assert_eq!(rx.recv_fresh_deadline(&mut All, past)?.value, 5); // it was there
    /// assert!(rx.recv_fresh_deadline(&mut All, past).unwrap_err().is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_fresh_deadline<R: Freshness<T>>(
        &self,
        rules: &mut R,
        deadline: Deadline,
    ) -> Result<Aged<T>, RecvTimeoutError> {
        loop {
            for _ in 0..self.lap() {
                let stamped = self.inner.recv_deadline(deadline)?;
                if let Some(fresh) = self.judge(stamped, rules) {
                    return Ok(fresh);
                }
            }
            if deadline.is_expired(now_ns()) {
                return Err(RecvTimeoutError::Timeout);
            }
        }
    }

    /// As [`recv_async`](Self::recv_async), of the messages that are fresh; the others as in
    /// [`try_recv_fresh`](Self::try_recv_fresh).
    ///
    /// A poll that has dropped `capacity` messages yields to the other tasks and is polled again.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future holds no message: what it took was given to
    /// [`Freshness::dropped`]. A wake it had been given goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// use shorttail::channel::{self, Aged, DropReason, Freshness};
    /// use shorttail::time::StdClock;
    ///
    /// struct All;
    /// impl Freshness<u8> for All {
    ///     fn dropped(&mut self, _: Aged<u8>, _: DropReason) {}
    /// }
    ///
    /// let (tx, rx) = channel::stamped(1, StdClock);
    /// tx.try_send(5)?;
    /// assert_eq!(rx.recv_fresh_async(&mut All).await?.value, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn recv_fresh_async<'a, R: Freshness<T>>(
        &'a self,
        rules: &'a mut R,
    ) -> RecvFreshFuture<'a, T, C, R> {
        RecvFreshFuture {
            recv: self.inner.recv_async(),
            receiver: self,
            rules,
        }
    }

    /// The message if it is fresh; else it goes to the sink.
    #[inline]
    fn judge<R: Freshness<T>>(&self, message: Stamped<T, C>, rules: &mut R) -> Option<Aged<T>> {
        let count = |why| self.inner.shared.count_dropped(why);
        message.judge(&self.clock, rules, count)
    }
}

impl<T, C: Clock> Stamped<T, C> {
    /// The message with its age, if it is still worth serving by `rules`, now on the `clock` that
    /// stamped it; else it goes to [`Freshness::dropped`].
    ///
    /// What [`recv_fresh`](StampedReceiver::recv_fresh) asks of each message, for those that come
    /// another way: from [`Lanes`](super::super::Lanes), in a batch, from a stream. Nothing counts
    /// what is dropped here but the sink. Reads the clock once. A wait for room is told apart only
    /// where a [`StampedSender`](super::StampedSender) has sent the message.
    ///
    /// # Examples
    /// Deadlines in a channel with lanes:
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use shorttail::channel::{Aged, DropReason, Freshness, Lanes, Stamped};
    /// use shorttail::time::{Clock, Deadline, MockClock};
    ///
    /// #[derive(Default)]
    /// struct Worker {
    ///     expired: u32,
    /// }
    /// impl Freshness<Deadline> for Worker {
    ///     fn deadline(&self, message: &Deadline) -> Deadline {
    ///         *message
    ///     }
    ///     fn dropped(&mut self, _: Aged<Deadline>, _: DropReason) {
    ///         self.expired += 1;
    ///     }
    /// }
    ///
    /// let clock = Arc::new(MockClock::new());
    /// let (tx, rx) = Lanes::new([8, 8]).build()?;
    /// for (lane, ms) in [(0, 10), (1, 50)] {
    ///     let deadline = Deadline::after(clock.now_ns(), Duration::from_millis(ms));
    ///     tx.lane(lane).send(Stamped::new(deadline, &clock))?;
    /// }
    /// clock.advance(Duration::from_millis(20));
    /// drop(tx);
    /// let (mut worker, mut served) = (Worker::default(), Vec::new());
    /// while let Ok((lane, message)) = rx.recv() {
    ///     if message.into_fresh(&clock, &mut worker).is_some() {
    ///         served.push(lane);
    ///     }
    /// }
    /// assert_eq!((served, worker.expired), (vec![1], 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "a fresh message is inside"]
    #[inline]
    pub fn into_fresh<R: Freshness<T>>(self, clock: &C, rules: &mut R) -> Option<Aged<T>> {
        self.judge(clock, rules, |_| {})
    }

    /// The same; `count` is told why a message is dropped, before the sink is.
    #[inline]
    fn judge<R: Freshness<T>>(
        self,
        clock: &C,
        rules: &mut R,
        count: impl FnOnce(DropReason),
    ) -> Option<Aged<T>> {
        let now_ns = clock.now_ns();
        let aged = self.into_aged_at(now_ns);
        // Asked about expired ones too: they tell how long the queue is.
        let sheds = rules
            .codel()
            .is_some_and(|codel| codel.sheds(now_ns, aged.age_ns()));
        let why = if rules.deadline(&aged.value).is_expired(now_ns) {
            DropReason::Expired
        } else if sheds {
            DropReason::Overload
        } else {
            return Some(aged);
        };
        count(why);
        rules.dropped(aged, why);
        None
    }
}

/// Waits for the next message that is fresh. Made by [`StampedReceiver::recv_fresh_async`].
///
/// Polled again after it completed, it waits for another message.
///
/// # Cancel safety
/// Holds no message between polls; a wake it had been given goes on to another waiter.
///
/// # Examples
/// See [`StampedReceiver::recv_fresh_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvFreshFuture<'a, T, C: Clock, R> {
    recv: RecvFuture<'a, Stamped<T, C>>,
    receiver: &'a StampedReceiver<T, C>,
    rules: &'a mut R,
}

impl<T, C: Clock, R: Freshness<T>> Future for RecvFreshFuture<'_, T, C, R> {
    type Output = Result<Aged<T>, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: `recv` is pinned whenever this future is: it is never moved out, and there is no
        // `drop` here that could. The others are never pinned.
        let this = unsafe { self.get_unchecked_mut() };
        for _ in 0..this.receiver.lap() {
            // SAFETY: as above.
            let recv = unsafe { Pin::new_unchecked(&mut this.recv) };
            match recv.poll(cx) {
                Poll::Ready(Ok(stamped)) => {
                    if let Some(fresh) = this.receiver.judge(stamped, this.rules) {
                        return Poll::Ready(Ok(fresh));
                    }
                }
                Poll::Ready(Err(closed)) => return Poll::Ready(Err(closed)),
                Poll::Pending => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<T, C: Clock, R> fmt::Debug for RecvFreshFuture<'_, T, C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut future = f.debug_tuple("RecvFreshFuture");
        future.field(&self.recv).finish()
    }
}
