//! `result.json`: everything, for programs. Units stand last in the names.

use std::fmt::Write;

use super::bound::Bound;
use super::report::{ArmReport, Report};
use super::stats::{supported, tail_samples};
use super::verdict::{Estimate, QuantileRatio, Verdict};
use crate::measure::Snapshot;

/// Raised when a name goes or changes its meaning; new names leave it.
const SCHEMA_VERSION: u32 = 1;

/// The percentiles of a report, and their names.
pub(super) const QUANTILES: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p999", 0.999),
    ("p9999", 0.9999),
];

/// A JSON text; the members are written one after the other.
pub(super) struct Json(String);

impl Json {
    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// Writes `{…}` or `[…]` under `name`, or without one inside a list.
    pub(super) fn nest(
        &mut self,
        name: &str,
        [open, close]: [char; 2],
        write: impl FnOnce(&mut Self),
    ) {
        self.begin(name);
        self.0.push(open);
        write(self);
        self.0.push(close);
    }

    fn begin(&mut self, name: &str) {
        if !self.0.is_empty() && !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
        if !name.is_empty() {
            self.quote(name);
            self.0.push(':');
        }
    }

    pub(super) fn text(&mut self, name: &str, value: Option<&str>) {
        self.begin(name);
        match value {
            Some(value) => self.quote(value),
            None => self.0.push_str("null"),
        }
    }

    pub(super) fn count(&mut self, name: &str, value: impl Into<Option<u64>>) {
        self.begin(name);
        let text = value
            .into()
            .map_or_else(|| "null".to_owned(), |value| value.to_string());
        self.0.push_str(&text);
    }

    /// JSON has no infinity and no not-a-number: they are null.
    pub(super) fn number(&mut self, name: &str, value: f64) {
        self.begin(name);
        let text = if value.is_finite() {
            value.to_string()
        } else {
            "null".to_owned()
        };
        self.0.push_str(&text);
    }

    fn quote(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                c if c < ' ' => {
                    write!(self.0, "\\u{:04x}", u32::from(c)).expect("a String takes all");
                }
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }
}

pub(super) const OBJECT: [char; 2] = ['{', '}'];
const LIST: [char; 2] = ['[', ']'];

pub(super) fn json(report: &Report) -> String {
    let mut json = Json::new();
    json.nest("", OBJECT, |json| {
        json.count("schema_version", u64::from(SCHEMA_VERSION));
        json.text("name", Some(&report.name));
        verdict(json, &report.verdict);
        json.nest("judged", LIST, |json| {
            for judged in &report.judged {
                json.nest("", OBJECT, |json| {
                    json.text("figure", Some(&judged.figure.to_string()));
                    json.number("q", judged.q);
                    bound(json, judged.limit);
                    verdict(json, &judged.verdict);
                });
            }
        });
        environment(json, report);
        json.count("seed", report.seed);
        json.text("plan", Some(&report.plan));
        json.number("rate_per_s", report.rate_per_s);
        json.count("block_ns", report.block_ns);
        json.count("workers", report.workers as u64);
        json.text("shape", Some(&report.shape));
        json.count("burners", report.burners as u64);
        json.nest("arms", LIST, |json| {
            let allocs = [0, 1].map(|side| report.allocs.map(|means| means[side]));
            let arms = report.arms.iter().zip(allocs);
            arms.for_each(|(each, allocs)| arm(json, each, allocs))
        });
        json.nest("ratios", LIST, |json| {
            report.ratios.iter().for_each(|each| ratio(json, each))
        });
        json.nest("service_ratios", LIST, |json| {
            let ratios = report.service_ratios.iter();
            ratios.for_each(|each| ratio(json, each))
        });
    });
    json.0.push('\n');
    json.0
}

/// A ratio, or a time.
fn bound(json: &mut Json, bound: Bound) {
    match bound {
        Bound::Ratio(ratio) => json.number("limit", ratio),
        Bound::Ns(ns) => json.count("limit_ns", ns),
    }
}

/// The reason apart, where there is one.
pub(super) fn verdict(json: &mut Json, verdict: &Verdict) {
    let (name, why) = match verdict {
        Verdict::Invalid(why) => ("invalid".to_owned(), Some(why.as_str())),
        other => (other.to_string(), None),
    };
    json.text("verdict", Some(&name));
    json.text("reason", why);
}

fn environment(json: &mut Json, report: &Report) {
    let environment = &report.environment;
    json.nest("environment", OBJECT, |json| {
        json.text("cpu", environment.cpu.as_deref());
        json.count("cpus", environment.cpus as u64);
        json.text("kernel", environment.kernel.as_deref());
        json.text("governor", environment.governor.as_deref());
        json.text("rustc", environment.rustc.as_deref());
        json.text("commit", environment.commit.as_deref());
        json.text("build", Some(environment.build()));
        json.text("date", Some(&environment.date));
    });
}

fn arm(json: &mut Json, arm: &ArmReport, allocs: Option<f64>) {
    json.nest("", OBJECT, |json| {
        json.text("name", Some(&arm.name));
        distribution(json, "latency", &arm.latency_ns);
        distribution(json, "service", &arm.service_ns);
        distribution(json, "send_lag", &arm.send_lag_ns);
        json.number("allocs", allocs.unwrap_or(f64::NAN));
        json.count("blocks", arm.blocks.len() as u64);
        json.count(
            "blocks_flagged",
            arm.blocks.iter().filter(|block| block.flagged).count() as u64,
        );
    });
}

fn distribution(json: &mut Json, name: &str, seen: &Snapshot) {
    json.nest(name, OBJECT, |json| {
        json.count("n", seen.count());
        for (name, q) in QUANTILES {
            json.count(&format!("{name}_ns"), supported(seen, q));
            json.count(&format!("{name}_tail_n"), tail_samples(seen, q));
        }
        json.count("max_ns", seen.max());
    });
}

fn ratio(json: &mut Json, ratio: &QuantileRatio) {
    json.nest("", OBJECT, |json| {
        json.number("q", ratio.q);
        json.count("pairs", ratio.pairs as u64);
        let mut write = |name: &str, estimate: Option<&Estimate>| match estimate {
            None => json.text(name, None),
            Some(estimate) => json.nest(name, OBJECT, |json| {
                json.number("ratio", estimate.ratio);
                json.number("low_95", estimate.low);
                json.number("high_95", estimate.high);
                json.number("noise_floor", estimate.noise_floor);
            }),
        };
        write("typical", ratio.typical.as_ref());
        write("whole", Some(&ratio.whole));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_numbers_are_json() {
        let mut json = Json(String::new());
        json.nest("", OBJECT, |json| {
            json.text("a\"b", Some("c\\\n"));
            json.number("n", f64::NAN);
            json.count("c", None);
            json.nest("l", LIST, |json| {
                [1, 2].map(|n| json.count("", n)).into_iter().collect()
            });
        });
        assert_eq!(
            json.0,
            r#"{"a\"b":"c\\\u000a","n":null,"c":null,"l":[1,2]}"#
        );
    }
}
