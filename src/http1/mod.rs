//! Arena-backed zero-copy HTTP/1.x request parsing.
//!
//! The head stays where the socket wrote it, its header table and index go to an
//! [`Arena`](crate::arena::Arena), the body comes out as spans of the input, and the answer's
//! head goes into any [`bytes::BufMut`]. There is no input, output, clock or heap in here.
//!
//! # What a call costs
//! No call waits, but one that is handed a reader, for that; and none takes memory from the heap,
//! but [`Connection::with_memory`], an `out` that grows, and a pool or an arena that may. What only
//! looks at what was found is a few loads, and says where it looks at each byte.
//!
//! | call | steps |
//! |---|---|
//! | [`Connection::parse_head`], [`ReadBuf::parse_head`] | the head's bytes, 3 passes at most |
//! | [`Connection::read_body`], [`discard_body`](Connection::discard_body) | the bytes of framing |
//! | [`Head::get`], [`Head::get_all`] | a load for each |
//! | [`Head::header`], [`Head::header_all`] | a known name as above, others O(fields) |
//! | [`Head::to_owned_in`] | an acquire and two `memcpy` |
//! | [`Scratch::percent_decode`], [`Scratch::form_decode`] | the text's bytes, two passes |
//! | [`Multipart::read`] | the bytes consumed |
//! | [`ReadBuf::room`] | O(1), or one copy of what is unread |
//! | [`ReadBuf::read_from`] | as above, and the read; once a slot its room is zeroed for that |
//! | [`ResponseHead::encode`] | the bytes written, three passes |
//!
//! # What is refused
//! Lines that do not end in CRLF, folded lines, whitespace before a colon, a missing, repeated
//! or malformed `Host`, every framing that two parsers might read apart, and anything over a
//! [`Limits`]. Each refusal has a kind, a byte offset and a status code. Nothing after a refusal
//! is parsed.
//!
//! [`Lenient`] and [`Strict`] move single rules.
//!
//! # What is kept as it came
//! Unknown methods, percent escapes, obs-text in values, repeated fields (in order), names with
//! `_` (never equal to `-`), and characters in the target that a URI should escape
//! ([`Head::is_plain_target`]).
//!
//! # What is decoded when asked
//! Percent escapes ([`Scratch::percent_decode`]), the pairs of a query ([`Head::query_pairs`]) or
//! a form body ([`FormPairs`]) and cookies ([`Head::cookies`]). What changes in decoding goes to a
//! [`Scratch`], one reserved slice; what does not is the read buffer's. A body that is a form with
//! files goes through [`Multipart`] as it arrives.
//!
//! # A read loop
//! A pooled buffer for the connection, and an arena for the request. The head stays in the slot it
//! was read into, and can be looked at until its body has been read; what comes behind it goes on
//! in the same buffer, or in another slot while the head is there.
//! ```
//! use std::io::Read;
//! use shorttail::arena::ArenaPool;
//! use shorttail::http1::{BodyEvent, Connection, Limits, ReadBuf};
//! use shorttail::pool::BufferPool;
//!
//! /// Answers targets and lengths of the bodies of the requests that `socket` brings.
//! fn serve(mut socket: impl Read) -> Result<Vec<(String, usize)>, Box<dyn std::error::Error>> {
//!     let limits = Limits::default();
//!     let arenas = ArenaPool::new(1, limits.arena_bytes())?;
//!     let buffers = BufferPool::builder().class(4096, 2).class(limits.read_bytes(), 1).build()?;
//!     let mut connection = Connection::new(limits);
//!     let mut input = ReadBuf::new(&buffers, 4096);
//!     let mut served = Vec::new();
//!     loop {
//!         let arena = arenas.try_acquire()?; // given back, and reset, at the end of the round
//!         let Some(head) = input.parse_head(&mut connection, &arena)? else {
//!             match input.read_from(&mut socket)? {
//!                 0 => return Ok(served),
//!                 _ => continue,
//!             }
//!         };
//!         let mut length = 0;
//!         loop {
//!             let step = connection.read_body(&input)?;
//!             let (over, more) = (step.event == BodyEvent::End, step.event == BodyEvent::More);
//!             if let BodyEvent::Data(data) = step.event {
//!                 length += data.len();
//!             }
//!             let consumed = step.consumed;
//!             input.consume(consumed);
//!             if over {
//!                 break;
//!             }
//!             if more && input.read_from(&mut socket)? == 0 {
//!                 return Err("the body ends early".into());
//!             }
//!         }
//!         served.push((head.as_head().target().to_owned(), length));
//!     }
//! }
//!
//! let requests = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n\
//!     POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
//! assert_eq!(serve(&requests[..]).unwrap(), [("/a".into(), 0), ("/b".into(), 3)]);
//! assert!(serve(&b"GET / HTTP/1.1\n\n"[..]).is_err());
//! ```
//! # In a task
//! A [`Head`], what is decoded from it, and the guard of its arena cross an `.await` in a task that
//! moves between threads. An `&Arena` does not: nothing may need it behind the `.await`.
//! ```
//! # use shorttail::{arena::{Arena, ArenaPool}, http1::{Connection, Limits}};
//! # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
//! # let limits = Limits::default();
//! # let arenas = ArenaPool::new(1, limits.arena_bytes()).unwrap();
//! # let read = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
//! # let length = runtime.block_on(async move {
//! tokio::spawn(async move {
//!     let lent = arenas.acquire_async().await;
//!     let arena: &Arena = &lent;
//!     let head = Connection::new(limits).parse_head(&read, arena).ok()??;
//!     tokio::task::yield_now().await;
//!     Some(head.path().len())
//! })
//! # .await });
//! # assert_eq!(length.unwrap(), Some(2));
//! ```
//! ```compile_fail
//! # use shorttail::{arena::{Arena, ArenaPool}, http1::{Connection, Limits}};
//! # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
//! # let limits = Limits::default();
//! # let arenas = ArenaPool::new(1, limits.arena_bytes()).unwrap();
//! # let read = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
//! # let length = runtime.block_on(async move {
//! tokio::spawn(async move {
//!     let lent = arenas.acquire_async().await;
//!     let arena: &Arena = &lent;
//!     let head = Connection::new(limits).parse_head(&read, arena).ok()??;
//!     tokio::task::yield_now().await;
//!     Some(head.path().len() + arena.used())
//! })
//! # .await });
//! # assert_eq!(length.unwrap(), Some(2));
//! ```
//!
//! # Answers
//! [`ResponseHead`] writes status, fields and framing into any buffer. A [`HeadError`], a
//! [`BodyError`] or a [`MultipartError`] has the status to answer with; behind the first two the
//! connection is over. A pool or an arena that has nothing free is no fault of the client's: 503.
//! ```
//! use shorttail::arena::Arena;
//! use shorttail::http1::{Connection, Limits, ResponseBody, ResponseHead};
//!
//! let limits = Limits::default();
//! let arena = Arena::new(limits.arena_bytes())?;
//! let mut connection = Connection::new(limits);
//! let error = connection.parse_head(b"GET / HTTP/1.1\n", &arena).unwrap_err();
//!
//! let (text, mut out) = (error.to_string(), Vec::new());
//! let head = ResponseHead::new(error.status()).keep_alive(connection.is_reusable());
//! head.body(ResponseBody::Length(text.len() as u64)).encode(&mut out)?;
//! out.extend_from_slice(text.as_bytes());
//! assert_eq!(
//!     String::from_utf8(out)?,
//!     "HTTP/1.1 400 Bad Request\r\ncontent-length: 36\r\nconnection: close\r\n\r\n\
//!      line does not end in CRLF at byte 14"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! [`ResponseHead::sends_body`] says whether the body follows, which it does not to HEAD;
//! [`Connection::take_continue`] whether the client waits for a `100` before it sends its own; and
//! [`Connection::discard_body`] gets past a body that nobody reads. Answers to pipelined requests
//! may go out together, but before more is waited for: the client may wait for them.
#![deny(unsafe_code)]

