//! Whether something has grown over a long run.
//!
//! The run is cut into quarters. The first is left out: caches fill in it and threads start. What
//! has grown is a level whose median over the last quarter passes that over the second by more than
//! its allowance. One high sample moves no median; a level that rises by a little in each sample
//! rises by half of the run's from the one quarter to the other.

/// Samples below which there is no verdict: two in each quarter.
pub(crate) const SAMPLES_MIN: usize = 8;

/// A level that must not grow, and what it may differ by all the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Allowance {
    /// A share of what it was in the second quarter.
    pub(crate) share: f64,
    /// As much on top.
    pub(crate) more: u64,
}

impl Allowance {
    pub(crate) const NONE: Self = Self {
        share: 0.0,
        more: 0,
    };

    /// By how much a level may differ that was `second`.
    pub(crate) fn over(&self, second: u64) -> f64 {
        second as f64 * self.share + self.more as f64
    }
}

/// A level's medians over two quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Growth {
    pub(crate) second: u64,
    pub(crate) last: u64,
    pub(crate) grown: bool,
}

/// Judges the samples of one level, in their order; `None` if they are too few.
pub(crate) fn judge(samples: &[u64], allowance: Allowance) -> Option<Growth> {
    if samples.len() < SAMPLES_MIN {
        return None;
    }
    let quarter = samples.len() / 4;
    let second = median(&samples[quarter..2 * quarter]);
    let last = median(&samples[samples.len() - quarter..]);
    let limit = second as f64 + allowance.over(second);
    Some(Growth {
        second,
        last,
        grown: last as f64 > limit,
    })
}

/// What happened between the moments that are compared, of a count that only goes up.
pub(crate) fn between(counts: &[u64]) -> Option<u64> {
    let growth = judge(counts, Allowance::NONE)?;
    Some(growth.last - growth.second)
}

/// The soak's last line: what was not looked at has not been found to stand still.
pub(crate) fn last_word(well: bool, unseen: &[&str]) -> String {
    match (well, unseen) {
        (false, _) => "NOT WELL".to_owned(),
        (true, []) => "nothing lost, nothing grown".to_owned(),
        (true, unseen) => format!(
            "nothing lost, nothing grown of what is known; NOT LOOKED AT, for want of /proc: {}",
            unseen.join(", ")
        ),
    }
}

/// The upper one of the two middle values.
fn median(samples: &[u64]) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
