//! The stages of a request, and their names in `/metrics`.

use shorttail::measure::{Stage, StageSet};

pub(super) const STAGES: usize = 4;
/// From the first byte to the parsed head.
pub(super) const HEAD: Stage = Stage::nth(0);
/// Reading a body, where there is one.
pub(super) const BODY: Stage = Stage::nth(1);
/// The cache, and the origin behind it where the cache has to ask.
pub(super) const CACHE: Stage = Stage::nth(2);
/// Until the socket has taken the answer.
pub(super) const WRITE: Stage = Stage::nth(3);

/// Stage histograms for `workers` threads.
pub(super) fn set(workers: usize) -> StageSet<STAGES> {
    StageSet::new(["head", "body", "cache", "write"], workers)
}
