//! What a toggle did to the percentiles, and whether that is what it was for.

use core::fmt;

use super::Share;
use crate::measure::{STANDARD_WIDTH, Snapshot, percent};

/// What a toggle does to the percentiles: plain data, 16 KiB. Nothing here waits, and nothing
/// allocates but what makes a text.
///
/// # Examples
/// ```
/// use shorttail::control::{Expected, MeasuredToggle, Side, Toggle};
///
/// static BATCHES: Toggle = Toggle::off("batches");
///
/// let measured = MeasuredToggle::new(&BATCHES, 1).expect_ratio(0.99, 0.8)?;
/// for _request in 0..2_000 {
///     measured.record(Side::Off, 1_000);
///     measured.record(Side::On, 500);
/// }
/// let report = measured.report();
/// assert_eq!(report.ratio(0.99), Some(0.5));
/// assert!(report.ratio_within(0.99).is_some_and(|[low, high]| low < 0.5 && high > 0.5));
/// assert_eq!(report.verdict(), Some(Expected::Met));
/// assert!(report.to_string().contains("| p99 | 1.0 | 0.5 | 0.50 | 0.80: met |"));
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToggleReport {
    /// The toggle's name.
    pub toggle: &'static str,
    /// Its share now.
    pub share: Share,
    /// Requests of the old path, of all time or [since](Self::since) an earlier report.
    pub off: Snapshot,
    /// Requests of the new one.
    pub on: Snapshot,
    /// Of which percentile, and what.
    pub(super) expected: Option<(f64, f64)>,
}

/// What became of a [declared](super::MeasuredToggle::expect_ratio) ratio.
///
/// # Examples
/// See [`ToggleReport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// The percentile became what was declared, or less: surely.
    Met,
    /// It is more: surely.
    Missed,
    /// There are too few requests to tell.
    Unsure,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Unsure => "unsure",
        })
    }
}

/// Requests beyond a percentile, without which nothing is said of it.
const TAIL_MIN: f64 = 20.0;

pub(super) fn has_tail(seen: &Snapshot, q: f64) -> bool {
    seen.count() as f64 * (1.0 - q) > TAIL_MIN - 0.5
}

impl ToggleReport {
    /// What came since `earlier`, a report of the same toggle: of the weeks of a rollout, the
    /// hours in which both sides had requests. Two passes over the counts; allocates nothing.
    ///
    /// # Examples
    /// ```
    /// use shorttail::control::{MeasuredToggle, Side, Toggle};
    ///
    /// static BATCHES: Toggle = Toggle::off("batches since noon");
    ///
    /// let measured = MeasuredToggle::new(&BATCHES, 1);
    /// measured.record(Side::Off, 9_000); // before there was another side
    /// let noon = measured.report();
    /// measured.record(Side::Off, 1_000);
    /// measured.record(Side::On, 500);
    /// assert!(measured.report().since(&noon).ratio(1.0) < Some(0.51));
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            off: self.off.delta(&earlier.off),
            on: self.on.delta(&earlier.on),
            ..*self
        }
    }

    /// The new path's percentile by the old one's; `None` while one of them has no requests.
    ///
    /// Two passes over the counts of each side. For an example see [`ToggleReport`].
    ///
    /// # Panics
    /// If `q` is not in 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn ratio(&self, q: f64) -> Option<f64> {
        let (off, on) = (self.off.quantile(q)?, self.on.quantile(q)?);
        Some(on as f64 / off.max(1) as f64)
    }

    /// Between what that ratio lies, in 19 of 20 cases and more: the ends of both percentiles'
    /// intervals, and the width of a bucket; `None` while one of them has no requests.
    ///
    /// The requests of a percentile are independent to a half only, by assumption. What hours
    /// with hardly anybody on one of the sides do to it, [`since`](Self::since) leaves out.
    ///
    /// Some passes over the counts of each side. For an example see [`ToggleReport`].
    ///
    /// # Panics
    /// If `q` is not in 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn ratio_within(&self, q: f64) -> Option<[f64; 2]> {
        self.ratio(q)?; // which says of a wrong `q` what it is, and where
        let ends = |side: &Snapshot| Some(side.quantile_ends(q)?.map(|ns| ns.max(1) as f64));
        let (off, on) = (ends(&self.off)?, ends(&self.on)?);
        Some([
            on[0] / off[1] / STANDARD_WIDTH,
            on[1] / off[0] * STANDARD_WIDTH,
        ])
    }

    /// Whether the percentile became what was [declared](super::MeasuredToggle::expect_ratio);
    /// `None` if nothing was. With fewer than twenty requests beyond it on a side nobody can tell.
    ///
    /// Some passes over the counts of each side. For an example see [`ToggleReport`].
    #[must_use]
    pub fn verdict(&self) -> Option<Expected> {
        let (q, most) = self.expected?;
        let is_known = [&self.off, &self.on].iter().all(|side| has_tail(side, q));
        Some(match self.ratio_within(q).filter(|_| is_known) {
            Some([low, _]) if low > most => Expected::Missed,
            Some([_, high]) if high <= most => Expected::Met,
            _ => Expected::Unsure,
        })
    }
}

/// The percentile impact as a table in Markdown, in microseconds: for a change log.
impl fmt::Display for ToggleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (off, on) = (self.off.count(), self.on.count());
        writeln!(
            f,
            "{}, {}: {off} requests off, {on} on\n",
            self.toggle, self.share
        )?;
        writeln!(f, "| | off, us | on, us | ratio | expected |")?;
        write!(f, "|---|---|---|---|---|")?;
        let mut qs = [0.5, 0.95, 0.99, 0.999, 1.0];
        let known = self.expected.filter(|(q, _)| !qs.contains(q));
        let shown = if let Some((q, _)) = known {
            qs[4] = q;
            5
        } else {
            4
        };
        let declared = self.expected.zip(self.verdict());
        for q in &qs[..shown] {
            let time = |of: &Snapshot| of.quantile(*q).map(|ns| ns as f64 / 1e3);
            let (Some(off), Some(on), Some(ratio)) =
                (time(&self.off), time(&self.on), self.ratio(*q))
            else {
                continue;
            };
            write!(
                f,
                "\n| p{} | {off:.1} | {on:.1} | {ratio:.2} | ",
                percent(*q)
            )?;
            match declared.filter(|((of, _), _)| of == q) {
                Some(((_, ratio), verdict)) => write!(f, "{ratio:.2}: {verdict} |")?,
                None => write!(f, "|")?,
            }
        }
        Ok(())
    }
}
