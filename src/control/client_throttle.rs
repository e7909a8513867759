//! Calls that a client does not send, because its server would refuse them.

use core::fmt;
use core::hash::BuildHasher;
use core::time::Duration;
use std::hash::RandomState;

use super::error::ConfigError;
use crate::limit::{Counts, Draws, Window};
use crate::sync::atomic::{AtomicU64, Ordering};

/// A draw is out of so many.
const DRAWN: u64 = 1 << 32;

/// Holds calls back at the client while the server refuses many: a refusal costs the server
/// something too, and at twenty refusals a call nothing else is left of it.
///
/// Of the calls of the last two minutes, while `requests` is not above `ratio · accepts` and those
/// that are [in flight](Self::in_flight), all are sent. Beyond that each is held back with a chance
/// of
///
/// ```text
/// (requests − ratio · accepts − in flight) / (requests + 1)
/// ```
///
/// and of nine in ten [at most](Self::held_back_max), where calls that were held back are requests
/// too. So the client sends about `ratio` times what is accepted, and asks on even if nothing is.
/// With a ratio of 2, the usual one, half of what is sent may be refused before any is held back,
/// and a server that is back has all calls again within three windows; a lower one spares the
/// server more, reacts to a few refusals and comes back more slowly.
///
/// What is in flight is ours: the formula takes each call that is not answered yet for a refused
/// one, and holds back a healthy server's calls whenever they begin. The bound is Envoy's, with
/// another number: the formula alone sends a server that is down one call of all those of a window,
/// and doubles that with each window once it is back.
///
/// A call is counted when it is asked for, not when it ends: one that hangs is a request that was
/// not accepted. The [window](Self::window) must be longer than a call may take.
///
/// A reading that is none of now, of the future or long ago, costs the counts of an eighth of the
/// window, and nothing else.
///
/// # Guarantees
/// No call waits, allocates or reads a clock. A [`try_send`](Self::try_send) is nine loads and a
/// compare-exchange, and one read-modify-write more where it draws.
///
/// # Examples
/// ```
/// use shorttail::control::ClientThrottle;
///
/// let throttle = ClientThrottle::new(2.0)?;
/// let mut sent = 0;
/// for call in 0..10_000_u64 {
///     let now_ns = call * 1_000_000;
///     if throttle.try_send(now_ns).is_ok() {
///         sent += 1;
///         let accepted = call % 10 == 0; // what the server said
///         if accepted {
///             throttle.accepted(now_ns);
///         }
///     }
/// }
/// assert!(sent < 5_000); // without it: 10 000
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
///
/// # Sources
/// "Handling overload" in *Site Reliability Engineering* (2016): client-side throttling. Envoy's
/// admission control filter (2020) for a bound on what is held back.
#[derive(Debug)]
pub struct ClientThrottle {
    /// Requests as its calls, accepts as those that failed.
    window: Window,
    ratio: f64,
    held_back_max: f64,
    in_flight: f64,
    salt: u64,
    draws: AtomicU64,
}

impl ClientThrottle {
    /// Sends about `ratio` times what is accepted; for an example see [`ClientThrottle`].
    ///
    /// # Errors
    /// [`ConfigError::ThrottleRatio`] unless `ratio` is from 1 to 1 000.
    pub fn new(ratio: f64) -> Result<Self, ConfigError> {
        if !(1.0..=1_000.0).contains(&ratio) {
            return Err(ConfigError::ThrottleRatio);
        }
        Ok(Self {
            window: Window::new(Duration::from_secs(120).as_nanos() as u64),
            ratio,
            held_back_max: 0.9,
            in_flight: 64.0,
            // Another for each throttle, in each process.
            salt: Draws::fresh(RandomState::new().hash_one(0_u8)).between(0, u64::MAX),
            draws: AtomicU64::new(0),
        })
    }

    /// Counts the calls of so long; two minutes unless this says otherwise. In eighths: between
    /// seven and eight of them are looked at. For an example see [`counts`](Self::counts).
    ///
    /// # Errors
    /// [`ConfigError::ThrottleWindow`] below 8 ms or above an hour.
    pub fn window(mut self, window: Duration) -> Result<Self, ConfigError> {
        let windows = Duration::from_millis(8)..=Duration::from_secs(3_600);
        if !windows.contains(&window) {
            return Err(ConfigError::ThrottleWindow);
        }
        self.window = Window::new(window.as_nanos() as u64);
        Ok(self)
    }

