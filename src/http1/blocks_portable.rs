//! No vector engine: httparse reads the heads.

use super::engine::{Outline, Unfit};
use super::limits::Limits;
use super::table::TableBuilder;

/// Nothing: see `blocks_x86.rs`.
#[inline]
pub(super) fn parse(
    _bytes: &[u8],
    _start: usize,
    _limits: &Limits,
    _table: &mut TableBuilder<'_>,
) -> Option<Result<Outline, Unfit>> {
    None
}
