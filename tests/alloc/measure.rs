//! measure: filled by its block.
