//! `curve.svg`, how slow against how rare, and `ratio.svg`, the ratios with their intervals.

use std::fmt::Write;

use super::report::Report;
use super::stats::TAIL_SAMPLES_MIN;
use super::verdict::{Estimate, QuantileRatio};
use crate::measure::percent;

pub(super) const WIDTH: f64 = 860.0;
pub(super) const HEIGHT: f64 = 460.0;
pub(super) const LEFT: f64 = 90.0;
pub(super) const RIGHT: f64 = 30.0;
pub(super) const TOP: f64 = 70.0;
pub(super) const BOTTOM: f64 = 60.0;
pub(super) const COLORS: [&str; 2] = ["#d55e00", "#0072b2"];

/// A picture under construction.
pub(super) struct Svg(String);

impl Svg {
    pub(super) fn new(title: &str) -> Self {
        let mut svg = Self(String::new());
        svg.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"13\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
        ));
        svg.label((LEFT, 26.0), "start", title);
        svg
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{element}").expect("a String takes all");
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &str) {
        self.put(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" \
             x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{stroke}\"/>"
        ));
    }

    pub(super) fn label(&mut self, (x, y): (f64, f64), anchor: &str, text: &str) {
        let text = text
            .replace(char::is_control, " ")
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    fn estimate(
        &mut self,
        estimate: &Estimate,
        x: impl Fn(f64) -> f64,
        (y, height): (f64, f64),
        color: &str,
    ) {
        let (from, to) = (x(1.0 / estimate.noise_floor), x(estimate.noise_floor));
        self.put(format_args!(
            "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" \
             fill=\"#eeeeee\"/>",
            y - height / 2.0,
            to - from,
        ));
        self.line((x(estimate.low), y), (x(estimate.high), y), color);
        let at = x(estimate.ratio);
        self.put(format_args!(
            "<circle cx=\"{at:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{color}\"/>"
        ));
        let ratio = format!("{:.3}", estimate.ratio);
        self.label((at, y - 7.0), "middle", &ratio);
    }

    pub(super) fn polyline(&mut self, points: impl Iterator<Item = (f64, f64)>, color: &str) {
        let points = points.map(|(x, y)| format!("{x:.1},{y:.1}"));
        let points = points.collect::<Vec<_>>().join(" ");
        let stroke = format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"");
        self.put(format_args!("<polyline {stroke} points=\"{points}\"/>"));
    }

    /// Whose line has which colour.
    pub(super) fn key(&mut self, left: f64, name: &str, color: &str) {
        self.put(format_args!(
            "<rect x=\"{left}\" y=\"44\" width=\"14\" height=\"4\" fill=\"{color}\"/>"
        ));
        self.label((left + 20.0, 50.0), "start", name);
    }

    pub(super) fn done(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

/// Latency over 1/(1 − q), both on logarithmic axes, as far as 100 samples lie beyond.
pub(super) fn curve(report: &Report) -> String {
    let samples = report
        .arms
        .iter()
        .map(|arm| arm.latency_ns.count())
        .max()
        .unwrap_or(0);
    let decades = ((samples / TAIL_SAMPLES_MIN).max(10) as f64).log10();
    let curves = report.arms.each_ref().map(|arm| {
        let steps = (0..=(decades * 20.0) as u32).map(|step| f64::from(step) / 20.0);
        let point = |decade: f64| Some((decade, arm.supported(1.0 - 10_f64.powf(-decade))?));
        steps.filter_map(point).collect::<Vec<_>>()
    });
    let values = || curves.iter().flatten().map(|(_, ns)| (*ns).max(1) as f64);
    let low = values().fold(1e9, f64::min).log10().floor();
    let high = values().fold(1.0, f64::max).log10().ceil().max(low + 1.0);
    let x = |decade: f64| LEFT + decade / decades * (WIDTH - LEFT - RIGHT);
    let y = |log: f64| HEIGHT - BOTTOM - (log - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    let mut svg = Svg::new(&format!(
        "{}: latency from the intended start",
        shortened(&report.name, 56)
    ));
    for decade in 0..=decades as i32 {
        let at = x(f64::from(decade));
        svg.line((at, TOP), (at, HEIGHT - BOTTOM), "#dddddd");
        let name = format!("p{}", percent(1.0 - 10_f64.powi(-decade)));
        svg.label((at, HEIGHT - BOTTOM + 20.0), "middle", &name);
    }
    for power in low as i32..=high as i32 {
        let at = y(f64::from(power));
        svg.line((LEFT, at), (WIDTH - RIGHT, at), "#dddddd");
        svg.label((LEFT - 8.0, at + 4.0), "end", &power_name(power));
    }
    let middle = (f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 14.0);
    svg.label(
        middle,
        "middle",
        "percentile, spaced as the logarithm of 1/(1 − q)",
    );
    for (number, (arm, points)) in report.arms.iter().zip(&curves).enumerate() {
        let color = COLORS[number];
        let points = points.iter();
        let points = points.map(|(at, ns)| (x(*at), y(((*ns).max(1) as f64).log10())));
        svg.polyline(points, color);
        let left = LEFT + 260.0 * number as f64;
        svg.key(left, &shortened(&arm.name, 32), color);
    }
    svg.done()
}

/// As much of a name as there is room for.
pub(super) fn shortened(name: &str, most: usize) -> String {
    let mut short: String = name.chars().take(most).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}

pub(super) fn power_name(power: i32) -> String {
    let (scale, unit) = match power {
        ..3 => (power, "ns"),
        3..6 => (power - 3, "µs"),
        6..9 => (power - 6, "ms"),
        _ => (power - 9, "s"),
    };
    format!("{} {unit}", 10_u64.pow(scale.max(0) as u32))
}

/// Two lines a percentile, the typical group's and that of all merged: the interval as a line, the
/// ratio as a dot, the noise as a band.
pub(super) fn ratio(report: &Report) -> String {
    let [base, candidate] = &report.arms;
    let [name, base, candidate] =
        [&report.name, &base.name, &candidate.name].map(|name| shortened(name, 28));
    let title = format!("{name}: {candidate} / {base}, 95 %");
    let mut svg = Svg::new(&title);
    let reach = |estimate: &Estimate| {
        [estimate.low, estimate.high, estimate.noise_floor].map(|bound| bound.ln().abs())
    };
    let both = |ratio: &QuantileRatio| [ratio.typical, Some(ratio.whole)];
    let estimates = report.ratios.iter().flat_map(both).flatten();
    let most = estimates
        .flat_map(|estimate| reach(&estimate))
        .fold(2_f64.ln(), f64::max);
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    let x = |ratio: f64| middle + ratio.ln() / most * (middle - LEFT - 20.0);
    let rows = report.ratios.len().max(1) as f64;
    let spacing = ((HEIGHT - TOP - BOTTOM) / rows).min(56.0);
    for (row, ratio) in report.ratios.iter().enumerate() {
        let top = TOP + spacing * row as f64;
        let lines = [top + spacing * 0.35, top + spacing * 0.75];
        let name = format!("p{}", percent(ratio.q));
        svg.label((LEFT - 10.0, top + spacing * 0.6), "end", &name);
        for ((y, estimate), color) in lines.into_iter().zip(both(ratio)).zip(COLORS) {
            if let Some(estimate) = estimate {
                svg.estimate(&estimate, x, (y, spacing * 0.3), color);
            }
        }
    }
    svg.line((middle, TOP), (middle, HEIGHT - BOTTOM), "#888888");
    for bound in [(-most).exp(), 1.0, most.exp()] {
        let name = format!("{bound:.2}");
        svg.label((x(bound), HEIGHT - BOTTOM + 20.0), "middle", &name);
    }
    let legend =
        "ratio, logarithmic; orange: typical group, blue: all merged, grey: noise of the base";
    svg.label((middle, HEIGHT - 14.0), "middle", legend);
    svg.done()
}
