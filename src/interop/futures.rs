//! `Stream` for receivers, `Sink` for senders, and streams of keys for a cache's warmer; feature
//! `futures`.
//!
//! Neither allocates, and neither is `Unpin`: a place in the channel's line of waiting tasks is
//! part of it. Pin it where it is used, with `pin!`, or in a struct of one's own.
//!
//! ```
//! use std::pin::pin;
//! use futures_util::{SinkExt, StreamExt};
//!
//! # futures_util::future::FutureExt::now_or_never(async {
//! let (tx, rx) = shorttail::channel::bounded(4);
//! let mut sink = pin!(tx.into_sink());
//! sink.send(1).await?;
//! sink.send(2).await?;
//! sink.close().await?;
//! assert_eq!(rx.into_stream().collect::<Vec<_>>().await, [1, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap().unwrap();
//! ```

use core::borrow::Borrow;
use core::error::Error;
use core::fmt;
use core::future::Future;
use core::hash::{BuildHasher, Hash};
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use crate::cache::{Cache, Load, WarmEnd, Warmer};
use crate::channel::poll::{PollRecv, PollSend};
use crate::channel::{
    LaneRecvFuture, LanesReceiver, Receiver, RecvError, ReserveError, Sender, StampedReceiver,
    StampedRecvFuture, Stamps, TrySendError,
};
use crate::time::Clock;

/// The messages of a channel as a [`Stream`]. Made by [`Receiver::into_stream`] and
/// [`Receiver::stream`].
///
/// Ends once the channel is closed and every message received; polled after that it ends again.
/// Each poll costs what a poll of [`RecvFuture`](crate::channel::RecvFuture) does.
///
/// # Cancel safety
/// Holds no message at any time: dropped, it loses none, and a wake that it had been given goes on
/// to another. A `next()` of it that is dropped has taken none either; but the stream stays in
/// line, and keeps a wake for its next poll or until its drop. So drop a stream that is not read
/// any more.
///
/// # Examples
/// See [`Receiver::into_stream`].
#[must_use = "streams do nothing unless polled"]
pub struct RecvStream<T, R: Borrow<Receiver<T>> = Receiver<T>> {
    inner: PollRecv<T, R>,
}

/// The messages that a receive's future `F` gives when it is polled again and again, as a
/// [`Stream`]. Made by [`LanesReceiver::stream`] and [`StampedReceiver::stream`].
///
/// Ends once the channel is closed and every message received; polled after that it ends again.
/// Each poll costs what one of the future does.
///
/// # Cancel safety
/// As [`RecvStream`], to the word: it holds no message, and one that is not read any more is to be
/// dropped.
///
/// # Examples
/// See [`LanesReceiver::stream`].
#[must_use = "streams do nothing unless polled"]
pub struct RepeatedRecv<F> {
    /// One that can be polled again after it completed.
    receive: F,
}

/// A sender as a [`Sink`]. Made by [`Sender::into_sink`] and [`Sender::sink`].
///
/// To be ready is to hold a permit for the next message, so that `start_send` after it cannot find
/// the channel full. A message is in the channel when `start_send` returns; there is nothing to
/// flush. Closing it gives the permit back and drops the sender: the last sender's drop closes the
/// channel.
///
/// # Cancel safety
/// Holds no message at any time. Dropped, it gives its permit back, and a wake that it had been
/// given goes on to another. A `send()` or `feed()` of it that is dropped half-way, by a time-out
/// too, drops its message unsent, and the permit stays with the sink for the next message: to keep
/// the message wait for `poll_ready` and `start_send` then, or use
/// [`SendFuture::cancel`](crate::channel::SendFuture::cancel). So drop a sink that is not written
/// any more. Forgotten, one that owns its sender keeps it, and the room of its permit, for good.
///
/// # Examples
/// See [`Sender::into_sink`].
#[must_use = "sinks do nothing unless polled"]
pub struct SendSink<T, S: Borrow<Sender<T>> = Sender<T>> {
    inner: PollSend<T, S>,
}

/// Why a [`SendSink`] took no message; for an example see [`into_inner`](Self::into_inner).
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkError<T> {
    /// The channel or the sink is closed; here is the message, if there was one.
    Closed(Option<T>),
    /// As many permits are out as a channel can count: 4095. Also of a channel without room.
    TooMany,
    /// No room, and the sink was not ready: here is the message.
    NotReady(T),
}

