//! What was invalidated when: a count of invalidations, and stamps of it.

use super::tag::Tag;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The count of invalidations when an entry's value was asked for, its tag, and a bit for negative
/// entries. One word, as each slot has one: 47 bits of the count last for four years of a million
/// invalidations a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Born(u64);

const NEGATIVE: u64 = 1 << 16;
const COUNT: u32 = 17;

impl Born {
    pub(crate) const fn new(count: u64, tag: Option<Tag>) -> Self {
        Self(count << COUNT | Tag::place(tag) as u64)
    }

    /// Invalidations before it.
    #[inline]
    pub(crate) const fn count(self) -> u64 {
        self.0 >> COUNT
    }

    /// Its tag's place among the stamps plus one, or 0.
    #[inline]
    pub(crate) const fn tag(self) -> u16 {
        self.0 as u16
    }

    /// The same, counted as of `count`.
    pub(crate) const fn at(self, count: u64) -> Self {
        Self(count << COUNT | self.0 & !(u64::MAX << COUNT))
    }

    pub(crate) const fn negative(self, is_negative: bool) -> Self {
        Self(self.0 & !NEGATIVE | if is_negative { NEGATIVE } else { 0 })
    }

    #[inline]
    pub(crate) const fn is_negative(self) -> bool {
        self.0 & NEGATIVE != 0
    }
}

/// Read by every look-up, written by invalidations.
pub(crate) struct Sequence {
    /// Invalidations begun so far.
    count: AtomicU64,
    /// The last of all entries.
    all: AtomicU64,
    /// The last of each tag's.
    tags: Box<[AtomicU64]>,
    /// Whether anything was ever invalidated; removals of some do not count.
    kills: AtomicBool,
}

impl Sequence {
    pub(crate) fn new(tags: usize) -> Self {
        Self {
            count: AtomicU64::new(0),
            all: AtomicU64::new(0),
            tags: (0..tags).map(|_| AtomicU64::new(0)).collect(),
            kills: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(crate) fn count(&self) -> u64 {
        // Acquire: with the Release in `next`; who was told of an invalidation counts it. [cache-8]
        self.count.load(Ordering::Acquire)
    }

    /// Whether the cache has the tag, if there is one.
    pub(crate) const fn knows(&self, born: Born) -> bool {
        born.tag() as usize <= self.tags.len()
    }

    /// Begins a removal of some: a count that only entries stored after this have.
    pub(crate) fn begin(&self) -> u64 {
        self.next()
    }

    /// Whether an entry may be dead.
    pub(crate) fn kills(&self) -> bool {
        // Relaxed: a writer that does not see it yet takes no entry for dead. [cache-16]
        self.kills.load(Ordering::Relaxed)
    }

    fn note_kill(&self) {
        if !self.kills() {
            // Relaxed: as the load. [cache-16]
            self.kills.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn invalidate_all(&self) {
        self.note_kill();
        let count = self.next();
        // Release: who was told of it finds the entries dead. The later of two invalidations
        // stands, whichever comes here first. [cache-8]
        self.all.fetch_max(count, Ordering::Release);
    }

    /// False if there is no such tag.
    pub(crate) fn invalidate_tag(&self, tag: Tag) -> bool {
        let place = usize::from(Tag::place(Some(tag))) - 1;
        self.tags.get(place).is_some_and(|stamp| {
            self.note_kill();
            let count = self.next();
            // Release: as for all. [cache-8]
            stamp.fetch_max(count, Ordering::Release);
            true
        })
    }

    fn next(&self) -> u64 {
        // Release: see `count`. Before the stamp, or an entry that comes between the two would be
        // dead, though who stored it had been told of nothing that it had missed. [cache-8]
        self.count.fetch_add(1, Ordering::Release) + 1
    }

    /// Whether an invalidation came since.
    #[inline]
    pub(crate) fn is_dead(&self, born: Born) -> bool {
        // Acquire: see `invalidate_all`. [cache-8]
        if born.count() < self.all.load(Ordering::Acquire) {
            return true;
        }
        let place = usize::from(born.tag());
        place != 0
            && self.tags.get(place - 1).is_some_and(|stamp| {
                // Acquire: as above. [cache-8]
                born.count() < stamp.load(Ordering::Acquire)
            })
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_birth_keeps_its_parts_apart() {
        for tag in [None, Some(Tag::new(0)), Some(Tag::new(65_534))] {
            for count in [0, 1, (1 << 47) - 1] {
                let born = Born::new(count, tag).negative(true);
                assert_eq!((born.count(), born.tag()), (count, Tag::place(tag)));
                assert!(born.is_negative() && !born.negative(false).is_negative());
                assert_eq!(born.at(7), Born::new(7, tag).negative(true));
            }
        }
    }

    #[test]
    fn a_tag_is_invalidated_alone_and_all_with_it() {
        let sequence = Sequence::new(2);
        let born = |tag| Born::new(sequence.count(), tag);
        let tags = [None, Some(Tag::new(0)), Some(Tag::new(1))];
        let before = tags.map(born);
        assert!(before.iter().all(|born| sequence.knows(*born)));
        assert!(!sequence.knows(Born::new(0, Some(Tag::new(2)))));
        assert!(!sequence.invalidate_tag(Tag::new(2)));
        assert!(sequence.invalidate_tag(Tag::new(1)));
        let between = tags.map(born);
        let dead = |births: [Born; 3]| births.map(|born| sequence.is_dead(born));
        assert_eq!(dead(before), [false, false, true]);
        assert_eq!(dead(between), [false; 3]);
        sequence.invalidate_all();
        assert_eq!(dead(between), [true; 3]);
        assert_eq!(dead(tags.map(born)), [false; 3]);
    }
}
