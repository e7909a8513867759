//! Toggles: who is in a share, what lists set, and when a guard switches off.

use shorttail::control::{
    ConfigError, Expected, MeasuredToggle, ParseShareError, SetWhy, Share, Side, Toggle, Toggles,
};

const KEYS: u64 = 1_000_000;

fn share(basis_points: u32) -> Share {
    Share::from_basis_points(basis_points).unwrap()
}

#[test]
fn a_share_is_of_so_many_keys_and_a_larger_one_has_them_all() {
    let toggle = Toggle::off("a");
    let mut before = vec![false; KEYS as usize];
    for points in [0, 1, 25, 100, 1_000, 5_000, 9_900, 9_999, 10_000] {
        toggle.set(share(points));
        let now: Vec<bool> = (0..KEYS).map(|key| toggle.is_on_for(key)).collect();
        let count = now.iter().filter(|is_on| **is_on).count();
        let exact = KEYS as f64 * f64::from(points) / 10_000.0;
        assert!(
            (count as f64 - exact).abs() <= KEYS as f64 * 0.005,
            "{points}: {count}"
        );
        // And of small ones to a tenth.
        assert!(
            (count as f64 - exact).abs() <= exact * 0.1 + 20.0,
            "{points}: {count}"
        );
        assert!(
            before.iter().zip(&now).all(|(was, is)| *is || !was),
            "{points}"
        );
        assert_eq!(toggle.is_on(), points == 10_000);
        before = now;
    }
}

#[test]
fn toggles_differ_in_whom_they_are_on_for_and_their_names_alone_decide() {
    let (a, b) = (
        Toggle::new("a", share(5_000)),
        Toggle::new("b", share(5_000)),
    );
    let again = Toggle::new("a", share(5_000));
    let both = (0..KEYS)
        .filter(|key| a.is_on_for(*key) && b.is_on_for(*key))
        .count() as f64;
    assert!((both / KEYS as f64 - 0.25).abs() < 0.005, "{both}");
    assert!((0..KEYS).all(|key| a.is_on_for(key) == again.is_on_for(key)));
    // What other instances and later releases must agree on.
    let known: Vec<u64> = (0..12).filter(|key| a.is_on_for(*key)).collect();
    assert_eq!(known, KNOWN);
}

/// Of the keys to 11, those in the first half of "a".
const KNOWN: &[u64] = &[0, 2, 7];

#[test]
fn a_list_sets_all_it_names_or_nothing() {
    static A: Toggle = Toggle::off("a");
    static B: Toggle = Toggle::on("b");
    static ALL: Toggles = Toggles::new(&[&A, &B]);
    assert_eq!(ALL.set(" a = 12.5% ,, b=off,"), Ok(2));
    assert_eq!((A.share(), B.share()), (share(1_250), Share::NONE));
    assert_eq!(ALL.to_string(), "a=12.5%,b=off");
    assert_eq!(
        ALL.set(&ALL.to_string()),
        Ok(2),
        "as it is told, it is taken"
    );
    assert_eq!(ALL.set("a=1%,a=2%"), Ok(2));
    assert_eq!(A.share(), share(200));
    assert_eq!(ALL.set(""), Ok(0));
    for (list, at, why) in [
        ("b=on,c=on", 5, SetWhy::Name),
        ("b=on, a", 6, SetWhy::Form),
        ("b=on,a=x", 5, SetWhy::Share(ParseShareError::Number)),
        (
            "b=on,a=100.01%",
            5,
            SetWhy::Share(ParseShareError::AboveAll),
        ),
    ] {
        let error = ALL.set(list).unwrap_err();
        assert_eq!((error.at, error.why), (at, why), "{list}");
        assert_eq!((A.share(), B.share()), (share(200), Share::NONE), "{list}");
    }
    assert_eq!(ALL.set_from_env("SHORTTAIL_NO_SUCH_VARIABLE"), Ok(0));
    let listed: Vec<_> = ALL
        .iter()
        .map(|it| (it.name(), it.default_share()))
        .collect();
    assert_eq!(listed, [("a", Share::NONE), ("b", Share::ALL)]);
    assert!(ALL.get("c").is_none());
}

