//! What a toggle does to the percentiles, and a guard that takes it back.

use core::fmt;

use super::report::{ToggleReport, has_tail};
use super::{Share, Toggle};
use crate::control::error::ConfigError;
use crate::measure::{SharedRecorder, Snapshot, percent};
use crate::sync::Lock;

/// Windows in a row that must be worse.
const WORSE_MAX: u32 = 2;

/// Which of the two paths a request took; for an example see [`MeasuredToggle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that the toggle switches off.
    Off,
    /// The one that it switches on.
    On,
}

/// A toggle with the latencies of both its sides, and a guard that switches it off when the new
/// one is surely slower.
///
/// # Guarantees
/// [`side_for`](Self::side_for) and [`record`](Self::record) never wait and never allocate: the
/// toggle's load, and what [`SharedRecorder`] takes. [`new`](Self::new) takes all memory: two of
/// those, and four histograms of 8 KiB. [`end_window`](Self::end_window) and
/// [`report`](Self::report) allocate nothing; what describes it only stores.
///
/// # Examples
/// ```
/// use shorttail::control::{MeasuredToggle, Share, Side, Toggle};
///
/// static FAST_PARSE: Toggle = Toggle::off("fast-parse");
///
/// FAST_PARSE.set("20%".parse()?);
/// let measured = MeasuredToggle::new(&FAST_PARSE, 1).guard(0.99, 1.1)?;
/// for window in 1..=3 {
///     for user in 0..100_000 {
///         let side = measured.side_for(user);
///         // Not so fast, as it turns out.
///         measured.record(side, if side == Side::On { 30_000 } else { 20_000 });
///     }
///     if let Some(event) = measured.end_window() {
///         println!("{event}");
///         break;
///     }
///     assert!(window < 3);
/// }
/// assert_eq!(FAST_PARSE.share(), Share::NONE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MeasuredToggle {
    toggle: &'static Toggle,
    off: SharedRecorder,
    on: SharedRecorder,
    expected: Option<(f64, f64)>,
    guard: Option<Guard>,
    state: Lock<Box<State>>,
}

#[derive(Clone, Copy)]
struct Guard {
    q: f64,
    ratio_max: f64,
}

struct State {
    /// Of both sides, when the window began.
    before: [Snapshot; 2],
    now: [Snapshot; 2],
    /// Windows in a row that were worse.
    worse: u32,
    /// What the toggle's was when the window began.
    share: Share,
}

impl MeasuredToggle {
    /// Measures the toggle, for so many [threads](SharedRecorder::new) that record.
    ///
    /// For an example see [`MeasuredToggle`].
    ///
    /// # Panics
    /// If `threads` is zero or above 65 536.
    #[must_use]
    #[track_caller]
    pub fn new(toggle: &'static Toggle, threads: usize) -> Self {
        Self {
            toggle,
            off: SharedRecorder::new(threads),
            on: SharedRecorder::new(threads),
            expected: None,
            guard: None,
            state: Lock::new(Box::new(State {
                before: [const { Snapshot::new() }; 2],
                now: [const { Snapshot::new() }; 2],
                worse: 0,
                share: toggle.share(),
            })),
        }
    }

    /// Declares what the change is for: percentile `q` is to become so many times what it was, or
    /// less. The report says what [became](ToggleReport::verdict) of that.
    ///
    /// For an example see [`ToggleReport`].
    ///
    /// # Errors
    /// [`ConfigError::Quantile`] unless `q` is above 0 and below 1, [`ConfigError::Ratio`] unless
    /// the ratio is from 0.001 to 1 000.
    pub fn expect_ratio(mut self, q: f64, ratio: f64) -> Result<Self, ConfigError> {
        check(q, ratio)?;
        self.expected = Some((q, ratio));
        Ok(self)
    }

    /// Switches the toggle off when percentile `q` of its side is surely above `ratio_max` times
    /// the other's, in two windows in a row. For an example see [`MeasuredToggle`].
    ///
    /// # Errors
    /// As [`expect_ratio`](Self::expect_ratio).
    pub fn guard(mut self, q: f64, ratio_max: f64) -> Result<Self, ConfigError> {
        check(q, ratio_max)?;
        self.guard = Some(Guard { q, ratio_max });
        Ok(self)
    }

