//! One turn of one contender: its callers set out together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shorttail::measure::{Histogram, Snapshot};

use crate::meeting::{Errand, Meeting};

use super::super::value;
use super::{Cell, Failed, Origin, Through};

/// How long the callers of a turn may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What came of turns.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// From its call, of each caller.
    pub(super) calls_ns: Snapshot,
    pub(super) failed: u64,
    pub(super) keys: u64,
    pub(super) loads: u64,
    /// The turn with the most.
    pub(super) loads_max: u64,
}

impl Ran {
    pub(super) fn add(&mut self, more: &Self) {
        self.calls_ns.merge(&more.calls_ns);
        self.failed += more.failed;
        self.keys += more.keys;
        self.loads += more.loads;
        self.loads_max = self.loads_max.max(more.loads_max);
    }
}

/// `None` if callers have not come back by the limit.
pub(super) fn run_turn<T: Through>(
    cache: &Arc<T>,
    origin: &Origin,
    cell: Cell,
    first_key: u64,
) -> Option<Ran> {
    let errand = |caller: usize| -> Errand<(Snapshot, u64)> {
        let cache = Arc::clone(cache);
        Box::new(move || {
            let (mut calls_ns, mut failed) = (Histogram::new(), 0);
            for step in 0..cell.steps {
                let key = first_key + (step * cell.keys + caller % cell.keys) as u64;
                let start = Instant::now();
                let found = cache.get_or_load(key);
                calls_ns.record(start.elapsed().as_nanos() as u64);
                match found {
                    Ok(found) => assert_eq!(found, value(key)),
                    Err(Failed) => failed += 1,
                }
            }
            (calls_ns.snapshot(), failed)
        })
    };
    let before = origin.calls();
    let meeting = Meeting::call((0..cell.callers).map(errand).collect());
    meeting.go();
    let ended = meeting.end(LIMIT)?;
    let loads = origin.calls() - before;
    let mut ran = Ran {
        keys: (cell.keys * cell.steps) as u64,
        loads,
        loads_max: loads,
        ..Ran::default()
    };
    for (calls_ns, failed) in &ended {
        ran.calls_ns.merge(calls_ns);
        ran.failed += failed;
    }
    Some(ran)
}
