//! The command line: what may be asked for, and a clear answer when it is not understood.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::faults::name::{self, Fault};

pub(crate) const HELP: &str = "\
A real HTTP service on shorttail's blocks, measured beside the same service written the ordinary
way.

usage: cargo run --release --example service -- [OPTIONS]

With no option: three arms (shorttail, ordinary, ordinary+mimalloc) take the same open-loop
traffic in turn, at 80 % of the ordinary arm's measured capacity, before an origin with slow and
failing calls. Done within 30 seconds.

  --sweep            50, 80 and 120 % of that capacity, each with a troubled and a healthy origin
  --faults [NAMES]   bursts and faults, each on a service of its own: what it may cost in p99.9
                     and in time to recover, and what it did. All, or those named, with commas:
                     burst, ramp, consumers, spinner, slow-allocator, no-memory, origin, cancel,
                     panic, storm, shutdown. --seconds are for each, in thirds: before, of
                     and after it; --rate stands in place of the measured capacity
  --soak [SECONDS]   one service for so long (default 3600), with all of these but the shutdown in
                     turn, each for --seconds: nothing may be lost, and nothing may grow. Its
                     access log grows by some thirty bytes a request
  --strict           with --faults: a bound that is not held fails the run, as counts always do
  --rate N           requests per second, in place of a share of the capacity
  --seconds N        measured seconds per arm and load (default 6)
  --connections N    the client's keep-alive connections (default 64)
  --arm ARM          this arm only: shorttail, ordinary or ordinary+mimalloc
  --out DIR          where result.json and the curves go (default target/shorttail/service)
  --serve ADDR       serve outside clients on ADDR until SIGINT or SIGTERM; takes --arm
                     (default shorttail) and --out (the access log goes there)
  --help             this text

Routes: GET and POST /items/{id} (ids 0 to 49999), GET /healthz, GET /metrics.
Exit status: 0 done; 1 the run failed or something was not given back; 2 bad arguments.";

/// One way of writing the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arm {
    Shorttail,
    Ordinary,
    OrdinaryMimalloc,
}

impl Arm {
    pub(crate) const ALL: [Self; 3] = [Self::Shorttail, Self::Ordinary, Self::OrdinaryMimalloc];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Shorttail => "shorttail",
            Self::Ordinary => "ordinary",
            Self::OrdinaryMimalloc => "ordinary+mimalloc",
        }
    }
}

impl FromStr for Arm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|arm| arm.name() == text);
        known.ok_or_else(|| {
            format!("--arm takes shorttail, ordinary or ordinary+mimalloc, not `{text}`")
        })
    }
}

/// What the process is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Start the arms, drive traffic through them, report.
    Measure { sweep: bool },
    /// Let bursts and faults happen to the shorttail arm.
    Faults { faults: Vec<Fault>, strict: bool },
    /// The same on one service for a long time.
    Soak(Duration),
    /// Take outside clients until a signal.
    Serve(SocketAddr),
    /// Be one arm under the driver's control (not for people).
    Child,
    /// Print the help.
    Help,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    pub(crate) arm: Option<Arm>,
    /// Requests per second; measured when absent.
    pub(crate) rate: Option<f64>,
    pub(crate) seconds: f64,
    pub(crate) connections: usize,
    pub(crate) out: PathBuf,
    /// Hidden, for the tests: one `Vec` too many in every request of the shorttail arm.
    pub(crate) plant_alloc: bool,
    /// Hidden, for the tests: a buffer that never comes back.
    pub(crate) plant_leak: bool,
    /// Hidden, for the tests: memory and a handle that never come back, every few hundred requests.
    pub(crate) plant_leaks: bool,
    /// Hidden, for the tests: an origin without slow and failing calls from the start.
    pub(crate) healthy: bool,
    /// Hidden, for the tests: so few buffers for what connections read.
    pub(crate) read_buffers: Option<usize>,
    /// Hidden, set by the driver: the child's worker threads.
    pub(crate) workers: usize,
    /// Hidden, set by the driver: the cores that the child is to use, all if none is named.
    pub(crate) cores: Vec<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Measure { sweep: false },
            arm: None,
            rate: None,
            seconds: 6.0,
            connections: 64,
            out: PathBuf::from("target/shorttail/service"),
            plant_alloc: false,
            plant_leak: false,
            plant_leaks: false,
            healthy: false,
            read_buffers: None,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            cores: Vec::new(),
        }
    }
}

