//! `GET /metrics`: Prometheus text with the stages' percentiles and every block's counters.

use std::io::{self, Write};

use shorttail::pool::ClassStats;

use super::State;
use crate::service::PERMITS;

/// Room for the whole page.
pub(super) const PAGE_BYTES: usize = 8_192;

/// Writes the page.
pub(super) fn write(state: &State, out: &mut impl Write) -> io::Result<()> {
    let counters = &state.counters;
    for (name, counter) in [
        ("requests", &counters.requests),
        ("shed", &counters.shed),
        ("stale", &counters.stale),
        ("fallback", &counters.fallback),
        ("rejected", &counters.rejected),
        ("connections_refused", &counters.connections_refused),
        ("log_dropped", &counters.log_dropped),
    ] {
        counter_line(out, &format_args!("service_{name}"), counter.get())?;
    }
    gauge(
        out,
        "service_permits_free",
        state.permits.available_permits() as u64,
    )?;
    gauge(out, "service_permits", PERMITS as u64)?;
    stages(state, out)?;
    buffers(state, out)?;
    let arenas = state.arenas.stats();
    gauge(out, "arena_pool_arenas", arenas.arenas as u64)?;
    gauge(out, "arena_pool_in_use", arenas.in_use as u64)?;
    counter_line(out, &format_args!("arena_pool_refused"), arenas.refused)?;
    gauge(out, "channel_access_log_records", state.log.len() as u64)?;
    gauge(
        out,
        "channel_access_log_capacity",
        state.log.capacity() as u64,
    )?;
    counter_line(
        out,
        &format_args!("sync_wake_calls"),
        shorttail::measure::wake_calls(),
    )?;
    state.items.write_metrics(out)
}

/// A family in one group, as the format wants it.
fn buffers(state: &State, out: &mut impl Write) -> io::Result<()> {
    type Field = fn(&ClassStats) -> u64;
    let families: [(&str, &str, Field); 3] = [
        ("buffer_pool_slots", "gauge", |class| class.slots as u64),
        ("buffer_pool_in_use", "gauge", |class| class.in_use as u64),
        ("buffer_pool_exhausted_total", "counter", |class| {
            class.exhausted
        }),
    ];
    for (name, kind, field) in families {
        writeln!(out, "# TYPE {name} {kind}")?;
        for class in state.buffers.class_stats() {
            let bytes = class.slot_bytes;
            writeln!(out, "{name}{{bytes=\"{bytes}\"}} {}", field(&class))?;
        }
    }
    Ok(())
}

fn stages(state: &State, out: &mut impl Write) -> io::Result<()> {
    const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];
    let report = state.stages.report();
    writeln!(out, "# TYPE http1_stage_seconds summary")?;
    for (number, name) in state.stages.names().iter().enumerate() {
        let snapshot = report.stage(shorttail::measure::Stage::nth(number));
        for q in QUANTILES {
            let seconds = snapshot.quantile(q).unwrap_or(0) as f64 / 1e9;
            writeln!(
                out,
                "http1_stage_seconds{{stage=\"{name}\",quantile=\"{q}\"}} {seconds:.9}"
            )?;
        }
        let sum_seconds = snapshot.sum() as f64 / 1e9;
        writeln!(
            out,
            "http1_stage_seconds_sum{{stage=\"{name}\"}} {sum_seconds:.9}"
        )?;
        writeln!(
            out,
            "http1_stage_seconds_count{{stage=\"{name}\"}} {}",
            snapshot.count()
        )?;
    }
    Ok(())
}

pub(super) fn counter_line(
    out: &mut impl Write,
    name: &dyn std::fmt::Display,
    value: u64,
) -> io::Result<()> {
    writeln!(out, "# TYPE {name}_total counter\n{name}_total {value}")
}

pub(super) fn gauge(out: &mut impl Write, name: &str, value: u64) -> io::Result<()> {
    writeln!(out, "# TYPE {name} gauge\n{name} {value}")
}
