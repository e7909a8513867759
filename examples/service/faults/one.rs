//! One fault on a service of its own: the load runs through, the fault comes and goes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use shorttail::control::RetryBudget;

use super::accounts::{Accounts, is_all_back};
use super::hands::{Place, until_struck};
use super::name::Fault;
use super::played::Played;
use super::scenario::{PANICS, RETRY_FLOOR, RETRY_RATIO, Scenario, USUAL};
use super::series::{self, WINDOW_NS, Window};
use super::state::State;
use super::{Bench, Outcome};
use crate::args::Arm;
use crate::client::{Block, Sample};
use crate::driver::{Clients, SEED};
use crate::plan::{self, Planned};
use crate::remote::Remote;
use crate::retries::Retries;

/// How long the capacity is measured for.
const CAPACITY: Duration = Duration::from_millis(700);

/// How long what is lent may take to come back: a load of the slowest origin, and more.
pub(super) const BACK_MAX: Duration = Duration::from_secs(8);

/// A service of the fault's own, warm, its origin well.
pub(super) fn start(bench: &Bench<'_>) -> io::Result<Remote> {
    let mut remote = Remote::start(Arm::Shorttail, bench.options, &bench.shares)?;
    remote.tell("healthy")?;
    remote.wait_until_warm()?;
    Ok(remote)
}

/// Answers per second of a service with a healthy origin when every connection is always busy.
pub(super) fn capacity(bench: &Bench<'_>) -> io::Result<f64> {
    let remote = start(bench)?;
    let mut clients = Clients::open(&remote, &bench.shares, bench.options.connections)?;
    let zipf = &bench.zipf;
    let block =
        clients.each(|client, number| client.saturate(SEED ^ number as u64, zipf, CAPACITY))?;
    drop(clients);
    remote.stop()?;
    Ok(block.samples.len() as f64 / block.took.as_secs_f64())
}

/// What the clients' retries come from, where they retry.
fn retries(scenario: &Scenario) -> io::Result<Option<Arc<Retries>>> {
    if !scenario.retries {
        return Ok(None);
    }
    let budget = RetryBudget::new(RETRY_RATIO).map_err(io::Error::other)?;
    let budget = budget.floor(RETRY_FLOOR).saved_max(RETRY_FLOOR);
    Ok(Some(Arc::new(Retries::on(budget))))
}

/// Runs `scenario` from the start of its service to the end of it.
pub(super) fn run(bench: &Bench<'_>, scenario: &Scenario) -> io::Result<Outcome> {
    let mut remote = start(bench)?;
    let mut clients = Clients::open(&remote, &bench.shares, bench.options.connections)?;
    let warming = plans(bench, 0, &[(USUAL, 0.3)]);
    clients.each(|client, number| client.run(&warming[number]))?;
    let (played, counts) = turn(bench, scenario, 0, BACK_MAX, &mut remote, &mut clients)?;
    drop(clients);
    let stopped = remote.stop().map_err(|error| error.to_string());
    Ok(outcome(
        scenario,
        &played.block.samples,
        &played.states,
        played.accounts(),
        counts.and_then(|said| stopped.map(|_| said)),
    ))
}

/// `scenario` on a service that stands, with connections that are open: what happened, and whether
/// the counts add up and everything is back within `patience`.
pub(super) fn turn(
    bench: &Bench<'_>,
    scenario: &Scenario,
    number: u64,
    patience: Duration,
    remote: &mut Remote,
    clients: &mut Clients,
) -> io::Result<(Played, Result<String, String>)> {
    let retries = retries(scenario)?;
    clients.for_each(|client| {
        client.be_patient(scenario.patience);
        client.retry_on(retries.clone());
    });
    let open = clients.connections() as u64;
    let before = remote.state()?;
    let plans = plans(bench, number, &scenario.load);
    let (block, mut hand, states) = play(bench, scenario, remote, clients, &plans)?;
    if scenario.fault == Fault::Panic {
        hand.add(until_struck(remote, &before, PANICS)?);
    }
    let (after, back) = settle(remote, open, patience)?;
    let played = Played {
        block,
        hand,
        before,
        after,
        states,
        storm: retries.map(|retries| retries.storm()),
    };
    let counts = back
        .and_then(|()| played.accounts().add_up(&before, &after))
        .and_then(|()| played.planned())
        .and_then(|()| played.of_the_fault(scenario));
    Ok((played, counts))
}

