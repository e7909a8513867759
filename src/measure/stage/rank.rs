//! What the slowest requests of a window are ordered by: one word of the window's number and, below
//! it, the request's total.

/// Bits of a rank that hold the total; totals from 2⁴⁰ ns (18 minutes) on rank alike.
pub(super) const TOTAL_BITS: u32 = 40;

/// How many windows an offer may stand still over and still leave what was kept since alone. Few:
/// the numbers come round, and a slot that nobody has written for long looks like a later one's.
const LATER_MAX: u64 = 1 << 10;

pub(super) const fn rank_of(window: u64, total_ns: u64) -> u64 {
    let most = (1 << TOTAL_BITS) - 1;
    let total = if total_ns > most { most } else { total_ns };
    window << TOTAL_BITS | total
}

/// The number of the window, of a floor or a rank; it wraps after 2²⁴ windows.
pub(super) const fn window_of(rank: u64) -> u64 {
    rank >> TOTAL_BITS
}

/// Whether window `a` began after `b`, by no more than [`LATER_MAX`].
pub(super) const fn is_later(a: u64, b: u64) -> bool {
    let ahead = window_of(a.wrapping_sub(b) << TOTAL_BITS);
    0 < ahead && ahead <= LATER_MAX
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn windows_come_after_each_other_across_the_wrap() {
        let last = (1 << (u64::BITS - TOTAL_BITS)) - 1;
        assert!(is_later(2, 1) && is_later(3, 1) && is_later(0, last));
        assert!(!is_later(1, 1) && !is_later(1, 2) && !is_later(last, 0));
    }
}
