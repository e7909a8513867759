//! A circuit breaker: makes no calls to a dependency that fails or is slow, but for a few probes.

use core::time::Duration;

use super::OLD_NS;
use super::breaker_builder::BreakerBuilder;
use super::phase::{BreakerState, NS_PER_MS, Phase};
use super::window::Window;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Parts that a rate is told in.
pub(super) const WHOLE: u64 = 1 << 16;

/// Decides whether a call may be made, by how those before it ended.
///
/// | state | calls | ends |
/// |---|---|---|
/// | closed | all | when too large a part of the calls of late failed or was slow |
/// | open | none: [`BrokenOff`] says for how long | after the rest |
/// | half-open | so many probes | all were good: closed; one was not: open again |
///
/// A verdict on a closed breaker rests on so many calls in the window at least. A half-open one
/// that has no verdict after another rest lets as many probes through again, and the probes before
/// them still count: a dependency whose good answers take longer than a rest closes it.
///
/// A call that is let through has a [`Ticket`], with which its end is told. What a ticket says of a
/// state that has passed since is not counted: a call of before the break neither closes nor opens
/// anything after it. A ticket that is lost, with its caller's task or by
/// [`forget`](core::mem::forget), counts for nothing; a half-open breaker that waits for it in vain
/// lets other probes through after a rest.
///
/// Whether an answer is a failure is the caller's to say: that there is nothing under a key is a
/// good answer, a time-out is not.
///
/// The window is counted in eighths, and calls of the eighth in which the breaker closed do not
/// count. Above 4 095 calls an eighth, counts are halved, and the rates stay.
///
/// A reading up to a second older than another thread's does no harm. One of the future may open or
/// close it; the next sound one that it is told, more than a second before (and a rest, where it is
/// open), finds the rest over, probes anew, or counts anew, and tickets of that phase count for
/// nothing.
///
/// # Guarantees
/// No call waits, allocates or reads a clock: time, in nanoseconds below 2⁶² on the caller's clock,
/// is passed in. [`admit`](Self::admit) is one load while closed; the end of a call is a load, a
/// read-modify-write of a bucket and eight loads. A probe, and its end, is a load and a
/// compare-exchange, tried again when another thread has taken a step in between.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::{Breaker, BreakerState};
///
/// let ms = 1_000_000;
/// let breaker = Breaker::builder()
///     .failure_rate(0.5)
///     .calls(10)
///     .rest(Duration::from_millis(200))
///     .build()?;
/// for now in 1_000..1_010 {
///     let ticket = breaker.admit(now * ms).expect("closed");
///     breaker.failed(ticket, now * ms);
/// }
/// let broken = breaker.admit(1_010 * ms).unwrap_err();
/// assert_eq!(broken.wait, Duration::from_millis(199));
/// assert_eq!((breaker.opened(), breaker.admits(1_209 * ms)), (1, true));
/// let unused = breaker.admit(1_209 * ms).expect("half-open");
/// breaker.cancelled(unused); // was not made: another may be
/// let probe = breaker.admit(1_209 * ms).expect("half-open");
/// assert!(breaker.admit(1_209 * ms).is_err()); // one probe at a time
/// breaker.succeeded(probe, 1_210 * ms);
/// assert_eq!(breaker.state(1_210 * ms), BreakerState::Closed);
/// # Ok::<(), shorttail::limit::ConfigError>(())
/// ```
///
/// # Sources
/// M. Nygard: Release It!, 2007; the rates, slow calls and probes are those of Resilience4j.
#[derive(Debug)]
pub struct Breaker {
    /// See [`Phase`].
    word: AtomicU64,
    opened: AtomicU64,
    window: Window,
    rules: Rules,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) failure_rate: u64,
    pub(super) slow_rate: u64,
    pub(super) slow_ns: u64,
    pub(super) calls: u64,
    pub(super) rest_ms: u64,
    pub(super) probes: u64,
}

/// A call that was let through; its end is told with it. Three words. For an example see
/// [`Breaker`].
#[derive(Debug)]
#[must_use = "the end of the call is told with it"]
pub struct Ticket {
    /// The phase that let it through, without its counts.
    phase: u64,
    round: u64,
    begun_ns: u64,
}

impl Ticket {
    const fn new(phase: Phase, begun_ns: u64) -> Self {
        Self {
            phase: phase.name(),
            round: phase.round,
            begun_ns,
        }
    }
}

