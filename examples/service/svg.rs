//! The percentile curves as a picture: how rare against how slow, both on logarithmic axes.

use std::fmt::Write;

use crate::stats::quantile;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 200.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 60.0;
const COLORS: [&str; 3] = ["#0b6e4f", "#c1440e", "#7a5195"];

/// One curve: its name and its latencies in ascending order.
pub(crate) type Curve<'a> = (&'a str, &'a [u64]);

/// Draws one curve per arm; x is 1/(1 − q), as far as there are samples.
pub(crate) fn draw(title: &str, curves: &[Curve<'_>]) -> String {
    let samples = curves
        .iter()
        .map(|(_, sorted)| sorted.len())
        .max()
        .unwrap_or(0)
        .max(10);
    let decades = (samples as f64).log10().floor();
    let values = || curves.iter().flat_map(|(_, sorted)| sorted.iter().copied());
    let low = (values().min().unwrap_or(1_000).max(1) as f64)
        .log10()
        .floor();
    let high = (values().max().unwrap_or(1_000_000).max(2) as f64)
        .log10()
        .ceil()
        .max(low + 1.0);
    let x = |decade: f64| LEFT + decade / decades * (WIDTH - LEFT - RIGHT);
    let y = |log: f64| HEIGHT - BOTTOM - (log - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    label(&mut svg, LEFT, 26.0, "start", &escape(title));
    for decade in 0..=decades as i32 {
        let at = x(f64::from(decade));
        line(&mut svg, (at, TOP), (at, HEIGHT - BOTTOM));
        label(
            &mut svg,
            at,
            HEIGHT - BOTTOM + 20.0,
            "middle",
            &percentile_name(decade),
        );
    }
    for power in low as i32..=high as i32 {
        let at = y(f64::from(power));
        line(&mut svg, (LEFT, at), (WIDTH - RIGHT, at));
        label(&mut svg, LEFT - 8.0, at + 4.0, "end", &power_name(power));
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    label(
        &mut svg,
        middle,
        HEIGHT - 14.0,
        "middle",
        "percentile, spaced as 1/(1 − q)",
    );
    for (number, (name, sorted)) in curves.iter().enumerate() {
        let color = COLORS[number % COLORS.len()];
        let points = points(sorted, decades);
        let points = points.map(|(decade, ns)| format!("{:.1},{:.1}", x(decade), y(ns.log10())));
        let points = points.collect::<Vec<_>>().join(" ");
        let stroke = format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"");
        writeln!(svg, "<polyline {stroke} points=\"{points}\"/>").expect("a String takes all");
        let at = TOP + 20.0 * number as f64 + 10.0;
        let mark = WIDTH - RIGHT + 14.0;
        writeln!(
            svg,
            "<rect x=\"{mark}\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{color}\"/>",
            at - 6.0
        )
        .expect("a String takes all");
        label(&mut svg, mark + 20.0, at, "start", &escape(name));
    }
    svg.push_str("</svg>\n");
    svg
}

/// Twenty points to a decade of rarity, up to the last that a sample stands for.
fn points(sorted: &[u64], decades: f64) -> impl Iterator<Item = (f64, f64)> + '_ {
    let steps = (decades * 20.0) as u32;
    let most = (sorted.len().max(1) as f64).log10();
    (0..=steps)
        .map(|step| f64::from(step) / 20.0)
        .filter(move |&decade| decade <= most)
        .filter_map(move |decade| {
            let q = 1.0 - 10_f64.powf(-decade);
            quantile(sorted, q).map(|ns| (decade, ns.max(1) as f64))
        })
}

pub(crate) fn line(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let (x1, y1, x2, y2) = (from.0, from.1, to.0, to.1);
    let ends = format!("x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"");
    writeln!(svg, "<line {ends} stroke=\"#dddddd\"/>").expect("a String takes all");
}

pub(crate) fn label(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    )
    .expect("a String takes all");
}

fn percentile_name(decade: i32) -> String {
    match decade {
        0 => "min".to_owned(),
        1 => "p90".to_owned(),
        2 => "p99".to_owned(),
        more => format!("p99.{}", "9".repeat(more as usize - 2)),
    }
}

pub(crate) fn power_name(power: i32) -> String {
    let (scale, unit) = match power {
        ..3 => (power, "ns"),
        3..6 => (power - 3, "µs"),
        6..9 => (power - 6, "ms"),
        _ => (power - 9, "s"),
    };
    format!("{} {unit}", 10_u64.pow(scale.max(0) as u32))
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
