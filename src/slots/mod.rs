//! Hierarchical bitmap of free slots.
