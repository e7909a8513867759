//! The soak: one service for a long time, bursts and faults in turn, and in between a look at what
//! it has in hand. Nothing may be lost, and nothing may grow.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::accounts::Accounts;
use super::growth::{Allowance, Growth, SAMPLES_MIN, between, judge, last_word};
use super::name::Fault;
use super::one::{BACK_MAX, start, turn};
use super::process::{Taken, look};
use super::scenario::Scenario;
use super::state::State;
use super::{Bench, series};
use crate::args::Options;
use crate::client::Block;
use crate::driver::{Clients, Progress};
use crate::json::Json;
use crate::machine::Machine;
use crate::remote::Remote;

/// All that a service survives.
fn turns() -> impl Iterator<Item = Fault> {
    let survived = Fault::ALL.into_iter();
    survived
        .filter(|fault| *fault != Fault::Shutdown)
        .collect::<Vec<_>>()
        .into_iter()
        .cycle()
}

/// What the service had after a turn, when no request was under way.
#[derive(Clone, Copy, Debug)]
struct Look {
    state: State,
    taken: Option<Taken>,
}

/// A level that must not grow.
struct Level {
    name: &'static str,
    allowance: Allowance,
    of: fn(&Look) -> Option<u64>,
}

const MEMORY: &str = "memory_kib";

/// A few handles and threads may be on their way in or out when the service is looked at; what is
/// lent must be back.
const LEVELS: [Level; 8] = [
    // Pages come and go with the turns. What this can hide is told, in bytes a request.
    Level {
        name: MEMORY,
        allowance: Allowance {
            share: 0.01,
            more: 512,
        },
        of: |look| Some(look.taken?.memory_kib),
    },
    Level {
        name: "handles",
        allowance: Allowance {
            share: 0.0,
            more: 2,
        },
        of: |look| Some(look.taken?.handles),
    },
    Level {
        name: "threads",
        allowance: Allowance {
            share: 0.0,
            more: 1,
        },
        of: |look| Some(look.taken?.threads),
    },
    Level {
        name: "connections",
        allowance: Allowance::NONE,
        of: |look| Some(look.state.connections),
    },
    Level {
        name: "permits_lent",
        allowance: Allowance::NONE,
        of: |look| Some(look.state.permits),
    },
    Level {
        name: "buffers_lent",
        allowance: Allowance::NONE,
        of: |look| Some(look.state.buffers),
    },
    Level {
        name: "arenas_lent",
        allowance: Allowance::NONE,
        of: |look| Some(look.state.arenas),
    },
    // What the cache has replaced or forgotten it drops a little later, some 150 at a time.
    Level {
        name: "items_lent",
        allowance: Allowance {
            share: 0.25,
            more: 64,
        },
        of: |look| Some(look.state.items),
    },
];

/// What came of the whole run.
#[derive(Default)]
struct Soaked {
    looks: Vec<Look>,
    accounts: Accounts,
    /// What did not add up, by turn.
    wrong: Vec<String>,
    /// The highest p99.9 of each fault's turns.
    worst_ns: Vec<(Fault, u64)>,
}

