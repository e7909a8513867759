//! The right to be in flight.

use core::fmt;

use super::Gate;
use crate::sync::global::Arc;

/// When its holder entered, and of which generation it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass(u64);

impl Pass {
    /// The reading is taken to two nanoseconds, so that both fit into a word.
    #[inline]
    pub(super) const fn new(now_ns: u64, generation: u64) -> Self {
        Self(now_ns & !1 | generation)
    }

    #[inline]
    pub(super) const fn generation(self) -> u64 {
        self.0 & 1
    }

    #[inline]
    pub(super) const fn start_ns(self) -> u64 {
        self.0 & !1
    }
}

/// One call in flight, from [`Gate::try_enter`]. Sixteen bytes.
///
/// What a call took is what the gate forecasts by, and what an
/// [adaptive](super::GateBuilder::adaptive) limit follows:
///
/// | the call | ends by | what is noted |
/// |---|---|---|
/// | was answered | [`finish`](Self::finish) | what it took |
/// | was cut off, failed | [`cut_off`](Self::cut_off) | what it took, if it was slow by then |
/// | was refused for want of capacity | [`overloaded`](Self::overloaded) | that |
/// | says nothing of the service | drop | nothing |
///
/// A call that failed at once, noted with what it took, would look like a fast service.
///
/// Each way out gives the place back by one read-modify-write, wakes one who waits for it, and
/// never waits or allocates. What it took costs a [record](crate::measure::SharedRecorder) more,
/// that it was refused one more read-modify-write.
///
/// A permit that is forgotten (`mem::forget`, or a future that holds it and is neither polled nor
/// dropped) keeps its place for ever. That is sound, and seen:
/// [`GateStats::older`](super::GateStats::older) counts what was not given back for long.
///
/// # Examples
/// See [`Gate`].
#[must_use = "dropped at once, nothing is in flight"]
pub struct Permit<'g> {
    gate: &'g Gate,
    pass: Pass,
}

impl<'g> Permit<'g> {
    #[inline]
    pub(super) const fn new(gate: &'g Gate, pass: Pass) -> Self {
        Self { gate, pass }
    }

    /// Ends the call, and notes what it took; for an example see [`cut_off`](Self::cut_off).
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn finish(self, now_ns: u64) {
        self.gate.note(self.pass, now_ns);
    }

    /// Ends a call that has no answer: by a time-out, an error, or because nobody waits for it.
    ///
    /// Noted with what it took if that is no less than the p90 of late (or than the target, while
    /// nothing is known): had it gone on, it would have been slower still. A shorter one says
    /// nothing of what it would have taken.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::{control::{Class, Gate}, time::Deadline};
    /// let gate = Gate::builder(8).build()?;
    /// let enter = || gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).unwrap();
    /// enter().finish(20_000_000);
    /// enter().cut_off(1_000); // too early to say anything
    /// enter().overloaded(); // the answer was a 503
    /// let stats = gate.stats();
    /// assert_eq!((stats.finished, stats.overloaded, stats.in_flight), (1, 1, 0));
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn cut_off(self, now_ns: u64) {
        self.gate.note_cut_off(self.pass, now_ns);
    }

    /// Ends a call that was refused for want of capacity by who was called: an adaptive limit goes
    /// down by their share of all calls, by half at most a window, where that is above one in a
    /// hundred. For an example see [`cut_off`](Self::cut_off).
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn overloaded(self) {
        self.gate.note_overloaded();
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.gate.leave(self.pass);
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("start_ns", &self.pass.start_ns())
            .finish_non_exhaustive()
    }
}

/// As [`Permit`], and keeps the gate alive: for futures and threads that outlive the caller. Its
/// end gives up the `Arc` too, and frees the gate if that was the last.
///
/// # Examples
/// See [`Gate::try_enter_owned`].
#[must_use = "dropped at once, nothing is in flight"]
pub struct OwnedPermit {
    gate: Arc<Gate>,
    pass: Pass,
}

impl OwnedPermit {
    pub(super) const fn new(gate: Arc<Gate>, pass: Pass) -> Self {
        Self { gate, pass }
    }

    /// As [`Permit::finish`]; for an example see [`Gate::try_enter_owned`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn finish(self, now_ns: u64) {
        self.gate.note(self.pass, now_ns);
    }

    /// As [`Permit::cut_off`]; for an example see there.
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn cut_off(self, now_ns: u64) {
        self.gate.note_cut_off(self.pass, now_ns);
    }

    /// As [`Permit::overloaded`]; for an example see [`Permit::cut_off`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn overloaded(self) {
        self.gate.note_overloaded();
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        self.gate.leave(self.pass);
    }
}

impl fmt::Debug for OwnedPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("start_ns", &self.pass.start_ns())
            .finish_non_exhaustive()
    }
}
