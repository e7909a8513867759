//! Pages about the crate as a whole. Every code block in them is compiled and run.

#[doc = include_str!("channel.md")]
pub mod channel {}

#[doc = include_str!("ordering.md")]
pub mod ordering {}

#[doc = include_str!("performance.md")]
pub mod performance {}
