//! How an entry is to be stored, and a load to be asked for.

/// How much an insert may push out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Whatever the policy says.
    Full,
    /// Free room, or an entry nobody has used.
    Low,
}

/// How an insert is to keep its entry.
#[derive(Clone, Copy)]
pub(crate) struct Stay {
    pub(crate) fresh_until: u64,
    pub(crate) trust: Trust,
    /// As the cache's weigher says.
    pub(crate) weight: u32,
}

#[cfg(test)]
impl Stay {
    /// As of an insert without terms in a cache without rules.
    pub(crate) const FOREVER: Self = Self {
        fresh_until: super::slot::NEVER,
        trust: Trust::Full,
        weight: 0,
    };
}

/// How to ask for a load, or to store.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) trust: Trust,
    /// Whether the lock may be waited for.
    pub(crate) patient: bool,
}
