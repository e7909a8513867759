//! Where the numbers were taken: a number without its machine says nothing.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::json::Json;

#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    pub(crate) commit: String,
    pub(crate) date: String,
    /// Time the host took away during the run, in hundredths of a second over all cores.
    pub(crate) steal_ticks: u64,
}

impl Machine {
    /// Reads what can be known; the rest says `unknown`.
    pub(crate) fn read() -> Self {
        Self {
            cpu: cpu(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: command("uname", &["-sr"]),
            rustc: command("rustc", &["--version"]),
            commit: command("git", &["describe", "--always", "--dirty"]),
            date: today(),
            steal_ticks: steal_ticks(),
        }
    }

    /// Called once the run is over: what was stolen during it.
    pub(crate) fn finish(mut self) -> Self {
        self.steal_ticks = steal_ticks().saturating_sub(self.steal_ticks);
        self
    }

    /// As members of a report.
    pub(crate) fn write(&self, json: &mut Json) {
        json.text("cpu", &self.cpu);
        json.number("cores", self.cores as f64);
        json.text("kernel", &self.kernel);
        json.text("rustc", &self.rustc);
        json.text("commit", &self.commit);
        json.text("date", &self.date);
        let is_debug = cfg!(debug_assertions);
        json.text("build", if is_debug { "debug" } else { "release" });
        json.number("steal_s", self.steal_ticks as f64 / 100.0);
    }

    pub(crate) fn line(&self) -> String {
        let Self {
            cpu,
            cores,
            kernel,
            rustc,
            commit,
            date,
            ..
        } = self;
        format!("{cpu}, {cores} cores, {kernel}, {rustc}, commit {commit}, {date}")
    }
}

fn command(name: &str, args: &[&str]) -> String {
    let output = Command::new(name)
        .args(args)
        .stderr(std::process::Stdio::null())
        .output();
    let text = output.ok().filter(|output| output.status.success());
    let text = text.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.filter(|text| !text.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|line| line.starts_with("model name"));
    let name = line
        .and_then(|line| line.split_once(':'))
        .map(|(_, name)| name.trim());
    name.unwrap_or("unknown processor").to_owned()
}

fn steal_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let total = stat
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(8));
    total.and_then(|ticks| ticks.parse().ok()).unwrap_or(0)
}

fn today() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (year, month, day) = civil(since / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The date of a day counted from 1970-01-01 (Hinnant, "chrono-compatible date algorithms").
pub(crate) const fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}
