//! The plan: the same for the same seed, and of the rate asked for.

use crate::plan::{ITEMS, Kind, Rng, Zipf, order, poisson};

#[test]
fn same_seed_same_plan() {
    let zipf = Zipf::new(ITEMS);
    assert_eq!(
        poisson(7, &zipf, 5_000.0, 0.1),
        poisson(7, &zipf, 5_000.0, 0.1)
    );
    assert_ne!(
        poisson(7, &zipf, 5_000.0, 0.1),
        poisson(8, &zipf, 5_000.0, 0.1)
    );
}

#[test]
fn arrivals_ascend_and_keep_the_rate() {
    let plan = poisson(1, &Zipf::new(ITEMS), 100_000.0, 1.0);
    assert!(plan.is_sorted_by_key(|request| request.at_ns));
    assert!(plan.last().unwrap().at_ns < 1_000_000_000);
    // Five standard deviations of a Poisson count with this mean.
    assert!(plan.len().abs_diff(100_000) < 1_600, "{}", plan.len());
}

#[test]
fn the_mix_is_seventy_to_twenty_nine_to_one() {
    let plan = poisson(1, &Zipf::new(ITEMS), 100_000.0, 1.0);
    let share = |kind| {
        let count = plan.iter().filter(|request| request.kind == kind).count();
        count as f64 / plan.len() as f64
    };
    assert!((share(Kind::Browser) - 0.70).abs() < 0.01);
    assert!((share(Kind::Curl) - 0.29).abs() < 0.01);
    assert!((share(Kind::ChunkedPost) - 0.01).abs() < 0.002);
}

#[test]
fn ids_are_within_the_items_and_low_ones_are_asked_for_most() {
    let (zipf, mut rng) = (Zipf::new(100), Rng::new(3));
    let mut counts = [0_u32; 100];
    for _ in 0..10_000 {
        counts[zipf.draw(&mut rng) as usize] += 1;
    }
    assert!(counts[0] > counts[1] && counts[1] > counts[10]);
}

#[test]
fn order_turns_each_round() {
    let (first, second) = (order(5, 0, 3), order(5, 1, 3));
    assert_eq!(order(5, 2, 3), first);
    assert_eq!(second, first.into_iter().rev().collect::<Vec<_>>());
}
