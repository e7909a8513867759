//! Pools of buffers and of arenas.

use serde::de::{Deserialize, Deserializer};

use super::{
    Config, Each, Setting, Wrong, fit_some, flag, list, needed, read, whole, word, word_of,
};
use crate::arena::{self, ArenaPool, Overflow};
use crate::pool::{BufferPool, Builder, BytesBuilder, BytesPool, HugePages};

const PAGES: [(&str, HugePages); 3] = [
    ("system", HugePages::System),
    ("transparent", HugePages::Transparent),
    ("reserved", HugePages::Reserved),
];

/// Tells a builder, in its place.
fn tell<B: Clone>(builder: &mut B, how: impl FnOnce(B) -> B) {
    *builder = how(builder.clone());
}

impl Config for Builder {
    const NAME: &'static str = "BufferPool";
    const SETTINGS: &'static [Setting<Self>] = &[
        list(
            "classes",
            Each::Pair(|c, bytes, slots| {
                let (bytes, slots) = (bytes.try_into().ok()?, slots.try_into().ok()?);
                tell(c, |builder| builder.class(bytes, slots));
                Some(())
            }),
        ),
        flag("use_next_larger", |c, yes| {
            tell(c, |builder| builder.use_next_larger(yes))
        }),
        whole("heap_overflow_bytes", |c, n| {
            let budget_bytes = n.try_into().ok()?;
            tell(c, |builder| builder.heap_overflow(budget_bytes));
            Some(())
        }),
        flag("prefault", |c, yes| {
            tell(c, |builder| builder.prefault(yes))
        }),
        word("huge_pages", |c, name| {
            let mut pages = HugePages::System;
            word_of(&mut pages, &PAGES, name)?;
            tell(c, |builder| builder.huge_pages(pages));
            Some(())
        }),
        flag("lock_memory", |c, yes| {
            tell(c, |builder| builder.lock_memory(yes))
        }),
        flag("dont_fork", |c, yes| {
            tell(c, |builder| builder.dont_fork(yes))
        }),
        flag("wipe", |c, yes| tell(c, |builder| builder.wipe(yes))),
        flag("track_age", |c, yes| {
            tell(c, |builder| builder.track_age(yes))
        }),
    ];
    type Built = Self;

    fn initial() -> Self {
        BufferPool::builder()
    }

    fn built(self) -> Result<Self, Wrong> {
        let sorted = self.sorted();
        sorted.map_err(|error| ("classes", error.to_string()))
    }
}

/// `classes`, a list of pairs of a slot's bytes and the number of slots, which must be there; the
/// rest as far as it is there: `use_next_larger`, `heap_overflow_bytes`, `prefault`, `huge_pages`
/// (`system`, `transparent`, `reserved`), `lock_memory`, `dont_fork`, `wipe`, `track_age`. Whether
/// the system gives the memory, [`Builder::build`] says.
impl<'de> Deserialize<'de> for Builder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Self, D>(deserializer)
    }
}

impl Config for BytesBuilder {
    const NAME: &'static str = "BytesPool";
    const SETTINGS: &'static [Setting<Self>] = &[
        list(
            "classes",
            Each::Pair(|c, bytes, slots| {
                let (bytes, slots) = (bytes.try_into().ok()?, slots.try_into().ok()?);
                tell(c, |builder| builder.class(bytes, slots));
                Some(())
            }),
        ),
        flag("use_next_larger", |c, yes| {
            tell(c, |builder| builder.use_next_larger(yes))
        }),
        whole("looks", |c, n| {
            let looks = n.try_into().ok()?;
            tell(c, |builder| builder.looks(looks));
            Some(())
        }),
        flag("track_age", |c, yes| {
            tell(c, |builder| builder.track_age(yes))
        }),
    ];
    type Built = Self;

    fn initial() -> Self {
        BytesPool::builder()
    }

    fn built(self) -> Result<Self, Wrong> {
        let sorted = self.sorted();
        sorted.map_err(|error| ("classes", error.to_string()))
    }
}

/// As of a [`Builder`], as far as it has them: `classes`, `use_next_larger`, `track_age`; and
/// `looks`.
impl<'de> Deserialize<'de> for BytesBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Self, D>(deserializer)
    }
}

/// An [`arena::Builder`] as a file has it.
#[derive(Default)]
struct Arenas {
    count: Option<usize>,
    bytes_each: Option<usize>,
    arena_bytes_max: Option<usize>,
    budget_bytes: Option<usize>,
    spares: Option<usize>,
    wipe: bool,
}

impl Arenas {
    /// What of growth is there goes together.
    fn overflow(&self) -> Result<Overflow, Wrong> {
        let grows = [self.arena_bytes_max, self.budget_bytes, self.spares];
        if grows.iter().all(Option::is_none) {
            return Ok(Overflow::Strict);
        }
        Ok(Overflow::Grow {
            arena_bytes_max: needed("arena_bytes_max", self.arena_bytes_max)?,
            budget_bytes: needed("budget_bytes", self.budget_bytes)?,
            spares: needed("spares", self.spares)?,
        })
    }
}

impl Config for Arenas {
    const NAME: &'static str = "ArenaPool";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("count", |c, n| fit_some(&mut c.count, n)),
        whole("bytes_each", |c, n| fit_some(&mut c.bytes_each, n)),
        whole("arena_bytes_max", |c, n| {
            fit_some(&mut c.arena_bytes_max, n)
        }),
        whole("budget_bytes", |c, n| fit_some(&mut c.budget_bytes, n)),
        whole("spares", |c, n| fit_some(&mut c.spares, n)),
        flag("wipe", |c, yes| c.wipe = yes),
    ];
    type Built = arena::Builder;

    fn initial() -> Self {
        Self::default()
    }

    fn built(self) -> Result<arena::Builder, Wrong> {
        let count = needed("count", self.count)?;
        let bytes_each = needed("bytes_each", self.bytes_each)?;
        let builder = ArenaPool::builder(count, bytes_each);
        let builder = builder.overflow(self.overflow()?).wipe(self.wipe);
        let Err(error) = builder.check() else {
            return Ok(builder);
        };
        let setting = match error {
            arena::ConfigError::NoBytes => "bytes_each",
            arena::ConfigError::LimitBelowSize { .. } => "arena_bytes_max",
            arena::ConfigError::NoSpares => "spares",
            // So many arenas, or so many spares.
            _ if count > 0 && u32::try_from(count).is_ok() => "spares",
            _ => "count",
        };
        Err((setting, error.to_string()))
    }
}

/// `count` and `bytes_each`, which must be there; `arena_bytes_max`, `budget_bytes` and `spares`,
/// together, if arenas may grow; `wipe`. Whether there is memory for it,
/// [`arena::Builder::build`] says.
impl<'de> Deserialize<'de> for arena::Builder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Arenas, D>(deserializer)
    }
}
