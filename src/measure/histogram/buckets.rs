//! Which bucket a value falls into: log-linear buckets, 32 to each power of two.
//!
//! ```text
//! value   0 … 63        one bucket each: exact
//!        64 … 127       32 buckets of 2
//!       128 … 255       32 buckets of 4
//!        …
//!      2^35 … 2^36 - 1  32 buckets of 2^30
//! ```
//! A bucket is at most 1/32 of its lower edge wide, so its upper edge overstates a value in it by
//! at most 3.2 %. The layout is that of HdrHistogram (Gil Tene, 2012).

/// log2 of the buckets in each power of two.
const GROUPING: u32 = 5;

/// log2 of the first value out of range: 68.7 s in nanoseconds.
const RANGE: u32 = 36;

/// Number of buckets.
pub(crate) const BUCKETS: usize = ((RANGE - GROUPING + 1) as usize) << GROUPING;

/// The largest value with a bucket of its own size class.
pub(crate) const VALUE_MAX: u64 = (1 << RANGE) - 1;

const _: () = assert!(BUCKETS == 1024);

/// The bucket of `value`; values out of range are in the last one.
#[inline]
pub(crate) const fn index_of(value: u64) -> usize {
    let value = if value > VALUE_MAX { VALUE_MAX } else { value };
    // The bit set below makes every value under 32 count as one of the first group.
    let shift = (u64::BITS - 1 - GROUPING) - (value | 1 << GROUPING).leading_zeros();
    ((shift as usize) << GROUPING) + (value >> shift) as usize
}

/// The smallest value in bucket `index`.
pub(crate) const fn lower_edge(index: usize) -> u64 {
    let shift = (index >> GROUPING).saturating_sub(1);
    ((index - (shift << GROUPING)) as u64) << shift
}

/// The largest value in bucket `index`.
pub(crate) const fn upper_edge(index: usize) -> u64 {
    if index + 1 < BUCKETS {
        lower_edge(index + 1) - 1
    } else {
        VALUE_MAX
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn buckets_cover_the_range_without_gap_or_overlap() {
        let mut next = 0;
        for index in 0..BUCKETS {
            assert_eq!(lower_edge(index), next);
            assert_eq!(index_of(lower_edge(index)), index);
            assert_eq!(index_of(upper_edge(index)), index);
            next = upper_edge(index) + 1;
        }
        assert_eq!(next, VALUE_MAX + 1);
        assert_eq!(index_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_bucket_is_at_most_a_32nd_of_its_lower_edge_wide() {
        for index in 0..BUCKETS {
            let width = upper_edge(index) - lower_edge(index) + 1;
            assert!(width == 1 || width * 32 <= lower_edge(index));
        }
    }
}
