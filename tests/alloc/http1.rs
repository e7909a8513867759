//! http1: filled by its block.
