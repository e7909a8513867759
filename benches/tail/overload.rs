//! More work than one server can do, by each policy: what it still serves in time.
//!
//! A driver offers requests by a Poisson plan; a server takes half a millisecond for each, so its
//! capacity is known. Goodput is what is finished within 50 ms of its intended arrival. The queue
//! holds 256: a tenth of a second and more, sized for bursts. `tests/channel/overload.rs` is the
//! same in virtual time.

use std::fmt::Write;
use std::hint::spin_loop;
use std::io;
use std::path::Path;
use std::time::Duration;

use shorttail::channel::{
    Aged, Builder, DropReason, Freshness, OnFull, StampedReceiver, StampedSender,
};
use shorttail::limit::Codel;
use shorttail::measure::Histogram;
use shorttail::time::{Clock, Deadline, StdClock};

use super::bars::{Bar, draw};

const SERVICE_NS: u64 = 500_000;
const PATIENCE_NS: u64 = 50_000_000;
/// What the last moment for a start leaves beside the service itself, for the scheduler.
const SLACK_NS: u64 = 500_000;
const CAPACITY: usize = 256;
const LOADS: [f64; 2] = [1.2, 2.0];

/// How one service treats what it cannot serve.
struct Policy {
    name: &'static str,
    on_full: OnFull,
    codel: bool,
    deadline: bool,
}

const POLICIES: [Policy; 5] = [
    Policy::of("Wait", OnFull::Wait),
    Policy::of("Reject", OnFull::Reject),
    Policy::of("DropOldest", OnFull::DropOldest),
    Policy {
        codel: true,
        ..Policy::of("Reject, CoDel", OnFull::Reject)
    },
    Policy {
        deadline: true,
        ..Policy::of("Reject, deadline", OnFull::Reject)
    },
];

impl Policy {
    const fn of(name: &'static str, on_full: OnFull) -> Self {
        Self {
            name,
            on_full,
            codel: false,
            deadline: false,
        }
    }
}

/// A request is the time at which it was to arrive.
struct Server {
    codel: Option<Codel>,
    deadline: bool,
}

impl Freshness<u64> for Server {
    fn deadline(&self, arrived_ns: &u64) -> Deadline {
        if self.deadline {
            Deadline::at(arrived_ns + PATIENCE_NS - SERVICE_NS - SLACK_NS)
        } else {
            Deadline::NEVER
        }
    }

    fn codel(&self) -> Option<&Codel> {
        self.codel.as_ref()
    }

    /// Counted by the channel.
    fn dropped(&mut self, _: Aged<u64>, _: DropReason) {}
}

struct Row {
    load: f64,
    name: &'static str,
    /// Finished in time, of what the server could have done.
    goodput: f64,
    in_time: u64,
    late: u64,
    latency_ns: Histogram,
    rejected: u64,
    evicted: u64,
    expired: u64,
    overload: u64,
}

/// Runs all of them, prints a table and writes a picture of it.
pub(crate) fn print(quick: bool) -> io::Result<()> {
    let seconds = if quick { 1 } else { 8 };
    let mut rows = Vec::new();
    for load in LOADS {
        for policy in &POLICIES {
            rows.push(run(load, policy, seconds * 1_000_000_000));
        }
    }
    println!("{}", table(&rows));
    let folder = Path::new("target/shorttail/tail/overload");
    std::fs::create_dir_all(folder)?;
    let bars: Vec<Bar> = rows
        .iter()
        .map(|row| Bar {
            group: format!("{} × capacity", row.load),
            name: row.name.to_owned(),
            share: row.goodput,
        })
        .collect();
    let most = seconds * 1_000_000_000 / SERVICE_NS;
    let title = format!("served within 50 ms, of the {most} requests that the server could do");
    std::fs::write(folder.join("goodput.svg"), draw(&title, &bars))?;
    std::fs::write(folder.join("report.md"), table(&rows))
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| load | policy | goodput, % of capacity | in time | late | p99 of the delivered, ms \
         | rejected | evicted | expired | shed by CoDel |\n",
    );
    text.push_str(&"|---".repeat(10));
    text.push_str("|\n");
    for row in rows {
        let p99_ns = row.latency_ns.snapshot().quantile(0.99).unwrap_or(0);
        writeln!(
            text,
            "| {} | {} | {:.1} | {} | {} | {:.1} | {} | {} | {} | {} |",
            row.load,
            row.name,
            row.goodput * 100.0,
            row.in_time,
            row.late,
            p99_ns as f64 / 1e6,
            row.rejected,
            row.evicted,
            row.expired,
            row.overload,
        )
        .expect("a String takes all");
    }
    text
}

