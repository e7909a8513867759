//! Models of the histogram counters, the sums of slow requests, and exemplars: writers race a
//! reader. Run as `cargo loom`.
//!
//! Two or three threads, one or two buckets, one slot; one writer and a snapshot without a bound,
//! the rest at three or four preemptions. Each mutant was made and killed:
//!
//! | mutant | killed by |
//! |---|---|
//! | `add_shared`: bucket by load and store | `two_writers_race_a_snapshot_and_no_sample_is_lost` |
//! | `add_shared`: sum by load and store | the same |
//! | `add_shared`: maximum by store | the same |
//! | `add_owned`: maximum without compare | `record_races_snapshot_and_no_sample_is_lost` |
//! | `add_to`: takes the counts away as it reads them (load, then store of zero) | the same |
//! | `Slow::add_slow`: by load and store | `two_slow_requests_race_a_snapshot_and_no_sum_is_lost` |
//! | `Slot::read`: the turn not looked at again | `an_exemplar_is_read_whole_or_not_at_all` |
//! | `Slot::write`: Relaxed | the same |
//! | `Seen::replace`: the turn ends Relaxed | the same |
//! | `Seen::replace`: claims by a store | `two_offers_race_and_the_slower_request_is_kept` |
//! | `Exemplars::keep`: hidden slots hold more | `a_slot_that_is_being_written_hides_no_request` |

use super::histogram::counters::{Counters, Totals};
use super::stage::exemplar::Exemplar;
use super::stage::slow::Slow;
use super::{Exemplars, Stage, StageTimer};
use crate::sync::explore::{Turn, explore};
use crate::sync::{Arc, thread};

fn snapshot<const N: usize>(counters: &Counters<N>) -> Totals<N> {
    let mut totals = Totals::ZERO;
    counters.add_to(&mut totals);
    totals
}

/// What a reader gathers: a snapshot taken while others write, and the delta after they ended.
fn gathered<const N: usize>(
    counters: &Counters<N>,
    writers: Vec<thread::JoinHandle<()>>,
) -> Totals<N> {
    let first = snapshot(counters);
    for writer in writers {
        writer.join().expect("a writer never panics");
    }
    let last = snapshot(counters);

    let mut delta = last.clone();
    delta.subtract(&first);
    for (index, count) in delta.buckets.iter().enumerate() {
        assert_eq!(last.buckets[index], first.buckets[index] + count);
    }
    assert!(last.max >= first.max);
    let mut gathered = first;
    gathered.merge(&delta);
    gathered
}

/// The one writer records three values while a reader takes a snapshot: it and the delta after it
/// add up to all three.
#[test]
fn record_races_snapshot_and_no_sample_is_lost() {
    explore("measure: one writer, snapshot", None, || {
        let shared = Arc::new((Counters::<2>::new(), Turn::default()));
        let writer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (counters, turn) = &*shared;
                for (index, value) in [(0, 1), (1, 5), (0, 2)] {
                    counters.add_owned(index, value, 1);
                    turn.pass();
                }
            })
        };
        let (counters, turn) = &*shared;
        turn.pass();
        let all = gathered(counters, vec![writer]);
        assert_eq!((all.buckets, all.sum, all.max), ([2, 1], 8, 5));
    });
}

/// Two writers meet in one bucket while a reader takes a snapshot: both samples are there.
#[test]
fn two_writers_race_a_snapshot_and_no_sample_is_lost() {
    explore("measure: two writers, snapshot", Some(3), || {
        let counters = Arc::new(Counters::<1>::new());
        let writers = [3, 4].map(|value| {
            let counters = Arc::clone(&counters);
            thread::spawn(move || counters.add_shared(0, value, 1))
        });
        let all = gathered(&counters, writers.into());
        assert_eq!((all.buckets, all.sum, all.max), ([2], 7, 4));
    });
}