    /// So many calls may be without an answer before any is held back: the rate times what a call
    /// takes, or above; 64 unless this says otherwise. A server that is down gets as many more.
    ///
    /// For an example see [`counts`](Self::counts).
    #[must_use]
    pub const fn in_flight(mut self, calls: u32) -> Self {
        self.in_flight = calls as f64;
        self
    }

    /// The most that is held back, as a share of all calls; 0.9 unless this says otherwise.
    ///
    /// For an example see [`counts`](Self::counts).
    ///
    /// # Errors
    /// [`ConfigError::HeldBack`] unless it is from 0 to 1.
    pub fn held_back_max(mut self, share: f64) -> Result<Self, ConfigError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(ConfigError::HeldBack);
        }
        self.held_back_max = share;
        Ok(self)
    }

    /// The same draws for the same seed, on any machine: for a simulation or a test.
    ///
    /// For an example see [`Throttled`].
    #[must_use]
    pub const fn seeded(mut self, seed: u64) -> Self {
        self.salt = seed;
        self
    }

    /// Whether to send a call. Counts it as a request, sent or not.
    ///
    /// For an example see [`ClientThrottle`].
    ///
    /// # Errors
    /// [`Throttled`]: it is not to be sent, and fails here as a refusal of the server's would.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_send(&self, now_ns: u64) -> Result<(), Throttled> {
        let counts = self.window.counts(now_ns, 0);
        let request = Counts {
            calls: 1,
            ..Counts::default()
        };
        self.window.note(now_ns, request);
        let accepted = self.ratio * counts.failed as f64;
        let over = counts.calls as f64 - accepted - self.in_flight;
        if over <= 0.0 {
            return Ok(());
        }
        let chance = (over / (counts.calls as f64 + 1.0)).min(self.held_back_max);
        // Relaxed: the read-modify-write gives each number out once. [control-7]
        let number = self.draws.fetch_add(1, Ordering::Relaxed);
        let drawn = Draws::numbered(self.salt, number).between(0, DRAWN - 1);
        if (drawn as f64) < chance * DRAWN as f64 {
            return Err(Throttled { chance });
        }
        Ok(())
    }

    /// Notes that the server took a call on, however it went then: an error that is not for want of
    /// capacity is an accept. A load and a compare-exchange.
    ///
    /// For an example see [`ClientThrottle`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn accepted(&self, now_ns: u64) {
        let accept = Counts {
            failed: 1,
            ..Counts::default()
        };
        self.window.note(now_ns, accept);
    }

    /// Requests and accepts of the window, as far as they count: where one of its eighths has more
    /// than 4 095 requests, both are halved, which leaves their ratio. Eight loads.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::control::ClientThrottle;
    /// let throttle = ClientThrottle::new(2.0)?.window(Duration::from_secs(10))?;
    /// let throttle = throttle.in_flight(8).held_back_max(0.5)?;
    /// assert!((0..8).all(|_call| throttle.try_send(0).is_ok())); // no more than in flight
    /// throttle.accepted(0);
    /// assert_eq!(throttle.counts(0), (8, 1));
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[must_use]
    pub fn counts(&self, now_ns: u64) -> (u64, u64) {
        let counts = self.window.counts(now_ns, 0);
        (counts.calls, counts.failed)
    }
}

/// A call that is not to be sent.
///
/// # Examples
/// ```
/// use shorttail::control::ClientThrottle;
///
/// let throttle = ClientThrottle::new(2.0)?.seeded(7);
/// let held_back = (0..100).find_map(|call| throttle.try_send(call).err());
/// assert!(held_back.unwrap().to_string().starts_with("held back, as "));
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Throttled {
    /// The share of calls that are held back now, above 0 and below 1.
    pub chance: f64,
}

impl fmt::Display for Throttled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = 100.0 * self.chance;
        write!(f, "held back, as {percent:.0} of 100 calls are")
    }
}

impl std::error::Error for Throttled {}
