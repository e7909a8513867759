//! Limits in time, exit codes, the ledger and its table, the alert rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use shorttail::measure::trial::{
    Arm, Bound, ConfigError, Pace, Plan, Report, Target, Trial, Verdict, alert_rules, impact_table,
};
use shorttail::time::{Clock, MockClock};

use super::ledger_steps;

/// 1 000 requests a second of 40 µs; each `nth` of the candidate's takes `slow_us`.
fn run(trial: Trial, nth: u64, slow_us: u64) -> Report {
    let clock = MockClock::new();
    let arm = |name: &str, nth: u64| {
        let clock = &clock;
        Arm::inline(name, move |number| {
            let us = if number % nth == nth - 1 { slow_us } else { 40 };
            clock.advance(Duration::from_micros(us));
        })
    };
    let arms = [arm("main", u64::MAX), arm("change", nth)];
    trial.run(&clock, arms).unwrap()
}

fn trial() -> Trial {
    Trial::new("x|y", Plan::uniform(1_000.0))
        .block_ns(1_000_000_000)
        .pairs(6)
        .seed(7)
}

#[test]
fn a_promised_time_is_held_or_not() {
    for (nth, verdict) in [(u64::MAX, Verdict::Pass), (20, Verdict::Regression)] {
        let report = run(trial().target(Target::new(0.99, 300_000)), nth, 500);
        assert_eq!(report.verdict, verdict);
        assert_eq!(report.judged[0].limit, Bound::Ns(300_000));
        let line = report.judged[0].to_string();
        assert_eq!(line, format!("latency p99 up to 300 µs: {verdict}"));
        // Of the time from the actual start as well.
        let report = run(trial().target_service(Target::new(0.99, 300_000)), nth, 500);
        assert_eq!(report.verdict, verdict);
    }
}

#[test]
fn the_worst_of_limits_and_targets_is_the_verdict() {
    // Twelve times the base's, and within the promised time.
    let both = || trial().limit(0.99, 1.2).target(Target::new(0.99, 600_000));
    let report = run(both(), 20, 500);
    let each: Vec<_> = report.judged.iter().map(|it| it.verdict.clone()).collect();
    assert_eq!(each, [Verdict::Regression, Verdict::Pass]);
    assert_eq!(report.verdict, Verdict::Regression);
}

#[test]
fn too_few_requests_for_a_target_are_no_pass() {
    let report = run(trial().target(Target::new(0.9999, 300_000)), u64::MAX, 0);
    let why = "invalid: fewer than 100 samples beyond p99.99: 12000 requests, 1000000 are needed";
    assert_eq!(report.verdict.to_string(), why);
}

/// Waits until half a millisecond too late.
struct Late(MockClock);

impl Clock for Late {
    fn now_ns(&self) -> u64 {
        self.0.now_ns()
    }
}

impl Pace for Late {
    fn wait_until(&self, at_ns: u64) -> u64 {
        self.0.wait_until(at_ns + 500_000)
    }

    fn is_real(&self) -> bool {
        false
    }
}

#[test]
fn a_late_driver_fails_no_target_and_may_pass_it() {
    for (max_ns, is_pass) in [(300_000, false), (900_000, true)] {
        let clock = Late(MockClock::new());
        let arm = |name| Arm::inline(name, |_| clock.0.advance(Duration::from_micros(40)));
        let trial = trial().target(Target::new(0.99, max_ns));
        let report = trial.run(&clock, [arm("a"), arm("b")]).unwrap();
        assert_eq!(report.verdict == Verdict::Pass, is_pass);
        assert_eq!(report.verdict.status(), if is_pass { 0 } else { 2 });
    }
}

#[test]
fn each_verdict_has_its_exit_status() {
    let invalid = Verdict::Invalid("x".to_owned());
    let all = [
        Verdict::Pass,
        Verdict::Inconclusive,
        Verdict::Regression,
        invalid,
    ];
    assert_eq!(all.map(|verdict| verdict.status()), [0, 0, 1, 2]);
    assert_eq!(Verdict::Inconclusive.to_string(), "inconclusive");
    let code = format!("{:?}", Verdict::Regression.exit_code());
    assert_eq!(code, format!("{:?}", std::process::ExitCode::from(1)));
}

