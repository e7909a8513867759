//! The slowest requests of each window, whole and in order.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;
use shorttail::measure::{Exemplar, Exemplars, Stage, StageTimer};

/// A request whose stages tell its trace id.
fn timer(id: u64, total_ns: u64) -> StageTimer {
    let mut timer = StageTimer::start(id);
    timer.lap(Stage::QUEUE_WAIT, id + total_ns / 3);
    timer.lap(Stage::PROCESSING, id + total_ns);
    timer
}

fn taken(exemplars: &Exemplars) -> Vec<(u128, u64)> {
    let mut seen = Vec::with_capacity(exemplars.capacity());
    exemplars.take_into(&mut seen);
    let pair = |one: &Exemplar| (one.trace_id, one.timer.total_ns());
    seen.iter().map(pair).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    })]

    /// Of each window, what a sorted list has at its top.
    #[test]
    fn each_window_gives_its_slowest(
        capacity in 1_usize..=64,
        windows in prop::collection::vec(prop::collection::vec(1..1_u64 << 39, 0..200), 1..5),
    ) {
        let exemplars = Exemplars::new(capacity);
        for totals in windows {
            for (id, total_ns) in totals.iter().enumerate() {
                exemplars.offer(id as u128, &timer(id as u64, *total_ns));
            }
            let mut expected = totals;
            expected.sort_unstable_by(|a, b| b.cmp(a));
            expected.truncate(capacity);
            let seen = taken(&exemplars);
            prop_assert_eq!(seen.iter().map(|one| one.1).collect::<Vec<_>>(), expected);
        }
        prop_assert_eq!(exemplars.missed(), 0);
    }
}

#[test]
fn the_planted_slow_request_is_the_first() {
    let exemplars = Exemplars::new(4);
    for id in 0..10_000 {
        let total_ns = if id == 4_711 {
            900_000
        } else {
            1_000 + id % 50
        };
        exemplars.offer(u128::from(id) << 70, &timer(id, total_ns));
    }
    let mut seen = Vec::new();
    exemplars.take_into(&mut seen);
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[0].trace_id, 4_711 << 70);
    assert_eq!(seen[0].timer, timer(4_711, 900_000));
}

#[test]
fn a_window_begins_empty_and_one_without_time_is_never_kept() {
    let exemplars = Exemplars::new(2);
    exemplars.offer(1, &timer(1, 500));
    exemplars.offer(2, &timer(2, 600));
    assert_eq!(taken(&exemplars), [(2, 600), (1, 500)]);
    // Slower than nothing: the floor of the last window is gone with it.
    exemplars.offer(3, &timer(3, 7));
    exemplars.offer(4, &timer(4, 0));
    assert_eq!(taken(&exemplars), [(3, 7)]);
    assert_eq!(taken(&exemplars), []);
    // The first bank again, without what it had.
    exemplars.offer(5, &timer(5, 9));
    assert_eq!(taken(&exemplars), [(5, 9)]);
}

#[test]
fn totals_beyond_eighteen_minutes_rank_alike_and_are_exact() {
    let exemplars = Exemplars::new(2);
    exemplars.offer(1, &timer(1, 1 << 50));
    exemplars.offer(2, &timer(2, 5));
    exemplars.offer(3, &timer(3, 1 << 45));
    assert_eq!(taken(&exemplars), [(1, 1 << 50), (3, 1 << 45)]);
}

#[test]
fn no_slots_and_too_many_are_refused() {
    for capacity in [0, 65] {
        assert!(catch_unwind(|| Exemplars::<3>::new(capacity)).is_err());
    }
}

/// Threads write while windows end: each exemplar is whole, and none is in two windows.
#[test]
fn what_is_taken_while_threads_write_is_whole() {
    const THREADS: u64 = 4;
    const REQUESTS: u64 = 20_000;
    let (exemplars, ended) = (Exemplars::new(8), AtomicBool::new(false));
    let mut ids = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut seen, mut ids) = (Vec::with_capacity(8), Vec::new());
            while !ended.load(Ordering::Relaxed) {
                exemplars.take_into(&mut seen);
                for one in &seen {
                    let id = u64::try_from(one.trace_id >> 64).unwrap();
                    assert_eq!(one.trace_id, u128::from(id) << 64 | u128::from(id));
                    assert_eq!(one.timer, timer(id, 1 + id % 977));
                    ids.push(id);
                }
            }
            ids
        });
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let exemplars = &exemplars;
                scope.spawn(move || {
                    for id in (0..REQUESTS).map(|request| request * THREADS + thread) {
                        let trace_id = u128::from(id) << 64 | u128::from(id);
                        exemplars.offer(trace_id, &timer(id, 1 + id % 977));
                    }
                })
            })
            .collect();
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
        ended.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
