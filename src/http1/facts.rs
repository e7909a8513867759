//! What was judged about a head as a whole, in two words.

use super::framing::Framing;
use super::target::Form;
use super::version::Version;

/// Version, form, framing and what the connection may do.
///
/// Marks in one word rather than a field each: a head is handed on by copies, and what was written
/// a byte at a time is slow to be read a word at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// Of a body with one.
    length: u64,
    marks: u32,
}

const HTTP_11: u32 = 1;
const KEEP_ALIVE: u32 = 1 << 1;
const EXPECTS_CONTINUE: u32 = 1 << 2;
const UPGRADE: u32 = 1 << 3;
const HAS_LENGTH: u32 = 1 << 4;
const CHUNKED: u32 = 1 << 5;
const FORM_SHIFT: u32 = 6;

impl Facts {
    /// Of no head.
    pub(super) const NONE: Self = Self {
        length: 0,
        marks: 0,
    };

    #[inline]
    pub(super) const fn new(version: Version, form: Form, framing: Framing) -> Self {
        let (length, framing) = match framing {
            Framing::None => (0, 0),
            Framing::Length(length) => (length, HAS_LENGTH),
            Framing::Chunked => (0, CHUNKED),
        };
        Self {
            length,
            marks: version as u32 | framing | (form as u32) << FORM_SHIFT,
        }
    }

    /// Whether the connection goes on, the client waits for `100 Continue`, and offers a switch.
    #[inline]
    pub(super) const fn with(
        mut self,
        keep_alive: bool,
        expects_continue: bool,
        upgrade: bool,
    ) -> Self {
        self.marks |= (keep_alive as u32 * KEEP_ALIVE)
            | (expects_continue as u32 * EXPECTS_CONTINUE)
            | (upgrade as u32 * UPGRADE);
        self
    }

    #[inline]
    const fn has(self, mark: u32) -> bool {
        self.marks & mark != 0
    }

    #[inline]
    pub(super) const fn version(self) -> Version {
        match self.has(HTTP_11) {
            true => Version::Http11,
            false => Version::Http10,
        }
    }

    #[inline]
    pub(super) const fn form(self) -> Form {
        match self.marks >> FORM_SHIFT {
            0 => Form::Origin,
            1 => Form::Absolute,
            2 => Form::Authority,
            _ => Form::Asterisk,
        }
    }

    #[inline]
    pub(super) const fn framing(self) -> Framing {
        match self.marks & (HAS_LENGTH | CHUNKED) {
            0 => Framing::None,
            HAS_LENGTH => Framing::Length(self.length),
            _ => Framing::Chunked,
        }
    }

    #[inline]
    pub(super) const fn keep_alive(self) -> bool {
        self.has(KEEP_ALIVE)
    }

    #[inline]
    pub(super) const fn expects_continue(self) -> bool {
        self.has(EXPECTS_CONTINUE)
    }

    #[inline]
    pub(super) const fn upgrade(self) -> bool {
        self.has(UPGRADE)
    }
}

const _: () = assert!(Version::Http10 as u32 == 0 && Version::Http11 as u32 == HTTP_11);
