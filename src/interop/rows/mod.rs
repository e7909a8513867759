//! The numbers of each block's stats by name: what `metrics` exports and `serde` writes.
//!
//! The stats are plain fields. Here they are once more, as rows, so that the two cannot differ in
//! what they know; a test compares the rows with the fields.

mod blocks;
mod cache;

/// A number of the stats `S`.
pub(super) struct Row<S> {
    /// The name of its field.
    pub(super) name: &'static str,
    #[allow(dead_code, reason = "serde has no use for it")]
    pub(super) kind: Kind,
    pub(super) read: fn(&S) -> u64,
}

/// What becomes of a number with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only rises.
    Counter,
    /// It is as it is now.
    Gauge,
}

/// Stats that are numbers with names.
pub(super) trait Rows: Sized + 'static {
    /// The struct's name.
    #[allow(dead_code, reason = "metrics have names of their own")]
    const NAME: &'static str;
    const ROWS: &'static [Row<Self>];
}

const fn counter<S>(name: &'static str, read: fn(&S) -> u64) -> Row<S> {
    let kind = Kind::Counter;
    Row { name, kind, read }
}

const fn gauge<S>(name: &'static str, read: fn(&S) -> u64) -> Row<S> {
    let kind = Kind::Gauge;
    Row { name, kind, read }
}