/// No call may be made now.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::limit::Breaker;
///
/// let breaker = Breaker::builder().calls(1).rest(Duration::from_millis(50)).build()?;
/// let ticket = breaker.admit(0).expect("closed");
/// breaker.failed(ticket, 1_000_000_000);
/// let broken = breaker.admit(1_000_000_000).unwrap_err();
/// assert_eq!(broken.to_string(), "the breaker is open for another 50 ms");
/// # Ok::<(), shorttail::limit::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokenOff {
    /// Until a probe may be made. A half-open breaker may close sooner, and one whose probe fails
    /// meanwhile begins another rest.
    pub wait: Duration,
}

impl core::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let ms = self.wait.as_millis();
        write!(f, "the breaker is open for another {ms} ms")
    }
}

impl std::error::Error for BrokenOff {}

impl Breaker {
    /// Half of at least 20 calls within 10 s failed: 5 s of rest, then one probe. No call is slow.
    /// For an example see [`Breaker`].
    pub const fn builder() -> BreakerBuilder {
        BreakerBuilder::new()
    }

    pub(super) fn new(rules: Rules, window_ns: u64) -> Self {
        Self {
            word: AtomicU64::new(Phase::new(BreakerState::Closed, 0).pack()),
            opened: AtomicU64::new(0),
            window: Window::new(window_ns),
            rules,
        }
    }

    /// Lets a call through, or not; for an example see [`Breaker`].
    ///
    /// # Errors
    /// [`BrokenOff`]: open, or half-open with all its probes under way.
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn admit(&self, now_ns: u64) -> Result<Ticket, BrokenOff> {
        // Relaxed: the word decides alone; publishes nothing. [limit-4]
        let word = self.word.load(Ordering::Relaxed);
        let phase = Phase::unpack(word);
        match phase.state {
            BreakerState::Closed => Ok(Ticket::new(phase, now_ns)),
            _ => self.probe(word, now_ns),
        }
    }

    /// Lets a call through as a probe if the rest is over and not all probes are under way.
    #[cold]
    fn probe(&self, mut word: u64, now_ns: u64) -> Result<Ticket, BrokenOff> {
        let (now_ms, rest_ms) = (now_ns / NS_PER_MS, self.rules.rest_ms);
        loop {
            let phase = Phase::unpack(word).at(now_ms, rest_ms);
            let next = match phase.state {
                BreakerState::Closed => phase,
                BreakerState::Open if phase.is_over(now_ms, rest_ms) => Phase {
                    given: 1,
                    ..Phase::new(BreakerState::HalfOpen, now_ms)
                },
                BreakerState::HalfOpen if phase.given < self.rules.probes => Phase {
                    given: phase.given + 1,
                    ..phase
                },
                _ => {
                    let wait = phase.wait(now_ns, rest_ms);
                    return Err(BrokenOff { wait });
                }
            };
            match self.step(word, next) {
                Ok(()) => return Ok(Ticket::new(next, now_ns)),
                Err(now) => word = now,
            }
        }
    }

