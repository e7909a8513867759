//! What one connection accepts, fixed before its first byte.

use std::{error, fmt};

use super::rules::{Lenient, Rules, Strict};
use super::table::table_bytes;

/// The most fields a table numbers.
pub(super) const FIELDS_MAX: usize = 255;
/// The longest method that is read; RFC 9110 registers none above 17 bytes.
pub(super) const METHOD_BYTES: usize = 32;
/// The longest chunk size line, without its CRLF.
pub(super) const CHUNK_LINE_BYTES: u32 = 1024;
/// Chunk extension bytes allowed over one body.
pub(super) const CHUNK_EXTENSION_BYTES: u32 = 16 * 1024;
/// Framing bytes allowed over one body beyond 16 a chunk and twice its data.
pub(super) const CHUNK_EXCESS_BYTES: u64 = 16 * 1024;

/// What takes a head apart. In a debug build what the first makes of a head is held to what the
/// second does.
///
/// # Examples
/// ```
/// use shorttail::http1::{Engine, Limits};
///
/// let limits = Limits::builder().engine(Engine::Httparse).build()?;
/// assert_eq!(limits.engine(), Engine::Httparse);
/// # Ok::<(), shorttail::http1::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The crate's own, one pass over 64 bytes at a time, on x86-64: with AVX2 if the processor
    /// has it, else with SSE2. httparse elsewhere.
    #[default]
    OnePass,
    /// httparse, and what it leaves unchecked.
    Httparse,
}

/// Bounds on what a [`Connection`](super::Connection) reads; always consistent.
///
/// The defaults: 128 fields, 32 KiB of head, 16 KiB a line, 8 KiB of target, 16 KiB of
/// trailers, 1 MiB of body, 64 KiB drained of a body nobody reads. Fixed: a method of at most
/// 32 bytes, a chunk size line of at most 1 KiB, 16 KiB of chunk extensions a body, and 16 KiB
/// of chunk framing a body beyond what its data justifies.
///
/// A few words, which its getters give.
///
/// # Examples
/// ```
/// use shorttail::http1::{Lenient, Limits, Strict};
///
/// let limits = Limits::builder().fields(64).body(64 * 1024).build()?;
/// assert_eq!((limits.fields(), limits.body()), (64, 64 * 1024));
/// assert_eq!((limits.head(), limits.line(), limits.target()), (32_768, 16_384, 8_192));
/// assert_eq!((limits.trailers(), limits.drain()), (16_384, 65_536));
/// assert!(!limits.allows(Lenient::BareLf) && !limits.refuses(Strict::OddTarget));
/// # Ok::<(), shorttail::http1::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(super) fields: u16,
    pub(super) head: usize,
    pub(super) line: usize,
    pub(super) target: usize,
    pub(super) trailers: usize,
    pub(super) body: u64,
    pub(super) drain: u64,
    pub(super) rules: Rules,
    pub(super) engine: Engine,
}

impl Limits {
    const DEFAULT: Self = Self {
        fields: 128,
        head: 32 * 1024,
        line: 16 * 1024,
        target: 8 * 1024,
        trailers: 16 * 1024,
        body: 1024 * 1024,
        drain: 64 * 1024,
        rules: Rules::NONE,
        engine: Engine::OnePass,
    };

    /// Those of a section of fields alone, as a scan of fields reads them.
    pub(super) const fn of_fields(fields: u16, line: usize) -> Self {
        Self {
            fields,
            line,
            ..Self::DEFAULT
        }
    }

    /// Starts from the defaults; for an example see [`Limits`].
    pub const fn builder() -> LimitsBuilder {
        LimitsBuilder {
            limits: Self::DEFAULT,
        }
    }

    /// Header fields in one head, and in one trailer section; for an example see [`Limits`].
    #[must_use]
    pub const fn fields(&self) -> usize {
        self.fields as usize
    }

    /// Bytes of one head, from its first byte to the empty line that ends it;
    /// for an example see [`Limits`].
    #[must_use]
    pub const fn head(&self) -> usize {
        self.head
    }

    /// Bytes of one line of a head or trailer section, without its CRLF;
    /// for an example see [`Limits`].
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Bytes of a request target; for an example see [`Limits`].
    #[must_use]
    pub const fn target(&self) -> usize {
        self.target
    }

    /// Bytes of a trailer section; for an example see [`Limits`].
    #[must_use]
    pub const fn trailers(&self) -> usize {
        self.trailers
    }

    /// Bytes of one decoded body; for an example see [`Limits`].
    #[must_use]
    pub const fn body(&self) -> u64 {
        self.body
    }

    /// Bytes of an unread body that are read and dropped to keep the connection;
    /// for an example see [`Limits`].
    #[must_use]
    pub const fn drain(&self) -> u64 {
        self.drain
    }

    /// Bytes of a pooled slot that suffice for any head within these limits to be
    /// [owned](super::Head::to_owned_in).
    ///
    /// ```
    /// use shorttail::http1::Limits;
    ///
    /// assert_eq!(Limits::default().owned_bytes(), 32 * 1024 + 128 * 16 + 64);
    /// ```
    #[must_use]
    pub const fn owned_bytes(&self) -> usize {
        self.head + table_bytes(self.fields())
    }

    /// Bytes that a read buffer must be able to hold, so that every head within these limits is
    /// read and every other is refused: one more than a head may have.
    ///
    /// ```
    /// use shorttail::http1::Limits;
    ///
    /// assert_eq!(Limits::default().read_bytes(), 32 * 1024 + 1);
    /// ```
    #[must_use]
    pub const fn read_bytes(&self) -> usize {
        self.head + 1
    }

