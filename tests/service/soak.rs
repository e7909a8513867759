//! The judge of growth on series made by hand, and a whole soak in which something leaks.

use std::path::Path;
use std::process::Command;

use crate::faults::growth::{Allowance, Growth, SAMPLES_MIN, between, judge, last_word};
use crate::faults::process::{field, look};

const SOME: Allowance = Allowance {
    share: 0.02,
    more: 100,
};

fn grown(samples: &[u64], allowance: Allowance) -> bool {
    judge(samples, allowance).unwrap().grown
}

#[test]
fn what_rises_in_the_first_quarter_only_has_not_grown() {
    let samples: Vec<u64> = (0..40).map(|n| 1_000 * n.min(9)).collect();
    let expected = Growth {
        second: 9_000,
        last: 9_000,
        grown: false,
    };
    assert_eq!(judge(&samples, Allowance::NONE), Some(expected));
}

#[test]
fn a_slow_leak_is_found_under_noise_that_is_larger_than_its_step() {
    let noise = |n: u64| n * 7_919 % 400;
    let still: Vec<u64> = (0..200).map(|n| 50_000 + noise(n)).collect();
    let leaking: Vec<u64> = (0..200).map(|n| 50_000 + noise(n) + 20 * n).collect();
    assert!(!grown(&still, SOME));
    assert!(grown(&leaking, SOME));
}

#[test]
fn one_high_sample_is_no_growth_and_a_step_that_stays_is() {
    let mut samples = [5; 40];
    samples[39] = 1_000_000;
    assert!(!grown(&samples, Allowance::NONE));
    samples[25..].fill(6);
    assert!(grown(&samples, Allowance::NONE));
}

#[test]
fn the_allowance_is_a_share_and_something_on_top() {
    let step = |to: u64| [[10_000_u64; 20], [to; 20]].concat();
    assert!(!grown(&step(10_300), SOME));
    assert!(grown(&step(10_301), SOME));
    assert!(!grown(&step(9_000), Allowance::NONE));
}

#[test]
fn few_samples_have_no_verdict() {
    assert_eq!(judge(&[1; SAMPLES_MIN - 1], SOME), None);
    assert!(judge(&[1; SAMPLES_MIN], SOME).is_some());
}

#[test]
fn what_was_not_looked_at_is_named_and_a_leak_is_measured_by_what_was_done() {
    assert_eq!(last_word(true, &[]), "nothing lost, nothing grown");
    assert_eq!(last_word(false, &["handles"]), "NOT WELL");
    let said = last_word(true, &["memory_kib", "handles"]);
    assert!(said.ends_with("NOT LOOKED AT, for want of /proc: memory_kib, handles"));
    // From the middle of the second quarter to that of the last: half of the run.
    let requests: Vec<u64> = (0..40).map(|turn| 500 * turn).collect();
    assert_eq!(between(&requests), Some(10_000));
    assert!((SOME.over(10_000) - 300.0).abs() < 1e-9);
}

#[test]
fn a_process_is_looked_at_where_the_system_tells() {
    let status = "Name:\tx\nVmHWM:\t9 kB\nVmRSS:\t  1234 kB\nThreads:\t7\n";
    assert_eq!(field(status, "VmRSS:"), Some(1_234));
    assert_eq!(field(status, "Threads:"), Some(7));
    assert_eq!(field(status, "FDSize:"), None);
    if cfg!(target_os = "linux") {
        let here = look(std::process::id()).unwrap();
        assert!(here.memory_kib > 0 && here.handles > 2 && here.threads > 0);
    }
}

#[test]
fn a_soak_names_what_leaks_and_what_is_not_back() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak");
    let mut soak = Command::new(super::process::binary());
    // The shortest there is.
    soak.args(["--soak", "1", "--seconds", "0.3", "--rate", "8000"]);
    soak.args(["--plant-leak", "--plant-leaks"]);
    let output = soak.arg("--out").arg(out).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success(), "{text}");
    if cfg!(target_os = "linux") {
        for level in ["memory_kib", "handles"] {
            let line = text.lines().find(|line| line.starts_with(level));
            assert!(line.is_some_and(|line| line.ends_with("GROWN")), "{text}");
        }
    }
    assert!(text.contains("NOT all back: buffers lent 1"), "{text}");
}
