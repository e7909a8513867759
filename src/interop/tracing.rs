//! Span ids as exemplars' trace ids, and the slowest requests as events of the `tracing` crate.
//!
//! A request takes its span's id once, at its start, and hands it to
//! [`Exemplars::offer`](crate::measure::Exemplars::offer) at its end. What becomes of it is told
//! later, by whoever takes the slowest of a window: no event is made where requests are served.
//!
//! ```
//! use shorttail::interop::tracing::{slow_requests, span_id};
//! use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};
//!
//! let stages = StageSet::standard(1);
//! let slowest: Exemplars = Exemplars::new(8);
//!
//! // in the request
//! let span = tracing::info_span!("request", path = "/a");
//! let id = span_id(&span);
//! let mut timer = StageTimer::start(0);
//! timer.lap(Stage::PROCESSING, 5_000_000);
//! stages.record(&timer);
//! slowest.offer(id, &timer);
//!
//! // every few seconds, elsewhere
//! let mut seen = Vec::with_capacity(slowest.capacity());
//! slowest.take_into(&mut seen);
//! slow_requests(&stages, &seen);
//! ```

use core::fmt;

use ::tracing::{Level, Span, event};

use crate::measure::{Exemplar, Stage, StageSet};

/// The id of `span`, as an exemplar's trace id; 0 if the span is disabled.
///
/// A field is read: no lock, nothing allocated. It is the subscriber's number of the span in this
/// process, the one that its output shows, and may be another span's once this one is closed. Who
/// has a distributed trace's id, from a `traceparent` header, gives the exemplar that instead.
///
/// # Examples
/// ```
/// use shorttail::interop::tracing::span_id;
/// assert_eq!(span_id(&tracing::Span::none()), 0);
/// ```
#[must_use]
pub fn span_id(span: &Span) -> u128 {
    span.id().map_or(0, |id| u128::from(id.into_u64()))
}

/// An event for each exemplar: target `shorttail::slow`, level `INFO`, with `trace_id`, `total_ns`,
/// the `slowest` stage's name, and the nanoseconds of all in `stages`.
///
/// To be called off the hot path, after
/// [`Exemplars::take_into`](crate::measure::Exemplars::take_into): what an event costs is the
/// subscriber's.
///
/// # Examples
/// See [the page](self).
pub fn slow_requests<const N: usize>(stages: &StageSet<N>, seen: &[Exemplar<N>]) {
    for one in seen {
        let spent = Spent {
            names: stages.names(),
            one,
        };
        event!(
            target: "shorttail::slow",
            Level::INFO,
            trace_id = one.trace_id,
            total_ns = one.timer.total_ns(),
            slowest = spent.slowest(),
            stages = ?spent,
            "slow request"
        );
    }
}

/// What a request spent in each stage.
struct Spent<'a, const N: usize> {
    names: &'a [&'static str; N],
    one: &'a Exemplar<N>,
}

impl<const N: usize> Spent<'_, N> {
    fn stages(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let spent = |index| self.one.timer.spent_ns(Stage::nth(index));
        (0..N).map(move |index| (self.names[index], spent(index)))
    }

    fn slowest(&self) -> &'static str {
        let most = self.stages().max_by_key(|(_, spent_ns)| *spent_ns);
        most.map_or("", |(name, _)| name)
    }
}

impl<const N: usize> fmt::Debug for Spent<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.stages()).finish()
    }
}