#[test]
fn targets_that_are_none_are_refused() {
    let arm = |name| Arm::inline(name, |_| panic!("nothing may run"));
    for (q, max_ns) in [(0.0, 5), (1.0, 5), (0.99, 0), (f64::NAN, 5)] {
        let trial = trial().target(Target::new(q, max_ns));
        let error = trial
            .run(&MockClock::new(), [arm("a"), arm("b")])
            .unwrap_err();
        assert!(matches!(error, ConfigError::Target(_, ns) if ns == max_ns));
        assert!(alert_rules("a", "b", &[Target::new(q, max_ns)]).is_err());
    }
    assert_eq!(
        ConfigError::Target(1.0, 5).to_string(),
        "target 5 ns on percentile 1: a time on one between 0 and 1"
    );
}

/// A file of this test, removed at the end.
struct Ledger(PathBuf);

impl Drop for Ledger {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.0);
    }
}

/// What the first row of a ledger has under `name`.
fn row_text<'a>(ledger: &'a str, name: &str) -> &'a str {
    let (_, after) = ledger.split_once(&format!("\"{name}\":\"")).unwrap();
    after.split('"').next().unwrap()
}

#[test]
fn a_ledger_grows_by_a_row_a_run_and_becomes_a_table() {
    let ledger = Ledger(Path::new(env!("CARGO_TARGET_TMPDIR")).join("ledger.jsonl"));
    let _gone = fs::remove_file(&ledger.0);
    let mut planted = run(trial().limit(0.99, 1.2), 20, 500);
    let mut clean = run(trial().limit(0.99, 1.2), u64::MAX, 0);
    for report in [&mut planted, &mut clean] {
        report.environment.date = "2026-11-28T12:00:00Z".to_owned();
    }
    planted.allocs = Some([4.0, 4.5]);
    assert!(
        planted
            .markdown()
            .contains("Allocations a request: 4 and 4.5.\n")
    );
    planted.append_to(&ledger.0, "a\"1|").unwrap();
    clean.append_to(&ledger.0, "b2").unwrap();
    let text = fs::read_to_string(&ledger.0).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(
        text.starts_with("{\"ledger_version\":1,\"date\":\"2026-11-28T12:00:00Z\","),
        "{text}"
    );
    assert!(text.contains("\"candidate_p9999_ns\":null"), "{text}");
    let environment = &planted.environment;
    let cpus = format!("{} processors, kernel ", environment.cpus);
    let machine = row_text(&text, "machine");
    assert!(machine.contains(&cpus), "{machine}");
    let cpu = environment.cpu.as_deref().unwrap_or("unknown");
    assert!(machine.starts_with(cpu), "{machine}");

    let expected = "\
| date | build | trial | p50, µs | p95, µs | p99, µs | p99.9, µs | allocations | n | verdict |
|---|---|---|---|---|---|---|---|---|---|
| 2026-11-28 | a\"1\\| | x\\|y, latency | 40 → 41 (1.024, 1.024 to 1.024) \
| 40 → 41 (1.024, 1.024 to 1.024) | 40 → 500 (12.500, 12.500 to 12.500) \
| n/a | 4 → 4.5 | 12000 | regression |
| 2026-11-28 | b2 | x\\|y, latency | 40 → 40 (1.000, 1.000 to 1.000) \
| 40 → 40 (1.000, 1.000 to 1.000) | 40 → 40 (1.000, 1.000 to 1.000) \
| n/a | n/a | 12000 | pass |
";
    let table = impact_table(&text).unwrap();
    assert_eq!(table, expected, "{table}");

    let cut = format!("{text}\n{}", &text[..text.len() / 3]);
    assert_eq!(impact_table(&cut).unwrap_err().line, 4);
    fs::write(&ledger.0, &text[..text.len() - 9]).unwrap();
    clean.append_to(&ledger.0, "b3").unwrap();
    let mended = fs::read_to_string(&ledger.0).unwrap();
    assert_eq!(mended.lines().count(), 3);
    assert_eq!(impact_table(&mended).unwrap_err().line, 2, "the cut one");
    let later = text.replace("\"ledger_version\":1", "\"ledger_version\":2");
    assert_eq!(impact_table(&later).unwrap_err().line, 1);
}

