//! What the system did to the process meanwhile, where it tells.

use std::fs;

/// Running totals; the difference of two is an interval's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SystemCounts {
    pub(super) voluntary_switches: Option<u64>,
    pub(super) involuntary_switches: Option<u64>,
    pub(super) migrations: Option<u64>,
    pub(super) steal_ticks: Option<u64>,
}

impl SystemCounts {
    /// Sums over the threads alive now (`/proc/self/task/*/sched`) and the machine's steal
    /// (`/proc/stat`); `None` where there is no such file or no such line.
    pub(super) fn now() -> Self {
        let mut counts = Self {
            steal_ticks: fs::read_to_string("/proc/stat")
                .ok()
                .and_then(|s| steal(&s)),
            ..Self::default()
        };
        for task in fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten()
        {
            // A thread that has just ended has no file any more.
            let text = fs::read_to_string(task.path().join("sched")).unwrap_or_default();
            add(
                &mut counts.voluntary_switches,
                value(&text, "nr_voluntary_switches"),
            );
            add(
                &mut counts.involuntary_switches,
                value(&text, "nr_involuntary_switches"),
            );
            add(&mut counts.migrations, value(&text, "se.nr_migrations"));
        }
        counts
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        // Threads that ended in between took their counts along: never below zero.
        let less = |now: Option<u64>, then: Option<u64>| Some(now?.saturating_sub(then?));
        Self {
            voluntary_switches: less(self.voluntary_switches, earlier.voluntary_switches),
            involuntary_switches: less(self.involuntary_switches, earlier.involuntary_switches),
            migrations: less(self.migrations, earlier.migrations),
            steal_ticks: less(self.steal_ticks, earlier.steal_ticks),
        }
    }
}

fn add(sum: &mut Option<u64>, more: Option<u64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0) + more);
    }
}

/// The number on the line `name : number`.
fn value(text: &str, name: &str) -> Option<u64> {
    let line = text
        .lines()
        .find(|line| line.split(':').next().map(str::trim) == Some(name))?;
    line.split(':').nth(1)?.trim().parse().ok()
}

/// The eighth number of the line `cpu`: time in which the host ran somebody else.
fn steal(stat: &str) -> Option<u64> {
    let line = stat.lines().find(|line| line.starts_with("cpu "))?;
    line.split_whitespace().nth(8)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_their_whole_name() {
        let text = "x (1, #threads: 1)\nnr_switches : 9\nnr_voluntary_switches   :   7\n";
        assert_eq!(value(text, "nr_voluntary_switches"), Some(7));
        assert_eq!(value(text, "nr_involuntary_switches"), None);
        assert_eq!(steal("cpu0 1\ncpu  1 2 3 4 5 6 7 8 9 10\n"), Some(8));
        assert_eq!(steal("cpu  1 2"), None);
    }
}
