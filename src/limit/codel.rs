//! CoDel: sheds what has waited for too long in a queue that does not drain.

use core::time::Duration;

use super::law::Law;
use super::slough::Slough;
use super::span_ns;

/// Tells which messages to shed so that a queue that stands drains: the controlled delay of
/// Nichols and Jacobson, in the form that suits requests, or as its RFC has it.
///
/// A queue that absorbs a burst and empties again is good; one that never empties makes everybody
/// late and serves nobody more. CoDel tells the two apart by the *least* wait over an interval: if
/// even the luckiest message waited for longer than the target, the queue stands.
///
/// | rule | while the queue stands, sheds |
/// |---|---|
/// | [`folly`](Self::folly), the default | whatever has waited for more than twice the target |
/// | [`rfc8289`](Self::rfc8289) | one message at a time, at intervals that shrink with √count |
///
/// The first has the queue short within one interval, which is for requests whose callers give up;
/// the second signals to senders that slow down when one message in many is lost, as TCP does.
///
/// # Guarantees
/// [`sheds`](Self::sheds) is a constant number of steps: never waits, never allocates. Any number
/// of threads share one: see the rules for what they may see of each other.
///
/// # Examples
/// ```
/// use shorttail::limit::Codel;
///
/// let ms = 1_000_000; // nanoseconds
/// let codel = Codel::default(); // target 5 ms, interval 100 ms
/// let mut shed = 0;
/// for now in 1..=300 {
///     shed += u32::from(codel.sheds(now * ms, 20 * ms)); // all wait for 20 ms
/// }
/// // Nothing in the first interval; then all but the message that begins an interval.
/// assert!(codel.is_overloaded());
/// assert_eq!(shed, 197);
/// ```
///
/// # Sources
/// K. Nichols, V. Jacobson: Controlling Queue Delay, ACM Queue 10(5), 2012; RFC 8289, 2018;
/// B. Maurer: Fail at Scale, ACM Queue 13(8), 2015; `folly/executors/Codel.cpp`.
#[derive(Debug)]
pub struct Codel {
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    Folly(Slough),
    Rfc8289(Law),
}

impl Codel {
    /// 5 ms: the target of both sources.
    pub(crate) const TARGET: Duration = Duration::from_millis(5);
    /// 100 ms: the interval of both sources.
    pub(crate) const INTERVAL: Duration = Duration::from_millis(100);

    /// Folly's rule: if the least wait over `interval` exceeds `target`, what has waited for more
    /// than twice `target` is shed during the next interval.
    ///
    /// The first message after an interval ends begins the next, and is never shed. With several
    /// threads, one of them ends each interval; the others' messages of that moment may count for
    /// the interval before or after, or be judged by its verdict. A thread that stands still in the
    /// middle of a call takes nothing from the intervals that others end meanwhile; if it was about
    /// to tell of a wait within the target, that counts for the interval in which it goes on.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::Codel;
    ///
    /// let codel = Codel::folly(Duration::from_millis(1), Duration::from_millis(20));
    /// assert!(!codel.sheds(0, 50_000_000)); // late, but no interval has ended
    /// ```
    #[must_use]
    pub fn folly(target: Duration, interval: Duration) -> Self {
        let slough = Slough::new(span_ns(target), span_ns(interval));
        let rule = Rule::Folly(slough);
        Self { rule }
    }

    /// The control law of RFC 8289, section 5: once each message of an `interval` has waited for
    /// `target` or more, one is shed, the next after `interval` / √2, then / √3 and so on, until
    /// one has waited for less.
    ///
    /// Two things differ from the RFC, whose queue is under one lock with its link: a message that
    /// is the last in the queue is judged as any other, and what an empty queue would reset, the
    /// next message does, which then has not waited. With several threads each moment of the law
    /// sheds one message; a count that lags behind by a message in their race changes the spacing
    /// of that one step.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::limit::Codel;
    ///
    /// let ms = 1_000_000;
    /// let codel = Codel::rfc8289(Duration::from_millis(5), Duration::from_millis(100));
    /// let shed: Vec<u64> = (1..=330).filter(|now| codel.sheds(now * ms, 20 * ms)).collect();
    /// assert_eq!(shed, [101, 201, 272, 330]); // 100 ms, then 100 / √2, 100 / √3
    /// ```
    #[must_use]
    pub fn rfc8289(target: Duration, interval: Duration) -> Self {
        let rule = Rule::Rfc8289(Law::new(span_ns(target), span_ns(interval)));
        Self { rule }
    }

    /// Judges a message that is taken out at `now_ns` and has waited for `delay_ns`: whether to
    /// shed it. For an example see [`Codel`].
    ///
    /// Call it once for each message, also for one that is dropped for another reason: all of them
    /// tell how long the queue is. `now_ns` is a reading of the caller's clock below 2⁶² (146
    /// years); one that is up to a second older than another thread's does no harm. One of the
    /// future ends an interval; the next sound one, a second and an interval before it, begins
    /// another, and what was found before stands.
    ///
    /// # Complexity
    /// Folly's rule: two relaxed loads, and a read-modify-write for the first wait of an interval
    /// that is within the target; up to two more for a message that finds the interval over. RFC
    /// 8289's: up to three relaxed loads, and up to two read-modify-writes for a message that has
    /// waited for longer than the target.
    #[must_use = "whether to shed the message"]
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn sheds(&self, now_ns: u64, delay_ns: u64) -> bool {
        match &self.rule {
            Rule::Folly(slough) => slough.sheds(now_ns, delay_ns),
            Rule::Rfc8289(law) => law.sheds(now_ns, delay_ns),
        }
    }

    /// Whether the queue was found standing: late messages are shed now. One relaxed load.
    /// For an example see [`Codel`].
    ///
    /// Stays as it is while no message is judged.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        match &self.rule {
            Rule::Folly(slough) => slough.is_overloaded(),
            Rule::Rfc8289(law) => law.is_dropping(),
        }
    }
}

impl Default for Codel {
    /// Folly's rule, with a target of 5 ms and an interval of 100 ms.
    fn default() -> Self {
        Self::folly(Self::TARGET, Self::INTERVAL)
    }
}
