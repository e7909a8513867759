//! Where a request's time went: laps on one clock, a histogram for each stage.

mod report;
mod set;
mod timer;

pub use report::StageReport;
pub use set::StageSet;
pub use timer::{Stage, StageTimer};
