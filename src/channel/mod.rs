//! Bounded channel for any number of senders and receivers, blocking and async at once.
//!
//! | call | full or empty | waits | allocates |
//! |---|---|---|---|
//! | [`Sender::try_send`], [`Receiver::try_recv`] | refuses, with the value | never | never |
//! | [`Sender::send`], [`Receiver::recv`] | looks again, then parks the thread | yes | never |
//! | `send_timeout`, `recv_timeout`, both `_deadline` | parks the thread | until then | never |
//! | `send_many_`, `recv_many_` and `reserve_`, as these | parks the thread | until then | never |
//! | [`Sender::send_async`], [`Receiver::recv_async`] | parks the task | by `await` | never |
//! | [`Sender::force_send`] | gives the oldest back, or refuses | never | never |
//! | [`Sender::offer`], `offer_async` | as [`OnFull`] says | for [`OnFull::Wait`] | never |
//! | [`Sender::try_reserve`], `try_reserve_owned` | refuses | never | never |
//! | `reserve`, `reserve_owned`, both `_async` | parks the thread or task | yes | never |
//! | [`Permit::send`] | has its room (4095 permits at most) | never | never |
//! | [`Sender::try_send_many`], [`Receiver::try_recv_many`] | does what it can | never | never |
//! | `send_many`, `recv_many`, both `_async` | parks the thread or task | yes | never |
//! | `stream`, `sink`, `into_` both, feature `futures` | parks the task | yes | never |
//! | [`Lanes`]: `try_send`, `force_send` of a [`Lane`], `try_recv` | refuses | never | never |
//! | [`Lane::offer`], `offer_async` | as [`OnFull`] says, by lane | for [`OnFull::Wait`] | never |
//! | other sends of a [`Lane`], receives of a [`LanesReceiver`] | as above | as above | never |
//! | [`stamped`]: sends, permits, receives that tell the age | as without | as without | never |
//! | [`StampedReceiver::try_recv_fresh`] | refuses; late ones go to a sink | never | never |
//! | `recv_fresh`, timed and async | the same, and waits | yes | never |
//! | [`Select::try_wait`] over several channels | refuses | never | never |
//! | other waits of a [`Select`] | look again, then park the thread | yes, or until then | never |
//! | `closed_async` of both, and of lanes | parks the task until the close | by `await` | never |
//! | `stats`, `len` and the like | | never | never |
//!
//! [`bounded`] and [`Builder`] allocate all slots, and [`Select::new`] once, for any number of
//! waits; nothing allocates after that. Both ends are `Clone`, and every call of the table works on
//! the same channel at the same time. What is not in the table looks at what its value holds, or
//! moves it, as the methods of errors do, and neither waits nor allocates; but iterators receive,
//! as `recv` or `try_recv` does; `close` and the drop of an end's last handle wake who waits, and
//! that of the last receiver drops what is left; the drop and the `cancel` of a future that waits
//! also leave its queue, of which [below](#stalled-threads).
//!
//! ```
//! use shorttail::channel;
//!
//! let (tx, rx) = channel::bounded(2);
//! tx.try_send("a")?;
//! tx.try_send("b")?;
//! assert_eq!(tx.try_send("c").unwrap_err().into_inner(), "c"); // full: the value comes back
//! assert_eq!(rx.recv()?, "a");
//! tx.close();
//! assert_eq!(rx.recv()?, "b"); // what was accepted is delivered
//! assert!(rx.recv().is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Order
//! First in, first out among completed sends: of two sends where one returned before the other
//! began, the first is received first; so each sender's messages keep their order. A sender that
//! loses its processor in the middle of a send is stepped over, and its message is ordered later.
//!
//! # Stalled threads
//! No `try_` call waits for another thread's half-finished step. A sender frozen between its
//! claim and its publish, or a receiver frozen while it copies a message out, holds one slot;
//! there are eight slots more than the capacity for that. A call for many messages holds up to
//! eight, but no more than an eighth of what there is beyond the capacity. What the others see
//! meanwhile:
//!
//! - `Empty` means that no send has completed whose message is not received. A send that is in
//!   progress does not count. (Without room it also comes while the channel's lock is taken.)
//! - `Full` means that the capacity is taken by messages, permits and sends in progress, with a
//!   completed message at the front unless permits have it all: a send in progress there is
//!   stepped over. So with `n` senders frozen behind it, `Full` may come at `capacity - n`
//!   messages; one that sends many counts for up to eight. Without a thread in the middle of a
//!   call it is exact. With more than eight threads frozen it may come earlier still. While frozen
//!   threads own all slots each `try_send` gets it, and a waiting send spins, beyond its time-out
//!   or in its poll, until one of them runs.
//!
//! Nor does a call that waits wait for another thread, while it has one of the thirty-two cells of
//! its side. (Whoever finds none free shares a short lock with others, and so does everybody who
//! comes after it, until nobody waits there any more. A cell is taken for as long as a future in
//! it is forgotten, or a thread stands still in the middle of a wake of it.) What a thread that
//! loses its processor may hold up:
//!
//! - Between its publish or claim and the end of the wake for it: that waiter. If nobody else is
//!   to be woken, the next send or receive makes the wake, once it has taken twenty microseconds,
//!   and a close makes it at once; others are woken for later messages or room.
//! - Just woken: that one wake. The message or room stays for whoever calls, and the next send or
//!   receive wakes another waiter; but if nothing else happens on the channel, the others that
//!   wait sleep on.
//! - With that lock in its hands (those without a cell take it to go to sleep, give up, or wake one
//!   of themselves, a `try_` call too): whoever of them goes to sleep, or polls or drops its
//!   future, or comes to the end of its timeout; and their wakes. With up to sixteen of them taken
//!   out and not yet woken, these.
//!
//! None of this delays a `try_` call, or a call that finds what it wants and need not wait.
//!
//! # Without room
//! `bounded(0)` is a rendezvous. There is nothing to be full or empty of: a send that waits stands
//! in line with its message, first come first, and is done when a receiver has that, also one that
//! does not wait. Until then the send can be cancelled, or its future dropped, and nothing was
//! sent.
//!
//! A thread in [`recv`](Receiver::recv) takes part for sure: what is handed to it, it takes, if
//! need be at the end of its time. So a send is done at once if a thread waits. A task or a
//! [`Select`] that waits for a message may do something else instead. It is woken, and the send is
//! done when it, or another, has come. What cannot wait for that hands its message in if anything
//! waits at all, thirty-two messages at most: [`try_send`](Sender::try_send) and what is made of
//! it, a send among the cases of a select, and a task's
//! [`send_many_async`](Sender::send_many_async). Should whoever it was handed in for be gone by
//! then, the message is there for the next receive, as in a channel with room. So it may happen
//! that a select with both ends of one channel hands its message in for itself, and that a receive
//! that is forgotten after it was polled lets messages in for nobody, one at a time. What does not
//! stand in line is behind all that does: beside senders that always stand there it may wait for
//! ever.
//!
//! All of it is under a lock of this channel, held while one message is moved. Calls that wait,
//! the end of a wait, the poll, cancel and drop of a send's future, and a close wait for it; a
//! `try_` call that finds it taken says `Full` or `Empty`. So a thread that loses its processor
//! with the lock holds up its channel's waits and no `try_` call, and one that has taken a message
//! and not yet woken its sender that sender. There is no room to reserve, so permits and sinks are
//! refused ([`TryReserveError::TooMany`]), and none to evict for (an offer refuses); `len` is 0, so
//! that it is both empty and full. Of a stamped message the time in line is time in the queue.
//!
//! # Close
//! [`Sender::close`] and [`Receiver::close`] take effect at one moment. A send that begins after
//! it gives its value back; one in progress at that moment is accepted or gives its value back.
//! Every accepted message is delivered exactly once, and only then do receivers get `Closed`.
//! The last sender's drop closes (a [`WeakSender`] does not count). So does the last receiver's,
//! which also drops what is inside; a send then in progress is dropped with the rest or gives its
//! value back.
//!
//! Closing wakes everybody who waits: for each of them it looks at the others of its queue's cells.
//!
//! # Fairness
//! Waiters are woken first come, first woken, and a waiter that was woken in vain keeps its place
//! (without a cell, behind those that have one). But a woken waiter gets no reservation: a running
//! thread may take the room or the message before it (barging), and nothing bounds how often that
//! happens to one waiter. Room that is held for a thread which was woken and does not run would
//! stop all others.
//!
//! # Forgotten futures
//! A future that was polled and is then neither polled nor dropped (`mem::forget`, or held in a
//! `select!` arm that is not run) can swallow one wake. The message is not lost: it is received
//! by whoever receives next, and the next send or receive, also one that finds no room or no
//! message, wakes another waiter, who wakes the next in turn while there is more. If nothing else
//! happens on the channel, that other waiter sleeps on. Sixteen of them in a row can also swallow
//! a `close` that met another thread at the queue's lock.
//!
//! # When not to use it
//! One sender and one receiver on cores of their own: a single-producer ring is faster. Bulk data
//! between two threads: send batches as one message. Unbounded backlog: there is none here, by
//! intent.
//!
//! `Stream` and `Sink` are in `shorttail::interop::futures` and need the feature `futures`.
//!
//! Each promise with its limits and its test, and how to come from crossbeam-channel, tokio or
//! flume: [`guide::channel`](crate::guide::channel).