    /// Tells that the call had its answer. It counts as slow if it has taken too long.
    /// For an example see [`Breaker`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn succeeded(&self, ticket: Ticket, now_ns: u64) {
        let slow = now_ns.saturating_sub(ticket.begun_ns) >= self.rules.slow_ns;
        self.ended(&ticket, now_ns, false, slow);
    }

    /// Tells that the call had none, or not in time; for an example see [`Breaker`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn failed(&self, ticket: Ticket, now_ns: u64) {
        let slow = now_ns.saturating_sub(ticket.begun_ns) >= self.rules.slow_ns;
        self.ended(&ticket, now_ns, true, slow);
    }

    /// Tells that the call was not made, or given up for no fault of whom it went to: counts for
    /// nothing, and if it was a probe another may be. For an example see [`Breaker`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn cancelled(&self, ticket: Ticket) {
        // Relaxed: as in `admit`. [limit-4]
        let mut word = self.word.load(Ordering::Relaxed);
        while let Some(phase) = self.probes_phase(word, &ticket) {
            if phase.round != ticket.round {
                return;
            }
            let given = phase.given.saturating_sub(1);
            match self.step(word, Phase { given, ..phase }) {
                Ok(()) => return,
                Err(now) => word = now,
            }
        }
    }

    /// What the breaker is about, at `now_ns`: half-open too if the rest is over and nobody has
    /// asked since. One load. For an example see [`Breaker`].
    #[must_use]
    pub fn state(&self, now_ns: u64) -> BreakerState {
        // Relaxed: as in `admit`. [limit-4]
        let phase = Phase::unpack(self.word.load(Ordering::Relaxed));
        let is_over = phase.is_over(now_ns / NS_PER_MS, self.rules.rest_ms);
        match phase.state {
            BreakerState::Open if is_over => BreakerState::HalfOpen,
            state => state,
        }
    }

    /// Whether [`admit`](Self::admit) would let a call through; takes no probe. One load.
    /// For an example see [`Breaker`].
    ///
    /// For a caller that hands the call on, and asks for the ticket where it is made.
    #[must_use]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn admits(&self, now_ns: u64) -> bool {
        // Relaxed: as in `admit`. [limit-4]
        let phase = Phase::unpack(self.word.load(Ordering::Relaxed));
        let now_ms = now_ns / NS_PER_MS;
        match phase.state {
            BreakerState::Closed => true,
            BreakerState::Open => phase.is_over(now_ms, self.rules.rest_ms),
            BreakerState::HalfOpen => {
                phase.at(now_ms, self.rules.rest_ms).given < self.rules.probes
            }
        }
    }

    /// How often it has opened, again after probes included. One load.
    /// For an example see [`Breaker`].
    #[must_use]
    pub fn opened(&self) -> u64 {
        // Relaxed: a count of its own. [limit-4]
        self.opened.load(Ordering::Relaxed)
    }

    fn ended(&self, ticket: &Ticket, now_ns: u64, failed: bool, slow: bool) {
        // Relaxed: as in `admit`. [limit-4]
        let word = self.word.load(Ordering::Relaxed);
        let phase = Phase::unpack(word);
        if phase.name() != ticket.phase {
            return;
        }
        if phase.state == BreakerState::HalfOpen {
            return self.probed(word, ticket, now_ns, failed || slow);
        }
        self.window.add(now_ns, failed, slow);
        // The first phase begins with the clock, and its first calls count.
        let from = match phase.mark_ms {
            0 => 0,
            mark_ms if mark_ms * NS_PER_MS > now_ns.saturating_add(OLD_NS) => {
                // It would count nothing until then. Who is late finds it done.
                let anew = Phase::new(BreakerState::Closed, now_ns / NS_PER_MS);
                let _ = self.step(word, anew);
                return;
            }
            mark_ms => self.window.tick(mark_ms * NS_PER_MS) + 1,
        };
        let counts = self.window.counts(now_ns, from);
        let reaches = |part: u64, rate: u64| part * WHOLE >= rate * counts.calls;
        let bad = reaches(counts.failed, self.rules.failure_rate)
            || reaches(counts.slow, self.rules.slow_rate);
        if counts.calls >= self.rules.calls && bad {
            // Who is late finds another phase there, which somebody else has begun.
            let _ = self.open(word, phase, now_ns);
        }
    }

    /// The end of a probe.
    fn probed(&self, mut word: u64, ticket: &Ticket, now_ns: u64, bad: bool) {
        while let Some(phase) = self.probes_phase(word, ticket) {
            let done = match bad {
                true => self.open(word, phase, now_ns),
                false if phase.good + 1 >= self.rules.probes => {
                    self.step(word, Self::closed(phase, now_ns))
                }
                false => {
                    let good = phase.good + 1;
                    self.step(word, Phase { good, ..phase })
                }
            };
            match done {
                Ok(()) => return,
                Err(now) => word = now,
            }
        }
    }

    /// The closed phase behind a half-open one: from now, or from when that began if this clock is
    /// behind. That was after the rest, so no closed phase before has its name.
    fn closed(half_open: Phase, now_ns: u64) -> Phase {
        let since_ms = half_open.mark_ms.max(now_ns / NS_PER_MS);
        Phase::new(BreakerState::Closed, since_ms)
    }

    /// The phase of `word` if it is the one of the ticket's probe.
    fn probes_phase(&self, word: u64, ticket: &Ticket) -> Option<Phase> {
        let phase = Phase::unpack(word);
        let is_it = phase.state == BreakerState::HalfOpen && phase.name() == ticket.phase;
        is_it.then_some(phase)
    }

    fn open(&self, word: u64, phase: Phase, now_ns: u64) -> Result<(), u64> {
        let (now_ms, rest_ms) = (now_ns / NS_PER_MS, self.rules.rest_ms);
        self.step(word, phase.opened(now_ms, rest_ms))?;
        // Relaxed: a count of its own. [limit-4]
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// From what was seen to what follows, unless another thread went on; then what is there.
    fn step(&self, word: u64, next: Phase) -> Result<(), u64> {
        // Relaxed: one winner for each step of the word, which has all there is to know. [limit-4]
        let stepped =
            self.word
                .compare_exchange(word, next.pack(), Ordering::Relaxed, Ordering::Relaxed);
        stepped.map(|_| ())
    }
}
