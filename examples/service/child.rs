//! One arm in a process of its own: under the driver's control, or serving outside clients.
//!
//! The driver writes a line, the child answers with a line: `mark` (the counts so far), `healthy`
//! and `troubled` (the origin from now on), the switches of [`switch`], `state` (what is lent and
//! counted), `stop` (drain, check that everything is back, exit).
//! The end of the input means that the driver is gone, and counts as `stop`.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use shorttail::measure::process_allocs;

use crate::args::{Arm, Options};
use crate::origin::SELDOM;
use crate::service::{Service, Setup, Start};
use crate::{alloc, cores, ordinary, shorttail_arm, trouble};

const fn start_of(arm: Arm) -> Start {
    match arm {
        Arm::Shorttail => shorttail_arm::start,
        Arm::Ordinary | Arm::OrdinaryMimalloc => ordinary::start,
    }
}

fn start(
    options: &Options,
    arm: Arm,
    listen: std::net::SocketAddr,
) -> io::Result<Box<dyn Service>> {
    crate::service::make_directory(&options.out)?;
    start_of(arm)(&Setup {
        listen,
        workers: options.workers,
        log: options.out.join(format!("access-{}.log", arm.name())),
        healthy: options.healthy,
        read_buffers: options.read_buffers,
        plant_leak: options.plant_leak,
        plant_alloc: options.plant_alloc,
        plant_leaks: options.plant_leaks,
    })
}

/// Serves the driver's client until told to stop.
pub(crate) fn run(options: &Options) -> io::Result<ExitCode> {
    let arm = options.arm.unwrap_or(Arm::Shorttail);
    // The driver has restricted itself to its own, which this process has inherited.
    if !options.cores.is_empty() {
        cores::stay_on(&options.cores);
    }
    trouble::quieten();
    let service = start(options, arm, ([127, 0, 0, 1], 0).into())?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    writeln!(output, "ready {}", service.address())?;
    output.flush()?;
    let mut line = String::with_capacity(64);
    loop {
        line.clear();
        input.read_line(&mut line)?;
        match line.trim() {
            "mark" => answer_mark(&*service, &mut output)?,
            "healthy" => service.origin().set_healthy(true),
            "troubled" => service.origin().set_healthy(false),
            "state" => answer_state(&*service, &mut output)?,
            "stop" | "" => break,
            other if switch(&*service, other).is_some() => {}
            other => writeln!(output, "what is `{other}`?")?,
        }
    }
    Ok(report_stop(service.stop()))
}

/// Writes the counts so far, without allocating between taking them and having written them.
fn answer_mark(service: &dyn Service, output: &mut impl Write) -> io::Result<()> {
    let counts = process_allocs();
    let counters = service.counters();
    let mut line = [0_u8; 1_024];
    let room = line.len();
    let mut rest = &mut line[..];
    write!(
        rest,
        "mark allocations={} bytes={} requests={} log_dropped={}",
        counts.allocs + counts.reallocs,
        counts.bytes,
        counters.requests.get(),
        counters.log_dropped.get(),
    )?;
    service.for_each_region(&mut |name, allocations| {
        // The line has room for all there are; a longer one would be cut, not lost.
        drop(write!(rest, " in:{name}={allocations}"));
    });
    let length = room - rest.len();
    output.write_all(&line[..length])?;
    output.write_all(b"\n")?;
    output.flush()
}

/// Switches something that goes wrong on purpose, or well again: a name and a number. Has no
/// answer; `None` if it is not understood. Allocates nothing.
fn switch(service: &dyn Service, line: &str) -> Option<()> {
    let (name, number) = line.split_once(' ')?;
    let number: u32 = number.parse().ok()?;
    match name {
        "origin-slow-ms" => service
            .origin()
            .set_slow(Duration::from_millis(u64::from(number))),
        "seldom-slow-ms" => service
            .origin()
            .set_slow_from(SELDOM, Duration::from_millis(u64::from(number))),
        "origin-dead" => service.origin().set_dead(),
        "alloc-slow-us" => alloc::set_slow(Duration::from_micros(u64::from(number))),
        "alloc-failing" => alloc::set_failing(),
        "failing-percent" => service.trouble()?.set_failing(number),
        "panicking-jobs" => service.trouble()?.set_panicking_jobs(number),
        "panicking-loads" => service.trouble()?.set_panicking_loads(number),
        _ => return None,
    }
    Some(())
}

/// Writes what is lent and counted at this moment, without allocating.
fn answer_state(service: &dyn Service, output: &mut impl Write) -> io::Result<()> {
    let levels = service.levels().unwrap_or_default();
    let counters = service.counters();
    let none = trouble::Trouble::default();
    let trouble = service.trouble().unwrap_or(&none);
    writeln!(
        output,
        "state permits={} connections={} items={} buffers={} arenas={} loads={} log={} \
         requests={} shed={} failed={} jobs_panicked={} loads_panicked={} allocs_struck={}",
        levels.permits_lent,
        levels.connections,
        levels.items_lent,
        levels.buffers_lent,
        levels.arenas_lent,
        levels.loads_active,
        levels.log_records,
        counters.requests.get(),
        counters.shed.get(),
        counters.failed.get(),
        trouble.jobs_panicked.get(),
        trouble.loads_panicked.get(),
        alloc::struck(),
    )?;
    output.flush()
}

/// Serves outside clients until SIGINT or SIGTERM.
pub(crate) fn serve(options: &Options, listen: std::net::SocketAddr) -> io::Result<ExitCode> {
    let arm = options.arm.unwrap_or(Arm::Shorttail);
    let service = start(options, arm, listen)?;
    let mut output = io::stdout().lock();
    writeln!(
        output,
        "{} serves on http://{}",
        arm.name(),
        service.address()
    )?;
    output.flush()?;
    wait_for_signal()?;
    writeln!(output, "draining")?;
    Ok(report_stop(service.stop()))
}

fn wait_for_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

fn report_stop(stopped: Result<String, String>) -> ExitCode {
    // The driver may be gone, and with it whoever would read this.
    let mut output = io::stdout().lock();
    let (line, code) = match stopped {
        Ok(line) => (format!("all back: {line}"), ExitCode::SUCCESS),
        Err(line) => (format!("NOT all back: {line}"), ExitCode::FAILURE),
    };
    drop(writeln!(output, "{line}"));
    code
}