/// What the latencies say, beside what the counts do.
pub(super) fn outcome(
    scenario: &Scenario,
    samples: &[Sample],
    states: &[State],
    accounts: Accounts,
    counts: Result<String, String>,
) -> Outcome {
    let (from_ns, to_ns) = (nanos(scenario.from_s), nanos(scenario.to_s));
    // What is under way when the fault begins may meet it.
    let old_p99_ns = series::percentile(samples, 0..from_ns.saturating_sub(WINDOW_NS), 0.99);
    let mut windows = series::windows(samples);
    for (window, state) in windows.iter_mut().zip(states) {
        window.state = *state;
    }
    Outcome {
        fault: scenario.fault,
        from_ns,
        to_ns,
        bound: scenario.bound,
        n: samples.iter().filter(|s| s.at_ns >= from_ns).count(),
        old_p99_ns,
        p999_ns: series::percentile(samples, from_ns..u64::MAX, 0.999),
        recovery_ns: old_p99_ns.and_then(|old| series::recovery_ns(samples, to_ns, old)),
        accounts,
        counts,
        windows,
    }
}

pub(super) fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

/// Each client thread's part of the load.
fn plans(bench: &Bench<'_>, turn: u64, load: &[(f64, f64)]) -> Vec<Vec<Planned>> {
    let threads = bench.shares.client_threads;
    let rate = bench.capacity / threads as f64;
    let steps: Vec<(f64, f64)> = load.iter().map(|(share, s)| (share * rate, *s)).collect();
    (0..threads)
        .map(|number| {
            let seed = SEED ^ (turn << 32) ^ ((number as u64) << 8);
            plan::steps(seed, &bench.zipf, &steps)
        })
        .collect()
}

/// Waits until everything lent is back, or says what is not.
pub(super) fn settle(
    remote: &mut Remote,
    open: u64,
    patience: Duration,
) -> io::Result<(State, Result<(), String>)> {
    let since = Instant::now();
    loop {
        let state = remote.state()?;
        let back = is_all_back(&state, open);
        if back.is_ok() || since.elapsed() > patience {
            return Ok((state, back));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The load, the orders, and what happens beside them: what the clients saw, and the service's
/// state every 100 ms.
fn play(
    bench: &Bench<'_>,
    scenario: &Scenario,
    remote: &mut Remote,
    clients: &mut Clients,
    plans: &[Vec<Planned>],
) -> io::Result<(Block, Accounts, Vec<State>)> {
    let (start, over) = (Instant::now(), AtomicBool::new(false));
    let place = Place {
        address: remote.address,
        from: start + Duration::from_secs_f64(scenario.from_s),
        to: start + Duration::from_secs_f64(scenario.to_s),
        core: bench.shares.service_cores.first().copied(),
    };
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch(remote, &scenario.orders, start, &over));
        let hand = (scenario.hand).map(|hand| scope.spawn(move || hand(&place)));
        let block = clients.each(|client, number| client.run(&plans[number]));
        // Relaxed: the flag is all there is.
        over.store(true, Ordering::Relaxed);
        let panicked = |_| io::Error::other("a thread panicked");
        let accounts = hand.map_or_else(
            || Ok(Accounts::default()),
            |hand| hand.join().map_err(panicked)?,
        );
        // First: an arm that hung was killed, and the clients only saw that it was gone.
        let states = watch.join().map_err(panicked)??;
        Ok((block?, accounts?, states))
    })
}

/// Gives the orders when they are due, and asks for the state every 100 ms, until `over`. One that
/// is given late makes those behind it as late: what is switched on stays on for its time.
fn watch(
    remote: &mut Remote,
    orders: &[(f64, String)],
    start: Instant,
    over: &AtomicBool,
) -> io::Result<Vec<State>> {
    let (mut states, mut orders, mut late_ns) = (Vec::new(), orders.iter().peekable(), 0);
    // Relaxed: see `play`.
    while !over.load(Ordering::Relaxed) || orders.peek().is_some() {
        let tick_ns = (states.len() as u64 + 1) * WINDOW_NS;
        let order_ns = orders.peek().map(|(at_s, _)| nanos(*at_s) + late_ns);
        let next_ns = order_ns.map_or(tick_ns, |order_ns| order_ns.min(tick_ns));
        let next = start + Duration::from_nanos(next_ns);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        match orders.next_if(|_| order_ns.is_some_and(|order_ns| order_ns <= tick_ns)) {
            Some((at_s, order)) => {
                remote.tell(order)?;
                late_ns = (start.elapsed().as_nanos() as u64).saturating_sub(nanos(*at_s));
            }
            None => states.push(remote.state()?),
        }
    }
    Ok(states)
}

/// The most of a level over the windows.
pub(super) fn most(windows: &[Window], level: impl Fn(&Window) -> u64) -> u64 {
    windows.iter().map(level).max().unwrap_or(0)
}
