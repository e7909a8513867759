//! A head whose fields are those of the head before: what was found about them holds again.
//!
//! A parse is a function of its bytes, so that equal bytes need no second one. What depends on the
//! request line is looked at each time.

use std::fmt;

use crate::arena::Arena;

use super::blocks;
use super::engine::{Outline, Parsed};
use super::error::HeadErrorKind;
use super::facts::Facts;
use super::limits::Limits;
use super::reader::{Found, HeadReader};
use super::rules::Rules;
use super::table;
use super::target::Form;

/// Misses that are put up with before the fields of another head are not compared any more: a hit
/// makes up for one.
const CREDIT: u8 = 8;

/// The fields of the latest head, from behind its request line, and their table.
pub(super) struct Memory {
    /// The fields, then the table.
    room: Box<[u8]>,
    /// Bytes of either; none of the fields if nothing is kept.
    fields: usize,
    table: usize,
    /// Where the fields began in their head.
    at: usize,
    facts: Facts,
    credit: u8,
    latest_is_repeated: bool,
}

impl Memory {
    /// Room for fields and table of `bytes` in all. Allocates that.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            room: vec![0; bytes].into_boxed_slice(),
            fields: 0,
            table: 0,
            at: 0,
            facts: Facts::NONE,
            credit: CREDIT,
            latest_is_repeated: false,
        }
    }

    /// Whether the latest head had the fields of the one before.
    pub(super) const fn latest_is_repeated(&self) -> bool {
        self.latest_is_repeated
    }

    /// The head at the front of `bytes`, if it is complete and its fields are those kept.
    #[inline]
    pub(super) fn recall<'b, 't>(
        &mut self,
        bytes: &'b [u8],
        limits: &Limits,
        arena: &'t Arena,
    ) -> Option<Found<'b, 't>> {
        self.latest_is_repeated = false;
        if self.fields == 0 {
            return None;
        }
        let found = match self.find(bytes, limits, arena) {
            Ok(found) => Some(found),
            Err(differs) => {
                self.credit -= u8::from(differs);
                None
            }
        };
        self.latest_is_repeated = found.is_some();
        if self.latest_is_repeated {
            self.credit = CREDIT.min(self.credit + 1);
        } else if self.credit == 0 {
            self.fields = 0;
        }
        debug_assert!(
            found
                .as_ref()
                .is_none_or(|found| is_what_a_parse_finds(found, bytes, limits, arena)),
            "another head than a parse finds in {}",
            bytes.escape_ascii()
        );
        found
    }

    /// The head; else whether it is another one, and not a part of what may be the same.
    #[inline]
    fn find<'b, 't>(
        &self,
        bytes: &'b [u8],
        limits: &Limits,
        arena: &'t Arena,
    ) -> Result<Found<'b, 't>, bool> {
        let window = &bytes[..bytes.len().min(limits.head)];
        let (line, version, at) = blocks::request_line(window, limits).ok_or(false)?;
        let (fields, table) = self.room.split_at(self.fields);
        let is_origin = window[line.target_at()] == b'/' && line.method(window) != b"CONNECT";
        let Some(rest) = window[at..].get(..fields.len()) else {
            return Err(!fields.starts_with(&window[at..]));
        };
        if !is_origin || version != self.facts.version() || rest != fields {
            return Err(true);
        }
        let end = at + fields.len();
        let moved = (at as u32).wrapping_sub(self.at as u32);
        let table = table::copy_moved(&table[..self.table], moved, arena);
        let parsed = Parsed {
            outline: Outline {
                line,
                end: end as u32,
                version,
            },
            bytes: &bytes[..end],
            table: table.map_err(|_| false)?,
        };
        Ok(Found {
            parsed,
            facts: self.facts,
        })
    }

    /// Keeps the fields of a head that was found good, if what holds for them depends on nothing
    /// but them, and they fit.
    pub(super) fn keep(&mut self, found: &Found<'_, '_>, limits: &Limits) {
        let (parsed, facts, line) = (&found.parsed, found.facts, found.parsed.outline.line);
        self.fields = 0;
        let is_plain = limits.rules == Rules::NONE && facts.form() == Form::Origin;
        if self.credit == 0 || !is_plain || line.method_at() != 0 {
            return;
        }
        let at = line.target_end() + " HTTP/1.1\r\n".len();
        let fields = &parsed.bytes[at..];
        if fields.len() + parsed.table.len() > self.room.len() {
            return;
        }
        self.room[..fields.len()].copy_from_slice(fields);
        self.room[fields.len()..][..parsed.table.len()].copy_from_slice(parsed.table);
        (self.fields, self.table) = (fields.len(), parsed.table.len());
        (self.at, self.facts) = (at, facts);
    }
}

/// Numbers alone: what clients sent is in there.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("bytes", &self.room.len())
            .field("credit", &self.credit)
            .finish_non_exhaustive()
    }
}

/// Not asked if the arena has no room for it: the second table stays there until the next reset.
fn is_what_a_parse_finds(
    found: &Found<'_, '_>,
    bytes: &[u8],
    limits: &Limits,
    arena: &Arena,
) -> bool {
    match HeadReader::new().read(bytes, arena, limits) {
        Ok(Some(other)) => {
            other.facts == found.facts
                && other.parsed.outline == found.parsed.outline
                && other.parsed.table == found.parsed.table
        }
        Ok(None) => false,
        Err(error) => error.kind() == HeadErrorKind::ArenaFull,
    }
}
