//! pool: filled by its block.
