//! Who may come in, of more requests than can be served.

mod builder;
mod class;
mod enter_future;
mod forecast;
#[cfg(all(test, shorttail_loom))]
mod models;
mod permit;
mod refused;
mod room;
mod stats;
mod word;

use core::fmt;
use core::time::Duration;

pub use builder::GateBuilder;
pub use class::{Class, Tier};
pub use enter_future::EnterFuture;
pub use permit::{OwnedPermit, Permit};
pub use refused::{Reason, Refused};
pub use stats::GateStats;

use crate::sync::Tally;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::global::Arc;
use crate::time::{Clock, Deadline};
use forecast::Forecast;
use permit::Pass;
use room::Room;
use word::{LIMIT_MAX, Word};

/// Admits so many calls at once as a service can do well, and refuses the rest at the door.
///
/// A queue that is long enough to miss deadlines does work for nobody. So a gate bounds what is in
/// flight; it refuses a call whose deadline comes before it would be done; it sheds
/// [sheddable](Tier::Sheddable) work before normal work, and that before what a user waits for;
/// within a tier it sheds [cohort](Class::sticky) by cohort; and its limit may
/// [follow](GateBuilder::adaptive) what calls take.
///
/// | call | costs | waits | allocates |
/// |---|---|---|---|
/// | [`try_enter`](Self::try_enter) | a compare-exchange | no | nothing |
/// | a [`Permit`] that ends | a read-modify-write, what it took recorded, one wake | no | nothing |
/// | [`enter_async`](Self::enter_async) | as `try_enter`, and a place in line | yes | nothing |
/// | the call that ends a window | a pass over the counters, 4 to 7 KiB a recorder | no | nothing |
///
/// # Guarantees
/// - At no moment are more in flight than the limit that stood when the last of them entered. A
///   limit that is lowered below what is in flight throws nobody out, and nobody enters until
///   enough have left.
/// - A permit is given back on every way out: finished, dropped, unwound, or as a future that is
///   cancelled. One that is forgotten keeps its place, and is [seen](GateStats::older).
/// - Who comes takes no place from those who wait, of its tier and above; who waits is woken first
///   come, first served within its tier, tiers in their order. A waiter that was woken and does not
///   run keeps one place free, and no more.
/// - No call reads a clock but `enter_async` the one that it is given: the others are told. A
///   reading that is older than another thread's does no harm; one of the future ends a window
///   early, and a sound one, a second and four windows before it, begins anew.
/// - All memory is taken by [`build`](GateBuilder::build).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{Class, Gate, Reason};
/// use shorttail::time::{Clock, Deadline, StdClock};
///
/// let (gate, clock) = (Gate::builder(2).build()?, StdClock);
/// let deadline = Deadline::after(clock.now_ns(), Duration::from_millis(50));
/// let answer = match gate.try_enter(Class::CRITICAL, deadline, clock.now_ns()) {
///     Ok(permit) => {
///         let answer = "200"; // the work
///         permit.finish(clock.now_ns());
///         answer
///     }
///     Err(refused) if refused.reason == Reason::Expired => "504",
///     Err(_) => "503", // with its retry_after as a header
/// };
/// assert_eq!(answer, "200");
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
///
/// # Sources
/// DAGOR (WeChat, 2018) and Cinnamon (Uber, 2023) for tiers and cohorts; "Handling overload" in
/// *Site Reliability Engineering* (2016) for criticality and refusal at the door.
pub struct Gate {
    room: Room,
    forecast: Forecast,
    target_ns: Option<u64>,
    refused: [[Tally; Tier::ALL.len()]; Reason::COUNT],
    /// In millionths.
    pressure: AtomicU32,
}

/// Whose request it is, and until when.
#[derive(Clone, Copy)]
struct Ticket {
    class: Class,
    deadline: Deadline,
}

const MILLION: f64 = 1e6;

impl Gate {
    /// Begins with `limit` in flight at once; a fixed one unless
    /// [`adaptive`](GateBuilder::adaptive) says otherwise. For an example see [`Gate`].
    pub fn builder(limit: u32) -> GateBuilder {
        GateBuilder::new(limit)
    }

    fn from_parts(room: Room, forecast: Forecast, target_ns: Option<u64>) -> Self {
        Self {
            room,
            forecast,
            target_ns,
            refused: Default::default(),
            pressure: AtomicU32::new(0),
        }
    }

