//! A head whose fields are those of the head before: what was found about them holds again.
//!
//! A parse is a function of its bytes, so that equal bytes need no second one. What depends on the
//! request line is looked at each time.

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
#[derive(Debug)]
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
        let found = self.find(bytes, limits, arena);
        self.latest_is_repeated = found.is_some();
        if self.latest_is_repeated {
            self.credit = CREDIT.min(self.credit + 1);
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

    #[inline]
    fn find<'b, 't>(
        &self,
        bytes: &'b [u8],
        limits: &Limits,
        arena: &'t Arena,
    ) -> Option<Found<'b, 't>> {
        let window = &bytes[..bytes.len().min(limits.head)];
        let (line, version, at) = blocks::request_line(window, limits)?;
        let (fields, table) = self.room.split_at(self.fields);
        let is_origin = window[line.target_at()] == b'/' && line.method(window) != b"CONNECT";
        if !is_origin || version != self.facts.version() || !window[at..].starts_with(fields) {
            return None;
        }
        let end = at + fields.len();
        let moved = (at as u32).wrapping_sub(self.at as u32);
        let parsed = Parsed {
            outline: Outline {
                line,
                end: end as u32,
                version,
            },
            bytes: &bytes[..end],
            table: table::copy_moved(&table[..self.table], moved, arena).ok()?,
        };
        Some(Found {
            parsed,
            facts: self.facts,
        })
    }

    /// Keeps the fields of a head that was found good, if what holds for them depends on nothing
    /// but them, and they fit.
    pub(super) fn keep(&mut self, found: &Found<'_, '_>, limits: &Limits) {
        let (parsed, facts) = (&found.parsed, found.facts);
        let at = parsed.outline.line.target_end() + " HTTP/1.1\r\n".len();
        let fields = &parsed.bytes[at..];
        let is_plain = limits.rules == Rules::NONE && facts.form() == Form::Origin;
        let fits = fields.len() + parsed.table.len() <= self.room.len();
        if self.fields > 0 {
            // It was compared, for nothing.
            self.credit -= 1;
        }
        if self.credit == 0 || !is_plain || !fits || parsed.outline.line.method_at() != 0 {
            self.fields = 0;
            return;
        }
        self.room[..fields.len()].copy_from_slice(fields);
        self.room[fields.len()..][..parsed.table.len()].copy_from_slice(parsed.table);
        (self.fields, self.table) = (fields.len(), parsed.table.len());
        (self.at, self.facts) = (at, facts);
    }
}

/// Not asked if the arena has no room for it.
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
