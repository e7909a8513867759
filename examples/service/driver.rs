//! The measurement: start the arms, find the capacity, take turns, stop and check.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::args::{Arm, Options};
use crate::client::{Block, Client};
use crate::machine::Machine;
use crate::plan::{self, ITEMS, Planned, Zipf};
use crate::remote::{Mark, Remote};
use crate::report::{self, ArmResult, Load, Report};
use crate::{cores, stats};

/// One seed for the whole run: arrivals, keys, order and bootstrap come from it.
pub(crate) const SEED: u64 = 0x5EED_5EED;

/// A pair of blocks is compared within this much time, so that both see the same machine.
const BLOCK_SECONDS_MAX: f64 = 0.25;

/// How long each arm's capacity is measured for; it warms the arm too.
const CAPACITY: Duration = Duration::from_millis(1_000);

const CLIENT_THREADS_MAX: usize = 4;

/// How the machine's cores are shared: the client has the first ones, the arms the rest.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    pub(crate) client_threads: usize,
    pub(crate) workers: usize,
    /// The arms' cores, where threads can be held to cores and there are two; else none.
    pub(crate) service_cores: Vec<usize>,
}

impl Shares {
    pub(crate) fn of_this_machine() -> Self {
        let allowed = cores::allowed();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let client_threads = cores.div_ceil(2).clamp(1, CLIENT_THREADS_MAX);
        let workers = cores
            .saturating_sub(client_threads)
            .clamp(1, CLIENT_THREADS_MAX);
        let (ours, theirs) = allowed.split_at(client_threads.min(allowed.len()));
        if !theirs.is_empty() {
            cores::stay_on(ours);
        }
        Self {
            client_threads,
            workers,
            service_cores: theirs.to_vec(),
        }
    }
}

/// The client threads' connections to one arm.
pub(crate) struct Clients(Vec<Client>);

impl Clients {
    pub(crate) fn open(remote: &Remote, shares: &Shares, connections: usize) -> io::Result<Self> {
        let each = connections.div_ceil(shares.client_threads);
        let spin = !shares.service_cores.is_empty();
        let clients = (0..shares.client_threads).map(|_| Client::open(remote.address, each, spin));
        Ok(Self(clients.collect::<io::Result<_>>()?))
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        self.0.iter().map(Client::connections).sum()
    }

    pub(crate) fn for_each(&mut self, change: impl FnMut(&mut Client)) {
        self.0.iter_mut().for_each(change);
    }

    /// Runs `work` once per client, each on its own thread, and adds the blocks up.
    pub(crate) fn each(
        &mut self,
        work: impl Fn(&mut Client, usize) -> io::Result<Block> + Sync,
    ) -> io::Result<Block> {
        if let [only] = &mut self.0[..] {
            return work(only, 0);
        }
        let work = &work;
        std::thread::scope(|scope| {
            let threads: Vec<_> = (self.0.iter_mut().enumerate())
                .map(|(number, client)| scope.spawn(move || work(client, number)))
                .collect();
            let mut sum = Block::default();
            for thread in threads {
                sum.add(
                    thread
                        .join()
                        .map_err(|_| io::Error::other("a client panicked"))??,
                );
            }
            Ok(sum)
        })
    }
}

/// Everything a run needs at hand.
struct Run<'o> {
    options: &'o Options,
    shares: Shares,
    zipf: Zipf,
    remotes: Vec<Remote>,
    progress: Progress,
}

/// Measures and prints; the error is for a person.
pub(crate) fn measure(options: &Options, sweep: bool) -> io::Result<ExitCode> {
    let began = Instant::now();
    let machine = Machine::read();
    let shares = Shares::of_this_machine();
    crate::service::make_directory(&options.out)?;
    let progress = Progress::new();
    progress.say("starting the arms and warming their caches");
    let arms: Vec<Arm> = options
        .arm
        .map_or_else(|| Arm::ALL.to_vec(), |arm| vec![arm]);
    let remotes = arms.iter();
    let remotes: io::Result<Vec<Remote>> = remotes
        .map(|&arm| Remote::start(arm, options, &shares))
        .collect();
    let zipf = Zipf::new(ITEMS);
    let mut run = Run {
        options,
        shares: shares.clone(),
        zipf,
        remotes: remotes?,
        progress,
    };
    for remote in &run.remotes {
        remote.wait_until_warm()?;
    }
    let capacities = run.capacities()?;
    let reference = arms
        .iter()
        .position(|&arm| arm == Arm::Ordinary)
        .unwrap_or(0);
    let loads = loads(options, sweep, capacities[reference]);
    let mut results = Vec::new();
    for load in loads {
        results.push((load.clone(), run.load(&load)?));
    }
    run.progress.clear();
    let report = Report {
        machine: machine.finish(),
        options: options.clone(),
        shares,
        block_seconds: block_seconds(options),
        capacities: arms.iter().copied().zip(capacities).collect(),
        results,
        took: began.elapsed(),
    };
    let mut output = io::stdout().lock();
    report::print(&report, &mut output)?;
    report::save(&report)?;
    writeln!(
        output,
        "\nwritten: {}",
        options.out.join("result.json").display()
    )?;
    stop_all(run.remotes, &mut output)
}