impl<T> Receiver<T> {
    /// The messages as a stream that owns this receiver. It is not `Unpin`: `pin!` it for `next()`.
    ///
    /// # Examples
    /// ```
    /// use futures_util::{FutureExt, StreamExt};
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// tx.try_send(1).unwrap();
    /// drop(tx);
    /// let all = rx.into_stream().collect::<Vec<_>>();
    /// assert_eq!(all.now_or_never().unwrap(), [1]);
    /// ```
    pub const fn into_stream(self) -> RecvStream<T> {
        let inner = PollRecv::owned(self);
        RecvStream { inner }
    }

    /// The messages as a stream that borrows this receiver.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::{FutureExt, StreamExt};
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// tx.try_send(1).unwrap();
    /// assert_eq!(pin!(rx.stream()).next().now_or_never(), Some(Some(1)));
    /// ```
    pub const fn stream(&self) -> RecvStream<T, &Self> {
        let inner = PollRecv::borrowed(self);
        RecvStream { inner }
    }
}

impl<T> LanesReceiver<T> {
    /// The messages of all lanes as a stream, each with the number of its lane; which is next is as
    /// for [`recv`](Self::recv). `pin!` it for `next()`.
    ///
    /// # Examples
    /// ```
    /// use futures_util::{FutureExt, StreamExt};
    /// let (tx, rx) = shorttail::channel::Lanes::new([1, 1]).build()?;
    /// tx.lane(1).send('b')?;
    /// tx.lane(0).send('a')?;
    /// tx.close();
    /// let all = rx.stream().collect::<Vec<_>>();
    /// assert_eq!(all.now_or_never().unwrap(), [(0, 'a'), (1, 'b')]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream(&self) -> RepeatedRecv<LaneRecvFuture<'_, T>> {
        let receive = self.recv_async();
        RepeatedRecv { receive }
    }
}

impl<T, C: Stamps> StampedReceiver<T, C> {
    /// The messages with their ages as a stream. `pin!` it for `next()`.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::{FutureExt, StreamExt};
    /// let (tx, rx) = shorttail::channel::stamped(1, shorttail::time::StdClock);
    /// tx.send('a')?;
    /// let next = pin!(rx.stream()).next().now_or_never().unwrap();
    /// assert_eq!(next.unwrap().value, 'a');
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream(&self) -> RepeatedRecv<StampedRecvFuture<'_, T, C>> {
        let receive = self.recv_async();
        RepeatedRecv { receive }
    }
}

impl<T> Sender<T> {
    /// A sink that owns this sender.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::{FutureExt, SinkExt};
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// pin!(tx.into_sink()).send(1).now_or_never().unwrap().unwrap();
    /// assert_eq!(rx.recv(), Ok(1));
    /// assert!(rx.is_closed()); // the sink's sender was the last
    /// ```
    pub const fn into_sink(self) -> SendSink<T> {
        let inner = PollSend::owned(self);
        SendSink { inner }
    }

    /// A sink that borrows this sender.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::{FutureExt, SinkExt};
    /// let (tx, rx) = shorttail::channel::bounded(2);
    /// pin!(tx.sink()).send(1).now_or_never().unwrap().unwrap();
    /// assert_eq!(rx.recv(), Ok(1));
    /// assert!(!rx.is_closed());
    /// ```
    pub const fn sink(&self) -> SendSink<T, &Self> {
        let inner = PollSend::borrowed(self);
        SendSink { inner }
    }
}

impl Warmer {
    /// Loads the keys of a stream, as [`run_polled`](Self::run_polled) does of what it polls: on
    /// this thread, which sleeps while the stream has none.
    ///
    /// # Examples
    /// ```
    /// use shorttail::cache::{Cache, Load, WarmEnd, Warmer};
    ///
    /// struct Doubles;
    /// impl Load<u32, u32> for Doubles {
    ///     type Error = ();
    ///     fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
    ///         Ok(Some(key * 2))
    ///     }
    /// }
    /// let cache = Cache::builder(100).loader(Doubles).build().unwrap();
    /// let (keys, of_a_peer) = shorttail::channel::bounded(4);
    /// let peer = std::thread::spawn(move || (0..20).try_for_each(|key| keys.send(key)));
    /// let warmer = Warmer::new();
    /// assert_eq!(warmer.run_stream(&cache, of_a_peer.into_stream()), WarmEnd::Finished);
    /// assert_eq!(warmer.progress().done, 20);
    /// # peer.join().unwrap().unwrap();
    /// ```
    pub fn run_stream<K, V, L, S, C>(
        &self,
        cache: &Cache<K, V, L, S, C>,
        keys: impl Stream<Item = K>,
    ) -> WarmEnd
    where
        K: Eq + Hash + Clone,
        V: Clone,
        L: Load<K, V>,
        S: BuildHasher,
        C: Clock,
    {
        let mut keys = pin!(keys);
        let hint = keys.size_hint();
        self.run_polled(cache, hint, |cx| keys.as_mut().poll_next(cx))
    }
}

