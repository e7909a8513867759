//! What an endpoint's budget tells.

use core::fmt;

/// How a percentile of an endpoint does; for an example see
/// [`EndpointBudget`](super::EndpointBudget).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BudgetState {
    /// Within its target, or not surely beyond it.
    Ok,
    /// Surely beyond it for now, or a little for long.
    Warn,
    /// Burning so fast, and for so long, that somebody should look.
    Breach,
}

/// What happened to a percentile of an endpoint; for an example see [`BudgetEvent`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum BudgetChange {
    /// Surely more requests than allowed are too slow; also of a breach that has eased to that.
    Warn,
    /// A short and a long window burn faster than one of the rates.
    Breach,
    /// As long as the window that warns, nothing has burned.
    Recovered,
    /// At least a fifth more requests are too slow than of the build before, within the target or
    /// not; the first five units of this one are left out. Told once.
    Regressed {
        /// The share of slow requests of the build before.
        share_before: f64,
        /// The share since this one began.
        share_now: f64,
    },
}

/// How fast a window burned; for an example see [`BudgetEvent`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BurnRate {
    /// The window.
    pub window_ns: u64,
    /// Requests in it.
    pub requests: u64,
    /// Of those, how many were too slow.
    pub over: u64,
    /// Their share, in multiples of the one allowed: at 1, the budget is spent as it comes in.
    pub rate: f64,
}

/// A change of an endpoint's budget, from [`EndpointBudget::tick`](super::EndpointBudget::tick).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{BudgetChange, EndpointBudget};
///
/// let unit_ns = 60_000_000_000;
/// let budget = EndpointBudget::builder("GET /cart").p99(Duration::from_millis(250)).build(0)?;
/// for _request in 0..1_000 {
///     budget.observe(900_000_000);
/// }
/// let event = budget.tick(unit_ns).unwrap();
/// assert_eq!(event.change, BudgetChange::Breach);
/// assert_eq!((event.short.requests, event.short.over), (1_000, 1_000));
/// assert!(event.to_string().starts_with("GET /cart: breach of p99 within 250 ms"));
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct BudgetEvent {
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// The percentile, in 0 to 1.
    pub q: f64,
    /// What it is to be at most.
    pub max_ns: u64,
    /// What happened.
    pub change: BudgetChange,
    /// The short window of those that decided; of a change that none did, the one that warns.
    pub short: BurnRate,
    /// The long one.
    pub long: BurnRate,
}

impl fmt::Display for BudgetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p, ms) = (self.q * 100.0, self.max_ns as f64 / 1e6);
        let what = match self.change {
            BudgetChange::Warn => "warning of",
            BudgetChange::Breach => "breach of",
            BudgetChange::Recovered => "back to",
            BudgetChange::Regressed { .. } => "regressed against",
        };
        write!(f, "{}: {what} p{p:.0} within {ms} ms", self.endpoint)?;
        if let BudgetChange::Regressed {
            share_before,
            share_now,
        } = self.change
        {
            let (before, now) = (share_before * 100.0, share_now * 100.0);
            write!(f, ", {now:.2} % slower, of the build before {before:.2} %")?;
        }
        for burn in [self.short, self.long] {
            let BurnRate {
                requests,
                over,
                rate,
                ..
            } = burn;
            let seconds = burn.window_ns / 1_000_000_000;
            write!(
                f,
                "; {seconds} s: {over} of {requests}, {rate:.1} times as many as allowed"
            )?;
        }
        Ok(())
    }
}
