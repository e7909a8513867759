//! What a build leaves to the next one: how many of its requests were too slow.

use core::fmt;

use super::cells::Seen;
use crate::control::fnv::fnv1a;

/// Says what the bytes are, and how they are laid out.
const MAGIC: [u8; 4] = *b"stb2";

/// The bytes of a build's name that are kept.
const NAME: usize = 24;

/// Bytes of a [`Past`]: the name, its hash and three counts.
const PAST: usize = NAME + 4 * 8;

/// Length of what [`EndpointBudget::save`](super::EndpointBudget::save) gives; for an example see
/// [`Carried`].
pub const CARRIED_BYTES: usize = MAGIC.len() + 2 * 8 + 2 * PAST + 4 * 8 + 8;

/// A build, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Build {
    name: [u8; NAME],
    /// Of the whole name: two that begin alike are two.
    hash: u64,
}

impl Build {
    pub(super) const UNNAMED: Self = Self {
        name: [0; NAME],
        hash: 0,
    };

    pub(super) fn new(name: &str) -> Self {
        if name.is_empty() {
            return Self::UNNAMED;
        }
        let (kept, hash) = (
            name.split('\0').next().unwrap_or(""),
            fnv1a(name.as_bytes()),
        );
        let mut end = kept.len().min(NAME);
        while !kept.is_char_boundary(end) {
            end -= 1;
        }
        let mut name = [0; NAME];
        name[..end].copy_from_slice(&kept.as_bytes()[..end]);
        Self { name, hash }
    }

    /// The name, and zeros behind it; `None` if that is not what the bytes are.
    fn as_str(&self) -> Option<&str> {
        let end = self.name.iter().position(|byte| *byte == 0).unwrap_or(NAME);
        let (name, rest) = self.name.split_at(end);
        let is_end = rest.iter().all(|byte| *byte == 0);
        core::str::from_utf8(name).ok().filter(|_| is_end)
    }
}

/// What is known of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Past {
    pub(super) build: Build,
    pub(super) seen: Seen,
}

impl Past {
    const NONE: Self = Self {
        build: Build::UNNAMED,
        seen: Seen::NONE,
    };

    fn bytes(self) -> impl Iterator<Item = u8> {
        let name = self.build.name.into_iter();
        name.chain(le([self.build.hash])).chain(counts(self.seen))
    }
}

/// What an [`EndpointBudget`](super::EndpointBudget) saved: its build, its targets, how many of its
/// requests missed them, of the last 72 hours of each process of this build (where a unit is a
/// minute), and what it was itself compared with. Plain data: a call is a pass over its bytes at
/// most, and neither waits nor allocates.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{CARRIED_BYTES, Carried, EndpointBudget};
///
/// let described = EndpointBudget::builder("GET /cart").p99(Duration::from_millis(250));
/// let saved: [u8; CARRIED_BYTES] = described.of_build("v1.7.0").build(0)?.save();
/// assert_eq!(Carried::parse(&saved)?.build(), "v1.7.0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    pub(super) max_ns: [u64; 2],
    /// Of the process that saved it.
    pub(super) own: Past,
    /// What that was handed of its own build.
    pub(super) inherited: Seen,
    /// What it was compared with.
    pub(super) before: Option<Past>,
    /// Of which percentiles it was told that they are worse.
    pub(super) told: [bool; 2],
}

/// What a process of a build begins with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heritage {
    pub(super) build: Build,
    pub(super) inherited: Seen,
    pub(super) before: Option<Past>,
    pub(super) told: [bool; 2],
}

impl Heritage {
    /// Nothing but the name.
    pub(super) const fn none(build: Build) -> Self {
        Self {
            build,
            inherited: Seen::NONE,
            before: None,
            told: [false; 2],
        }
    }
}

impl Carried {
    /// Of one build, that was compared with none.
    pub(super) const fn of(max_ns: [u64; 2], own: Past) -> Self {
        Self {
            max_ns,
            own,
            inherited: Seen::NONE,
            before: None,
            told: [false; 2],
        }
    }

