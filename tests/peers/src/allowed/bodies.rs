//! Differences in bodies: framing, chunks, trailers.

use super::{CHUNKS, How, Row, SERVERS, row};

pub(super) const BODIES: &[Row] = &[
    row(
        SERVERS,
        How::Takes,
        &["ChunkOverhead"],
        "K10: no limit on framing that the data does not justify, or none at all",
    ),
    row(
        CHUNKS,
        How::Takes,
        &["ChunkExtension", "ChunkLineEnd"],
        "K7, K9: does not look at what stands between a size and its CR",
    ),
    row(
        CHUNKS,
        How::Waits,
        &["ChunkExtension", "ChunkLineEnd"],
        "K9, K11: does not look at what stands between a size and its CR",
    ),
    row(
        CHUNKS,
        How::Takes,
        &["ChunkSize"],
        "K2: takes a line without a digit for a size of 0",
    ),
    row(
        CHUNKS,
        How::Waits,
        &["ChunkSize"],
        "K2: takes a line without a digit for a size of 0, and waits for trailers behind it",
    ),
    row(
        CHUNKS,
        How::Takes,
        &["ChunkOverhead"],
        "K10: a limit on the framing of a whole body is the caller's",
    ),
    row(
        CHUNKS,
        How::Waits,
        &["ChunkLineTooLong", "TooLarge"],
        "K5, K10: a limit on a body, and on a line of it, is the caller's",
    ),
    row(
        CHUNKS,
        How::Takes,
        &["Trailer"],
        "L1: takes a bare LF for the end of a line, as RFC 9112 2.2 permits",
    ),
    row(
        CHUNKS,
        How::Waits,
        &["Trailer"],
        "L1: takes a bare LF for the end of a line, as RFC 9112 2.2 permits",
    ),
    row(
        CHUNKS,
        How::Takes,
        &["TrailerForbidden"],
        "L2: leaves fields that would change framing in a trailer to the caller",
    ),
    row(
        CHUNKS,
        How::Waits,
        &["TrailerForbidden"],
        "L2: leaves fields that would change framing in a trailer to the caller",
    ),
];
