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
//!
//! # A read loop
//! One pooled buffer for the connection and one arena for the request. What is done with is taken
//! off the front by moving the rest down; a head or chunk line that is still partial stays.
//! ```
//! use std::io::Read;
//! use shorttail::arena::ArenaPool;
//! use shorttail::http1::{BodyEvent, Connection, Limits};
//! use shorttail::pool::{BufferPool, PooledBuf};
//!
//! fn take_off(input: &mut PooledBuf, done: usize) {
//!     input.copy_within(done.., 0);
//!     input.truncate(input.len() - done);
//! }
//!
//! /// Answers the lengths of the bodies of the requests that `socket` brings.
//! fn serve(mut socket: impl Read) -> Result<Vec<usize>, Box<dyn std::error::Error>> {
//!     let limits = Limits::default();
//!     let arenas = ArenaPool::new(1, limits.arena_bytes())?;
//!     let buffers = BufferPool::builder().class(64 * 1024, 1).build()?;
//!     let mut connection = Connection::new(limits);
//!     let mut input = buffers.try_acquire(64 * 1024)?;
//!     let mut lengths = Vec::new();
//!     loop {
//!         let arena = arenas.try_acquire()?; // given back, and reset, at the end of the round
//!         let Some(head) = connection.parse_head(&input, &arena)? else {
//!             match input.read_from(&mut socket)? {
//!                 0 => return Ok(lengths),
//!                 _ => continue,
//!             }
//!         };
//!         let head_len = head.head_len();
//!         take_off(&mut input, head_len);
//!         let mut length = 0;
//!         loop {
//!             let step = connection.read_body(&input)?;
//!             let (done, event) = (step.consumed, step.event);
//!             let (over, more) = (event == BodyEvent::End, event == BodyEvent::More);
//!             if let BodyEvent::Data(data) = event {
//!                 length += data.len();
//!             }
//!             take_off(&mut input, done);
//!             if over {
//!                 break;
//!             }
//!             if more && input.read_from(&mut socket)? == 0 {
//!                 return Err("the body ends early".into());
//!             }
//!         }
//!         lengths.push(length);
//!     }
//! }
//!
//! let requests = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\
//!     POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
//! assert_eq!(serve(&requests[..]).unwrap(), [0, 3]);
//! assert!(serve(&b"GET / HTTP/1.1\n\n"[..]).is_err());
//! ```
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
mod judge;
mod known;
mod limits;
mod method;
mod reader;
mod response;
mod scan;
mod table;
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
