//! That a search has found nothing, for the searches after it.

use crate::sync::atomic::{AtomicU64, Ordering};

/// Remembers that nothing is free, from a search that saw so until a word is listed again.
///
/// When a block has no word listed or in doubt, each of its words is marked as unlisted. Who gives
/// a slot back to such a word lists it, and counts that here, before the release is over. So as
/// long as the count is what it was before a search that saw that of every block, no slot is free
/// whose release is over: at one moment, that of the look at the count.
#[derive(Debug)]
pub(super) struct Dry {
    /// Listings by who gave a slot back; of 64 bits on every machine, so that it never comes round.
    listings: AtomicU64,
    /// What that was before the last search that found nothing.
    before: AtomicU64,
}

impl Dry {
    pub(super) fn new() -> Self {
        Self {
            listings: AtomicU64::new(0),
            before: AtomicU64::new(u64::MAX),
        }
    }

    /// Counts a listing, which is done.
    pub(super) fn count(&self) {
        // Release: shows the listing to the search that has counted it. [slots-13]
        self.listings.fetch_add(1, Ordering::Release);
    }

    /// Listings so far: for a search, before it looks anywhere; `None` if it would find nothing.
    #[inline]
    pub(super) fn search(&self) -> Option<u64> {
        // Acquire: pairs with the Release in `count`; what is counted is seen listed. [slots-13]
        let listings = self.listings.load(Ordering::Acquire);
        // Relaxed: of which search this is does not matter: each says it of its count. [slots-13]
        (self.before.load(Ordering::Relaxed) != listings).then_some(listings)
    }

    /// A search that began at `listings` saw no word of any block listed or in doubt.
    pub(super) fn note(&self, listings: u64) {
        // Relaxed: as in `search`. [slots-13]
        self.before.store(listings, Ordering::Relaxed);
    }
}
