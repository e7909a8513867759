//! `timeline.svg`: each block's p99 in the order in which they ran, above the machine's hiccups.

use super::report::{ArmReport, Block, Report};
use super::svg::{BOTTOM, COLORS, HEIGHT, LEFT, RIGHT, Svg, TOP, WIDTH, power_name, shortened};

const HICCUPS: &str = "#999999";

/// A block's place in the run, and its point.
type Point = (usize, u64);

fn points(blocks: &[&Block], of: impl Fn(&Block) -> Option<u64>) -> Vec<Point> {
    let point = |block: &&Block| Some((4 * block.pair + block.position, of(block)?.max(1)));
    blocks.iter().filter_map(point).collect()
}

fn p99(arm: &ArmReport) -> Vec<Point> {
    let blocks: Vec<&Block> = arm.blocks.iter().collect();
    points(&blocks, |block| block.latency_ns.quantile(0.99))
}

/// A line an arm, and one for how late a thread woke that only sleeps.
pub(super) fn timeline(report: &Report) -> String {
    let mut all: Vec<&Block> = report.arms.iter().flat_map(|arm| &arm.blocks).collect();
    all.sort_unstable_by_key(|block| (block.pair, block.position));
    let hiccups = points(&all, |block| block.hiccup_ns.quantile(0.999));
    let [base, candidate] = report.arms.each_ref().map(p99);
    let lines = [
        (&base, COLORS[0]),
        (&candidate, COLORS[1]),
        (&hiccups, HICCUPS),
    ];
    let values = || lines.iter().flat_map(|(points, _)| *points);
    let logs = || values().map(|(_, ns)| (*ns as f64).log10());
    let low = logs().fold(9.0, f64::min).floor();
    let high = logs().fold(0.0, f64::max).ceil().max(low + 1.0);
    let first = values().map(|(at, _)| *at).min().unwrap_or(0);
    let last = values()
        .map(|(at, _)| *at)
        .max()
        .unwrap_or(0)
        .max(first + 1);
    let x = |at: usize| LEFT + (at - first) as f64 / (last - first) as f64 * (WIDTH - LEFT - RIGHT);
    let y = |ns: u64| {
        let share = ((ns as f64).log10() - low) / (high - low);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    };
    let name = shortened(&report.name, 48);
    let mut svg = Svg::new(&format!("{name}: p99 latency of each block"));
    for power in low as i32..=high as i32 {
        let at = y(10_u64.pow(power.max(0) as u32));
        svg.line((LEFT, at), (WIDTH - RIGHT, at), "#dddddd");
        svg.label((LEFT - 8.0, at + 4.0), "end", &power_name(power));
    }
    for (points, color) in lines {
        svg.polyline(points.iter().map(|(at, ns)| (x(*at), y(*ns))), color);
    }
    let [base, candidate] = report.arms.each_ref().map(|arm| shortened(&arm.name, 24));
    let names = [base, candidate, "p99.9 of the machine's hiccups".to_owned()];
    let colors = [COLORS[0], COLORS[1], HICCUPS];
    for (number, (name, color)) in names.iter().zip(colors).enumerate() {
        svg.key(LEFT + 230.0 * number as f64, name, color);
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    svg.label(
        (middle, HEIGHT - 14.0),
        "middle",
        "blocks, in the order in which they ran",
    );
    svg.done()
}
