//! Where a select begins to look.

use crate::sync::MODEL;
use crate::sync::global::{AtomicU64, Ordering};

/// Another one for each select, the same ones in each run.
pub(super) fn seed() -> u64 {
    static MADE: AtomicU64 = AtomicU64::new(1);
    if MODEL {
        return 1; // every run of a model does the same
    }
    // Relaxed: the number is all there is; it publishes nothing. [sync-4]
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    // The golden ratio spreads them, and never gives zero.
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}