/// Runs for `time`, in turns of `options.seconds`; fails if something was lost or has grown.
pub(crate) fn run(options: &Options, time: Duration) -> io::Result<ExitCode> {
    let (began, machine, progress) = (Instant::now(), Machine::read(), Progress::new());
    crate::service::make_directory(&options.out)?;
    progress.say("capacity");
    let bench = Bench::new(options)?;
    let mut remote = start(&bench)?;
    let mut clients = Clients::open(&remote, &bench.shares, options.connections)?;
    let mut soaked = Soaked::default();
    for (number, fault) in turns().enumerate() {
        if began.elapsed() >= time && number >= SAMPLES_MIN {
            break;
        }
        progress.say(&format!("turn {}: {}", number + 1, fault.name()));
        let scenario = Scenario::of(fault, options.seconds);
        soaked.turn(number, &bench, &scenario, &mut remote, &mut clients)?;
    }
    progress.clear();
    drop(clients);
    let stopped = remote.stop();
    let machine = machine.finish();
    let grown: Vec<(&Level, Option<Growth>)> = LEVELS
        .iter()
        .map(|level| (level, soaked.growth(level)))
        .collect();
    let mut output = io::stdout().lock();
    writeln!(output, "{}", machine.line())?;
    soaked.print(&bench, began.elapsed(), &grown, &mut output)?;
    let file = options.out.join("soak.json");
    std::fs::write(&file, soaked.json(&bench, &machine, &grown))?;
    writeln!(output, "written: {}", file.display())?;
    let all_back = stopped.is_ok();
    let said = stopped.unwrap_or_else(|error| error.to_string());
    writeln!(output, "{said}")?;
    let good = |(_, growth): &(&Level, Option<Growth>)| growth.is_some_and(|g| !g.grown);
    let known = |(level, _): &&(&Level, Option<Growth>)| soaked.is_known(level);
    let nothing_grown = grown.iter().filter(known).all(good);
    let well = all_back && soaked.wrong.is_empty() && nothing_grown;
    let unseen = LEVELS.iter().filter(|level| !soaked.is_known(level));
    let unseen: Vec<_> = unseen.map(|level| level.name).collect();
    writeln!(output, "{}", last_word(well, &unseen))?;
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Soaked {
    /// One fault, with the same service and the same connections as all before it.
    fn turn(
        &mut self,
        number: usize,
        bench: &Bench<'_>,
        scenario: &Scenario,
        remote: &mut Remote,
        clients: &mut Clients,
    ) -> io::Result<()> {
        // What has been missed once is not waited for again.
        let patience = if self.wrong.is_empty() {
            BACK_MAX
        } else {
            Duration::from_millis(200)
        };
        let (played, counts) = turn(bench, scenario, number as u64, patience, remote, clients)?;
        self.accounts.add(played.accounts());
        if let Err(wrong) = counts {
            let name = scenario.fault.name();
            self.wrong
                .push(format!("turn {}, {name}: {wrong}", number + 1));
        }
        self.note(scenario, &played.block);
        self.looks.push(Look {
            state: played.after,
            taken: look(remote.id()),
        });
        Ok(())
    }

    fn note(&mut self, scenario: &Scenario, block: &Block) {
        let from_ns = (scenario.from_s * 1e9) as u64;
        let p999_ns = series::percentile(&block.samples, from_ns..u64::MAX, 0.999).unwrap_or(0);
        match self
            .worst_ns
            .iter_mut()
            .find(|(fault, _)| *fault == scenario.fault)
        {
            Some((_, worst_ns)) => *worst_ns = p999_ns.max(*worst_ns),
            None => self.worst_ns.push((scenario.fault, p999_ns)),
        }
    }

    /// Whether the system says anything of the level.
    fn is_known(&self, level: &Level) -> bool {
        self.looks.iter().any(|look| (level.of)(look).is_some())
    }

    fn samples(&self, level: &Level) -> Vec<u64> {
        self.looks.iter().filter_map(level.of).collect()
    }

    fn growth(&self, level: &Level) -> Option<Growth> {
        judge(&self.samples(level), level.allowance)
    }

    fn print(
        &self,
        bench: &Bench<'_>,
        took: Duration,
        grown: &[(&Level, Option<Growth>)],
        out: &mut impl Write,
    ) -> io::Result<()> {
        let accounts = &self.accounts;
        writeln!(
            out,
            "{} turns of one service in {:.0} s, capacity {:.0} requests/s, of which a quarter is \
             the usual load\nsent {} = answered {} + refused {} + failed {} + cancelled {}",
            self.looks.len(),
            took.as_secs_f64(),
            bench.capacity,
            accounts.sent,
            accounts.answered,
            accounts.refused,
            accounts.failed,
            accounts.cancelled,
        )?;
        for wrong in &self.wrong {
            writeln!(out, "NOT WELL: {wrong}")?;
        }
        write!(out, "highest p99.9 of a fault's turns, ms:")?;
        for (fault, worst_ns) in &self.worst_ns {
            write!(out, "  {} {:.1}", fault.name(), *worst_ns as f64 / 1e6)?;
        }
        writeln!(
            out,
            "\n\nafter each turn, medians: 2nd quarter   last quarter  may differ by"
        )?;
        for (level, growth) in grown {
            let verdict = match growth {
                Some(growth) => format!("{:>14}{:>15}", growth.second, growth.last),
                None if self.is_known(level) => "too few turns for a verdict".to_owned(),
                None => "not to be known here".to_owned(),
            };
            let is_grown = growth.is_some_and(|growth| growth.grown);
            let grown = if is_grown { "  GROWN" } else { "" };
            writeln!(
                out,
                "{:<24}{verdict}  {}{grown}",
                level.name, level.allowance
            )?;
        }
        self.print_hidden(grown, out)
    }

    /// What a leak of memory may be and not be seen.
    fn print_hidden(
        &self,
        grown: &[(&Level, Option<Growth>)],
        out: &mut impl Write,
    ) -> io::Result<()> {
        let requests: Vec<u64> = self.looks.iter().map(|look| look.state.requests).collect();
        let memory = grown.iter().find(|(level, _)| level.name == MEMORY);
        let (Some((level, Some(growth))), Some(requests)) = (memory, between(&requests)) else {
            return Ok(());
        };
        let kib = level.allowance.over(growth.second);
        let bytes = kib * 1_024.0 / requests.max(1) as f64;
        writeln!(
            out,
            "a leak of less than {bytes:.1} bytes a request would not be seen: {kib:.0} KiB over \
             {requests} requests, from the one median to the other"
        )
    }

    fn json(
        &self,
        bench: &Bench<'_>,
        machine: &Machine,
        grown: &[(&Level, Option<Growth>)],
    ) -> String {
        Json::object(|json| {
            json.number("schema_version", 1.0);
            json.member("environment", |json| machine.write(json));
            json.number("turn_s", bench.options.seconds);
            json.number("capacity_per_s", bench.capacity);
            self.accounts.write(json);
            json.list("levels", grown, |json, (level, growth)| {
                let growth = growth.as_ref();
                json.text("name", level.name);
                json.number("second_quarter", growth.map(|growth| growth.second as f64));
                json.number("last_quarter", growth.map(|growth| growth.last as f64));
                json.number(
                    "grown",
                    growth.map(|growth| f64::from(u8::from(growth.grown))),
                );
            });
            json.list("turns", &self.looks, |json, look| {
                for level in &LEVELS {
                    json.number(level.name, (level.of)(look).map(|value| value as f64));
                }
            });
        })
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.share > 0.0, self.more > 0) {
            (true, _) => write!(f, "{:.0} % and {}", self.share * 100.0, self.more),
            (false, true) => write!(f, "{}", self.more),
            (false, false) => f.write_str("nothing"),
        }
    }
}