#[test]
fn shares_are_read_as_they_are_told() {
    for points in 0..=10_000 {
        assert_eq!(
            share(points).to_string().parse(),
            Ok(share(points)),
            "{points}"
        );
    }
    for text in [
        "", "%", "1", "1.%", ".5%", "1.234%", "-1%", "1e1%", "ON", "0001%",
    ] {
        assert_eq!(
            text.parse::<Share>(),
            Err(ParseShareError::Number),
            "{text}"
        );
    }
    for text in ["100.01%", "999%"] {
        assert_eq!(
            text.parse::<Share>(),
            Err(ParseShareError::AboveAll),
            "{text}"
        );
    }
    assert_eq!("100.0%".parse(), Ok(Share::ALL));
}

/// Draws around 1 µs with a long tail: as noisy as services are.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn ns(&mut self, factor: f64) -> u64 {
        let slow = if self.unit() < 0.02 { 8.0 } else { 1.0 };
        (1_000.0 * factor * slow * (0.5 + self.unit())) as u64
    }
}

/// A window of as many requests on either side, the new path `factor` times as slow.
fn window(measured: &MeasuredToggle, noise: &mut Noise, factor: f64) -> bool {
    for _ in 0..40_000 {
        measured.record(Side::Off, noise.ns(1.0));
        measured.record(Side::On, noise.ns(factor));
    }
    measured.end_window().is_some()
}

#[test]
fn a_slower_path_is_off_within_three_windows_and_not_after_one() {
    for seed in 0..20 {
        let toggle: &Toggle = Box::leak(Box::new(Toggle::new("slower", share(5_000))));
        let measured = MeasuredToggle::new(toggle, 1).guard(0.99, 1.1).unwrap();
        let mut noise = Noise(seed);
        assert!(!window(&measured, &mut noise, 1.0));
        let windows = (1..=3).find(|_| window(&measured, &mut noise, 1.5));
        assert!(
            windows.is_some_and(|windows| windows > 1),
            "seed {seed}: {windows:?}"
        );
        assert_eq!(toggle.share(), Share::NONE);
        assert!(
            !window(&measured, &mut noise, 1.5) && !window(&measured, &mut noise, 1.5),
            "told once"
        );
    }
}

#[test]
fn the_same_path_stays_on() {
    static TOGGLE: Toggle = Toggle::on("same");
    let measured = MeasuredToggle::new(&TOGGLE, 1).guard(0.99, 1.0).unwrap();
    let mut noise = Noise(3);
    assert!((0..100).all(|_| !window(&measured, &mut noise, 1.0)));
    assert!(TOGGLE.is_on());
}

#[test]
fn a_window_with_few_requests_goes_on_until_there_are_more() {
    static TOGGLE: Toggle = Toggle::on("few");
    let measured = MeasuredToggle::new(&TOGGLE, 1).guard(0.9, 1.1).unwrap();
    for _ in 0..199 {
        measured.record(Side::Off, 100);
        measured.record(Side::On, 900);
        assert!(measured.end_window().is_none());
    }
    measured.record(Side::Off, 100);
    measured.record(Side::On, 900);
    assert!(measured.end_window().is_none(), "one window");
    for _ in 0..200 {
        measured.record(Side::Off, 100);
        measured.record(Side::On, 900);
    }
    let event = measured.end_window().unwrap();
    assert_eq!(
        (event.share, event.off_ns, event.on_ns),
        (Share::ALL, 100, 900)
    );
    assert_eq!(
        event.to_string(),
        "few was on, is off: p90 0.9 us, 0.1 without it"
    );
}

#[test]
fn a_window_in_which_the_share_was_changed_says_nothing() {
    static TOGGLE: Toggle = Toggle::new("changed", Share::NONE);
    let measured = MeasuredToggle::new(&TOGGLE, 1).guard(0.5, 1.1).unwrap();
    let window = || {
        for _ in 0..100 {
            measured.record(Side::Off, 100);
            measured.record(Side::On, 900);
        }
        measured.end_window().is_some()
    };
    TOGGLE.set(share(100));
    assert!(!window(), "changed");
    assert!(!window(), "the first");
    TOGGLE.set(share(200));
    assert!(!window(), "changed");
    assert!(!window() && window(), "the second in a row");
}

