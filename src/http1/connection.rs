//! One connection: heads and bodies in turn, and nothing after an error or a close.

use crate::arena::Arena;

use super::body::BodyReader;
use super::body_step::{BodyEvent, BodyStep};
use super::error::{BodyError, BodyErrorKind, HeadError, HeadErrorKind};
use super::framing::Framing;
use super::head::Head;
use super::limits::Limits;
use super::options;
use super::reader::{Found, HeadReader};
use super::repeat::Memory;
use super::rules::Strict;
use super::target::Form;

/// The protocol state of one connection; it does no input or output and owns no memory
/// but what [`with_memory`](Connection::with_memory) takes.
///
/// The caller keeps the read buffer. It hands `parse_head` all bytes from the start of the
/// request, takes `head_len` of them off, hands what follows to `read_body`, takes `consumed`
/// of them off each time, and after `BodyEvent::End` starts again. No call waits, and none but
/// [`with_memory`](Connection::with_memory) allocates, unless the arena may grow. Those that
/// parse or decode say what that costs; all others are a few loads and stores.
///
/// # Examples
/// ```
/// use shorttail::arena::ArenaPool;
/// use shorttail::http1::{BodyEvent, Connection, Framing, Limits};
///
/// let limits = Limits::default();
/// let arenas = ArenaPool::new(1, limits.arena_bytes())?;
/// let arena = arenas.try_acquire()?;
/// let mut connection = Connection::new(limits);
///
/// let read = b"POST /jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
/// let head = connection.parse_head(read, &arena)?.ok_or("partial")?;
/// assert_eq!((head.path(), head.framing()), ("/jobs", Framing::Length(5)));
///
/// let step = connection.read_body(&read[head.head_len()..])?;
/// assert_eq!(step.event, BodyEvent::Data(b"hello"));
/// assert_eq!(connection.read_body(b"")?.event, BodyEvent::End);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    limits: Limits,
    phase: Phase,
    heads: HeadReader,
    body: BodyReader,
    /// Data already dropped of a body nobody reads.
    drained: u64,
    keep_alive: bool,
    offers_switch: bool,
    awaits_continue: bool,
    memory: Option<Box<Memory>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Head,
    Body,
    /// The present body will not be read to its end.
    Cut,
    Closed,
    Failed,
}

/// How far dropping an unread body has come.
///
/// # Examples
/// ```
/// use shorttail::http1::Discarded;
///
/// assert_ne!(Discarded::Done { consumed: 7 }, Discarded::More { consumed: 7 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the consumed bytes must not be handed in again"]
pub enum Discarded {
    /// The body is over after these bytes.
    Done {
        /// Bytes of the input that are done with.
        consumed: usize,
    },
    /// More of the body is to come; what is not consumed is the front of it.
    More {
        /// Bytes of the input that are done with.
        consumed: usize,
    },
    /// Too much is left to be worth reading: close the connection.
    Close,
}

/// Where the peer stopped sending.
///
/// # Examples
/// ```
/// use shorttail::http1::{Connection, EndOfInput, Limits};
///
/// let mut connection = Connection::new(Limits::default());
/// assert_eq!(connection.end_of_input(b"GET"), EndOfInput::InHead);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndOfInput {
    /// Between two requests: a clean close.
    Clean,
    /// Inside a head: no request.
    InHead,
    /// Inside a body: the request is incomplete and must not be acted upon.
    InBody,
    /// Behind an error, which has said all there is to say.
    AfterError,
}

