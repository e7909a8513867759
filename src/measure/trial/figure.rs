//! Which of a request's two times is compared.

use super::report::{ArmReport, Block};
use crate::measure::Snapshot;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    /// From the intended start: what a user waits.
    Latency,
    /// From the actual start: what the arm takes for it.
    Service,
}

impl Figure {
    pub(super) const BOTH: [Self; 2] = [Self::Latency, Self::Service];

    pub(super) const fn of_arm(self, arm: &ArmReport) -> &Snapshot {
        match self {
            Self::Latency => &arm.latency_ns,
            Self::Service => &arm.service_ns,
        }
    }

    pub(super) const fn of_block(self, block: &Block) -> &Snapshot {
        match self {
            Self::Latency => &block.latency_ns,
            Self::Service => &block.service_ns,
        }
    }
}

/// How far a percentile of a figure may rise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) figure: Figure,
    pub(super) q: f64,
    /// Candidate by base.
    pub(super) ratio: f64,
}