    /// Enters, or says why not. Never waits; for an example see [`Gate`].
    ///
    /// # Errors
    /// [`Refused`], by [`Reason`].
    ///
    /// # Complexity
    /// Three loads and a compare-exchange, again for each that changed the word in between. The
    /// first call after the end of a [window](GateBuilder::window) takes a pass over the counters.
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_enter(
        &self,
        class: Class,
        deadline: Deadline,
        now_ns: u64,
    ) -> Result<Permit<'_>, Refused> {
        let pass = self.try_pass(Ticket { class, deadline }, now_ns)?;
        Ok(Permit::new(self, pass))
    }

    /// As [`try_enter`](Self::try_enter), with a permit that may outlive the caller's borrow. Two
    /// read-modify-writes more, of the count of the `Arc`.
    ///
    /// # Errors
    /// As [`try_enter`](Self::try_enter).
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use shorttail::control::{Class, Gate};
    /// use shorttail::time::Deadline;
    ///
    /// let gate = Arc::new(Gate::builder(1).build()?);
    /// let permit = gate.try_enter_owned(Class::NORMAL, Deadline::NEVER, 0).unwrap();
    /// std::thread::spawn(move || permit.finish(7)).join().unwrap();
    /// assert_eq!(gate.stats().finished, 1);
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_enter_owned(
        self: &Arc<Self>,
        class: Class,
        deadline: Deadline,
        now_ns: u64,
    ) -> Result<OwnedPermit, Refused> {
        let pass = self.try_pass(Ticket { class, deadline }, now_ns)?;
        Ok(OwnedPermit::new(self.clone(), pass))
    }

    /// Enters, and waits for room if there is none but may be in time.
    ///
    /// Refused at once if as many wait as [may](GateBuilder::waiters_max), or if by what calls take
    /// it would not be done in time. Whoever waits past its deadline is refused when it is woken:
    /// there is no timer, and the gate knows no runtime; wrap the future into its runtime's
    /// time-out to hear of it earlier. Cohorts fill the line as they fill the limit.
    ///
    /// # Cancel safety
    /// Dropped before completion, the future gives up its place in line, and hands on a wake that
    /// it was given. One that is neither polled nor dropped keeps one place free.
    ///
    /// # Errors
    /// The future's output is that of [`try_enter`](Self::try_enter).
    ///
    /// # Examples
    /// ```
    /// use std::pin::pin;
    /// use futures_util::FutureExt;
    /// use shorttail::control::{Class, Gate};
    /// use shorttail::time::{Deadline, MockClock};
    ///
    /// let (gate, clock) = (Gate::builder(1).waiters_max(8).build()?, MockClock::new());
    /// let held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).unwrap();
    /// let mut waits = pin!(gate.enter_async(Class::NORMAL, Deadline::NEVER, &clock));
    /// assert!(waits.as_mut().now_or_never().is_none());
    /// held.finish(1);
    /// assert!(gate.try_enter(Class::NORMAL, Deadline::NEVER, 1).is_err()); // kept for who waits
    /// assert!(waits.now_or_never().unwrap().is_ok());
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    pub const fn enter_async<C: Clock>(
        &self,
        class: Class,
        deadline: Deadline,
        clock: C,
    ) -> EnterFuture<'_, C> {
        EnterFuture::new(self, class, deadline, clock)
    }

    /// Sets the limit, from 1 to 8 191: what is outside is taken for the nearer end. An
    /// [adaptive](GateBuilder::adaptive) one moves on from its own at the end of the window.
    ///
    /// A compare-exchange, and a wake for each that waits and has room by it. For an example see
    /// [`load`](Self::load).
    pub fn set_limit(&self, limit: u32) {
        self.room.set_limit(limit.clamp(1, LIMIT_MAX));
    }

    /// Says how far another resource is used up, such as memory, from 0 to 1: what
    /// [`load`](Self::load) tells is no less. Refuses nobody. One store; for an example see
    /// [`load`](Self::load).
    pub fn set_pressure(&self, pressure: f64) {
        // NaN becomes zero.
        let millionths = (pressure.clamp(0.0, 1.0) * MILLION) as u32;
        // Relaxed: the number is all there is. [control-6]
        self.pressure.store(millionths, Ordering::Relaxed);
    }

    /// How loaded the service is, from 0 to 1: for answering with less before answering nothing.
    ///
    /// The most of three: the share of the limit that is in flight or waits; the p90 of late
    /// over the target, if the limit is [adaptive](GateBuilder::adaptive) and has one; and the
    /// [pressure](Self::set_pressure). Four relaxed loads; as [`try_enter`](Self::try_enter), the
    /// first call after the end of a window takes a pass over the counters. So the latency of late
    /// fades, by a half each window, also where nobody enters because this told them not to.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::{control::{Class, Gate}, time::Deadline};
    /// let gate = Gate::builder(8).build()?;
    /// let _held = gate.try_enter(Class::CRITICAL, Deadline::NEVER, 0).unwrap();
    /// gate.set_limit(4);
    /// assert_eq!(gate.load(0), 0.25);
    /// gate.set_pressure(0.75);
    /// assert_eq!(gate.load(0), 0.75);
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[must_use]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn load(&self, now_ns: u64) -> f64 {
        self.roll(now_ns);
        let word = self.room.word();
        let used = f64::from(word.in_flight() + word.waiting()) / f64::from(word.limit());
        let late = self.target_ns.map_or(0.0, |target_ns| {
            self.forecast.p90_ns() as f64 / target_ns as f64
        });
        // Relaxed: as the store. [control-6]
        let pressure = f64::from(self.pressure.load(Ordering::Relaxed)) / MILLION;
        used.max(late).max(pressure).min(1.0)
    }

    /// The gate at this moment, and its refusals so far. A pass over the counters, as at
    /// the end of a window; neither waits nor allocates.
    ///
    /// For an example see [`GateStats`].
    #[must_use]
    pub fn stats(&self) -> GateStats {
        let word = self.room.word();
        let count = |tiers: &[Tally; 3]| core::array::from_fn(|tier| tiers[tier].get());
        GateStats {
            limit: word.limit(),
            in_flight: word.in_flight(),
            waiting: word.waiting(),
            finished: self.forecast.finished(),
            overloaded: self.forecast.overloaded(),
            typical: Duration::from_nanos(self.forecast.typical_ns()),
            older: word.older(),
            older_than_ns: self.forecast.turned_ns(),
            refused: core::array::from_fn(|reason| count(&self.refused[reason])),
        }
    }

    #[inline]
    fn try_pass(&self, ticket: Ticket, now_ns: u64) -> Result<Pass, Refused> {
        self.roll(now_ns);
        self.on_time(ticket, now_ns)?;
        match self.room.try_take(ticket.class) {
            Ok(generation) => Ok(Pass::new(now_ns, generation)),
            Err(word) => Err(self.full(ticket.class.tier(), word)),
        }
    }

    #[inline]
    fn roll(&self, now_ns: u64) {
        if self.forecast.is_due(now_ns) {
            let turned_away = || self.turned_away();
            self.forecast.roll(now_ns, &self.room, turned_away);
        }
    }

    /// How many were refused because there was no room for them.
    fn turned_away(&self) -> u64 {
        let reasons = [Reason::Limit, Reason::Share, Reason::Line];
        let tiers = reasons.iter().flat_map(|why| &self.refused[*why as usize]);
        tiers.map(Tally::get).sum()
    }

    /// Whether a call that begins now would be done in time.
    #[inline]
    fn on_time(&self, ticket: Ticket, now_ns: u64) -> Result<(), Refused> {
        if ticket.deadline == Deadline::NEVER {
            return Ok(());
        }
        let done_ns = now_ns.saturating_add(self.forecast.typical_ns());
        if done_ns < ticket.deadline.as_ns() {
            return Ok(());
        }
        Err(self.late(ticket, now_ns))
    }

    /// Whether one who joins the line would be.
    fn on_time_after_wait(&self, ticket: Ticket, word: Word, now_ns: u64) -> Result<(), Refused> {
        let tier = ticket.class.tier();
        let at_once = self.room.shares.room_of(tier, word.limit());
        let wait_ns = self.forecast.wait_ns(word.ahead_of(tier), at_once);
        self.on_time(ticket, now_ns.saturating_add(wait_ns))
    }

    #[cold]
    fn late(&self, ticket: Ticket, now_ns: u64) -> Refused {
        let reason = match ticket.deadline.is_expired(now_ns) {
            true => Reason::Expired,
            false => Reason::TooLate,
        };
        self.refuse(ticket.class.tier(), reason, self.room.word())
    }

    #[cold]
    fn full(&self, tier: Tier, word: Word) -> Refused {
        let reason = match word.admits(tier, word.limit()) {
            true => Reason::Share,
            false => Reason::Limit,
        };
        self.refuse(tier, reason, word)
    }

    #[cold]
    fn refuse(&self, tier: Tier, reason: Reason, word: Word) -> Refused {
        self.refused[reason as usize][tier as usize].add(1);
        let retry_ns = match reason {
            Reason::Expired | Reason::TooLate => 0,
            Reason::Limit | Reason::Share | Reason::Line => self
                .forecast
                .wait_ns(word.waiting(), word.limit())
                .max(self.forecast.window_ns),
        };
        Refused {
            reason,
            tier,
            retry_after: Duration::from_nanos(retry_ns),
        }
    }

    #[inline]
    fn note(&self, pass: Pass, now_ns: u64) {
        self.forecast.note(now_ns.saturating_sub(pass.start_ns()));
    }

    /// Notes a call that was cut off, if it was a slow one: a short one may have become either.
    #[inline]
    fn note_cut_off(&self, pass: Pass, now_ns: u64) {
        let took_ns = now_ns.saturating_sub(pass.start_ns());
        if self.forecast.is_slow(took_ns, self.target_ns) {
            self.forecast.note(took_ns);
        }
    }

    #[inline]
    fn note_overloaded(&self) {
        self.forecast.note_overloaded();
    }

    #[inline]
    fn leave(&self, pass: Pass) {
        self.room.give_back(pass.generation());
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.room.word();
        f.debug_struct("Gate")
            .field("limit", &word.limit())
            .field("in_flight", &word.in_flight())
            .field("waiting", &word.waiting())
            .finish_non_exhaustive()
    }
}