/// Stops every arm, even when one of them is at fault.
fn stop_all(remotes: Vec<Remote>, output: &mut impl Write) -> io::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for remote in remotes {
        match remote.stop() {
            Ok(line) => writeln!(output, "{line}")?,
            Err(error) => {
                writeln!(output, "{error}")?;
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// The loads of the run: what was asked for, or shares of the ordinary arm's capacity.
fn loads(options: &Options, sweep: bool, capacity: f64) -> Vec<Load> {
    let shares: &[f64] = if sweep { &[0.5, 0.8, 1.2] } else { &[0.8] };
    let origins: &[bool] = if sweep { &[false, true] } else { &[false] };
    if let (Some(rate), false) = (options.rate, sweep) {
        return vec![Load {
            share: None,
            rate,
            healthy: false,
        }];
    }
    let base = options.rate.unwrap_or(capacity);
    let loads = origins.iter().flat_map(|&healthy| {
        shares.iter().map(move |&share| Load {
            share: Some(share),
            rate: base * share,
            healthy,
        })
    });
    loads.collect()
}

fn block_seconds(options: &Options) -> f64 {
    options.seconds / rounds(options) as f64
}

/// How long the rounds of one load may take: the blocks and a little more. Where the machine is
/// too busy to keep up, fewer rounds are taken, and the report says so.
fn patience(options: &Options, arms: usize) -> Duration {
    Duration::from_secs_f64(options.seconds * arms as f64 * 1.1)
}

pub(crate) fn rounds(options: &Options) -> usize {
    (options.seconds / BLOCK_SECONDS_MAX).ceil().max(1.0) as usize
}

impl Run<'_> {
    /// Answers per second of each arm when every connection is always busy.
    fn capacities(&mut self) -> io::Result<Vec<f64>> {
        let mut capacities = Vec::new();
        for remote in &self.remotes {
            self.progress
                .say(&format!("capacity of {}", remote.arm.name()));
            let mut clients = Clients::open(remote, &self.shares, self.options.connections)?;
            let zipf = &self.zipf;
            let block = clients
                .each(|client, number| client.saturate(SEED ^ number as u64, zipf, CAPACITY))?;
            capacities.push(block.samples.len() as f64 / block.took.as_secs_f64());
        }
        Ok(capacities)
    }

    /// One load on every arm: a block that is thrown away, then rounds in alternating order.
    fn load(&mut self, load: &Load) -> io::Result<Vec<ArmResult>> {
        let mut clients = Vec::new();
        for remote in &mut self.remotes {
            remote.tell(if load.healthy { "healthy" } else { "troubled" })?;
            clients.push(Clients::open(
                remote,
                &self.shares,
                self.options.connections,
            )?);
        }
        let arms = self.remotes.len();
        for clients in &mut clients {
            self.block(clients, load, usize::MAX)?;
        }
        let mut results: Vec<ArmResult> = self
            .remotes
            .iter()
            .map(|remote| ArmResult::new(remote.arm))
            .collect();
        let rounds = rounds(self.options);
        let began = Instant::now();
        for round in 0..rounds {
            if began.elapsed() > patience(self.options, arms) {
                break;
            }
            self.progress
                .say(&format!("{}: round {} of {rounds}", load.name(), round + 1));
            for arm in plan::order(SEED, round, arms) {
                let before = self.remotes[arm].mark()?;
                let block = self.block(&mut clients[arm], load, round)?;
                results[arm].add(block, self.remotes[arm].mark()? - &before);
            }
        }
        for result in &mut results {
            result.summary = stats::Summary::of(&result.blocks, block_seconds(self.options));
        }
        Ok(results)
    }

    /// One block; the same round has the same plan for every arm.
    fn block(&self, clients: &mut Clients, load: &Load, round: usize) -> io::Result<Block> {
        let threads = self.shares.client_threads;
        let plans: Vec<Vec<Planned>> = (0..threads)
            .map(|number| {
                let seed = SEED ^ ((round as u64) << 16) ^ ((number as u64) << 8) ^ 1;
                let seconds = block_seconds(self.options);
                plan::poisson(seed, &self.zipf, load.rate / threads as f64, seconds)
            })
            .collect();
        clients.each(|client, number| client.run(&plans[number]))
    }
}

impl ArmResult {
    fn new(arm: Arm) -> Self {
        Self {
            arm,
            blocks: Vec::new(),
            counts: Mark::default(),
            summary: stats::Summary::default(),
        }
    }

    fn add(&mut self, block: Block, counts: Mark) {
        self.blocks.push(block);
        self.counts += counts;
    }
}

/// One line on a terminal that says what is going on; nothing elsewhere.
pub(crate) struct Progress {
    terminal: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
        }
    }

    pub(crate) fn say(&self, what: &str) {
        if self.terminal {
            // Nothing is lost if the terminal is.
            drop(write!(io::stderr(), "\r\x1b[K{what}"));
        }
    }

    pub(crate) fn clear(&self) {
        self.say("");
    }
}
