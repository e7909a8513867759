//! Bounded MPMC channel.
