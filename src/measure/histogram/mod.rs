//! Log-linear histograms: the counters, those who write them, and what readers see.

pub(super) mod buckets;
pub(super) mod counters;
mod owned;
mod percentile;
mod recorder;
mod shared;
mod snapshot;

pub(crate) use buckets::STANDARD_WIDTH;
pub use buckets::{COARSE, FINE, STANDARD};
pub use owned::Histogram;
pub(crate) use percentile::percent;
pub use recorder::Recorder;
pub use shared::SharedRecorder;
pub use snapshot::Snapshot;
