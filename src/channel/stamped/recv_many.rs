//! Several messages received in one call, each with its age.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use crate::time::{Deadline, now_ns};

use super::super::in_line::{InLine, Line};
use super::super::shared::Shared;
use super::super::{RecvError, RecvTimeoutError, TryRecvError};
use super::{Aged, Stamped, StampedReceiver, Stamps};

/// Waits for the next message and takes more with it. Made by
/// [`StampedReceiver::recv_many_async`].
///
/// Polled again after it completed, it waits for further messages.
///
/// # Cancel safety
/// As [`RecvManyFuture`](super::super::RecvManyFuture): it holds no message at any time.
///
/// # Examples
/// See [`StampedReceiver::recv_many_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct StampedRecvManyFuture<'a, T, C: Stamps> {
    inner: InLine<&'a Shared<Stamped<T, C>>, Carried<'a, T, C>>,
}

/// The buffer, the limit and the clock.
type Carried<'a, T, C> = (&'a mut Vec<Aged<T>>, usize, &'a C);

impl<T, C: Stamps> StampedReceiver<T, C> {
    /// As [`Receiver::try_recv_many`](super::super::Receiver::try_recv_many): never makes `buf`
    /// grow, never waits, never allocates. Reads the clock once for each message.
    ///
    /// # Errors
    /// [`TryRecvError`] if nothing was received.
    ///
    /// # Examples
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use shorttail::{channel, time::MockClock};
    ///
    /// let clock = Arc::new(MockClock::new());
    /// let (tx, rx) = channel::stamped(4, clock.clone());
    /// for n in 0..4 {
    ///     tx.try_send(n)?;
    ///     clock.advance(Duration::from_millis(1));
    /// }
    /// let mut batch = Vec::with_capacity(3);
    /// assert_eq!(rx.try_recv_many(&mut batch, 8), Ok(3)); // what fitted
    /// assert_eq!(batch[2].value, 2);
    /// assert_eq!(batch[2].waited_in_queue, Duration::from_millis(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "how many were received is in the result"]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_recv_many(
        &self,
        buf: &mut Vec<Aged<T>>,
        limit: usize,
    ) -> Result<usize, TryRecvError> {
        let shared = &self.inner.shared;
        shared.try_recv_many(buf, limit, |stamped| self.aged(stamped))
    }

    /// As [`Receiver::recv_many`](super::super::Receiver::recv_many): parks the thread until there
    /// is a message, then does as [`try_recv_many`](Self::try_recv_many).
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Examples
    /// ```
    /// use shorttail::{channel, time::StdClock};
    ///
    /// let (tx, rx) = channel::stamped(8, StdClock);
    /// std::thread::spawn(move || (0..20).try_for_each(|n| tx.send(n)));
    /// let (mut batch, mut sum) = (Vec::with_capacity(16), 0);
    /// while rx.recv_many(&mut batch, 16).is_ok() {
    ///     sum += batch.drain(..).map(|aged| aged.value).sum::<i32>();
    /// }
    /// assert_eq!(sum, 190);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_many(&self, buf: &mut Vec<Aged<T>>, limit: usize) -> Result<usize, RecvError> {
        self.recv_many_deadline(buf, limit, Deadline::NEVER)
            .map_err(|_| RecvError)
    }

    /// As [`recv_many`](Self::recv_many), for `timeout` on [`StdClock`](crate::time::StdClock),
    /// whatever clock stamps.
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::{channel, time::StdClock};
    ///
    /// let (tx, rx) = channel::stamped(2, StdClock);
    /// tx.send(1)?;
    /// let mut batch = Vec::with_capacity(4);
    /// let time = Duration::from_millis(1);
    /// assert_eq!(rx.recv_many_timeout(&mut batch, 4, time), Ok(1));
    /// assert!(rx.recv_many_timeout(&mut batch, 4, time).unwrap_err().is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_many_timeout(
        &self,
        buf: &mut Vec<Aged<T>>,
        limit: usize,
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        self.recv_many_deadline(buf, limit, Deadline::after(now_ns(), timeout))
    }

    /// As [`recv_many`](Self::recv_many), until `deadline` on
    /// [`StdClock`](crate::time::StdClock).
    ///
    /// # Errors
    /// [`RecvTimeoutError`] when the time is over, or the channel closed and empty.
    ///
    /// # Examples
    /// ```
    /// use shorttail::{channel, time::{Deadline, StdClock}};
    ///
    /// let (tx, rx) = channel::stamped(2, StdClock);
    /// tx.send(1)?;
    /// let mut batch = Vec::with_capacity(4);
    /// assert_eq!(rx.recv_many_deadline(&mut batch, 4, Deadline::at(0)), Ok(1)); // it was there
    /// assert!(rx.recv_many_deadline(&mut batch, 4, Deadline::at(0)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "blocking"))]
    pub fn recv_many_deadline(
        &self,
        buf: &mut Vec<Aged<T>>,
        limit: usize,
        deadline: Deadline,
    ) -> Result<usize, RecvTimeoutError> {
        let shared = &self.inner.shared;
        shared.recv_many_until(buf, limit, deadline, |stamped| self.aged(stamped))
    }

    /// As [`Receiver::recv_many_async`](super::super::Receiver::recv_many_async): parks the task
    /// until there is a message, then does as [`try_recv_many`](Self::try_recv_many).
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and every message received.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future has taken no message, and a wake it had been given
    /// goes on to another.
    ///
    /// # Examples
    /// ```
    /// # futures_util::future::FutureExt::now_or_never(async {
    /// use shorttail::{channel, time::StdClock};
    ///
    /// let (tx, rx) = channel::stamped(4, StdClock);
    /// (0..4).try_for_each(|n| tx.try_send(n))?;
    /// let mut batch = Vec::with_capacity(3);
    /// assert_eq!(rx.recv_many_async(&mut batch, 3).await?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap().unwrap();
    /// ```
    pub fn recv_many_async<'a>(
        &'a self,
        buf: &'a mut Vec<Aged<T>>,
        limit: usize,
    ) -> StampedRecvManyFuture<'a, T, C> {
        let carried = (buf, limit, &self.clock);
        let inner = InLine::new(&*self.inner.shared, Line::Message, carried);
        StampedRecvManyFuture { inner }
    }
}

impl<T, C: Stamps> Future for StampedRecvManyFuture<'_, T, C> {
    type Output = Result<usize, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the one field is pinned whenever the whole is; nothing moves it out.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        inner.poll(cx, |shared, (buf, limit, clock)| {
            shared.recv_many_ready(buf, *limit, |stamped| stamped.into_aged(clock))
        })
    }
}

impl<T, C: Stamps> fmt::Debug for StampedRecvManyFuture<'_, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StampedRecvManyFuture")
            .field("limit", &self.inner.carried().1)
            .field("waiting", &self.inner.is_waiting())
            .finish_non_exhaustive()
    }
}
