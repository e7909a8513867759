//! channel: filled by its block.
