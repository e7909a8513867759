//! A form, taken apart as it arrives.

use std::fmt;

use super::boundary::{self, BoundaryError};
use super::delimiter::{Delimiter, Search};
use super::error::{MultipartError, MultipartErrorKind as Kind};
use super::limits::MultipartLimits;
use super::part::PartHead;
use crate::http1::error::HeadErrorKind;
use crate::http1::limits::Limits;
use crate::http1::scan::FieldScan;

/// What [`Multipart::read`] made of its input.
///
/// # Examples
/// ```
/// use shorttail::http1::{MultipartEvent, MultipartStep};
///
/// let step = MultipartStep { consumed: 5, event: MultipartEvent::Data(b"hello") };
/// assert_eq!(step.consumed, 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the consumed bytes must not be handed in again"]
pub struct MultipartStep<'a> {
    /// Bytes of the input that are done with; what the event holds is among them.
    pub consumed: usize,
    /// What they were.
    pub event: MultipartEvent<'a>,
}

/// One step through a form.
///
/// # Examples
/// ```
/// use shorttail::http1::MultipartEvent;
///
/// assert_ne!(MultipartEvent::PartEnd, MultipartEvent::End);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultipartEvent<'a> {
    /// A part begins.
    Part(PartHead<'a>),
    /// Data of the present part, never empty: a span of the input.
    Data(&'a [u8]),
    /// The present part is over.
    PartEnd,
    /// Nothing can be told before more arrives. What is not consumed is the front of the head of
    /// a part, or of what may be a boundary: hand it in again with what follows it.
    More,
    /// The form is over. What follows is to be dropped (RFC 2046 §5.1.1).
    End,
}

/// A decoder of `multipart/form-data`, RFC 7578; it does no input or output.
///
/// It is handed the body as it arrives, as [`Connection::read_body`] is, and gives heads and data
/// as spans of that. The boundary is kept in it, so that the head may be gone. It is strict: lines
/// end in CRLF, a boundary is a line of its own, each part has one `Content-Disposition` with one
/// name, and nothing in it is read in two ways. No call waits or allocates; what does not read is a
/// load or two.
///
/// # What the caller keeps
/// The bytes that were not consumed, in front of those that follow. After
/// [`More`](MultipartEvent::More) in the data of a part these are fewer than the boundary's length
/// and four; in the head of a part, at most [`MultipartLimits::head`]. A buffer of that and one
/// read takes any form. Of a chunked body, the data of the chunks has to be put together first.
///
/// Here a pooled buffer does both, for a body of any framing:
/// ```
/// use bytes::Buf;
/// use shorttail::arena::Arena;
/// use shorttail::http1::{BodyEvent, Connection, Known, Limits, Multipart, MultipartEvent};
/// use shorttail::pool::BufferPool;
/// # use shorttail::http1::MultipartLimits;
///
/// let read = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
///     Content-Type: multipart/form-data; boundary=b\r\n\r\n\
///     3\r\n--b\r\n36\r\n\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nfirst\r\n-\r\n\
///     6\r\n-b--\r\n\r\n0\r\n\r\n";
/// let limits = Limits::default();
/// let arena = Arena::new(limits.arena_bytes())?;
/// let mut connection = Connection::new(limits);
/// let head = connection.parse_head(read, &arena)?.ok_or("partial")?;
/// let content_type = head.get(Known::ContentType).ok_or("no type")?;
/// let mut form = Multipart::from_content_type(content_type, MultipartLimits::default())?;
///
/// let pool = BufferPool::builder().class(8192, 1).build()?;
/// let mut kept = pool.try_acquire(8192)?; // the head of a part, and what one read brings
/// let (mut at, mut first) = (head.head_len(), Vec::new());
/// loop {
///     let body = connection.read_body(&read[at..])?;
///     at += body.consumed;
///     match body.event {
///         BodyEvent::Data(data) => kept.try_put(data)?,
///         BodyEvent::Trailer(_) => continue,
///         BodyEvent::More => return Err("read more from the socket here".into()),
///         BodyEvent::End => break,
///     }
///     loop {
///         let step = form.read(&kept)?;
///         let (consumed, event) = (step.consumed, step.event);
///         if let MultipartEvent::Data(data) = event {
///             first.extend_from_slice(data);
///         }
///         let over = matches!(event, MultipartEvent::More | MultipartEvent::End);
///         kept.advance(consumed);
///         if over {
///             break;
///         }
///     }
///     kept.compact();
/// }
/// form.end_of_input()?;
/// assert_eq!(first, b"first");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Examples
/// ```
/// use shorttail::http1::{Multipart, MultipartEvent, MultipartLimits};
///
/// let body = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nfirst\r\n--b\r\n\
///     Content-Disposition: form-data; name=\"b\"; filename=\"x.txt\"\r\n\r\nsecond\r\n--b--\r\n";
/// let content_type = b"multipart/form-data; boundary=b";
/// let mut form = Multipart::from_content_type(content_type, MultipartLimits::default())?;
/// let (mut at, mut seen, mut text) = (0, 0, String::new());
/// loop {
///     let step = form.read(&body[at..seen])?;
///     at += step.consumed;
///     match step.event {
///         MultipartEvent::Part(part) => text += std::str::from_utf8(part.name().raw())?,
///         MultipartEvent::Data(data) => text += std::str::from_utf8(data)?,
///         MultipartEvent::PartEnd => text += ";",
///         MultipartEvent::More if seen < body.len() => seen += 1, // a slow client
///         MultipartEvent::More => return Err(form.end_of_input().unwrap_err().into()),
///         MultipartEvent::End => break,
///     }
/// }
/// assert_eq!(text, "afirst;bsecond;");
/// assert_eq!(form.boundary(), b"b");
/// assert_ne!(form.bytes_examined(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`Connection::read_body`]: crate::http1::Connection::read_body
#[derive(Clone)]
pub struct Multipart {
    delimiter: Delimiter,
    limits: MultipartLimits,
    state: State,
    /// Bytes consumed.
    consumed: u64,
    parts: u32,
    examined: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Before the first boundary; `fresh` before its first byte.
    Preamble {
        fresh: bool,
    },
    /// Behind a boundary.
    Line(Line),
    /// In the head of a part, of which `seen` bytes have been scanned.
    Head {
        scan: FieldScan,
        seen: usize,
    },
    /// In the data of a part; `fresh` before its first byte.
    Data {
        fresh: bool,
    },
    Done,
    Failed,
}

/// Where in the rest of a boundary's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Open,
    /// One `-` was there.
    Dash,
    /// SP or HTAB was there: the padding of RFC 2046.
    Padding,
    /// A CR was there.
    Lf,
    /// It ended in CRLF: a part follows.
    Part,
    /// It ended in `--`: that was the last one.
    Last,
}

