//! The rows of the other blocks.

use super::{Row, Rows, counter, gauge};
use crate::arena::ArenaStats;
use crate::channel::{LaneStats, Stats};
use crate::control::{GateStats, RetryStats};
use crate::measure::AllocCounts;
use crate::pool::{ClassStats, PoolStats};
use crate::workers::LaneReport;

impl Rows for Stats {
    const NAME: &'static str = "Stats";
    const ROWS: &'static [Row<Self>] = &[
        counter("stepped_over", |s| s.stepped_over),
        counter("wakes", |s| s.wakes),
        counter("waits_spared", |s| s.waits_spared),
        counter("rejected", |s| s.rejected),
        counter("evicted", |s| s.evicted),
        counter("shed", |s| s.shed),
        counter("dropped_expired", |s| s.dropped_expired),
        counter("dropped_overload", |s| s.dropped_overload),
    ];
}

impl Rows for LaneStats {
    const NAME: &'static str = "LaneStats";
    const ROWS: &'static [Row<Self>] = &[
        counter("received", |s| s.received),
        counter("rejected", |s| s.rejected),
        counter("evicted", |s| s.evicted),
        counter("shed", |s| s.shed),
        counter("aged", |s| s.aged),
        counter("stepped_over", |s| s.stepped_over),
        counter("wakes", |s| s.wakes),
    ];
}

impl Rows for ArenaStats {
    const NAME: &'static str = "ArenaStats";
    const ROWS: &'static [Row<Self>] = &[
        gauge("arenas", |s| s.arenas as u64),
        gauge("in_use", |s| s.in_use as u64),
        counter("refused", |s| s.refused),
        gauge("waiting", |s| s.waiting as u64),
        counter("grown", |s| s.grown),
        counter("growth_refused", |s| s.growth_refused),
        gauge("grown_bytes", |s| s.grown_bytes as u64),
        gauge("spares", |s| s.spares as u64),
        counter("exchanged", |s| s.exchanged),
        counter("kept", |s| s.kept),
        gauge("target_bytes", |s| s.target_bytes as u64),
    ];
}

impl Rows for PoolStats {
    const NAME: &'static str = "PoolStats";
    const ROWS: &'static [Row<Self>] = &[
        gauge("slots", |s| s.slots as u64),
        gauge("in_use", |s| s.in_use as u64),
        counter("exhausted", |s| s.exhausted),
        gauge("waiting", |s| s.waiting as u64),
        counter("oversized", |s| s.oversized),
        gauge("heap_buffers", |s| s.heap_buffers as u64),
        gauge("heap_bytes", |s| s.heap_bytes as u64),
        counter("heap_taken", |s| s.heap_taken),
        counter("heap_refused", |s| s.heap_refused),
        gauge("hostages", |s| s.hostages as u64),
    ];
}

impl Rows for ClassStats {
    const NAME: &'static str = "ClassStats";
    const ROWS: &'static [Row<Self>] = &[
        gauge("slot_bytes", |s| s.slot_bytes as u64),
        gauge("slots", |s| s.slots as u64),
        gauge("in_use", |s| s.in_use as u64),
        counter("exhausted", |s| s.exhausted),
        gauge("waiting", |s| s.waiting as u64),
        gauge("hostages", |s| s.hostages as u64),
    ];
}

impl Rows for AllocCounts {
    const NAME: &'static str = "AllocCounts";
    const ROWS: &'static [Row<Self>] = &[
        counter("allocs", |s| s.allocs),
        counter("zeroed", |s| s.zeroed),
        counter("reallocs", |s| s.reallocs),
        counter("frees", |s| s.frees),
        counter("bytes", |s| s.bytes),
    ];
}

impl Rows for LaneReport {
    const NAME: &'static str = "LaneReport";
    const ROWS: &'static [Row<Self>] = &[
        gauge("queued", |s| s.queued as u64),
        counter("done", |s| s.done),
        counter("panicked", |s| s.panicked),
        counter("expired", |s| s.expired),
        counter("overran", |s| s.overran),
        counter("aged", |s| s.aged),
    ];
}

/// Without the refusals, which have a reason and a tier each.
impl Rows for GateStats {
    const NAME: &'static str = "GateStats";
    const ROWS: &'static [Row<Self>] = &[
        gauge("limit", |s| u64::from(s.limit)),
        gauge("in_flight", |s| u64::from(s.in_flight)),
        gauge("waiting", |s| u64::from(s.waiting)),
        counter("finished", |s| s.finished),
        counter("overloaded", |s| s.overloaded),
        gauge("typical_ns", |s| s.typical.as_nanos() as u64),
        gauge("older", |s| u64::from(s.older)),
        gauge("older_than_ns", |s| s.older_than_ns),
    ];
}

/// Without the calls by the number of their attempts, and by the reason for which they stopped.
impl Rows for RetryStats {
    const NAME: &'static str = "RetryStats";
    const ROWS: &'static [Row<Self>] = &[
        counter("succeeded", |s| s.succeeded),
        counter("cancelled", |s| s.cancelled),
        counter("sends", Self::sends),
        counter("calls", Self::calls),
    ];
}