mod builder;
mod closed_future;
mod drop_reason;
mod error;
mod handles;
mod in_line;
mod iter;
mod lanes;
#[cfg(all(test, shorttail_loom))]
mod models;
mod offer;
mod on_full;
mod overflow;
mod permit;
#[cfg(feature = "futures")]
pub(crate) mod poll;
mod receiver;
mod recv_future;
mod recv_many;
mod rendezvous;
mod reserve;
mod reserve_error;
mod reserve_future;
mod select;
mod send_future;
mod send_many;
mod sender;
mod shared;
mod source;
mod stamped;
mod standing;
mod stats;
mod weak;

pub use builder::{Builder, ConfigError};
pub use closed_future::ClosedFuture;
pub use drop_reason::DropReason;
pub use error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use iter::{Drain, IntoIter, Iter, TryIter};
pub(crate) use lanes::Taker;
pub use lanes::{
    Lane, LaneOfferFuture, LaneRecvFuture, LaneSendFuture, LaneStats, Lanes, LanesClosedFuture,
    LanesReceiver, LanesSender,
};
pub use offer::OfferFuture;
pub use on_full::{Offered, OnFull};
pub use permit::{OwnedPermit, Permit};
pub use receiver::Receiver;
pub use recv_future::RecvFuture;
pub use recv_many::RecvManyFuture;
pub use reserve_error::{ReserveError, ReserveTimeoutError, TryReserveError};
pub use reserve_future::{ReserveFuture, ReserveOwnedFuture};
pub use select::{Case, RecvCase, Select, SendCase};
pub use send_future::SendFuture;
pub use send_many::SendManyFuture;
pub use sender::Sender;
pub use stamped::{
    Aged, Freshness, NoClock, RecvFreshFuture, Stamped, StampedOfferFuture, StampedPermit,
    StampedReceiver, StampedRecvFuture, StampedRecvManyFuture, StampedReserveFuture,
    StampedSendFuture, StampedSender, Stamps, stamped,
};
pub use stats::Stats;
pub use weak::{WeakReceiver, WeakSender};

/// Makes a channel that holds up to `capacity` messages.
///
/// Allocates all slots at once: `(capacity + 8).next_power_of_two()`, of eight bytes and a `T`
/// each, so that `1 << 18` takes twice the memory of `(1 << 18) - 8`; and some 5 KiB beside them.
/// Nothing allocates after this. At most 4095 permits are out at a time, whatever the capacity.
/// Short for [`Builder::new(capacity).build()`](Builder), which answers with an error where this
/// panics, and whose [`build`](Builder::build) says more of the memory.
///
/// Zero makes a rendezvous, where both sides meet: see [the module](self#without-room).
///
/// # Panics
/// If `capacity` is so large that there is no memory for it.
///
/// # Examples
/// ```
/// let (tx, rx) = shorttail::channel::bounded(3); // any capacity, exactly
/// assert_eq!(tx.capacity(), 3);
/// tx.send(1)?;
/// assert_eq!(rx.recv()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    match Builder::new(capacity).build() {
        Ok(ends) => ends,
        Err(why) => panic!("{why}"),
    }
}
