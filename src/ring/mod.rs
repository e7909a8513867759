//! The bounded MPMC slot ring.
