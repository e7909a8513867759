//! What a build leaves to the next one: how many of its requests were too slow.

use core::fmt;

use super::cells::Tally;
use crate::control::fnv::fnv1a;

/// Says what the bytes are, and how they are laid out.
const MAGIC: [u8; 4] = *b"stb1";

/// The bytes of a build's name that are kept.
const NAME: usize = 24;

/// Length of what [`EndpointBudget::save`](super::EndpointBudget::save) gives.
pub const CARRIED_BYTES: usize = MAGIC.len() + NAME + 5 * 8 + 8;

/// What an [`EndpointBudget`](super::EndpointBudget) saved: its build, its targets, and how many of
/// its requests of the last 72 hours missed them (where a unit is a minute).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{Carried, EndpointBudget};
///
/// let budget = EndpointBudget::builder("GET /cart").p99(Duration::from_millis(250)).build(0)?;
/// let saved = budget.save("v1.7.0");
/// assert_eq!(Carried::parse(&saved)?.build(), "v1.7.0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    name: [u8; NAME],
    pub(super) max_ns: [u64; 2],
    pub(super) seen: Tally,
}

impl Carried {
    pub(super) fn new(build: &str, max_ns: [u64; 2], seen: Tally) -> Self {
        let mut name = [0; NAME];
        let mut end = build.len().min(NAME);
        while !build.is_char_boundary(end) {
            end -= 1;
        }
        name[..end].copy_from_slice(&build.as_bytes()[..end]);
        Self { name, max_ns, seen }
    }

    /// Reads what was saved.
    ///
    /// # Errors
    /// If the bytes are of another length or kind, or were changed.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseCarriedError> {
        let bytes: &[u8; CARRIED_BYTES] = match bytes.try_into() {
            Ok(bytes) => bytes,
            Err(_) => return Err(ParseCarriedError::Length(bytes.len())),
        };
        let (body, sum) = bytes.split_at(CARRIED_BYTES - 8);
        let (magic, rest) = body.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(ParseCarriedError::Kind);
        }
        if sum != fnv1a(body).to_le_bytes() {
            return Err(ParseCarriedError::Changed);
        }
        let (kept, numbers) = rest.split_at(NAME);
        let mut name = [0; NAME];
        name.copy_from_slice(kept);
        let mut words = [0; 5];
        for (word, bytes) in words.iter_mut().zip(numbers.chunks_exact(8)) {
            *word = bytes
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        let [first_ns, second_ns, requests, first, second] = words;
        if first > requests || second > requests {
            return Err(ParseCarriedError::Changed);
        }
        Ok(Self {
            name,
            max_ns: [first_ns, second_ns],
            seen: Tally {
                requests,
                over: [first, second],
            },
        })
    }

    /// The build that saved it, or the first 24 bytes of its name.
    #[must_use]
    pub fn build(&self) -> &str {
        let end = self.name.iter().position(|byte| *byte == 0).unwrap_or(NAME);
        core::str::from_utf8(&self.name[..end]).unwrap_or_default()
    }

    /// How many requests it speaks of.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.seen.requests
    }

    pub(super) fn to_bytes(self) -> [u8; CARRIED_BYTES] {
        let mut bytes = [0; CARRIED_BYTES];
        let [first, second] = self.seen.over;
        let words = [
            self.max_ns[0],
            self.max_ns[1],
            self.seen.requests,
            first,
            second,
        ];
        let parts = MAGIC.iter().chain(&self.name).copied();
        let parts = parts.chain(words.into_iter().flat_map(u64::to_le_bytes));
        bytes
            .iter_mut()
            .zip(parts)
            .for_each(|(byte, part)| *byte = part);
        let (body, sum) = bytes.split_at_mut(CARRIED_BYTES - 8);
        sum.copy_from_slice(&fnv1a(body).to_le_bytes());
        bytes
    }
}

/// Why bytes are nothing that a budget saved.
///
/// # Examples
/// ```
/// use shorttail::control::{Carried, ParseCarriedError};
/// assert_eq!(Carried::parse(&[0; 7]), Err(ParseCarriedError::Length(7)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseCarriedError {
    /// So many bytes, not [`CARRIED_BYTES`].
    Length(usize),
    /// They do not begin as such bytes do, or are of another version.
    Kind,
    /// They are not what was saved.
    Changed,
}

impl fmt::Display for ParseCarriedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(len) => write!(f, "{len} bytes, not {CARRIED_BYTES}"),
            Self::Kind => f.write_str("not what a budget of this version saves"),
            Self::Changed => f.write_str("changed since it was saved"),
        }
    }
}

impl std::error::Error for ParseCarriedError {}
