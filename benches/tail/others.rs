//! How busy the processors were with anything else: a number that others disturbed says so.

use std::time::{Duration, Instant};
use std::{fmt, fs};

/// The ticks of `/proc/stat`, a second.
const TICKS: f64 = 100.0;

/// Less than this is what a system does by itself.
const QUIET_CORES: f64 = 0.05;

/// How long a cell waits for others to be done.
const PATIENCE: Duration = Duration::from_secs(90);

/// Returns when others have been quiet for half a second, or will not be.
pub(crate) fn wait_for_quiet() {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let others = Others::start();
        std::thread::sleep(Duration::from_millis(500));
        if others.end().0.is_none_or(|cores| cores < QUIET_CORES) {
            return;
        }
    }
}

/// A moment, and the processor time used until then.
#[derive(Debug)]
pub(crate) struct Others {
    start: Instant,
    ticks: Option<i64>,
}

impl Others {
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
            ticks: others_ticks(),
        }
    }

    /// Cores that others used since.
    pub(crate) fn end(self) -> OthersCores {
        let ticks = others_ticks().zip(self.ticks);
        let seconds = self.start.elapsed().as_secs_f64();
        OthersCores(ticks.map(|(now, then)| ((now - then) as f64 / TICKS / seconds).max(0.0)))
    }
}

/// Cores that others used; `None` where the system does not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OthersCores(pub(crate) Option<f64>);

impl fmt::Display for OthersCores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(cores) => write!(f, "others used {cores:.2} cores"),
            None => f.write_str("others' use unknown"),
        }
    }
}

/// Busy time of all processors, stolen time too, less this process's.
fn others_ticks() -> Option<i64> {
    let all = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<i64> = numbers(all.lines().next()?.strip_prefix("cpu")?);
    // user, nice, system, idle, iowait, irq, softirq, steal
    let busy: i64 = [0, 1, 2, 5, 6, 7]
        .iter()
        .filter_map(|&field| fields.get(field))
        .sum();
    let own = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold anything; user and system time are the 12th and 13th after.
    let own: Vec<&str> = own.rsplit_once(')')?.1.split_whitespace().collect();
    let used: i64 = numbers(&own.get(11..13)?.join(" ")).iter().sum();
    Some(busy - used)
}

fn numbers(line: &str) -> Vec<i64> {
    line.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}