impl<T, R: Borrow<Receiver<T>>> RecvStream<T, R> {
    fn inner(self: Pin<&mut Self>) -> Pin<&mut PollRecv<T, R>> {
        // SAFETY: the one field is pinned whenever the whole is, and nothing moves it out: there is
        // no `Drop` here, and no other way to it by `&mut`.
        unsafe { self.map_unchecked_mut(|this| &mut this.inner) }
    }
}

impl<T, R: Borrow<Receiver<T>>> Stream for RecvStream<T, R> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.inner().poll_recv(cx)
    }
}

impl<F, M> Stream for RepeatedRecv<F>
where
    F: Future<Output = Result<M, RecvError>>,
{
    type Item = M;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M>> {
        // SAFETY: as for the stream of a plain receiver.
        let receive = unsafe { self.map_unchecked_mut(|this| &mut this.receive) };
        receive.poll(cx).map(Result::ok)
    }
}

impl<T, S: Borrow<Sender<T>>> SendSink<T, S> {
    fn inner(self: Pin<&mut Self>) -> Pin<&mut PollSend<T, S>> {
        // SAFETY: as for the stream.
        unsafe { self.map_unchecked_mut(|this| &mut this.inner) }
    }
}

impl<T, S: Borrow<Sender<T>>> Sink<T> for SendSink<T, S> {
    type Error = SinkError<T>;

    /// With 4095 permits out, or without room, it answers [`SinkError::TooMany`] and does not wait,
    /// for the reason that [`Sender::reserve`] gives.
    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SinkError<T>>> {
        self.inner().poll_ready(cx).map_err(|error| match error {
            ReserveError::Closed(()) => SinkError::Closed(None),
            ReserveError::TooMany(()) => SinkError::TooMany,
        })
    }

    fn start_send(self: Pin<&mut Self>, value: T) -> Result<(), SinkError<T>> {
        self.inner().start_send(value).map_err(|error| match error {
            TrySendError::Closed(value) => SinkError::Closed(Some(value)),
            TrySendError::Full(value) => SinkError::NotReady(value),
        })
    }

    /// Nothing to do: a message that was started is in the channel.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SinkError<T>>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SinkError<T>>> {
        self.inner().close();
        Poll::Ready(Ok(()))
    }
}

impl<T> SinkError<T> {
    /// The message that was not sent, if there was one.
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::{FutureExt, Sink, SinkExt};
    /// let (tx, rx) = shorttail::channel::bounded(1);
    /// let mut sink = pin!(tx.into_sink());
    /// assert_eq!(sink.as_mut().start_send("a"), Ok(()));
    /// let refused = sink.as_mut().start_send("b").unwrap_err();
    /// assert_eq!(refused.into_inner(), Some("b"));
    /// drop(rx);
    /// let refused = sink.send("c").now_or_never().unwrap();
    /// assert!(refused.unwrap_err().is_closed());
    /// ```
    pub fn into_inner(self) -> Option<T> {
        match self {
            Self::Closed(value) => value,
            Self::NotReady(value) => Some(value),
            Self::TooMany => None,
        }
    }

    /// Whether there will never be room again; for an example see [`into_inner`](Self::into_inner).
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<T> fmt::Debug for SinkError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed(_) => "Closed(..)",
            Self::TooMany => "TooMany",
            Self::NotReady(_) => "NotReady(..)",
        })
    }
}

impl<T> fmt::Display for SinkError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed(_) => "channel closed",
            Self::TooMany => "too many permits",
            Self::NotReady(_) => "sink not ready",
        })
    }
}

impl<T> Error for SinkError<T> {}

impl<T, R: Borrow<Receiver<T>>> fmt::Debug for RecvStream<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvStream")
            .field("receiver", &self.inner.receiver())
            .field("waiting", &self.inner.is_waiting())
            .finish()
    }
}

impl<F: fmt::Debug> fmt::Debug for RepeatedRecv<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RepeatedRecv").field(&self.receive).finish()
    }
}

impl<T, S: Borrow<Sender<T>>> fmt::Debug for SendSink<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink")
            .field("sender", &self.inner.sender())
            .field("ready", &self.inner.is_ready())
            .field("waiting", &self.inner.is_waiting())
            .finish()
    }
}
