//! The faults as a picture: one row each, p99 above, depth, in flight and shed below, every 100 ms.

use std::fmt::Write;

use super::Outcome;
use super::series::{WINDOW_NS, Window};
use crate::svg::{escape, label, line, power_name};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 40.0;
const ROW: f64 = 190.0;
/// Of each row: its p99, and its counts.
const LATENCY: (f64, f64) = (24.0, 94.0);
const COUNTS: (f64, f64) = (104.0, 164.0);

/// What is drawn of the counts, and how.
type Count = (&'static str, &'static str, fn(&Window) -> u64);
const DRAWN: [Count; 3] = [
    ("depth", "#c1440e", |window| window.depth),
    ("in flight", "#7a5195", |window| window.in_flight),
    ("shed", "#e0a100", |window| window.shed),
];
const P99: &str = "#0b6e4f";

/// Draws a row for each fault that has windows.
pub(super) fn draw(outcomes: &[Outcome]) -> String {
    let rows: Vec<&Outcome> = outcomes.iter().filter(|o| !o.windows.is_empty()).collect();
    let height = TOP + ROW * rows.len() as f64 + 10.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let title = "Bursts and faults: p99 (logarithmic) and levels in windows of 100 ms";
    label(&mut svg, LEFT, 24.0, "start", title);
    for (number, outcome) in rows.into_iter().enumerate() {
        row(&mut svg, TOP + ROW * number as f64, outcome);
    }
    svg.push_str("</svg>\n");
    svg
}

fn row(svg: &mut String, top: f64, outcome: &Outcome) {
    let windows = &outcome.windows;
    let all_ns = (windows.len() as u64 * WINDOW_NS) as f64;
    let x = |ns: f64| LEFT + ns / all_ns * (WIDTH - LEFT - RIGHT);
    let middle = |number: usize| x((number as f64 + 0.5) * WINDOW_NS as f64);
    let (from, to) = (
        x(outcome.from_ns as f64),
        x((outcome.to_ns as f64).min(all_ns)),
    );
    let (high, low) = (top + LATENCY.0, top + COUNTS.1);
    let (wide, tall) = ((to - from).max(1.0), low - high);
    let shade = "fill=\"#f3e3d3\"";
    writeln!(
        svg,
        "<rect x=\"{from:.1}\" y=\"{high}\" width=\"{wide:.1}\" height=\"{tall}\" {shade}/>"
    )
    .expect("a String takes all");
    let name = format!("{}: {}", outcome.fault.name(), outcome.fault.what());
    label(svg, LEFT, top + 16.0, "start", &escape(&name));

    latencies(svg, top, windows, &middle);
    counts(svg, top, windows, &middle);
    let seconds = format!("{:.1} s", all_ns / 1e9);
    label(svg, LEFT, low + 14.0, "start", "0 s");
    label(svg, WIDTH - RIGHT, low + 14.0, "end", &seconds);
}

/// The upper part: p99 on a logarithmic scale.
fn latencies(svg: &mut String, top: f64, windows: &[Window], middle: &dyn Fn(usize) -> f64) {
    let logs = |window: &Window| window.p99_ns.map(|ns| (ns.max(1) as f64).log10());
    let all = || windows.iter().filter_map(logs);
    let least = all().fold(9.0, f64::min).floor();
    let most = all().fold(least + 1.0, f64::max).ceil();
    let scale = Scale {
        top,
        part: LATENCY,
        least,
        most,
    };
    for power in least as i32..=most as i32 {
        let at = scale.y(f64::from(power));
        line(svg, (LEFT, at), (WIDTH - RIGHT, at));
        label(svg, LEFT - 6.0, at + 4.0, "end", &power_name(power));
    }
    let p99 = windows.iter().enumerate();
    let p99 = p99.filter_map(|(n, window)| Some((middle(n), scale.y(logs(window)?))));
    curve(svg, P99, p99);
    legend(svg, top + LATENCY.0 + 10.0, P99, "p99");
}

/// The lower part: the levels.
fn counts(svg: &mut String, top: f64, windows: &[Window], middle: &dyn Fn(usize) -> f64) {
    let all = DRAWN
        .iter()
        .flat_map(|(_, _, of)| windows.iter().map(of))
        .max();
    let most = all.unwrap_or(0).max(1) as f64;
    let scale = Scale {
        top,
        part: COUNTS,
        least: 0.0,
        most,
    };
    let (zero, high) = (scale.y(0.0), scale.y(most));
    label(svg, LEFT - 6.0, high + 8.0, "end", &format!("{most:.0}"));
    label(svg, LEFT - 6.0, zero + 4.0, "end", "0");
    line(svg, (LEFT, zero), (WIDTH - RIGHT, zero));
    for (place, (name, color, of)) in DRAWN.iter().enumerate() {
        let points = windows.iter().enumerate();
        let points = points.map(|(n, window)| (middle(n), scale.y(of(window) as f64)));
        curve(svg, color, points);
        let at = top + COUNTS.0 + 10.0 + 18.0 * place as f64;
        legend(svg, at, color, name);
    }
}

/// Where a value stands in a part of a row.
struct Scale {
    top: f64,
    part: (f64, f64),
    least: f64,
    most: f64,
}

impl Scale {
    fn y(&self, value: f64) -> f64 {
        let (high, low) = self.part;
        self.top + low - (value - self.least) / (self.most - self.least) * (low - high)
    }
}

fn curve(svg: &mut String, color: &str, points: impl Iterator<Item = (f64, f64)>) {
    let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let stroke = format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"");
    writeln!(svg, "<polyline {stroke} points=\"{}\"/>", points.join(" "))
        .expect("a String takes all");
}

fn legend(svg: &mut String, y: f64, color: &str, name: &str) {
    let mark = WIDTH - RIGHT + 10.0;
    let at = y - 4.0;
    writeln!(
        svg,
        "<rect x=\"{mark}\" y=\"{at}\" width=\"12\" height=\"4\" fill=\"{color}\"/>"
    )
    .expect("a String takes all");
    label(svg, mark + 18.0, y, "start", name);
}
