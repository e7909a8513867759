//! What other parsers make of the bytes that shorttail judges, and where they may differ.
//!
//! Each peer tells the [`Story`] of one connection. [`difference`] compares two of them, and
//! [`allowed`] lists the differences that are meant, each with its reason: what is not in the list
//! is a defect, of one side or of the list.

pub mod allowed;
mod chunks;
mod heads;
mod hyper_server;
mod milo;
mod ours;
pub mod overload;
mod story;

pub use chunks::chunks;
pub use heads::{httparse_head, ntex_head};
pub use hyper_server::Hyper;
pub use milo::Milo;
pub use ours::{our_head, our_story};
pub use story::{Difference, End, Request, Story, difference};
