//! Pages about the crate as a whole. Every code block in them is compiled and run.

#[doc = include_str!("cache.md")]
pub mod cache {}

#[doc = include_str!("channel.md")]
pub mod channel {}

#[doc = include_str!("ordering.md")]
pub mod ordering {}

#[doc = include_str!("profilers.md")]
pub mod profilers {}

#[doc = include_str!("reviews.md")]
pub mod reviews {}

// The picture is at the end of the page, where it is part of it: a page of docs has no other files.
#[doc = include_str!("performance.md")]
#[doc = include_str!("overload.svg")]
pub mod performance {}
