//! Pages about the crate as a whole. Every code block in them is compiled and run.
//!
//! | page | for whom |
//! |---|---|
//! | [`choosing`] | you have a symptom, and want the block and its first call |
//! | [`guarantees`] | you depend on a promise, and want to see the test that holds it |
//! | [`compare`] | you know the field, and want to know who is better at what |
//! | [`limits`] | you want to know what breaks it before it does |
//! | [`cookbook`] | you want to profile, pin, or tune the machine |
//! | [`routing`] | there is a proxy or a mesh in front |
//! | [`from_tokio_mpsc`], [`from_crossbeam_channel`], [`from_flume`] | you come from there |
//! | [`from_moka`], [`from_tower`] | you come from there |
//! | [`channel`], [`cache`] | one block in full |
//! | [`profilers`] | which tool answers which question |
//! | [`performance`] | every number, with its command |
//! | [`ordering`] | you read or change the lock-free code |
//! | [`reviews`] | you write a latency review or the analysis of a breach |

#[doc = include_str!("cache.md")]
pub mod cache {}

#[doc = include_str!("channel.md")]
pub mod channel {}

#[doc = include_str!("choosing.md")]
pub mod choosing {}

#[doc = include_str!("compare.md")]
pub mod compare {}

#[doc = include_str!("cookbook.md")]
pub mod cookbook {}

#[doc = include_str!("from_crossbeam_channel.md")]
pub mod from_crossbeam_channel {}

#[doc = include_str!("from_flume.md")]
pub mod from_flume {}

#[doc = include_str!("from_moka.md")]
pub mod from_moka {}

#[doc = include_str!("from_tokio_mpsc.md")]
pub mod from_tokio_mpsc {}

#[doc = include_str!("from_tower.md")]
pub mod from_tower {}

#[doc = include_str!("guarantees.md")]
pub mod guarantees {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("ordering.md")]
pub mod ordering {}

#[doc = include_str!("profilers.md")]
pub mod profilers {}

#[doc = include_str!("reviews.md")]
pub mod reviews {}

#[doc = include_str!("routing.md")]
pub mod routing {}

// The picture is at the end of the page, where it is part of it: a page of docs has no other files.
#[doc = include_str!("performance.md")]
#[doc = include_str!("overload.svg")]
pub mod performance {}
