//! Twice as many requests as can be served, for ten seconds of virtual time, behind the gate and
//! behind what others have; and retry budgets at ratios that are no part of one.

use std::time::Duration;

use shorttail::control::RetryBudget;
use shorttail_peers::overload::{
    Admission, INITIAL, INTERVAL_NS, MOST, MS, Ours, PATIENCE_NS, Report, Resilience, TARGET_NS,
    TIERS, Throttle, Tower, Uncontrolled, run,
};
use throttle_net as net;
use tower::retry::budget::{Budget, TpsBudget};
use tower_resilience_adaptive as resilience;

const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

fn peers() -> Vec<Box<dyn Admission>> {
    let (initial, most) = (INITIAL as usize, MOST as usize);
    let aimd = resilience::Aimd::builder()
        .initial_limit(initial)
        .min_limit(1)
        .max_limit(most)
        .latency_threshold(Duration::from_nanos(TARGET_NS));
    let vegas = resilience::Vegas::builder()
        .initial_limit(initial)
        .min_limit(1)
        .max_limit(most);
    let gradient = resilience::Gradient2::builder()
        .initial_limit(initial)
        .min_limit(1)
        .max_limit(most);
    vec![
        Box::new(Tower::new("tower, limit 16", 16)),
        Box::new(Tower::new("tower, limit 64", 64)),
        Box::new(Resilience::new(
            "tower-resilience AIMD",
            aimd.build().expect("a limit"),
        )),
        Box::new(Resilience::new(
            "tower-resilience Vegas",
            vegas.build().expect("a limit"),
        )),
        Box::new(Resilience::new(
            "tower-resilience Gradient2",
            gradient.build().expect("one"),
        )),
        Box::new(Throttle::new(
            "throttle-net AIMD",
            net::Aimd::default(),
            TARGET_NS,
        )),
        Box::new(Throttle::new(
            "throttle-net Vegas",
            net::Vegas::default(),
            PATIENCE_NS,
        )),
    ]
}

fn row(name: &str, report: &Report, limit: Option<u64>) {
    let percent = |share: f64| format!("{:5.1}", 100.0 * share);
    let tiers = |of: &dyn Fn(usize) -> f64| {
        let tiers: Vec<_> = (0..TIERS).map(|tier| percent(of(tier))).collect();
        tiers.join(" ")
    };
    let ms = |share: f64| report.took_ns(share) / MS;
    println!(
        "| {name:28} | {} | {:5} | {:5} | {} | {} | {:4} |",
        percent(report.goodput),
        ms(0.5),
        ms(0.99),
        tiers(&|tier| report.refused_share(tier)),
        tiers(&|tier| report.in_time_share(tier)),
        limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string()),
    );
}

#[test]
fn under_twice_the_load_the_gate_keeps_goodput_and_latency_and_sheds_what_matters_least() {
    println!("| admission | goodput % | p50 ms | p99 ms | refused % by tier | in time % by tier |");
    for seed in SEEDS {
        let mut ours = Ours::new();
        let report = run(&mut ours, seed);
        row(ours.name(), &report, ours.limit());
        assert!(report.goodput >= 0.95, "{}", report.goodput);
        assert!(report.took_ns(0.99) <= TARGET_NS + INTERVAL_NS);
        let refused = [0, 1, 2].map(|tier| report.refused_share(tier));
        assert!(refused.is_sorted() && refused[0] < 0.01, "{refused:?}");
        row("no admission control", &run(&mut Uncontrolled, seed), None);
        for mut peer in peers() {
            let theirs = run(peer.as_mut(), seed);
            row(peer.name(), &theirs, peer.limit());
            // Who matters most is answered, where they refuse or delay one in some.
            assert!(report.in_time_share(0) > theirs.in_time_share(0) + 0.2);
            assert!(report.goodput > theirs.goodput - 0.01, "{}", peer.name());
        }
    }
}

/// Of a thousand calls, how many retries a budget without a floor gives at once.
fn retries(calls: u32, deposit: impl Fn(), withdraw: impl Fn() -> bool) -> u32 {
    (0..calls).for_each(|_| deposit());
    (0..10 * calls).map(|_| u32::from(withdraw())).sum()
}

#[tokio::test(start_paused = true)]
async fn a_ratio_that_is_no_part_of_one_is_kept_here_and_not_in_tower() {
    for (ratio, due) in [(0.6, 600), (0.7, 700), (0.9, 900)] {
        let ours = RetryBudget::new(ratio).expect("a budget").floor(0);
        let given = retries(1_000, || ours.deposit(0), || ours.try_withdraw(0));
        assert_eq!(given, due);
        let theirs = TpsBudget::new(Duration::from_secs(10), 0, ratio as f32);
        let given = retries(1_000, || theirs.deposit(), || theirs.withdraw());
        println!("ratio {ratio}: {due} here, {given} in tower");
        assert_eq!(
            given, 1_000,
            "tower keeps {ratio} now: say so in the README"
        );
    }
}
