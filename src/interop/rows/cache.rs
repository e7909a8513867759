//! The rows of a cache and of its warmer.

use super::{Row, Rows, counter, gauge};
use crate::cache::{Stats, WarmProgress};

impl Rows for Stats {
    const NAME: &'static str = "Stats";
    const ROWS: &'static [Row<Self>] = &[
        counter("hits", |s| s.hits),
        counter("stale_hits", |s| s.stale_hits),
        counter("negative_hits", |s| s.negative_hits),
        counter("misses", |s| s.misses),
        counter("inserted", |s| s.inserted),
        counter("replaced", |s| s.replaced),
        counter("evicted", |s| s.evicted),
        counter("expired", |s| s.expired),
        counter("invalidated", |s| s.invalidated),
        counter("bucket_evicted", |s| s.bucket_evicted),
        counter("removed", |s| s.removed),
        counter("refused", |s| s.refused),
        counter("refused_pressure", |s| s.refused_pressure),
        counter("refused_no_room", |s| s.refused_no_room),
        counter("refused_negative", |s| s.refused_negative),
        counter("refused_unknown_tag", |s| s.refused_unknown_tag),
        counter("refused_oversized", |s| s.refused_oversized),
        counter("refused_weight", |s| s.refused_weight),
        counter("refused_contended", |s| s.refused_contended),
        counter("loads_started", |s| s.loads_started),
        counter("loads_done", |s| s.loads_done),
        counter("loads_failed", |s| s.loads_failed),
        counter("loads_panicked", |s| s.loads_panicked),
        counter("loads_shed", |s| s.loads_shed),
        counter("loads_broken_off", |s| s.loads_broken_off),
        counter("breaker_opened", |s| s.breaker_opened),
        gauge("loads_active", |s| u64::from(s.loads_active)),
        gauge("zombies", |s| u64::from(s.zombies)),
        gauge("loads_unread", |s| u64::from(s.loads_unread)),
        counter("superseded", |s| s.superseded),
        gauge("weight", |s| s.weight),
        gauge("visits_max", |s| u64::from(s.visits_max)),
        counter("listener_panics", |s| s.listener_panics),
        gauge("retired", |s| s.retired as u64),
        gauge("held", |s| s.held as u64),
        gauge("oldest_held", |s| u64::from(s.oldest_held)),
        gauge("records_in_use", |s| s.records_in_use as u64),
        counter("scans", |s| s.scans),
        gauge("scanned_max", |s| s.scanned_max as u64),
    ];
}

/// Without the keys that are expected, which may not be known.
impl Rows for WarmProgress {
    const NAME: &'static str = "WarmProgress";
    const ROWS: &'static [Row<Self>] = &[
        counter("done", |s| s.done),
        counter("failed", |s| s.failed),
        counter("refused", |s| s.refused),
        counter("skipped_fresh", |s| s.skipped_fresh),
        counter("late", |s| s.late),
        counter("unfinished", |s| s.unfinished),
        gauge("elapsed_ns", |s| s.elapsed.as_nanos() as u64),
    ];
}