fn run(load: f64, policy: &Policy, duration_ns: u64) -> Row {
    let channel = Builder::new(CAPACITY).on_full(policy.on_full);
    let (tx, rx) = channel.build().expect("room for a small channel");
    let tx = StampedSender::over(tx, StdClock);
    let rx = StampedReceiver::over(rx, StdClock);
    let start_ns = StdClock.now_ns() + 10_000_000;
    let end_ns = start_ns + duration_ns;
    let mut row = Row {
        load,
        name: policy.name,
        goodput: 0.0,
        in_time: 0,
        late: 0,
        latency_ns: Histogram::new(),
        rejected: 0,
        evicted: 0,
        expired: 0,
        overload: 0,
    };
    let server = Server {
        codel: policy.codel.then(Codel::default),
        deadline: policy.deadline,
    };
    std::thread::scope(|scope| {
        let row = &mut row;
        let receiver = &rx;
        scope.spawn(move || serve(receiver, server, end_ns, row));
        drive(tx, load, start_ns, end_ns);
    });
    let stats = rx.plain().stats();
    (row.rejected, row.evicted) = (stats.rejected, stats.evicted);
    (row.expired, row.overload) = (stats.dropped_expired, stats.dropped_overload);
    row.goodput = row.in_time as f64 / (duration_ns / SERVICE_NS) as f64;
    row
}

/// Until the plan's end; what is left then is not counted.
fn serve(rx: &StampedReceiver<u64, StdClock>, mut server: Server, end_ns: u64, row: &mut Row) {
    while let Ok(request) = rx.recv_fresh(&mut server) {
        let done_ns = StdClock.now_ns() + SERVICE_NS;
        while StdClock.now_ns() < done_ns {
            spin_loop();
        }
        let now_ns = StdClock.now_ns();
        if now_ns > end_ns {
            break;
        }
        let latency_ns = now_ns.saturating_sub(request.value);
        row.latency_ns.record(latency_ns);
        if latency_ns <= PATIENCE_NS {
            row.in_time += 1;
        } else {
            row.late += 1;
        }
    }
    rx.plain().close();
}

/// Offers by the plan; a sender that was made to wait goes on behind it.
fn drive(tx: StampedSender<u64, StdClock>, load: f64, start_ns: u64, end_ns: u64) {
    let mean_ns = SERVICE_NS as f64 / load;
    let mut at_ns = start_ns as f64;
    let mut seed = 1_u64;
    loop {
        // Knuth's linear congruential generator: the same plan for each policy.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let uniform = ((seed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        at_ns -= uniform.ln() * mean_ns;
        if at_ns as u64 >= end_ns {
            return;
        }
        wait_until(at_ns as u64);
        if tx.offer(at_ns as u64).is_err_and(|error| error.is_closed()) {
            return;
        }
    }
}

/// Sleeps up to the last fifth of a millisecond.
fn wait_until(at_ns: u64) {
    let left_ns = at_ns.saturating_sub(StdClock.now_ns());
    if left_ns > 200_000 {
        std::thread::sleep(Duration::from_nanos(left_ns - 200_000));
    }
    while StdClock.now_ns() < at_ns {
        spin_loop();
    }
}
