//! Shares of a whole as bars, in groups, with a line at the whole.

use std::fmt::Write;

/// One bar; those of one group stand side by side.
pub(crate) struct Bar {
    pub(crate) group: String,
    pub(crate) name: String,
    /// Of the whole.
    pub(crate) share: f64,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 56.0;
const ROW: f64 = 26.0;
const COLORS: [&str; 5] = ["#d55e00", "#e69f00", "#cc79a7", "#0072b2", "#009e73"];

/// As an SVG picture; a bar goes no further than a tenth beyond the whole.
pub(crate) fn draw(title: &str, bars: &[Bar]) -> String {
    let mut body = String::new();
    let mut y = TOP;
    let mut group = "";
    let mut nth = 0;
    let scale = (WIDTH - LEFT - RIGHT) / 1.1;
    for bar in bars {
        if bar.group != group {
            (group, nth) = (&bar.group, 0);
            y += ROW;
            label(&mut body, (10.0, y - 8.0), "start", group);
        }
        let width = scale * bar.share.clamp(0.0, 1.1);
        let color = COLORS[nth % COLORS.len()];
        let (top, height) = (y, ROW - 8.0);
        put(
            &mut body,
            format_args!(
                "<rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
                 fill=\"{color}\"/>"
            ),
        );
        label(&mut body, (LEFT - 8.0, y + 13.0), "end", &bar.name);
        let percent = format!("{:.1} %", bar.share * 100.0);
        label(&mut body, (LEFT + width + 6.0, y + 13.0), "start", &percent);
        y += ROW;
        nth += 1;
    }
    let (whole, bottom) = (LEFT + scale, y);
    put(
        &mut body,
        format_args!(
            "<line x1=\"{whole:.1}\" y1=\"{TOP}\" x2=\"{whole:.1}\" y2=\"{bottom:.1}\" \
             stroke=\"#888888\" stroke-dasharray=\"4 3\"/>"
        ),
    );
    label(&mut body, (10.0, 26.0), "start", title);
    let height = bottom + 20.0;
    format!(
        "<svg id=\"goodput\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

fn put(svg: &mut String, element: std::fmt::Arguments<'_>) {
    writeln!(svg, "{element}").expect("a String takes all");
}

fn label(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    put(
        svg,
        format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"),
    );
}
