//! Arena-backed zero-copy HTTP/1.x request parsing.
//!
//! The head stays where the socket wrote it, its header table and index go to an
//! [`Arena`](crate::arena::Arena), the body comes out as spans of the input, and the answer's
//! head goes into any [`bytes::BufMut`]. There is no input, output, clock or heap in here.
//!
//! # What is refused
//! Lines that do not end in CRLF, folded lines, whitespace before a colon, a missing, repeated
//! or malformed `Host`, every framing that two parsers might read apart, and anything over a
//! [`Limits`]. Each refusal has a kind, a byte offset and a status code. Nothing after a refusal
//! is parsed.
//!
//! # What is kept as it came
//! Unknown methods, percent escapes, obs-text in values, repeated fields (in order), names with
//! `_` (never equal to `-`), and characters in the target that a URI should escape
//! ([`Head::is_plain_target`]).
#![forbid(unsafe_code)]

mod authority;
mod body;
mod chunk;
mod connection;
mod engine;
mod error;
mod framing;
mod grammar;
mod head;
mod index;
mod judge;
mod known;
mod limits;
mod method;
mod reader;
mod response;
mod scan;
mod target;
mod trailer;

pub use body::{BodyEvent, BodyStep};
pub use connection::{Connection, Discarded, EndOfInput};
pub use error::{BodyError, BodyErrorKind, HeadError, HeadErrorKind};
pub use framing::Framing;
pub use head::{Head, Header, Headers, Values, Version};
pub use known::Known;
pub use limits::{ConfigError, Limits, LimitsBuilder};
pub use method::Method;
pub use response::{Refused, ResponseBody, ResponseHead};
pub use target::Target;
