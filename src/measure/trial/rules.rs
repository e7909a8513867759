//! Targets as alert rules for Prometheus.

use std::fmt::Write;

use super::error::ConfigError;
use super::target::Target;
use crate::measure::percent;

/// How fast the budget burns, over which window, confirmed by which, and what then: the three of
/// the SRE Workbook (Google, 2018, chapter 5), the short window a twelfth of the long one.
const BURNS: [(f64, &str, &str, &str); 3] = [
    (14.4, "1h", "5m", "page"),
    (6.0, "6h", "30m", "page"),
    (1.0, "3d", "6h", "ticket"),
];

/// The alert rules of `targets` for Prometheus: multi-window burn rates over the buckets of a
/// latency histogram in seconds, as a file of rules in YAML.
///
/// The same targets that a trial is judged by before the change ships: p99 within 250 ms is a
/// budget of 1 % of requests above it. The histogram must have a bucket at each target's time,
/// spelled as here: `le="0.25"`; whole seconds with or without `.0`, and below a tenth of a
/// millisecond as `5e-05` or as `0.00005`, since Prometheus 3 and Go's and Python's clients have
/// the first of both and other clients the second. Rules on a bucket that is not there never fire.
/// A burn that all requests together could not reach, as 14.4 times the tenth beyond p90, has no
/// rule. Allocates.
///
/// # Errors
/// If `service` is anything but ASCII letters, digits, `_` and `-`, or `metric` is no name of a
/// metric (neither is quoted), or a target has no share between 0 and 1 or no time.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::{Target, alert_rules};
///
/// let targets = [Target::new(0.99, 250_000_000)];
/// let rules = alert_rules("checkout", "http_request_duration_seconds", &targets)?;
/// assert!(rules.contains("rate(http_request_duration_seconds_bucket{le=\"0.25\"}[1h])"));
/// # Ok::<(), shorttail::measure::trial::ConfigError>(())
/// ```
pub fn alert_rules(service: &str, metric: &str, targets: &[Target]) -> Result<String, ConfigError> {
    let is_plain = |text: &str, more: [char; 2]| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
    };
    if !is_plain(service, ['_', '-']) {
        return Err(ConfigError::Name(
            "the service's has more than letters, digits, _ and -",
        ));
    }
    if !is_plain(metric, ['_', ':']) || metric.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(ConfigError::Name(
            "the metric's is none that Prometheus takes",
        ));
    }
    let mut text = format!("groups:\n- name: {service}-latency\n  rules:\n");
    for target in targets {
        target.check()?;
        for burn in BURNS {
            rule(&mut text, service, metric, *target, burn);
        }
    }
    Ok(text)
}

fn rule(
    text: &mut String,
    service: &str,
    metric: &str,
    target: Target,
    (rate, long, short, severity): (f64, &str, &str, &str),
) {
    // Without the digits that binary fractions add: 1 - 0.99 is not 0.01.
    let over = (rate * (100.0 - percent(target.q)) * 1e6).round() / 1e8;
    if over >= 1.0 {
        return;
    }
    let p = percent(target.q).to_string();
    let name = format!("LatencyP{}BurnsBudgetIn{long}", p.replace('.', "_"));
    let le = target.max_ns as f64 / 1e9;
    let bucket = bucket(le);
    let above = |window: &str| {
        format!(
            "(1 - sum(rate({metric}_bucket{{{bucket}}}[{window}])) \
             / sum(rate({metric}_count[{window}]))) > {over}"
        )
    };
    let (long_over, short_over) = (above(long), above(short));
    write!(
        text,
        "  - alert: {name}\n    expr: |-\n      {long_over}\n      and\n      {short_over}\n    \
         labels:\n      severity: {severity}\n      service: {service}\n    annotations:\n      \
         summary: \"{service}: more than {rate} times the budgeted share of requests took over \
         {le} s (p{p}), for {long} and for {short}\"\n"
    )
    .expect("a String takes all");
}

/// The label of the bucket that ends at `le` seconds, by each of its spellings.
fn bucket(le: f64) -> String {
    if le.fract() == 0.0 {
        return format!("le=~\"{le}(\\\\.0)?\"");
    }
    // As Go's `%g` has it: an exponent, of two digits at least, from there on.
    let scientific = format!("{le:e}").replace("e-", "e-0");
    match le < 1e-4 {
        true => format!("le=~\"{scientific}|{le}\"").replace('.', "\\\\."),
        false => format!("le=\"{le}\""),
    }
}