mod authority;
mod batch;
#[cfg(all(target_arch = "x86_64", not(shorttail_portable)))]
#[allow(unsafe_code, clippy::multiple_unsafe_ops_per_block)] // Vector instructions, nothing else.
#[path = "blocks_x86.rs"]
mod blocks;
#[cfg(not(all(target_arch = "x86_64", not(shorttail_portable))))]
#[path = "blocks_portable.rs"]
mod blocks;
#[cfg(all(target_arch = "x86_64", not(shorttail_portable)))]
#[allow(unsafe_code, clippy::multiple_unsafe_ops_per_block)] // The same.
mod blocks_sse2;
mod body;
mod body_step;
mod chunk;
mod connection;
mod cookie;
mod decode;
mod engine;
mod error;
mod facts;
mod framing;
mod frozen_head;
mod grammar;
mod head;
mod judge;
mod known;
mod limits;
mod line;
mod method;
mod multipart;
mod named;
#[cfg(all(target_arch = "x86_64", not(shorttail_portable)))]
mod one_pass;
mod options;
mod owned;
mod pairs;
mod params;
mod read_buf;
mod reader;
mod repeat;
mod response;
mod rules;
mod scan;
mod scratch;
#[cfg(all(target_arch = "x86_64", not(shorttail_portable)))]
mod spelled;
mod split;
mod table;
mod target;
mod trailer;
mod version;

#[cfg(all(test, shorttail_loom))]
mod models;

pub use batch::Heads;
pub use body_step::{BodyEvent, BodyStep};
pub use connection::{Connection, Discarded, EndOfInput};
pub use cookie::{Cookie, CookieError, CookieErrorKind, Cookies};
pub use decode::{DecodeError, Decoded};
pub use error::{BodyError, BodyErrorKind, HeadError, HeadErrorKind};
pub use framing::Framing;
pub use frozen_head::FrozenHead;
pub use head::{Head, Header, Headers, Values};
pub use known::Known;
pub use limits::{ConfigError, Engine, Limits, LimitsBuilder};
pub use method::Method;
pub use multipart::{
    BoundaryError, BoundaryErrorKind, Multipart, MultipartError, MultipartErrorKind,
    MultipartEvent, MultipartLimits, MultipartStep, PartHead, PartHeaders,
};
pub use named::Named;
pub use owned::OwnedHead;
pub use pairs::{FormPair, FormPairs};
pub use params::ParamValue;
pub use read_buf::{FillError, ReadBuf};
pub use response::{Refused, ResponseBody, ResponseHead};
pub use rules::{Lenient, Strict};
pub use scratch::{Scratch, ScratchFull};
pub use target::Target;
pub use version::Version;
