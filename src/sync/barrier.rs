//! A meeting point of several threads: for harnesses, never on a hot path.

pub(crate) use std::sync::Barrier;
