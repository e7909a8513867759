//! Where a request's time went: laps on one clock, a histogram for each stage.

pub(super) mod exemplar;
mod exemplars;
mod rank;
mod report;
mod set;
pub(super) mod slow;
mod timer;

pub use exemplar::Exemplar;
pub use exemplars::Exemplars;
pub use report::StageReport;
pub use set::StageSet;
pub use slow::TailStage;
pub use timer::{Stage, StageTimer};
