//! A shard's counters: written under its lock by plain stores, read by anybody at any time.

use super::outcome::RefusedWhy;
use crate::sync::Tally;

/// Reasons to refuse an insert.
const REASONS: usize = RefusedWhy::Weight as usize + 1;

#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) inserted: Tally,
    pub(crate) replaced: Tally,
    pub(crate) evicted: Tally,
    pub(crate) expired: Tally,
    pub(crate) invalidated: Tally,
    pub(crate) removed: Tally,
    /// By [`RefusedWhy`].
    pub(crate) refused: [Tally; REASONS],
    pub(crate) bucket_evicted: Tally,
    pub(crate) superseded: Tally,
    pub(crate) scans: Tally,
    /// Most retired slots one scan ever looked at.
    pub(crate) scanned_max: Tally,
    /// Most slots one operation ever looked at to make room.
    pub(crate) visits_max: Tally,
    /// Entries unpublished so far.
    pub(crate) departed: Tally,
    /// Retired slots that the last scan left retired.
    pub(crate) held: Tally,
    /// How many entries had departed before the oldest of those did.
    pub(crate) oldest: Tally,
    /// Entries.
    pub(crate) len: Tally,
    /// What they weigh, if they are weighed.
    pub(crate) weight: Tally,
    /// Entries that await their drop.
    pub(crate) retired: Tally,
}

impl Counts {
    pub(crate) fn refuse(&self, why: RefusedWhy) {
        self.refused[why as usize].add_alone(1);
    }

    /// How many entries left after the oldest of the held.
    pub(crate) fn oldest_held(&self) -> u32 {
        let since = self.departed.get().saturating_sub(self.oldest.get() + 1);
        match self.held.get() {
            0 => 0,
            _ => u32::try_from(since).unwrap_or(u32::MAX),
        }
    }
}
