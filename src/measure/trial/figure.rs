//! Which of a request's two times is compared.

use core::fmt;

use super::bound::Bound;
use super::report::{ArmReport, Block};
use crate::measure::Snapshot;

/// One of the two times of a request.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::Figure;
/// assert_eq!(Figure::Service.to_string(), "service time");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// From the intended start: what a user waits.
    Latency,
    /// From the actual start: of an inline request the work alone, of one that is handed over the
    /// wait in whatever it is handed to, and the work.
    Service,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latency => "latency",
            Self::Service => "service time",
        })
    }
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
    pub(super) bound: Bound,
}