impl Multipart {
    /// A decoder for the boundary that the value of a `Content-Type` field names. O(length);
    /// allocates nothing. For an example see [`Multipart`].
    ///
    /// # Errors
    /// [`BoundaryError`], with the status to answer, when the value is of another type or its
    /// boundary is none.
    pub fn from_content_type(value: &[u8], limits: MultipartLimits) -> Result<Self, BoundaryError> {
        Self::new(boundary::of_content_type(value)?, limits)
    }

    /// A decoder for a boundary. O(length); allocates nothing. For an example see [`PartHead`].
    ///
    /// # Errors
    /// [`BoundaryError`] when it is not 1 to 70 bytes that RFC 2046 §5.1.1 allows.
    pub fn new(boundary: &[u8], limits: MultipartLimits) -> Result<Self, BoundaryError> {
        boundary::check(boundary, 0)?;
        Ok(Self {
            delimiter: Delimiter::new(boundary),
            limits,
            state: State::Preamble { fresh: true },
            consumed: 0,
            parts: 0,
            examined: 0,
        })
    }

    /// Decodes the front of `input` and says how much of it is done with.
    ///
    /// `input` begins with what the call before did not consume. For an example see [`Multipart`].
    ///
    /// # Guarantees
    /// Never waits, never allocates. Where the input is cut changes how data is split into
    /// spans, and nothing else. No byte is handed out that may belong to a boundary.
    /// # Errors
    /// [`MultipartError`] with the status to answer; the form is over.
    /// # Complexity
    /// O(bytes consumed), and of what is not consumed the head of a part is scanned once, and
    /// less than a boundary's length and four bytes are compared again in each call.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn read<'a>(&mut self, input: &'a [u8]) -> Result<MultipartStep<'a>, MultipartError> {
        let mut at = 0;
        let event = loop {
            match self.step(&input[at..]) {
                Ok((taken, event)) => {
                    at += taken;
                    self.consumed += taken as u64;
                    if let Some(event) = event {
                        break event;
                    }
                }
                Err((kind, ahead)) => {
                    self.state = State::Failed;
                    let offset = self.consumed + ahead as u64;
                    return Err(MultipartError::new(kind, offset));
                }
            }
        };
        Ok(MultipartStep {
            consumed: at,
            event,
        })
    }

    /// The body is over: whether the form is too. For an example see [`Multipart`].
    ///
    /// # Errors
    /// [`Unfinished`](Kind::Unfinished) before [`End`](MultipartEvent::End): the form is
    /// incomplete and must not be acted upon. [`AfterError`](Kind::AfterError) after an error.
    pub const fn end_of_input(&self) -> Result<(), MultipartError> {
        match self.state {
            State::Done => Ok(()),
            State::Failed => Err(MultipartError::new(Kind::AfterError, self.consumed)),
            _ => Err(MultipartError::new(Kind::Unfinished, self.consumed)),
        }
    }

    /// The boundary; for an example see [`Multipart`].
    #[must_use]
    pub fn boundary(&self) -> &[u8] {
        self.delimiter.boundary()
    }

    /// Bytes examined so far, each as often as it was; the data of a part once.
    /// For an example see [`Multipart`].
    #[must_use]
    pub const fn bytes_examined(&self) -> u64 {
        self.examined
    }

    /// One move: what it takes of `rest`, and what there is to tell. An error comes with its
    /// place in `rest`.
    fn step<'a>(
        &mut self,
        rest: &'a [u8],
    ) -> Result<(usize, Option<MultipartEvent<'a>>), (Kind, usize)> {
        match self.state {
            State::Preamble { fresh } => self.preamble(rest, fresh),
            State::Line(line) => self.line(rest, line),
            State::Head { scan, seen } => self.head(rest, scan, seen),
            State::Data { fresh } => Ok(self.data(rest, fresh)),
            State::Done => Ok((0, Some(MultipartEvent::End))),
            State::Failed => Err((Kind::AfterError, 0)),
        }
    }

    fn search(&mut self, rest: &[u8], fresh: bool) -> Search {
        let search = self.delimiter.search(rest, fresh);
        self.examined += match search {
            Search::Found { at, len } => at + len,
            Search::Maybe { .. } => rest.len(),
        } as u64;
        search
    }

    fn preamble<'a>(
        &mut self,
        rest: &'a [u8],
        fresh: bool,
    ) -> Result<(usize, Option<MultipartEvent<'a>>), (Kind, usize)> {
        let search = self.search(rest, fresh);
        let (Search::Found { at: dropped, .. } | Search::Maybe { at: dropped }) = search;
        let room = self.limits.preamble - self.consumed;
        if dropped as u64 > room {
            return Err((Kind::Preamble, room as usize));
        }
        Ok(match search {
            Search::Found { at, len } => {
                self.state = State::Line(Line::Open);
                (at + len, None)
            }
            Search::Maybe { at } => {
                self.state = State::Preamble {
                    fresh: fresh && at == 0,
                };
                (at, Some(MultipartEvent::More))
            }
        })
    }

    fn line<'a>(
        &mut self,
        rest: &'a [u8],
        mut line: Line,
    ) -> Result<(usize, Option<MultipartEvent<'a>>), (Kind, usize)> {
        for (at, &byte) in rest.iter().enumerate() {
            line = match (line, byte) {
                (Line::Open, b'-') => Line::Dash,
                (Line::Dash, b'-') => Line::Last,
                (Line::Open | Line::Padding, b' ' | b'\t') => Line::Padding,
                (Line::Open | Line::Padding, b'\r') => Line::Lf,
                (Line::Lf, b'\n') => Line::Part,
                _ => return Err((Kind::Delimiter, at)),
            };
            self.examined += 1;
            if line == Line::Last {
                self.state = State::Done;
                return Ok((at + 1, Some(MultipartEvent::End)));
            }
            if line == Line::Part {
                if self.parts == self.limits.parts {
                    return Err((Kind::TooManyParts, at + 1));
                }
                self.parts += 1;
                self.state = State::Head {
                    scan: FieldScan::new(),
                    seen: 0,
                };
                return Ok((at + 1, None));
            }
        }
        self.state = State::Line(line);
        Ok((rest.len(), Some(MultipartEvent::More)))
    }

    fn head<'a>(
        &mut self,
        rest: &'a [u8],
        mut scan: FieldScan,
        mut seen: usize,
    ) -> Result<(usize, Option<MultipartEvent<'a>>), (Kind, usize)> {
        if rest.len() < seen {
            // Not what the call before left: start again rather than trust the count.
            (scan, seen) = (FieldScan::new(), 0);
        }
        let from = seen;
        let limits = Limits::of_fields(self.limits.fields, self.limits.head);
        let window = &rest[..rest.len().min(self.limits.head)];
        loop {
            seen += scan.skip(&window[seen..], &limits);
            let Some(&byte) = window.get(seen) else { break };
            let done = scan
                .step(byte, &limits, false)
                .map_err(|kind| (of(kind), seen))?;
            seen += 1;
            if done {
                self.examined += (seen - from) as u64;
                let part = PartHead::parse(&rest[..seen], self.delimiter.line())?;
                self.state = State::Data { fresh: true };
                return Ok((seen, Some(MultipartEvent::Part(part))));
            }
        }
        if rest.len() > window.len() {
            return Err((Kind::HeadTooLarge, window.len()));
        }
        self.examined += (seen - from) as u64;
        self.state = State::Head { scan, seen };
        Ok((0, Some(MultipartEvent::More)))
    }

    fn data<'a>(&mut self, rest: &'a [u8], fresh: bool) -> (usize, Option<MultipartEvent<'a>>) {
        match self.search(rest, fresh) {
            Search::Found { at: 0, len } => {
                self.state = State::Line(Line::Open);
                (len, Some(MultipartEvent::PartEnd))
            }
            Search::Maybe { at: 0 } => (0, Some(MultipartEvent::More)),
            Search::Found { at, .. } | Search::Maybe { at } => {
                self.state = State::Data { fresh: false };
                (at, Some(MultipartEvent::Data(&rest[..at])))
            }
        }
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field(
                "boundary",
                &format_args!("{}", self.boundary().escape_ascii()),
            )
            .field("state", &self.state)
            .field("consumed", &self.consumed)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

/// The lines of a part's head are those of a request's.
fn of(kind: HeadErrorKind) -> Kind {
    match kind {
        HeadErrorKind::Fold => Kind::Fold,
        HeadErrorKind::FieldName => Kind::FieldName,
        HeadErrorKind::FieldValue => Kind::FieldValue,
        HeadErrorKind::TooManyFields => Kind::TooManyFields,
        HeadErrorKind::LineTooLong => Kind::HeadTooLarge,
        _ => Kind::LineEnd,
    }
}
