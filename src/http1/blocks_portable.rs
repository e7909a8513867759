//! No vector engine: httparse reads the heads.

use super::engine::Outline;
use super::limits::Limits;
use super::line::Line;
use super::table::{TableBuilder, Unfit};
use super::version::Version;

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

/// Nothing either.
pub(super) fn parse_without_avx2(
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Option<Result<Outline, Unfit>> {
    parse(bytes, start, limits, table)
}

/// Nothing.
#[inline]
pub(super) fn request_line(_bytes: &[u8], _limits: &Limits) -> Option<(Line, Version, usize)> {
    None
}