/// Two requests above the mark are summed up while a reader copies the sums: the copy and the
/// delta after it add up to both, word by word.
#[test]
fn two_slow_requests_race_a_snapshot_and_no_sum_is_lost() {
    explore("measure: two slow requests, snapshot", Some(3), || {
        let slow = Arc::new(Slow::<1>::new());
        slow.mark(2);
        let writers = [3, 4].map(|spent_ns| {
            let slow = Arc::clone(&slow);
            thread::spawn(move || {
                let mut timer = StageTimer::start(0);
                timer.lap(Stage::nth(0), spent_ns);
                slow.add(&timer);
            })
        });
        let first = slow.totals();
        for writer in writers {
            writer.join().expect("a writer never panics");
        }
        let last = slow.totals();
        let delta = last.delta(&first);
        assert_eq!((last.count, last.spent_ns), (2, [7]));
        assert_eq!(first.count + delta.count, 2);
        assert_eq!(first.spent_ns[0] + delta.spent_ns[0], 7);
    });
}

/// An exemplar all of whose words tell its trace id.
fn exemplar(id: u64) -> (u128, StageTimer<1>) {
    let mut timer = StageTimer::start(id);
    timer.lap(Stage::nth(0), 2 * id);
    (u128::from(id) << 64 | u128::from(id), timer)
}

fn assert_whole(seen: &[Exemplar<1>]) {
    for one in seen {
        let id = u64::try_from(one.trace_id >> 64).expect("the upper half");
        assert_eq!((one.trace_id, one.timer), exemplar(id));
    }
}

/// A slower request takes a slot while its window is read: what is read is one of the two.
#[test]
fn an_exemplar_is_read_whole_or_not_at_all() {
    explore("measure: exemplar read and replaced", Some(4), || {
        let exemplars = Arc::new(Exemplars::<1>::new(1));
        let (id, timer) = exemplar(3);
        exemplars.offer(id, &timer);
        let writer = {
            let exemplars = Arc::clone(&exemplars);
            thread::spawn(move || {
                let (id, timer) = exemplar(9);
                exemplars.offer(id, &timer);
            })
        };
        let mut seen = Vec::with_capacity(1);
        exemplars.take_into(&mut seen);
        assert_whole(&seen);
        writer.join().expect("a writer never panics");
    });
}

/// One of two slots is being replaced as a request comes that is slower than what it gets: that is
/// there at the end, or was counted as missed.
#[test]
fn a_slot_that_is_being_written_hides_no_request() {
    explore("measure: offer beside a replacement", Some(2), || {
        let exemplars = Arc::new(Exemplars::<1>::new(2));
        for id in [1, 9] {
            let (id, timer) = exemplar(id);
            exemplars.offer(id, &timer);
        }
        let writer = {
            let exemplars = Arc::clone(&exemplars);
            thread::spawn(move || {
                let (id, timer) = exemplar(3);
                exemplars.offer(id, &timer);
            })
        };
        let (id, timer) = exemplar(5);
        exemplars.offer(id, &timer);
        writer.join().expect("a writer never panics");
        let mut seen = Vec::with_capacity(2);
        exemplars.take_into(&mut seen);
        assert_whole(&seen);
        let is_kept = seen.iter().any(|one| one.timer == exemplar(5).1);
        assert!(is_kept || exemplars.missed() > 0);
    });
}

/// Two requests meet at the one slot: the slower is there, or was counted as missed.
#[test]
fn two_offers_race_and_the_slower_request_is_kept() {
    explore("measure: two offers", Some(3), || {
        let exemplars = Arc::new(Exemplars::<1>::new(1));
        let writers = [4, 7].map(|id| {
            let exemplars = Arc::clone(&exemplars);
            thread::spawn(move || {
                let (id, timer) = exemplar(id);
                exemplars.offer(id, &timer);
            })
        });
        for writer in writers {
            writer.join().expect("a writer never panics");
        }
        let mut seen = Vec::with_capacity(1);
        exemplars.take_into(&mut seen);
        assert_whole(&seen);
        let kept = seen.first().map(|one| one.timer);
        assert!(kept == Some(exemplar(7).1) || (kept.is_some() && exemplars.missed() > 0));
    });
}
