//! What the faults showed: a table for people, JSON for everything else.

use std::io::{self, Write};

use super::one::most;
use super::series::{WINDOW_NS, Window};
use super::{Bench, Outcome};
use crate::json::Json;
use crate::machine::Machine;

const SCHEMA_VERSION: u32 = 1;

const COLUMNS: &str = "fault               p99 before  p99.9 since      n   bound          \
recovery   bound          depth  in flight   shed";

/// Prints the table: milliseconds, and under each fault what was counted.
pub(super) fn print(
    bench: &Bench<'_>,
    machine: &Machine,
    outcomes: &[Outcome],
    out: &mut impl Write,
) -> io::Result<()> {
    let shares = &bench.shares;
    let apart = if shares.service_cores.is_empty() {
        "on shared processors"
    } else {
        "on processors of their own"
    };
    writeln!(out, "{}", machine.line())?;
    writeln!(
        out,
        "shorttail; {} client thread(s) and {} worker thread(s), {apart}; {} connections; capacity \
         {:.0} requests/s, of which a quarter is the usual load\n\n{COLUMNS}",
        shares.client_threads, shares.workers, bench.options.connections, bench.capacity,
    )?;
    for outcome in outcomes {
        print_one(outcome, out)?;
    }
    writeln!(
        out,
        "\nmilliseconds from the intended start until the request was over, however it ended, \
         of all from the\nfault's begin on. Recovery: from the fault's end (or the order to stop) \
         until the half second whose p99\nis within a tenth of that before. Depth: due, and \
         without a connection; in flight: the most at the end of 100 ms."
    )
}

fn print_one(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    let held = |held| if held { "held" } else { "NOT held" };
    let bound = &outcome.bound;
    writeln!(
        out,
        "{:<18}{:>12}{:>13}{:>7}{:>8.0} {:<9}{:>8}{:>8.0} {:<9}{:>9}{:>11}{:>7}",
        outcome.fault.name(),
        ms(outcome.old_p99_ns),
        ms(outcome.p999_ns),
        outcome.n,
        bound.p999_ms,
        held(outcome.latency_held()),
        ms(outcome.recovery_ns),
        bound.recovery_ms,
        held(outcome.recovery_held()),
        most(&outcome.windows, |window| window.depth),
        most(&outcome.windows, |window| window.in_flight),
        outcome
            .windows
            .iter()
            .map(|window| window.shed)
            .sum::<u64>(),
    )?;
    let accounts = &outcome.accounts;
    writeln!(
        out,
        "    {}: sent {} = answered {} + refused {} + failed {} + cancelled {}",
        outcome.fault.what(),
        accounts.sent,
        accounts.answered,
        accounts.refused,
        accounts.failed,
        accounts.cancelled,
    )?;
    match &outcome.counts {
        Ok(said) => writeln!(out, "    all back; {said}"),
        Err(wrong) => writeln!(out, "    NOT WELL: {wrong}"),
    }
}

fn ms(ns: Option<u64>) -> String {
    ns.map_or_else(|| "none".to_owned(), |ns| format!("{:.2}", ns as f64 / 1e6))
}

/// The same for programs, with the series.
pub(super) fn json(bench: &Bench<'_>, machine: &Machine, outcomes: &[Outcome]) -> String {
    Json::object(|json| {
        json.number("schema_version", f64::from(SCHEMA_VERSION));
        json.member("environment", |json| machine.write(json));
        json.number("connections", bench.options.connections as f64);
        json.number("client_threads", bench.shares.client_threads as f64);
        json.number("workers", bench.shares.workers as f64);
        json.number("capacity_per_s", bench.capacity);
        json.number("window_ns", WINDOW_NS as f64);
        json.list("faults", outcomes, one_json);
    })
}

fn one_json(json: &mut Json, outcome: &Outcome) {
    let ns = |value: Option<u64>| value.map(|ns| ns as f64);
    json.text("name", outcome.fault.name());
    json.text("what", outcome.fault.what());
    json.number("from_ns", outcome.from_ns as f64);
    json.number("to_ns", outcome.to_ns as f64);
    json.number("n", outcome.n as f64);
    json.number("p99_before_ns", ns(outcome.old_p99_ns));
    json.number("p999_ns", ns(outcome.p999_ns));
    json.number("p999_bound_ns", outcome.bound.p999_ms * 1e6);
    json.number("recovery_ns", ns(outcome.recovery_ns));
    json.number("recovery_bound_ns", outcome.bound.recovery_ms * 1e6);
    json.number(
        "bounds_held",
        f64::from(u8::from(outcome.latency_held() && outcome.recovery_held())),
    );
    let (good, said) = match &outcome.counts {
        Ok(said) => (true, said),
        Err(wrong) => (false, wrong),
    };
    json.number("counts_add_up", f64::from(u8::from(good)));
    json.text("counts", said);
    outcome.accounts.write(json);
    json.list("windows", &outcome.windows, window_json);
}

fn window_json(json: &mut Json, window: &Window) {
    let state = &window.state;
    for (name, value) in [
        ("depth", window.depth),
        ("in_flight", window.in_flight),
        ("answered", window.answered),
        ("shed", window.shed),
        ("errors", window.errors),
        ("permits_lent", state.permits),
        ("buffers_lent", state.buffers),
        ("loads_active", state.loads),
        ("log_records", state.log),
    ] {
        json.number(name, value as f64);
    }
    json.number("p99_ns", window.p99_ns.map(|ns| ns as f64));
}