    /// What takes heads apart; for an example see [`Engine`].
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether a rule is relaxed; for an example see [`Limits`].
    #[must_use]
    pub const fn allows(&self, rule: Lenient) -> bool {
        self.rules.allow(rule)
    }

    /// Whether a rule is added; for an example see [`Limits`].
    #[must_use]
    pub const fn refuses(&self, rule: Strict) -> bool {
        self.rules.refuse(rule)
    }

    /// Arena bytes that suffice for any one head within these limits.
    ///
    /// Any one head takes half of it at most. For an example see [`Connection`](super::Connection).
    #[must_use]
    pub const fn arena_bytes(&self) -> usize {
        2 * (table_bytes(self.fields()) + 16)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Sets [`Limits`]; nothing is checked before `build`. Setters only store, and `build` compares.
///
/// # Examples
/// ```
/// use shorttail::http1::{ConfigError, Lenient, Limits, Strict};
///
/// assert_eq!(Limits::builder().fields(0).build(), Err(ConfigError::Fields));
/// let builder = Limits::builder().head(16 * 1024).line(8 * 1024).target(4096);
/// let builder = builder.trailers(1024).body(1024 * 1024).drain(0);
/// let limits = builder.allow(Lenient::EmptyHost).refuse(Strict::Repeated).build()?;
/// assert_eq!((limits.head(), limits.drain()), (16 * 1024, 0));
/// assert!(limits.allows(Lenient::EmptyHost) && limits.refuses(Strict::Repeated));
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct LimitsBuilder {
    limits: Limits,
}

impl LimitsBuilder {
    /// Header fields in one head: 1 to 255. For an example see [`LimitsBuilder`].
    pub const fn fields(mut self, count: u16) -> Self {
        self.limits.fields = count;
        self
    }

    /// Bytes of one head: more than a line, at most 1 MiB. For an example see [`LimitsBuilder`].
    pub const fn head(mut self, bytes: usize) -> Self {
        self.limits.head = bytes;
        self
    }

    /// Bytes of one line: at least 64 more than the target. For an example see [`LimitsBuilder`].
    pub const fn line(mut self, bytes: usize) -> Self {
        self.limits.line = bytes;
        self
    }

    /// Bytes of a request target: at least 1. For an example see [`LimitsBuilder`].
    pub const fn target(mut self, bytes: usize) -> Self {
        self.limits.target = bytes;
        self
    }

    /// Bytes of a trailer section: at least 2, at most 1 MiB. For an example see [`LimitsBuilder`].
    pub const fn trailers(mut self, bytes: usize) -> Self {
        self.limits.trailers = bytes;
        self
    }

    /// Bytes of one decoded body; for an example see [`LimitsBuilder`].
    pub const fn body(mut self, bytes: u64) -> Self {
        self.limits.body = bytes;
        self
    }

    /// Bytes of an unread body that are dropped before the connection is given up;
    /// for an example see [`LimitsBuilder`].
    pub const fn drain(mut self, bytes: u64) -> Self {
        self.limits.drain = bytes;
        self
    }

    /// Relaxes a rule; none is by default. For an example see [`LimitsBuilder`].
    pub const fn allow(mut self, rule: Lenient) -> Self {
        self.limits.rules = self.limits.rules.with(rule);
        self
    }

    /// Adds a rule; none is by default. For an example see [`LimitsBuilder`].
    pub const fn refuse(mut self, rule: Strict) -> Self {
        self.limits.rules = self.limits.rules.with_strict(rule);
        self
    }

    /// What takes heads apart; for an example see [`Engine`].
    pub const fn engine(mut self, engine: Engine) -> Self {
        self.limits.engine = engine;
        self
    }

    /// Checks the bounds against each other; for an example see [`LimitsBuilder`].
    ///
    /// # Errors
    /// The first [`ConfigError`] that applies.
    pub const fn build(self) -> Result<Limits, ConfigError> {
        const MIB: usize = 1024 * 1024;
        let limits = self.limits;
        if limits.fields == 0 || limits.fields as usize > FIELDS_MAX {
            return Err(ConfigError::Fields);
        }
        if limits.target == 0 || limits.target > MIB {
            return Err(ConfigError::Target);
        }
        if limits.line < limits.target + METHOD_BYTES + 32 {
            return Err(ConfigError::Line);
        }
        if limits.head <= limits.line || limits.head > MIB {
            return Err(ConfigError::Head);
        }
        if limits.trailers < 2 || limits.trailers > MIB {
            return Err(ConfigError::Trailers);
        }
        Ok(limits)
    }
}

/// A limit that no connection can hold.
///
/// # Examples
/// ```
/// use shorttail::http1::{ConfigError, Limits};
///
/// let refused = Limits::builder().head(100).build();
/// assert_eq!(refused, Err(ConfigError::Head));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// `fields` is 0 or above 255.
    Fields,
    /// `head` does not exceed `line`, or exceeds 1 MiB.
    Head,
    /// `line` is not at least 64 above `target`.
    Line,
    /// `target` is 0 or above 1 MiB.
    Target,
    /// `trailers` is below 2 or above 1 MiB.
    Trailers,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fields => "the field limit must be 1 to 255",
            Self::Head => "the head limit must exceed the line limit and be at most 1 MiB",
            Self::Line => "the line limit must exceed the target limit by 64",
            Self::Target => "the target limit must be 1 byte to 1 MiB",
            Self::Trailers => "the trailer limit must be 2 bytes to 1 MiB",
        })
    }
}

impl error::Error for ConfigError {}
