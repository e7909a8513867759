//! What explains an event: where the requests of its window spent their time, and which were slow.

use core::cmp::Reverse;
use core::fmt;

use super::event::BudgetEvent;
use super::watch::SHORT;
use crate::measure::{Exemplar, Exemplars, StageReport, StageSet};

/// The stages and the slowest requests of the last five units, which are the window that warns: an
/// [`Incident`] shows them, and nothing of the calm hours before.
///
/// Who [ticks](super::EndpointBudget::tick) the budget turns it first. For the stage that holds the
/// slow requests' time, let the set [mark](StageSet::mark_slow) them at the target.
///
/// # Guarantees
/// All memory is taken by [`new`](Self::new): six reports of `N + 1` times 8 KiB, and five windows
/// of exemplars. [`turn`](Self::turn) neither waits nor allocates.
///
/// # Examples
/// ```
/// # use std::time::Duration;
/// use shorttail::control::{EndpointBudget, IncidentWindow};
/// use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};
///
/// let budget = EndpointBudget::builder("GET /cart").p99(Duration::from_millis(250)).build(0)?;
/// let (stages, slowest) = (StageSet::standard(1), Exemplars::new(3));
/// stages.mark_slow(250_000_000);
/// let mut window = IncidentWindow::new(&stages, &slowest);
/// for trace_id in 0..1_000 {
///     let mut timer = StageTimer::start(0);
///     timer.lap(Stage::QUEUE_WAIT, if trace_id % 5 == 0 { 890_000_000 } else { 1_000 });
///     timer.lap(Stage::PROCESSING, timer.total_ns() + 10_000_000);
///     budget.observe(timer.total_ns());
///     stages.record(&timer);
///     slowest.offer(trace_id, &timer);
/// }
/// window.turn(&stages, &slowest);
/// let incident = budget.tick(60_000_000_000).unwrap().incident(&window);
/// assert_eq!(incident.report.tail().unwrap().stage, Stage::QUEUE_WAIT);
/// assert_eq!(incident.slowest.len(), 3);
/// assert!(window.report() == incident.report && window.slowest() == incident.slowest);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
pub struct IncidentWindow<const N: usize = 3> {
    /// Counts at the ends of the last units, in a ring: one more than units are shown.
    ends: Box<[StageReport<N>]>,
    /// The slowest of each unit, in a ring.
    slowest: Box<[Vec<Exemplar<N>>]>,
    /// Units that were turned.
    turned: usize,
    shown: usize,
}

impl<const N: usize> IncidentWindow<N> {
    /// Begins with the next unit; what the set has counted before is left out, exemplars that were
    /// kept before are not. For an example see [`IncidentWindow`].
    #[must_use]
    pub fn new(stages: &StageSet<N>, exemplars: &Exemplars<N>) -> Self {
        let shown = exemplars.capacity();
        Self {
            ends: (0..=SHORT).map(|_| stages.report()).collect(),
            slowest: (0..SHORT).map(|_| Vec::with_capacity(shown)).collect(),
            turned: 0,
            shown,
        }
    }

    /// Ends a unit: to be called once a unit, before [`tick`](super::EndpointBudget::tick).
    ///
    /// Copies the counts of the set, and ends the exemplars' window, as
    /// [`take_into`](Exemplars::take_into) does. For an example see [`IncidentWindow`].
    pub fn turn(&mut self, stages: &StageSet<N>, exemplars: &Exemplars<N>) {
        self.turned = self.turned.wrapping_add(1) % (SHORT * (SHORT + 1));
        stages.report_into(&mut self.ends[self.turned % (SHORT + 1)]);
        exemplars.take_into(&mut self.slowest[self.turned % SHORT]);
    }

    /// What was counted in the last five units: `N + 1` times 8 KiB by value. Some passes over
    /// the counts; for an example see [`IncidentWindow`].
    #[must_use]
    pub fn report(&self) -> StageReport<N> {
        let (last, first) = (self.turned, self.turned + 1);
        let end = |unit: usize| &self.ends[unit % (SHORT + 1)];
        end(last).delta(end(first))
    }

    /// The slowest requests of the last five units, slowest first. Allocates; for an example see
    /// [`IncidentWindow`].
    #[must_use]
    pub fn slowest(&self) -> Vec<Exemplar<N>> {
        let mut all: Vec<_> = self.slowest.iter().flatten().copied().collect();
        all.sort_by_key(|one| Reverse(one.timer.total_ns()));
        all.truncate(self.shown);
        all
    }
}

impl<const N: usize> fmt::Debug for IncidentWindow<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncidentWindow").finish_non_exhaustive()
    }
}

impl BudgetEvent {
    /// The event with what a person asks for next: the stages and the slowest requests of the
    /// [window](IncidentWindow). Allocates: it is for events, which are rare.
    ///
    /// For an example see [`IncidentWindow`].
    #[must_use]
    pub fn incident<const N: usize>(self, window: &IncidentWindow<N>) -> Incident<N> {
        Incident {
            event: self,
            report: window.report(),
            slowest: window.slowest(),
        }
    }
}

/// An event and what explains it; prints as the facts of a post-incident analysis. The page
/// [`reviews`](crate::guide::reviews) has templates that it fills.
///
/// # Examples
/// See [`IncidentWindow`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Incident<const N: usize = 3> {
    /// What happened.
    pub event: BudgetEvent,
    /// Where the requests of the last five units spent their time.
    pub report: StageReport<N>,
    /// The slowest of them, slowest first.
    pub slowest: Vec<Exemplar<N>>,
}

/// The event, the stages' table, and a line for each of the slowest requests.
impl<const N: usize> fmt::Display for Incident<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.event, self.report)?;
        for one in &self.slowest {
            let us = one.timer.total_ns() / 1_000;
            write!(f, "\ntrace {:032x}: {us} us", one.trace_id)?;
        }
        Ok(())
    }
}
