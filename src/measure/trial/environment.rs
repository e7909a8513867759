//! Where a trial ran.

use std::fs;
use std::process::Command;

use crate::time::utc::utc_now;

/// The machine and the build, as far as they can be told; what cannot is `None`.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::Environment;
/// assert!(Environment::read().cpus >= 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Environment {
    /// The processor's name.
    pub cpu: Option<String>,
    /// Processors that this process may run on.
    pub cpus: usize,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The frequency governor of the first processor.
    pub governor: Option<String>,
    /// The compiler on the path; `SHORTTAIL_RUSTC` in the environment goes before.
    pub rustc: Option<String>,
    /// The commit of the current folder; `SHORTTAIL_COMMIT` in the environment goes before.
    pub commit: Option<String>,
    /// Whether debug assertions are on: such numbers are of no use.
    pub is_debug: bool,
    /// The moment of the report, UTC, as `2026-11-23T12:00:00Z`.
    pub date: String,
}

impl Environment {
    /// Reads files below `/proc` and `/sys` and asks `rustc` and `git`; allocates and waits.
    /// For an example see [`Environment`].
    #[must_use]
    pub fn read() -> Self {
        let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            rustc: given("SHORTTAIL_RUSTC").or_else(|| answer("rustc", &["-V"])),
            commit: given("SHORTTAIL_COMMIT")
                .or_else(|| answer("git", &["rev-parse", "--short", "HEAD"])),
            ..Self::here()
        }
    }

    /// Without compiler and commit, for which programs would have to be run.
    pub(crate) fn here() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named = |line: &str| {
            Some(
                line.strip_prefix("model name")?
                    .split_once(':')?
                    .1
                    .trim()
                    .to_owned(),
            )
        };
        let governor = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
        Self {
            cpu: cpuinfo.lines().find_map(named),
            cpus: crate::sync::cpus(),
            kernel: line_of("/proc/sys/kernel/osrelease"),
            governor: line_of(governor),
            rustc: None,
            commit: None,
            is_debug: cfg!(debug_assertions),
            date: utc_now(),
        }
    }

    /// The machine alone, for a row of a ledger.
    pub(crate) fn machine(&self) -> String {
        let (cpu, kernel) = (known(&self.cpu), known(&self.kernel));
        format!("{cpu}, {} processors, kernel {kernel}", self.cpus)
    }

    /// One line for a report.
    pub(super) fn line(&self) -> String {
        format!(
            "{}, {}, commit {}, {}, {}",
            self.machine(),
            known(&self.rustc),
            known(&self.commit),
            self.build(),
            self.date,
        )
    }

    pub(super) const fn build(&self) -> &'static str {
        if self.is_debug { "debug" } else { "release" }
    }
}

fn known(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("unknown")
}

fn line_of(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