    /// Which path this key's request is to take; for an example see [`MeasuredToggle`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn side_for(&self, key: u64) -> Side {
        match self.toggle.is_on_for(key) {
            true => Side::On,
            false => Side::Off,
        }
    }

    /// Notes what a request took on the side it was sent to; one that was cut off, until then.
    ///
    /// For an example see [`MeasuredToggle`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn record(&self, side: Side, latency_ns: u64) {
        match side {
            Side::Off => self.off.record(latency_ns),
            Side::On => self.on.record(latency_ns),
        }
    }

    /// Ends a window, and says if the toggle was switched off by it. To be called each so many
    /// seconds: a window with fewer than twenty requests beyond the percentile on either side goes
    /// on, so calls that come too often decide nothing.
    ///
    /// A window that ends with another share than it began with says nothing, nor does any while
    /// the toggle is on for all: there is nothing to compare with. How small a rise it is sure of
    /// depends on the requests: of p99 half as high again, in latencies that spread by a factor of
    /// eight, 40 000 a side and window show it in two or three.
    ///
    /// Two passes over the counts of each side. Waits for another call at work. For an example see
    /// [`MeasuredToggle`].
    pub fn end_window(&self) -> Option<ToggledOff> {
        let guard = self.guard?;
        let mut state = self.state.lock();
        let State {
            before,
            now,
            worse,
            share,
        } = &mut **state;
        self.off.snapshot_into(&mut now[0]);
        self.on.snapshot_into(&mut now[1]);
        if *share != self.toggle.share() {
            // The one side ran when the other did not: times of day would be compared.
            *share = self.toggle.share();
            *worse = 0;
            core::mem::swap(before, now);
            return None;
        }
        let window = [0, 1].map(|side| now[side].delta(&before[side]));
        if !window.iter().all(|side| has_tail(side, guard.q)) {
            return None;
        }
        core::mem::swap(before, now);
        let ends = window.each_ref().map(|side| side.quantile_ends(guard.q));
        let [off, on] = ends.map(Option::unwrap_or_default);
        // The least that the one may be, by the most that the other may.
        let is_worse = on[0] as f64 > guard.ratio_max * off[1] as f64;
        *worse = if is_worse { *worse + 1 } else { 0 };
        if *worse < WORSE_MAX {
            return None;
        }
        *worse = 0;
        let was = self.toggle.set(Share::NONE);
        *share = Share::NONE;
        (was != Share::NONE).then(|| ToggledOff {
            toggle: self.toggle.name(),
            share: was,
            q: guard.q,
            off_ns: window[0].quantile(guard.q).unwrap_or_default(),
            on_ns: window[1].quantile(guard.q).unwrap_or_default(),
        })
    }

    /// The percentiles of both sides since it was made: twice 8 KiB by value. A pass over the
    /// counts of each thread; for an example see [`ToggleReport`].
    #[must_use]
    pub fn report(&self) -> ToggleReport {
        ToggleReport {
            toggle: self.toggle.name(),
            share: self.toggle.share(),
            off: self.off.snapshot(),
            on: self.on.snapshot(),
            expected: self.expected,
        }
    }
}

impl fmt::Debug for MeasuredToggle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeasuredToggle")
            .field("toggle", &self.toggle)
            .finish_non_exhaustive()
    }
}

fn check(q: f64, ratio: f64) -> Result<(), ConfigError> {
    if !(q > 0.0 && q < 1.0) {
        return Err(ConfigError::Quantile);
    }
    if !(0.001..=1_000.0).contains(&ratio) {
        return Err(ConfigError::Ratio);
    }
    Ok(())
}

/// A toggle was switched off by its guard; for an example see [`MeasuredToggle`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToggledOff {
    /// The toggle's name.
    pub toggle: &'static str,
    /// What its share was.
    pub share: Share,
    /// The percentile, in 0 to 1.
    pub q: f64,
    /// The old path's, of the last window.
    pub off_ns: u64,
    /// The new path's.
    pub on_ns: u64,
}

impl fmt::Display for ToggledOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (on_us, off_us) = (self.on_ns as f64 / 1e3, self.off_ns as f64 / 1e3);
        write!(
            f,
            "{} was {}, is off: p{} {on_us:.1} us, {off_us:.1} without it",
            self.toggle,
            self.share,
            percent(self.q)
        )
    }
}