const CONNECTIONS_MAX: usize = 4_096;
const SECONDS_MAX: f64 = 3_600.0;
const SOAK_SECONDS: f64 = 3_600.0;
const SOAK_SECONDS_MAX: f64 = 1_000_000.0;
const RATE_MAX: f64 = 10_000_000.0;

/// Reads the arguments after the program's name; the error is one line for a person.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    let mut args = args.into_iter().peekable();
    let mut strict = false;
    while let Some(arg) = args.next() {
        let mut value = |what: &str| {
            args.next()
                .ok_or_else(|| format!("{arg} needs a value: {what}"))
        };
        match arg.as_str() {
            "--help" | "-h" => options.mode = Mode::Help,
            "--sweep" => options.mode = Mode::Measure { sweep: true },
            "--child" => options.mode = Mode::Child,
            "--plant-alloc" => options.plant_alloc = true,
            "--plant-leak" => options.plant_leak = true,
            "--plant-leaks" => options.plant_leaks = true,
            "--strict" => strict = true,
            "--soak" => {
                let seconds = args.next_if(|next| !next.starts_with("--"));
                let seconds = seconds.map_or(Ok(SOAK_SECONDS), |text| {
                    number(&arg, &text, SOAK_SECONDS_MAX)
                });
                options.mode = Mode::Soak(Duration::from_secs_f64(seconds?));
            }
            "--faults" => {
                let names = args.next_if(|next| !next.starts_with("--"));
                let faults =
                    names.map_or_else(|| Ok(Fault::ALL.to_vec()), |names| name::read_list(&names));
                options.mode = Mode::Faults {
                    faults: faults?,
                    strict: false,
                };
            }
            "--healthy" => options.healthy = true,
            "--arm" => options.arm = Some(value("an arm")?.parse()?),
            "--serve" => options.mode = Mode::Serve(address(&value("an address")?)?),
            "--out" => options.out = PathBuf::from(value("a directory")?),
            "--rate" => options.rate = Some(number(&arg, &value("requests a second")?, RATE_MAX)?),
            "--seconds" => options.seconds = number(&arg, &value("seconds")?, SECONDS_MAX)?,
            "--connections" => {
                options.connections = count(&arg, &value("a count")?, CONNECTIONS_MAX)?;
            }
            "--read-buffers" => {
                options.read_buffers = Some(count(&arg, &value("a count")?, CONNECTIONS_MAX)?);
            }
            "--workers" => options.workers = count(&arg, &value("a count")?, 256)?,
            "--core" => {
                let core = value("a core")?;
                let core = core.parse().map_err(|_| format!("--core: no `{core}`"))?;
                options.cores.push(core);
            }
            other => return Err(format!("unknown argument `{other}`; see --help")),
        }
        if options.mode == Mode::Help {
            break;
        }
    }
    match &mut options.mode {
        Mode::Faults { strict: told, .. } => *told = strict,
        _ if strict => return Err("--strict goes with --faults".to_owned()),
        _ => {}
    }
    Ok(options)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("--serve takes an address such as 127.0.0.1:8080, not `{text}`"))
}

fn number(name: &str, text: &str, max: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= max => Ok(value),
        _ => Err(format!(
            "{name} takes a number above 0 and up to {max}, not `{text}`"
        )),
    }
}

fn count(name: &str, text: &str, max: usize) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(value) if (1..=max).contains(&value) => Ok(value),
        _ => Err(format!(
            "{name} takes a whole number from 1 to {max}, not `{text}`"
        )),
    }
}