    /// Reads what was saved; for an example see [`Carried`].
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
        Reader(rest).carried().ok_or(ParseCarriedError::Changed)
    }

    /// What [`parse`](Self::parse) reads: to store what was [merged](Self::merge).
    ///
    /// For an example see [`merge`](Self::merge).
    #[must_use]
    pub fn to_bytes(&self) -> [u8; CARRIED_BYTES] {
        let mut bytes = [0; CARRIED_BYTES];
        let told = u64::from(self.told[0]) | u64::from(self.told[1]) << 1;
        let parts = MAGIC.into_iter().chain(le(self.max_ns));
        let parts = parts.chain(self.own.bytes()).chain(counts(self.inherited));
        let before = self.before.unwrap_or(Past::NONE);
        let parts = parts.chain(before.bytes()).chain(le([told]));
        bytes
            .iter_mut()
            .zip(parts)
            .for_each(|(byte, part)| *byte = part);
        let (body, sum) = bytes.split_at_mut(CARRIED_BYTES - 8);
        sum.copy_from_slice(&fnv1a(body).to_le_bytes());
        bytes
    }

    /// The build that saved it, or the first 24 bytes of its name; for an example see [`Carried`].
    #[must_use]
    pub fn build(&self) -> &str {
        self.own.build.as_str().unwrap_or_default()
    }

    /// How many requests of that build it speaks of; for an example see [`merge`](Self::merge).
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.all().requests
    }

    /// The build that this one was compared with, or the first 24 bytes of its name; `None` if
    /// there was none. For an example see [`merge`](Self::merge).
    #[must_use]
    pub fn compared_with(&self) -> Option<&str> {
        self.before.as_ref()?.build.as_str()
    }

    /// Adds what another instance of the same build has saved, so that the next is compared with
    /// all of them.
    ///
    /// No request counts twice: of what both may have been handed alike, from before they began,
    /// the larger part stays and is not added to. So instances that were all handed one merged
    /// state can be merged again.
    ///
    /// # Errors
    /// [`MergeCarriedError`] of another build, or with other targets; nothing is changed.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// use shorttail::control::{Carried, EndpointBudget};
    ///
    /// let minute_ns = 60_000_000_000;
    /// let described = EndpointBudget::builder("GET /cart").p99(Duration::from_millis(250));
    /// let instance = || -> Result<Carried, Box<dyn std::error::Error>> {
    ///     let budget = described.clone().of_build("v1.7.0").build(0)?;
    ///     assert!(budget.tick(5 * minute_ns).is_none()); // the start
    ///     (0..500).for_each(|_| budget.observe(1_000));
    ///     assert!(budget.tick(6 * minute_ns).is_none());
    ///     Ok(Carried::parse(&budget.save())?)
    /// };
    /// let mut all = instance()?;
    /// all.merge(&instance()?)?;
    /// assert_eq!((all.build(), all.requests()), ("v1.7.0", 1_000));
    /// assert_eq!(Carried::parse(&all.to_bytes())?, all);
    ///
    /// let next = described.of_build("v1.8.0").baseline(all).build(0)?;
    /// assert_eq!(next.compared_with().map(|it| it.requests()), Some(1_000));
    /// let handed_on = Carried::parse(&next.save())?;
    /// assert_eq!(handed_on.compared_with(), Some("v1.7.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge(&mut self, other: &Self) -> Result<(), MergeCarriedError> {
        if self.own.build != other.own.build {
            return Err(MergeCarriedError::Build);
        }
        if self.max_ns != other.max_ns {
            return Err(MergeCarriedError::Targets);
        }
        self.own.seen.add(other.own.seen);
        if other.inherited.requests > self.inherited.requests {
            self.inherited = other.inherited;
        }
        let requests = |past: &Option<Past>| past.map_or(0, |past| past.seen.requests);
        if requests(&other.before) > requests(&self.before) {
            self.before = other.before;
        }
        for (told, theirs) in self.told.iter_mut().zip(other.told) {
            *told |= theirs;
        }
        Ok(())
    }

    const fn all(&self) -> Seen {
        let mut all = self.own.seen;
        all.add(self.inherited);
        all
    }

    /// What a process of `build` has of it.
    pub(super) fn handed_to(self, build: &Build, requests_min: u64) -> Heritage {
        let all = self.all();
        if self.own.build == *build {
            return Heritage {
                build: *build,
                inherited: all,
                before: self.before,
                told: self.told,
            };
        }
        // Of a build that hardly served nothing is known, and one that was told to do worse is no
        // measure for the next: that of theirs is.
        let is_measure = all.requests >= requests_min && self.told == [false; 2];
        let own = Past {
            build: self.own.build,
            seen: all,
        };
        match self.before.filter(|_| !is_measure) {
            Some(before) if before.build == *build => Heritage {
                inherited: before.seen,
                ..Heritage::none(*build)
            },
            before => Heritage {
                before: before.or_else(|| Some(own).filter(|own| own.seen.requests > 0)),
                ..Heritage::none(*build)
            },
        }
    }
}

fn le<const N: usize>(words: [u64; N]) -> impl Iterator<Item = u8> {
    words.into_iter().flat_map(u64::to_le_bytes)
}

fn counts(of: Seen) -> impl Iterator<Item = u8> {
    le([of.requests, of.over[0], of.over[1]])
}

/// Takes apart what has the right length.
struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    /// The next bytes; zeros behind the end, where nobody reads.
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let Some((first, rest)) = self.0.split_first_chunk() else {
            return [0; N];
        };
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    fn seen(&mut self) -> Option<Seen> {
        let requests = self.word();
        let over = [(); 2].map(|()| self.word());
        let is_sound = over.iter().all(|over| *over <= requests);
        is_sound.then_some(Seen { requests, over })
    }

    fn past(&mut self) -> Option<Past> {
        let (name, hash) = (self.bytes(), self.word());
        let (build, seen) = (Build { name, hash }, self.seen()?);
        build.as_str()?;
        Some(Past { build, seen })
    }

    fn carried(&mut self) -> Option<Carried> {
        let max_ns = [(); 2].map(|()| self.word());
        let (own, inherited, before) = (self.past()?, self.seen()?, self.past()?);
        let told = self.word();
        let is_none = before == Past::NONE;
        let is_sound = told < 4 && (is_none || before.seen.requests > 0);
        is_sound.then_some(Carried {
            max_ns,
            own,
            inherited,
            before: (!is_none).then_some(before),
            told: [told & 1 != 0, told & 2 != 0],
        })
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

/// Why two saved states are not [merged](Carried::merge).
///
/// # Examples
/// ```
/// use shorttail::control::MergeCarriedError;
/// assert_eq!(MergeCarriedError::Build.to_string(), "of two builds");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeCarriedError {
    /// They are of two builds.
    Build,
    /// Their targets differ.
    Targets,
}

impl fmt::Display for MergeCarriedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Build => "of two builds",
            Self::Targets => "with two targets",
        })
    }
}

impl std::error::Error for MergeCarriedError {}
