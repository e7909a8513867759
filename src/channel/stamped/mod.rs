//! Messages that know how old they are.

mod age;
mod fresh;
mod message;
mod receiver;
mod recv_future;
mod recv_many;
mod reserve;
mod send_future;
mod sender;

pub use age::{NoClock, Stamps};
pub use fresh::{Freshness, RecvFreshFuture};
pub use message::{Aged, Stamped};
pub use receiver::StampedReceiver;
pub use recv_future::StampedRecvFuture;
pub use recv_many::StampedRecvManyFuture;
pub use reserve::{StampedPermit, StampedReserveFuture};
pub use send_future::{StampedOfferFuture, StampedSendFuture};
pub use sender::StampedSender;

use super::bounded;

/// Makes a channel whose messages arrive with their age: how long each waited for room, and how
/// long in the queue.
///
/// A [`bounded`] channel of [`Stamped`] messages, with a clock in each handle: sixteen bytes more a
/// slot, and one reading of the clock a side. With [`NoClock`] it is the channel without age, to
/// the byte. For a channel that a [`Builder`](super::Builder) describes, see
/// [`StampedSender::over`].
///
/// # Panics
/// As [`bounded`].
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use shorttail::channel;
/// use shorttail::time::MockClock;
///
/// let clock = Arc::new(MockClock::new()); // a service takes StdClock
/// let (tx, rx) = channel::stamped(1, clock.clone());
/// tx.send("x")?;
/// clock.advance(Duration::from_millis(3));
/// let aged = rx.recv()?;
/// assert_eq!((aged.value, aged.waited_in_queue), ("x", Duration::from_millis(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
#[track_caller]
pub fn stamped<T, C: Stamps + Clone>(
    capacity: usize,
    clock: C,
) -> (StampedSender<T, C>, StampedReceiver<T, C>) {
    let (tx, rx) = bounded(capacity);
    (
        StampedSender::over(tx, clock.clone()),
        StampedReceiver::over(rx, clock),
    )
}
