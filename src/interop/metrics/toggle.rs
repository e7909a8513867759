//! Toggles: their share, and what they do to the percentiles.

use super::Export;
use super::measured::quantiles;
use crate::control::{Expected, Toggle, ToggleReport};

/// A toggle by its own name: `shorttail_toggle_share_basis_points`, 0 when it is off and 10 000
/// when it is on for all.
///
/// # Examples
/// ```
/// use shorttail::control::{Toggle, Toggles};
///
/// static BATCHES: Toggle = Toggle::off("batches");
/// static ALL: Toggles = Toggles::new(&[&BATCHES]);
/// ALL.iter().for_each(shorttail::interop::metrics::toggle);
/// ```
pub fn toggle(toggle: &Toggle) {
    let points = toggle.share().basis_points();
    Export::of("toggle", toggle.name()).gauge("share_basis_points", u64::from(points));
}

/// What a toggle [does](crate::control::MeasuredToggle::report), by its name: its share as of
/// [`toggle`]; both paths' latencies as of [`histogram`](super::histogram),
/// `shorttail_toggle_latency_ns_…` with the label `side` (`off`, `on`); and if a ratio was
/// declared, `shorttail_toggle_verdict`, 1 for what became of it and 0 for the others, by the label
/// `state` (`met`, `missed`, `unsure`).
///
/// # Examples
/// ```
/// use shorttail::control::{MeasuredToggle, Toggle};
///
/// static BATCHES: Toggle = Toggle::off("batches");
/// let measured = MeasuredToggle::new(&BATCHES, 1);
/// shorttail::interop::metrics::toggle_report(&measured.report());
/// ```
pub fn toggle_report(report: &ToggleReport) {
    let export = Export::of("toggle", report.toggle);
    let points = report.share.basis_points();
    export.gauge("share_basis_points", u64::from(points));
    if let Some(verdict) = report.verdict() {
        let all = [
            ("met", Expected::Met),
            ("missed", Expected::Missed),
            ("unsure", Expected::Unsure),
        ];
        export.states("verdict", all, verdict);
    }
    let latency_ns = Export::of("toggle_latency_ns", report.toggle);
    for (side, seen) in [("off", &report.off), ("on", &report.on)] {
        quantiles(&latency_ns.and("side", side), seen);
    }
}
