//! cache: filled by its block.