impl Connection {
    /// A connection before its first byte. Allocates nothing. For an example see [`Connection`].
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            phase: Phase::Head,
            heads: HeadReader::new(),
            body: BodyReader::new(Framing::None, 0),
            drained: 0,
            keep_alive: true,
            offers_switch: false,
            awaits_continue: false,
            memory: None,
        }
    }

    /// A connection that remembers the fields of its latest head, in `bytes` bytes: the only memory
    /// that a connection owns, taken from the heap here and nowhere else.
    ///
    /// Who keeps a connection open sends the same fields again and again. A head whose fields are,
    /// byte for byte, those of the head before is not parsed but for its request line: what was
    /// found about the fields holds again, and the verdict is the same as ever. It costs one
    /// comparison of these bytes and one copy of the table; a head that differs costs a copy of its
    /// fields and table on top. After eight heads that differ, made up for by none that did not,
    /// the connection stops to compare, and to copy.
    ///
    /// The fields of a head and their table, 64 bytes and 16 a field, must fit into `bytes`; else,
    /// and with any [`Lenient`](super::Lenient) or [`Strict`](super::Strict) rule, a target that is
    /// no path, or another processor than x86-64, heads are parsed as by [`new`](Self::new).
    ///
    /// # Examples
    /// ```
    /// use shorttail::arena::ArenaPool;
    /// use shorttail::http1::{Connection, Limits};
    ///
    /// let limits = Limits::default();
    /// let arenas = ArenaPool::new(1, limits.arena_bytes())?;
    /// let mut arena = arenas.try_acquire()?;
    /// let mut connection = Connection::with_memory(limits, 4096);
    /// for target in ["/", "/other"] {
    ///     let bytes = format!("GET {target} HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n");
    ///     let head = connection.parse_head(bytes.as_bytes(), &arena)?.ok_or("partial")?;
    ///     assert_eq!((head.target(), head.header("accept")), (target, Some(&b"*/*"[..])));
    ///     assert!(!connection.head_is_repeated() || target == "/other");
    ///     arena.reset();
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_memory(limits: Limits, bytes: usize) -> Self {
        Self {
            memory: Some(Box::new(Memory::new(bytes))),
            ..Self::new(limits)
        }
    }

    /// Whether the latest head had the fields of the one before and was not parsed for that: only
    /// ever of a connection [with memory](Self::with_memory).
    /// For an example see [`with_memory`](Self::with_memory).
    #[must_use]
    pub fn head_is_repeated(&self) -> bool {
        let memory = self.memory.as_ref();
        memory.is_some_and(|memory| memory.latest_is_repeated())
    }

    /// Parses the head at the front of `bytes`, or says that it is incomplete.
    ///
    /// `bytes` begins where the request before ended and, after `None`, holds the same bytes and
    /// more. The header table goes to `arena`; the rest stays in `bytes`.
    /// For an example see [`Connection`].
    ///
    /// # Guarantees
    /// Never waits, never allocates. At most three passes over the bytes of a head, however
    /// they arrive; one when it arrives whole, unless it is of HTTP/1.2 to 1.9, or read by a
    /// [relaxed](super::Lenient) syntax. The same bytes give the same verdict at every cut.
    /// # Errors
    /// [`HeadError`] with the status to answer and the offending byte. After any error but
    /// [`ArenaFull`](HeadErrorKind::ArenaFull) and [`BodyUnread`](HeadErrorKind::BodyUnread)
    /// nothing more is parsed on this connection.
    /// # Complexity
    /// O(bytes of the head), never more than the head limit.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn parse_head<'a>(
        &mut self,
        bytes: &'a [u8],
        arena: &'a Arena,
    ) -> Result<Option<Head<'a>>, HeadError> {
        if self.pass_over(bytes) {
            return Ok(None);
        }
        self.parse_on(bytes, arena)
    }

    /// Apart, so that a read of little pays nothing for the stack that a whole head takes.
    #[inline(never)]
    fn parse_on<'a>(
        &mut self,
        bytes: &'a [u8],
        arena: &'a Arena,
    ) -> Result<Option<Head<'a>>, HeadError> {
        let found = self.find_head(bytes, arena)?;
        Ok(found.as_ref().map(Found::head))
    }

    #[inline]
    fn pass_over(&mut self, bytes: &[u8]) -> bool {
        self.phase == Phase::Head && self.heads.pass_over(bytes, &self.limits)
    }

    /// [`parse_head`](Self::parse_head) whose table outlives the borrow of the bytes.
    #[inline(always)]
    pub(super) fn find_head<'b, 't>(
        &mut self,
        bytes: &'b [u8],
        arena: &'t Arena,
    ) -> Result<Option<Found<'b, 't>>, HeadError> {
        self.admit_head()?;
        if let Some(found) = self.recall(bytes, arena) {
            self.begin(&found.head());
            return Ok(Some(found));
        }
        match self.heads.read(bytes, arena, &self.limits) {
            Ok(None) => Ok(None),
            Ok(Some(found)) => {
                let head = found.head();
                if self.limits.refuses(Strict::ConnectionOption) {
                    self.check_options(&head)?;
                }
                self.begin(&head);
                if let Some(memory) = &mut self.memory {
                    memory.keep(&found, &self.limits);
                }
                Ok(Some(found))
            }
            Err(error) => {
                if error.kind() != HeadErrorKind::ArenaFull {
                    self.phase = Phase::Failed;
                }
                Err(error)
            }
        }
    }

    /// Lowers the body limit for the present request, in the middle of its body too.
    ///
    /// The limit is that of the whole body: what was read before counts. It cannot be raised
    /// above [`Limits::body`]: set that to the most any route takes. Without a body unread this
    /// does nothing.
    ///
    /// ```
    /// # use shorttail::{arena::Arena, http1::{BodyErrorKind, Connection, Limits}};
    /// # let arena = Arena::new(16 * 1024)?;
    /// let bytes = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// assert_eq!(head.path(), "/"); // a route that takes 4 KiB
    /// let error = connection.limit_body(4096).unwrap_err();
    /// assert_eq!((error.kind(), error.status()), (BodyErrorKind::TooLarge, 413));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TooLarge`](BodyErrorKind::TooLarge) at once when `Content-Length`, or the chunks whose
    /// sizes have been read, announce more.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn limit_body(&mut self, bytes: u64) -> Result<(), BodyError> {
        if self.phase != Phase::Body {
            return Ok(());
        }
        let lowered = self.body.lower_limit(bytes);
        if lowered.is_err() {
            self.phase = Phase::Failed;
        }
        lowered
    }

    /// Decodes the front of `input` and says how much of it is done with.
    ///
    /// Trailer fields come one by one behind the data, apart from the head's. Those that would
    /// change framing, routing or the connection are refused; those that mean nothing there, such
    /// as `Authorization` or `Content-Type` (RFC 9110 §6.5.1), are dropped. A trailer line is
    /// consumed when it is whole: the buffer must be able to hold [`Limits::line`] bytes and two
    /// more, or [`Limits::trailers`] if that is less. For an example see [`Connection`].
    ///
    /// # Guarantees
    /// Never waits, never allocates. Data is a span of `input`. Where a chunk is cut changes
    /// the spans and nothing else.
    /// # Errors
    /// [`BodyError`] with the status to answer; the connection is over.
    /// # Complexity
    /// O(framing bytes looked at, each once); data is not looked at.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn read_body<'a>(&mut self, input: &'a [u8]) -> Result<BodyStep<'a>, BodyError> {
        if self.phase == Phase::Body {
            if let Some(step) = self.body.read_whole(input) {
                self.awaits_continue = false;
                return Ok(step);
            }
        }
        self.read_body_on(input)
    }

    fn read_body_on<'a>(&mut self, input: &'a [u8]) -> Result<BodyStep<'a>, BodyError> {
        match self.phase {
            Phase::Body => {}
            Phase::Cut | Phase::Failed => {
                return Err(BodyError::new(BodyErrorKind::AfterError, 0));
            }
            Phase::Head | Phase::Closed => {
                return Ok(BodyStep {
                    consumed: 0,
                    event: BodyEvent::End,
                });
            }
        }
        let step = self.body.read(input, &self.limits).inspect_err(|_| {
            self.phase = Phase::Failed;
        })?;
        if step.consumed > 0 {
            self.awaits_continue = false;
        }
        if step.event == BodyEvent::End || self.body.remaining() == Some(0) {
            self.end_request();
        }
        Ok(step)
    }

    /// Whether to send `100 Continue` now; true at most once a request.
    ///
    /// True when the client asked for it, nothing of the body has come, and `input` is empty.
    /// Call it when the body is wanted, before the first wait for it; `ResponseHead::new(100)`
    /// is what to send.
    ///
    /// ```
    /// # use shorttail::{arena::Arena, http1::{Connection, Limits}};
    /// # let arena = Arena::new(16 * 1024)?;
    /// let bytes = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\
    ///     Expect: 100-continue\r\n\r\n";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// assert!(head.expects_continue() && connection.take_continue(b""));
    /// assert!(!connection.take_continue(b"")); // once
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use = "the client waits for what this answers"]
    pub fn take_continue(&mut self, input: &[u8]) -> bool {
        if !input.is_empty() {
            return false;
        }
        std::mem::take(&mut self.awaits_continue) && self.phase == Phase::Body
    }

    /// Drops the front of a body nobody reads, up to [`Limits::drain`] bytes of it.
    ///
    /// A client that still waits for `100 Continue` sends no body to drop: close then, too. Behind
    /// [`Close`](Discarded::Close) nothing of the body can be read.
    ///
    /// ```
    /// # use shorttail::{arena::Arena, http1::{Connection, Discarded, Limits}};
    /// # let arena = Arena::new(16 * 1024)?;
    /// let bytes = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// let discarded = connection.discard_body(&bytes[head.head_len()..])?;
    /// assert_eq!(discarded, Discarded::Done { consumed: 5 });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BodyError`] as from [`read_body`](Self::read_body).
    /// # Complexity
    /// As [`read_body`](Self::read_body), for each span of `input`.
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn discard_body(&mut self, input: &[u8]) -> Result<Discarded, BodyError> {
        let mut consumed = 0;
        if self.phase == Phase::Cut {
            return Ok(Discarded::Close);
        }
        loop {
            let known = self.body.remaining().unwrap_or(0);
            let room = self.limits.drain.saturating_sub(self.drained);
            if self.phase == Phase::Body && (self.awaits_continue || known > room) {
                self.phase = Phase::Cut;
                return Ok(Discarded::Close);
            }
            let step = self.read_body(&input[consumed..])?;
            consumed += step.consumed;
            self.drained += step.consumed as u64;
            match step.event {
                BodyEvent::End => return Ok(Discarded::Done { consumed }),
                BodyEvent::More if self.drained > self.limits.drain => {
                    self.phase = Phase::Cut;
                    return Ok(Discarded::Close);
                }
                BodyEvent::More => return Ok(Discarded::More { consumed }),
                BodyEvent::Data(_) | BodyEvent::Trailer(_) => {}
            }
        }
    }

    /// Whether another head may follow the present request;
    /// for an example see [`close`](Self::close).
    #[must_use]
    pub const fn is_reusable(&self) -> bool {
        matches!(self.phase, Phase::Head | Phase::Body) && self.keep_alive
    }

    /// Decides that the present request is the last one.
    ///
    /// ```
    /// # use shorttail::http1::{Connection, Limits};
    /// let mut connection = Connection::new(Limits::default());
    /// assert!(connection.is_reusable());
    /// connection.close();
    /// assert!(!connection.is_reusable());
    /// ```
    pub fn close(&mut self) {
        self.keep_alive = false;
        if self.phase == Phase::Head {
            self.phase = Phase::Closed;
        }
    }

    /// Ends HTTP on this connection, for `101` or the `2xx` of CONNECT.
    ///
    /// Call it after that answer is sent. Until then the bytes that follow are HTTP.
    ///
    /// ```
    /// # use shorttail::{arena::Arena, http1::{Connection, Limits}};
    /// # let arena = Arena::new(16 * 1024)?;
    /// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
    /// let mut connection = Connection::new(Limits::default());
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// assert_eq!(head.upgrade(), Some(&b"echo"[..]));
    /// connection.switch_protocols()?; // behind the `101`
    /// assert!(!connection.is_reusable());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BodyUnread`](HeadErrorKind::BodyUnread) before the body is read,
    /// [`NoUpgrade`](HeadErrorKind::NoUpgrade) when the request offered no switch.
    pub fn switch_protocols(&mut self) -> Result<(), HeadError> {
        match self.phase {
            Phase::Body | Phase::Cut => Err(HeadError::new(HeadErrorKind::BodyUnread, 0)),
            Phase::Failed => Err(HeadError::new(HeadErrorKind::AfterError, 0)),
            _ if !self.offers_switch => Err(HeadError::new(HeadErrorKind::NoUpgrade, 0)),
            Phase::Head | Phase::Closed => {
                self.offers_switch = false;
                self.phase = Phase::Closed;
                Ok(())
            }
        }
    }

    /// Gives up on a head that takes too long: the error to answer with.
    ///
    /// ```
    /// # use shorttail::http1::{Connection, Limits};
    /// let mut connection = Connection::new(Limits::default());
    /// assert_eq!(connection.time_out().status(), 408);
    /// assert!(!connection.is_reusable());
    /// ```
    pub fn time_out(&mut self) -> HeadError {
        self.phase = Phase::Failed;
        HeadError::new(HeadErrorKind::TimedOut, self.heads.pending())
    }

    /// The peer has stopped sending; `unread` is what the buffer holds.
    /// For an example see [`EndOfInput`].
    pub fn end_of_input(&mut self, unread: &[u8]) -> EndOfInput {
        let (end, phase) = match self.phase {
            Phase::Failed => (EndOfInput::AfterError, Phase::Failed),
            Phase::Body | Phase::Cut => (EndOfInput::InBody, Phase::Cut),
            Phase::Head if !unread.is_empty() => (EndOfInput::InHead, Phase::Closed),
            Phase::Head | Phase::Closed => (EndOfInput::Clean, Phase::Closed),
        };
        self.phase = phase;
        end
    }

    /// Passes made over the bytes of the latest head; at most three.
    /// For an example see [`head_bytes_examined`](Self::head_bytes_examined).
    #[must_use]
    pub const fn head_passes(&self) -> u8 {
        self.heads.passes()
    }

    /// Bytes examined to read the latest head, each as often as it was.
    ///
    /// At most three times its length, unless the arena was full; a first parse that failed counts
    /// all that it was given, a comparison with the head before nothing.
    ///
    /// ```
    /// # use shorttail::{arena::Arena, http1::{Connection, Limits}};
    /// # let arena = Arena::new(16 * 1024)?;
    /// let mut connection = Connection::new(Limits::default());
    /// let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    /// let head = connection.parse_head(bytes, &arena)?.ok_or("partial")?;
    /// assert_eq!(connection.head_passes(), 1);
    /// assert_eq!(connection.head_bytes_examined(), head.head_len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn head_bytes_examined(&self) -> usize {
        self.heads.examined()
    }

    /// The limits this connection reads under.
    ///
    /// ```
    /// # use shorttail::http1::{Connection, Limits};
    /// let connection = Connection::new(Limits::builder().body(4096).build()?);
    /// assert_eq!(connection.limits().body(), 4096);
    /// # Ok::<(), shorttail::http1::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether what follows the latest head can only be another.
    pub(super) fn awaits_head(&self) -> bool {
        self.phase == Phase::Head && !self.offers_switch
    }

    fn admit_head(&self) -> Result<(), HeadError> {
        let kind = match self.phase {
            Phase::Head => return Ok(()),
            Phase::Body => HeadErrorKind::BodyUnread,
            Phase::Cut | Phase::Closed => HeadErrorKind::AfterClose,
            Phase::Failed => HeadErrorKind::AfterError,
        };
        Err(HeadError::new(kind, 0))
    }

    /// The next head, if its fields are known from the one before.
    #[inline(always)]
    fn recall<'b, 't>(&mut self, bytes: &'b [u8], arena: &'t Arena) -> Option<Found<'b, 't>> {
        let memory = self.memory.as_mut().filter(|_| self.heads.is_fresh())?;
        let found = memory.recall(bytes, &self.limits, arena)?;
        self.heads.note_repeated(found.parsed.bytes.len());
        Some(found)
    }

    #[cold]
    fn check_options(&mut self, head: &Head<'_>) -> Result<(), HeadError> {
        let Some(at) = options::forbidden_at(head) else {
            return Ok(());
        };
        self.phase = Phase::Failed;
        Err(HeadError::new(HeadErrorKind::ConnectionOption, at))
    }

    fn begin(&mut self, head: &Head<'_>) {
        self.keep_alive = head.keep_alive();
        self.offers_switch = head.upgrade().is_some() || head.facts.form() == Form::Authority;
        self.awaits_continue = head.expects_continue();
        self.drained = 0;
        if head.framing().has_body() {
            self.body = BodyReader::new(head.framing(), self.limits.body);
            self.phase = Phase::Body;
        } else {
            self.end_request();
        }
    }

    const fn end_request(&mut self) {
        self.phase = if self.keep_alive {
            Phase::Head
        } else {
            Phase::Closed
        };
    }
}
