//! A run in windows of 100 ms, and how long it took until it was as before.

use super::state::State;
use crate::client::Sample;
use crate::stats::{quantile, sorted};
use crate::wire::Class;

pub(crate) const WINDOW_NS: u64 = 100_000_000;

/// A percentile of one window would rest on too few requests.
const RECOVERED_WINDOWS: u64 = 5;

/// How close to the percentile of before is as before.
const AS_BEFORE: f64 = 1.1;

/// 100 ms. Levels are those at the window's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    /// Requests that are due and wait for a connection.
    pub(crate) depth: u64,
    /// Requests that wait for their answer.
    pub(crate) in_flight: u64,
    /// Answered with 2xx within the window.
    pub(crate) answered: u64,
    /// Refused within the window.
    pub(crate) shed: u64,
    /// Ended in any other way within the window.
    pub(crate) errors: u64,
    /// Of the requests that should have started within the window.
    pub(crate) p99_ns: Option<u64>,
    /// What the service said about then.
    pub(crate) state: State,
}

/// Cuts a run into windows, from its start to the last end.
pub(crate) fn windows(samples: &[Sample]) -> Vec<Window> {
    let last_ns = samples.iter().map(|sample| sample.end_ns).max();
    let count = last_ns.map_or(0, |end_ns| end_ns / WINDOW_NS + 1) as usize;
    let mut windows = vec![Window::default(); count];
    let mut latencies = vec![Vec::new(); count];
    for sample in samples {
        let sent_ns = sample.sent_ns.unwrap_or(sample.end_ns);
        for number in ends_within(sample.at_ns, sent_ns) {
            windows[number].depth += 1;
        }
        for number in ends_within(sent_ns, sample.end_ns) {
            windows[number].in_flight += 1;
        }
        let end = &mut windows[(sample.end_ns / WINDOW_NS) as usize];
        match sample.class {
            Class::Fresh | Class::Stale | Class::Fallback => end.answered += 1,
            Class::Shed => end.shed += 1,
            Class::Failed | Class::Error => end.errors += 1,
        }
        latencies[(sample.at_ns / WINDOW_NS) as usize].push(took_ns(sample));
    }
    for (window, latencies) in windows.iter_mut().zip(latencies) {
        window.p99_ns = quantile(&sorted(latencies.into_iter()), 0.99);
    }
    windows
}

/// The windows whose ends lie in `from_ns..to_ns`.
fn ends_within(from_ns: u64, to_ns: u64) -> std::ops::Range<usize> {
    (from_ns / WINDOW_NS) as usize..(to_ns / WINDOW_NS) as usize
}

/// From the intended start until it was over, however it ended.
const fn took_ns(sample: &Sample) -> u64 {
    sample.end_ns - sample.at_ns
}

/// A percentile of all requests that should have started within `range`.
pub(crate) fn percentile(samples: &[Sample], range: std::ops::Range<u64>, q: f64) -> Option<u64> {
    let within = samples.iter().filter(|s| range.contains(&s.at_ns));
    quantile(&sorted(within.map(took_ns)), q)
}

/// From `from_ns` until the half second of which the p99 is within a tenth of `old_p99_ns`; `None`
/// if the run ended before.
pub(crate) fn recovery_ns(samples: &[Sample], from_ns: u64, old_p99_ns: u64) -> Option<u64> {
    let planned_ns = samples.iter().map(|sample| sample.at_ns).max()?;
    let half_ns = RECOVERED_WINDOWS * WINDOW_NS;
    let starts = (0..).map(|step| from_ns + step * WINDOW_NS);
    let whole = starts.take_while(|start| start + half_ns <= planned_ns + WINDOW_NS);
    let limit_ns = old_p99_ns as f64 * AS_BEFORE;
    let mut whole = whole.filter(|&start| {
        let p99_ns = percentile(samples, start..start + half_ns, 0.99);
        p99_ns.is_some_and(|p99_ns| p99_ns as f64 <= limit_ns)
    });
    whole.next().map(|start| start - from_ns)
}
