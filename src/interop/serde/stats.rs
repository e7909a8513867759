//! What the blocks counted, to be written: a map of each field's name and number.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::arena::ArenaStats;
use crate::control::{GateStats, Reason, RetryStats, StopReason, Tier};
use crate::interop::rows::Rows;
use crate::measure::AllocCounts;
use crate::pool::{ClassStats, PoolStats};
use crate::workers::LaneReport;
use crate::{cache, channel};

impl Serialize for channel::Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

impl Serialize for channel::LaneStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

impl Serialize for cache::Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

/// With `expected`, which is none if nobody knows.
impl Serialize for cache::WarmProgress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = begin(self, 1, serializer)?;
        fields.serialize_field("expected", &self.expected)?;
        fields.end()
    }
}

impl Serialize for ArenaStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

impl Serialize for PoolStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

impl Serialize for ClassStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

impl Serialize for AllocCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

impl Serialize for LaneReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        begin(self, 0, serializer)?.end()
    }
}

/// With `refused`: for each [`Reason`], in its order, the refusals of each [`Tier`].
impl Serialize for GateStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = begin(self, 1, serializer)?;
        let refused = Reason::ALL.map(|reason| Tier::ALL.map(|tier| self.refused(reason, tier)));
        fields.serialize_field("refused", &refused)?;
        fields.end()
    }
}

/// With `attempts`, calls by their number of these, and `stopped`, for each [`StopReason`] in its
/// order the calls that were given up.
impl Serialize for RetryStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = begin(self, 2, serializer)?;
        fields.serialize_field("attempts", &self.attempts)?;
        let stopped = StopReason::ALL.map(|reason| self.stopped(reason));
        fields.serialize_field("stopped", &stopped)?;
        fields.end()
    }
}

/// The rows, with room for `more` fields.
fn begin<S: Rows, W: Serializer>(
    stats: &S,
    more: usize,
    serializer: W,
) -> Result<W::SerializeStruct, W::Error> {
    let mut fields = serializer.serialize_struct(S::NAME, S::ROWS.len() + more)?;
    for row in S::ROWS {
        fields.serialize_field(row.name, &(row.read)(stats))?;
    }
    Ok(fields)
}
