//! Shutdown under load: clients that always ask until they are cut off.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::accounts::Accounts;
use super::hands::first_of;
use super::one::{BACK_MAX, nanos, outcome, settle, start};
use super::scenario::Scenario;
use super::state::State;
use super::{Bench, Outcome};
use crate::client::Sample;
use crate::driver::SEED;
use crate::plan::{self, Kind, Rng, Zipf};
use crate::remote::Remote;
use crate::wire::{self, Class};

/// Clients that ask at the same time, each on a connection of its own.
const CALLERS: usize = 16;
/// Longer than the service takes to stop at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// Stops the service in the middle of the load.
pub(super) fn run(bench: &Bench<'_>, scenario: &Scenario) -> io::Result<Outcome> {
    let mut remote = start(bench)?;
    let before = settle(&mut remote, 0, BACK_MAX)?.0;
    let (address, begin) = (remote.address, Instant::now());
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|number| scope.spawn(move || call(address, begin, number, &bench.zipf)))
            .collect();
        let states = watch(&mut remote, begin, scenario.from_s)?;
        let told = Instant::now();
        let stopped = remote.stop().map_err(|error| error.to_string());
        let took = told.elapsed();
        let (mut samples, mut accounts) = (Vec::new(), Accounts::default());
        for caller in callers {
            let ended = caller.join();
            let (more, theirs) = ended.map_err(|_| io::Error::other("a caller panicked"))??;
            samples.extend(more);
            accounts.add(theirs);
        }
        let counts = stopped.and_then(|line| add_up(&accounts, &before, &line));
        let took_ns = told.duration_since(begin).as_nanos() as u64;
        let mut outcome = outcome(scenario, &samples, &states, accounts, counts);
        (outcome.from_ns, outcome.to_ns) = (took_ns, took_ns + took.as_nanos() as u64);
        // Nothing comes back: what counts is how long the service took to stop.
        outcome.recovery_ns = Some(took.as_nanos() as u64);
        outcome.n = samples.len();
        outcome.p999_ns = super::series::percentile(&samples, 0..u64::MAX, 0.999);
        Ok(outcome)
    })
}

/// Asks for the state every 100 ms until it is time to stop.
fn watch(remote: &mut Remote, begin: Instant, until_s: f64) -> io::Result<Vec<State>> {
    let mut states = Vec::new();
    loop {
        let at_ns = (states.len() as u64 + 1) * super::series::WINDOW_NS;
        let at = begin + Duration::from_nanos(at_ns.min(nanos(until_s)));
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        if at_ns >= nanos(until_s) {
            return Ok(states);
        }
        states.push(remote.state()?);
    }
}

/// Every answer that the service counts was read by its client, whole.
fn add_up(accounts: &Accounts, before: &State, line: &str) -> Result<String, String> {
    let told = line
        .split_whitespace()
        .zip(line.split_whitespace().skip(1))
        .find_map(|(count, word)| count.parse::<u64>().ok().filter(|_| word == "answered"))
        .ok_or_else(|| format!("no count in `{line}`"))?;
    let (told, read) = (told - before.requests, accounts.answered + accounts.refused);
    let cut = accounts.cancelled;
    if accounts.wrong > 0 {
        return Err(format!("{} answers torn or wrong", accounts.wrong));
    }
    if accounts.sent != read + cut || told != read {
        let sent = accounts.sent;
        return Err(format!(
            "sent {sent}, read {read}, cut off {cut}, answered {told}"
        ));
    }
    Ok(format!("{told} answers, each read whole; {cut} cut off"))
}

/// Asks and reads in turn until the service ends the connection.
fn call(
    address: SocketAddr,
    begin: Instant,
    number: usize,
    zipf: &Zipf,
) -> io::Result<(Vec<Sample>, Accounts)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let (mut rng, mut samples) = (Rng::new(SEED ^ number as u64), Vec::new());
    let (mut request, mut scratch, mut input) = (Vec::new(), Vec::new(), Vec::new());
    let mut accounts = Accounts::default();
    loop {
        let at_ns = begin.elapsed().as_nanos() as u64;
        let mut planned = plan::draw(&mut rng, zipf, at_ns);
        planned.kind = Kind::Curl;
        wire::render(&mut request, &mut scratch, &planned);
        if stream.write_all(&request).is_err() {
            return Ok((samples, accounts));
        }
        accounts.sent += 1;
        input.clear();
        let whole = read_whole(&mut stream, &mut input)?;
        let end_ns = begin.elapsed().as_nanos() as u64;
        let class = match wire::read(&input, &planned) {
            Ok(Some(answer)) if whole => answer.class,
            // Cut off before the first byte of an answer: nobody had begun with it.
            _ if input.is_empty() => {
                accounts.cancelled += 1;
                return Ok((samples, accounts));
            }
            _ => Class::Error,
        };
        match class {
            Class::Fresh | Class::Stale | Class::Fallback => accounts.answered += 1,
            Class::Shed => accounts.refused += 1,
            Class::Failed | Class::Error => accounts.wrong += 1,
        }
        samples.push(Sample {
            class,
            at_ns,
            latency_ns: end_ns - at_ns,
            service_ns: end_ns - at_ns,
            sent_ns: Some(at_ns),
            end_ns,
        });
    }
}

/// Reads one answer; whether it came whole.
fn read_whole(stream: &mut TcpStream, input: &mut Vec<u8>) -> io::Result<bool> {
    let mut bytes = [0; 4_096];
    while first_of(input).is_none() {
        match stream.read(&mut bytes) {
            Ok(0) => return Ok(false),
            Ok(read) => input.extend_from_slice(&bytes[..read]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
