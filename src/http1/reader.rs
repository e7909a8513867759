//! Turns the bytes of one head, however they arrive, into a head in at most three passes.

use crate::arena::Arena;

use super::engine::{self, Outline, Parsed};
use super::error::{HeadError, HeadErrorKind as Kind};
use super::facts::Facts;
use super::head::Head;
use super::judge;
use super::limits::Limits;
use super::scan::{Scan, Scanned, Scanner};
use super::split;
use super::table::{TableBuilder, Unfit};

/// A head that was found good: its bytes and its table may live for different times.
#[derive(Debug)]
pub(super) struct Found<'b, 't> {
    pub(super) parsed: Parsed<'b, 't>,
    pub(super) facts: Facts,
}

impl<'a> Found<'a, 'a> {
    #[inline]
    pub(super) const fn head(&self) -> Head<'a> {
        Head {
            line: self.parsed.outline.line,
            fields: self.parsed.fields(),
            facts: self.facts,
        }
    }
}

/// The state of reading one head after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeadReader {
    scanner: Scanner,
    /// The first parse has been made, in hope of a complete head.
    tried: bool,
    /// What the scanner made of a whole head.
    scanned: Option<Scanned>,
    passes: u8,
    /// Bytes of this head looked at, each as often as it was.
    examined: usize,
}

impl HeadReader {
    pub(super) const fn new() -> Self {
        Self {
            scanner: Scanner::new(),
            tried: false,
            scanned: None,
            passes: 0,
            examined: 0,
        }
    }

    /// Passes made over the bytes of the head being read, or of the one just read.
    pub(super) const fn passes(&self) -> u8 {
        self.passes
    }

    /// Bytes that the passes looked at, each as often as it was.
    pub(super) const fn examined(&self) -> usize {
        self.examined
    }

    /// Bytes of an incomplete head that were looked at.
    pub(super) const fn pending(&self) -> usize {
        self.scanner.pos()
    }

    /// Passes over what is new, if that is little and goes on with the present target, name or
    /// value; else does nothing. Of a head that comes byte by byte nearly all bytes are such.
    #[inline]
    pub(super) fn pass_over(&mut self, bytes: &[u8], limits: &Limits) -> bool {
        self.tried && self.scanner.pass_over(bytes, limits, &mut self.examined)
    }

    /// Whether nothing of a head was looked at.
    pub(super) const fn is_fresh(&self) -> bool {
        !self.tried && self.scanner.pos() == 0
    }

    /// Notes a head of `len` bytes that was known from the one before.
    pub(super) const fn note_repeated(&mut self, len: usize) {
        (self.passes, self.examined) = (1, len);
    }

    /// Reads on: first one parse in hope, then the scanner over what is new, then one parse more.
    #[inline(always)]
    pub(super) fn read<'b, 't>(
        &mut self,
        bytes: &'b [u8],
        arena: &'t Arena,
        limits: &Limits,
    ) -> Result<Option<Found<'b, 't>>, HeadError> {
        if self.tried {
            return self.read_slowly(bytes, arena, limits);
        }
        if self.scanner.pos() == 0 {
            self.examined = 0;
        }
        let start = blank_prefix(bytes);
        if bytes.len() > start + 1 && !limits.rules.relax_syntax() {
            let window = &bytes[..bytes.len().min(limits.head)];
            self.passes = 1;
            let parsed = with_table(window, limits.fields, arena, |table| {
                engine::parse(window, start, limits, table)
            });
            let line = match parsed {
                Ok(parsed) => {
                    self.examined += parsed.bytes.len();
                    return self.finish(parsed, limits).map(Some);
                }
                Err(Failed { line, .. }) => line,
            };
            // Also if the arena is full: a head that is not good is refused for that.
            self.examined += window.len();
            self.tried = true;
            if let Some((before, at)) = line {
                self.scanner.resume(start, before, at);
            }
        }
        self.read_slowly(bytes, arena, limits)
    }

    #[cold]
    #[inline(never)]
    fn read_slowly<'b, 't>(
        &mut self,
        bytes: &'b [u8],
        arena: &'t Arena,
        limits: &Limits,
    ) -> Result<Option<Found<'b, 't>>, HeadError> {
        if self.scanned.is_none_or(|scanned| scanned.end > bytes.len()) {
            self.passes = 1 + u8::from(self.tried);
            self.scanned = None;
            match self.scanner.advance(bytes, limits, &mut self.examined)? {
                Scan::More => return Ok(None),
                Scan::Done(scanned) => self.scanned = Some(scanned),
            }
        }
        let Some(scanned) = self.scanned else {
            return Ok(None);
        };
        self.passes = 2 + u8::from(self.tried);
        let whole = &bytes[..scanned.end];
        self.examined += scanned.end;
        let parsed = with_table(whole, scanned.fields, arena, |table| match scanned.minor {
            0 | 1 if !limits.rules.relax_syntax() => {
                engine::parse(whole, scanned.start, limits, table)
            }
            _ => split::split(whole, scanned, limits, table),
        });
        match parsed.map_err(|failed| failed.unfit) {
            Ok(parsed) => self.finish(parsed, limits).map(Some),
            Err(Unfit::Full) => Err(HeadError::new(Kind::ArenaFull, 0)),
            Err(Unfit::Scan) => {
                // Scanner and engine accept the same heads, so these are not the bytes that
                // were scanned: scan these.
                Scanner::new().advance(bytes, limits, &mut self.examined)?;
                Err(HeadError::new(Kind::LineEnd, scanned.start))
            }
        }
    }

    #[inline(always)]
    fn finish<'b, 't>(
        &mut self,
        parsed: Parsed<'b, 't>,
        limits: &Limits,
    ) -> Result<Found<'b, 't>, HeadError> {
        if self.tried || self.scanner.pos() > 0 {
            *self = Self {
                passes: self.passes,
                examined: self.examined,
                ..Self::new()
            };
        }
        let facts = judge::judge(&parsed, limits)?;
        Ok(Found { parsed, facts })
    }
}

/// Why there is no head.
#[derive(Clone, Copy, Debug)]
struct Failed {
    unfit: Unfit,
    /// How many fields stand before the last one that an engine has entered, and where that one's
    /// line begins: all before it was found good. Of the line itself the end may have been left.
    line: Option<(u16, usize)>,
}

/// What `parse` makes of the head at the front of `bytes`, with a table of at most `fields` fields
/// in the arena.
#[inline(always)]
fn with_table<'b, 't>(
    bytes: &'b [u8],
    fields: u16,
    arena: &'t Arena,
    parse: impl FnOnce(&mut TableBuilder<'_>) -> Result<Outline, Unfit>,
) -> Result<Parsed<'b, 't>, Failed> {
    let mut table = TableBuilder::new(arena, fields.into()).map_err(|_| Failed {
        unfit: Unfit::Full,
        line: None,
    })?;
    match parse(&mut table) {
        Ok(outline) => Ok(Parsed {
            outline,
            bytes: &bytes[..outline.end as usize],
            table: table.take(),
        }),
        Err(unfit) => Err(Failed {
            unfit,
            line: table.last(),
        }),
    }
}

/// The length of the empty lines that may come before a request line, up to two.
fn blank_prefix(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', b'\r', b'\n', ..] => 4,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}
