//! A wait for a permit.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::class::Class;
use super::permit::{Pass, Permit};
use super::refused::{Reason, Refused};
use super::{Gate, Ticket};
use crate::time::{Clock, Deadline};
use crate::wait::TaskWaiter;

/// Waits for a permit. Made by [`Gate::enter_async`]. Polled again after it completed, it asks for
/// another.
///
/// The first poll is a [`try_enter`](Gate::try_enter), and where there is no room takes a place in
/// line by one compare-exchange more. One in line looks by a read-modify-write. Each reads the
/// clock once, and none allocates.
///
/// # Cancel safety
/// See there.
///
/// # Examples
/// See [`Gate::enter_async`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct EnterFuture<'g, C> {
    gate: &'g Gate,
    ticket: Ticket,
    clock: C,
    /// Whether the gate's word counts it as one who waits.
    joined: bool,
    waiter: TaskWaiter,
}

impl<'g, C: Clock> EnterFuture<'g, C> {
    pub(super) const fn new(gate: &'g Gate, class: Class, deadline: Deadline, clock: C) -> Self {
        Self {
            gate,
            ticket: Ticket { class, deadline },
            clock,
            joined: false,
            waiter: TaskWaiter::new(),
        }
    }

    /// Whether it may have a permit now, or joins the line, or is refused.
    fn begin(&mut self, now_ns: u64) -> Poll<Result<Pass, Refused>> {
        let (gate, ticket) = (self.gate, self.ticket);
        if let Err(refused) = gate.on_time(ticket, now_ns) {
            return Poll::Ready(Err(refused));
        }
        let word = match gate.room.try_take_or_wait(ticket.class) {
            Ok(generation) => return Poll::Ready(Ok(Pass::new(now_ns, generation))),
            Err(word) => word,
        };
        if let Err(refused) = gate.on_time_after_wait(ticket, word, now_ns) {
            return Poll::Ready(Err(refused));
        }
        if !gate.room.try_join(ticket.class) {
            return Poll::Ready(Err(gate.refuse(ticket.class.tier(), Reason::Line, word)));
        }
        self.joined = true;
        Poll::Pending
    }
}

impl<C> EnterFuture<'_, C> {
    fn waiter(self: Pin<&mut Self>) -> Pin<&mut TaskWaiter> {
        // SAFETY: the waiter is pinned whenever the whole is: it is never moved out, the whole is
        // `!Unpin` through it, and `drop` treats it as pinned.
        unsafe { self.map_unchecked_mut(|this| &mut this.waiter) }
    }

    /// Leaves the line, if it is in there.
    fn leave(mut self: Pin<&mut Self>) {
        // SAFETY: nothing is moved.
        let this = unsafe { self.as_mut().get_unchecked_mut() };
        if core::mem::take(&mut this.joined) {
            let (gate, tier) = (this.gate, this.ticket.class.tier());
            // SAFETY: polled in this room's line of this tier, or in none.
            unsafe { gate.room.leave(tier, self.waiter()) };
        }
    }
}

impl<'g, C: Clock> Future for EnterFuture<'g, C> {
    type Output = Result<Permit<'g>, Refused>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved; the waiter stays where it is.
        let this = unsafe { self.as_mut().get_unchecked_mut() };
        let (gate, ticket, now_ns) = (this.gate, this.ticket, this.clock.now_ns());
        gate.roll(now_ns);
        if !this.joined {
            if let Poll::Ready(told) = this.begin(now_ns) {
                return Poll::Ready(told.map(|pass| Permit::new(gate, pass)));
            }
        } else if let Err(refused) = gate.on_time(ticket, now_ns) {
            self.leave();
            return Poll::Ready(Err(refused));
        }
        let tier = ticket.class.tier();
        // SAFETY: nothing is moved; the waiter stays where it is.
        let Self { joined, waiter, .. } = unsafe { self.get_unchecked_mut() };
        // SAFETY: as in `waiter`.
        let waiter = unsafe { Pin::new_unchecked(waiter) };
        let enter = |generation| {
            *joined = false;
            Permit::new(gate, Pass::new(now_ns, generation))
        };
        // SAFETY: always this room's line of this tier, which the borrow of the gate keeps in
        // place, and `drop` leaves it.
        unsafe { gate.room.poll(tier, waiter, cx, enter) }.map(Ok)
    }
}

impl<C> Drop for EnterFuture<'_, C> {
    fn drop(&mut self) {
        // SAFETY: it is not moved any more.
        unsafe { Pin::new_unchecked(self) }.leave();
    }
}

impl<C> fmt::Debug for EnterFuture<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterFuture")
            .field("waiting", &self.joined)
            .finish_non_exhaustive()
    }
}