#[test]
fn targets_become_alert_rules() {
    let targets = [Target::new(0.99, 250_000_000)];
    let rules = alert_rules("checkout-api", "http:duration_seconds", &targets).unwrap();
    let ratio = |window: &str, over: &str| {
        format!(
            "(1 - sum(rate(http:duration_seconds_bucket{{le=\"0.25\"}}[{window}])) \
             / sum(rate(http:duration_seconds_count[{window}]))) > {over}"
        )
    };
    let rule = |rate: &str, over: &str, long: &str, short: &str, severity: &str| {
        format!(
            "  - alert: LatencyP99BurnsBudgetIn{long}
    expr: |-
      {}
      and
      {}
    labels:
      severity: {severity}
      service: checkout-api
    annotations:
      summary: \"checkout-api: more than {rate} times the budgeted share of requests took over \
0.25 s (p99), for {long} and for {short}\"
",
            ratio(long, over),
            ratio(short, over)
        )
    };
    let expected = [
        "groups:\n- name: checkout-api-latency\n  rules:\n".to_owned(),
        rule("14.4", "0.144", "1h", "5m", "page"),
        rule("6", "0.06", "6h", "30m", "page"),
        rule("1", "0.01", "3d", "6h", "ticket"),
    ];
    assert_eq!(rules, expected.concat());
    let p999 = alert_rules("a", "b", &[Target::new(0.999, 1_000_000_000)]).unwrap();
    assert!(
        p999.contains("- alert: LatencyP99_9BurnsBudgetIn1h"),
        "{p999}"
    );
    assert!(
        p999.contains("{le=~\"1(\\\\.0)?\"}") && p999.contains("> 0.0144\n"),
        "{p999}"
    );
    for (ns, label) in [
        (100_000, "le=\"0.0001\""),
        (50_000, "le=~\"5e-05|0\\\\.00005\""),
        (12_500, "le=~\"1\\\\.25e-05|0\\\\.0000125\""),
        (1, "le=~\"1e-09|0\\\\.000000001\""),
    ] {
        let rules = alert_rules("a", "b", &[Target::new(0.99, ns)]).unwrap();
        assert!(rules.contains(&format!("{{{label}}}")), "{rules}");
    }
    let p90 = alert_rules("a", "b", &[Target::new(0.9, 1_000_000)]).unwrap();
    assert!(
        !p90.contains("In1h"),
        "no rule that can never fire, as none has 1.44 of all requests"
    );
    assert!(p90.contains("In6h") && p90.contains("In3d"), "{p90}");
}

#[test]
fn names_that_would_end_their_quotes_are_refused() {
    for (service, metric) in [
        ("a b", "m"),
        ("", "m"),
        ("a\"", "m"),
        ("a", "m-n"),
        ("a", "1m"),
        ("a", ""),
    ] {
        let refused = alert_rules(service, metric, &[]);
        assert!(
            matches!(refused, Err(ConfigError::Name(_))),
            "{service} {metric}"
        );
    }
    assert_eq!(
        alert_rules("a", "1m", &[]).unwrap_err().to_string(),
        "no name for alert rules: the metric's is none that Prometheus takes"
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(256)
    })]

    /// Any bytes, and names that JSON has to escape.
    #[test]
    fn any_text_is_a_ledger_or_its_bad_line_is_told(
        data in prop::collection::vec(any::<u8>(), 0..200),
        name in "(.|[\\\\\"|\u{0}-\u{1f}\u{2028}é]){0,20}",
    ) {
        ledger_steps::run(&data);
        ledger_steps::run(name.as_bytes());
    }
}

/// The repository's own ledger, and the table that its change log has.
#[test]
fn the_change_log_has_the_table_of_the_ledger() {
    let ledger = include_str!("../../benches/ledger.jsonl");
    let table = impact_table(ledger).unwrap();
    assert!(table.lines().count() > 2, "there are runs in it");
    let change_log = include_str!("../../CHANGELOG.md");
    assert!(change_log.contains(&table), "to be put in:\n{table}");
}
