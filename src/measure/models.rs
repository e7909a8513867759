//! Models of the histogram counters: writers race a reader. Run as `cargo loom`.
//!
//! Two or three threads, three buckets, no preemption bound. Each mutant was made and killed:
//!
//! | mutant | killed by |
//! |---|---|
//! | `add_shared`: bucket by load and store | `two_writers_race_a_snapshot_and_no_sample_is_lost` |
//! | `add_shared`: sum by load and store | the same |
//! | `add_shared`: maximum by store | the same |
//! | `add_owned`: maximum stored without the compare | `record_races_snapshot_and_no_sample_is_lost` |
//! | `add_to`: takes the counts away as it reads them (load, then store of zero) | the same |

use super::histogram::counters::{Counters, Totals};
use crate::sync::{Arc, thread};

type Small = Counters<3>;

fn snapshot(counters: &Small) -> Totals<3> {
    let mut totals = Totals::ZERO;
    counters.add_to(&mut totals);
    totals
}

/// What a reader gathers from two deltas taken while others write, and one after they ended.
fn gathered(counters: &Small, writers: Vec<thread::JoinHandle<()>>) -> Totals<3> {
    let first = snapshot(counters);
    let second = snapshot(counters);
    for writer in writers {
        writer.join().expect("a writer never panics");
    }
    let last = snapshot(counters);

    let mut gathered = first.clone();
    for (later, earlier) in [(&second, &first), (&last, &second)] {
        let mut delta = later.clone();
        delta.subtract(earlier);
        for (index, count) in delta.buckets.iter().enumerate() {
            assert_eq!(later.buckets[index], earlier.buckets[index] + count);
        }
        assert!(later.max >= earlier.max);
        gathered.merge(&delta);
    }
    gathered
}

/// The one writer records three values while a reader takes deltas: they add up to all three.
#[test]
fn record_races_snapshot_and_no_sample_is_lost() {
    loom::model(|| {
        let counters = Arc::new(Small::new());
        let writer = {
            let counters = Arc::clone(&counters);
            thread::spawn(move || {
                counters.add_owned(0, 1, 1);
                counters.add_owned(2, 5, 1);
                counters.add_owned(0, 2, 1);
            })
        };
        let all = gathered(&counters, vec![writer]);
        assert_eq!((all.buckets, all.sum, all.max), ([2, 0, 1], 8, 5));
    });
}

/// Two writers meet in one bucket while a reader takes deltas: both samples are there.
#[test]
fn two_writers_race_a_snapshot_and_no_sample_is_lost() {
    loom::model(|| {
        let counters = Arc::new(Small::new());
        let writers = [3, 4].map(|value| {
            let counters = Arc::clone(&counters);
            thread::spawn(move || counters.add_shared(1, value, 1))
        });
        let all = gathered(&counters, writers.into());
        assert_eq!((all.buckets, all.sum, all.max), ([0, 2, 0], 7, 4));
    });
}