#[test]
fn a_report_has_both_sides_and_what_was_expected() {
    static TOGGLE: Toggle = Toggle::new("told", Share::NONE);
    let measured = MeasuredToggle::new(&TOGGLE, 1)
        .expect_ratio(0.75, 0.8)
        .unwrap();
    assert_eq!(measured.report().ratio(0.5), None);
    assert!(measured.end_window().is_none(), "no guard");
    for ns in 1..=100 {
        measured.record(Side::Off, 10 * ns);
        measured.record(Side::On, 5 * ns);
    }
    let report = measured.report();
    assert_eq!((report.off.count(), report.on.count()), (100, 100));
    let text = report.to_string();
    assert!(
        text.starts_with("told, off: 100 requests off, 100 on\n\n| | off, us |"),
        "{text}"
    );
    assert!(text.contains("\n| p75 | 0.8 | 0.4 | 0."), "{text}");
    assert!(text.ends_with("| 0.80: met |"), "{text}");
}

/// What ran before there was another side is no part of the comparison.
#[test]
fn a_report_since_an_earlier_one_has_what_came_after() {
    static TOGGLE: Toggle = Toggle::new("since", Share::NONE);
    let measured = MeasuredToggle::new(&TOGGLE, 1)
        .expect_ratio(0.5, 0.8)
        .unwrap();
    let both = |requests, off_ns, on_ns| {
        for _ in 0..requests {
            measured.record(Side::Off, off_ns);
            measured.record(Side::On, on_ns);
        }
    };
    both(1_000, 1_000, 9_000);
    let noon = measured.report();
    both(100, 2_000, 1_000);
    let report = measured.report();
    assert!(report.ratio(0.5) > Some(8.0), "of all time");
    assert_eq!(report.verdict(), Some(Expected::Missed));
    let since = report.since(&noon);
    assert_eq!((since.off.count(), since.on.count()), (100, 100));
    assert!(since.ratio(0.5) < Some(0.52), "to a bucket's width");
    assert_eq!(since.verdict(), Some(Expected::Met));
    assert_eq!(since.toggle, "since");
}

/// What was declared is a bound: surely kept, surely not, or neither; a seed in none is wrong.
#[test]
fn what_was_declared_has_a_verdict() {
    static TOGGLE: Toggle = Toggle::new("declared", Share::NONE);
    let verdict = |requests: u64, factor: f64, declared: f64, seed: u64| {
        let measured = MeasuredToggle::new(&TOGGLE, 1);
        let measured = measured.expect_ratio(0.9, declared).unwrap();
        let mut noise = Noise(seed);
        for _ in 0..requests {
            measured.record(Side::Off, noise.ns(1.0));
            measured.record(Side::On, noise.ns(factor));
        }
        let report = measured.report();
        let [low, high] = report.ratio_within(0.9).unwrap();
        assert!(low < factor && factor < high, "{seed}: {low} {high}");
        report.verdict().unwrap()
    };
    for seed in 0..20 {
        assert_eq!(verdict(20_000, 0.5, 0.8, seed), Expected::Met);
        assert_eq!(verdict(20_000, 1.0, 0.8, seed), Expected::Missed);
        assert_eq!(verdict(20_000, 0.8, 0.8, seed), Expected::Unsure);
        assert_eq!(verdict(190, 0.1, 0.8, seed), Expected::Unsure);
    }
    let measured = MeasuredToggle::new(&TOGGLE, 1);
    assert_eq!(measured.report().verdict(), None);
    let measured = measured.expect_ratio(0.9, 0.8).unwrap();
    assert_eq!(measured.report().verdict(), Some(Expected::Unsure));
    measured.record(Side::On, 1);
    assert_eq!(measured.report().ratio_within(0.9), None);
}

#[test]
fn guards_that_make_no_sense_are_refused() {
    static TOGGLE: Toggle = Toggle::off("none");
    for (q, ratio, error) in [
        (0.0, 1.1, ConfigError::Quantile),
        (1.0, 1.1, ConfigError::Quantile),
        (f64::NAN, 1.1, ConfigError::Quantile),
        (0.99, 0.0, ConfigError::Ratio),
        (0.99, f64::NAN, ConfigError::Ratio),
    ] {
        let refused = MeasuredToggle::new(&TOGGLE, 1).guard(q, ratio);
        assert_eq!(refused.err(), Some(error));
        let refused = MeasuredToggle::new(&TOGGLE, 1).expect_ratio(q, ratio);
        assert_eq!(refused.err(), Some(error));
    }
}
