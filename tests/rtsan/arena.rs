//! arena: filled by its block.
