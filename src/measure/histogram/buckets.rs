//! Which bucket a value falls into: log-linear buckets, as many to each power of two.
//!
//! With [`STANDARD`] buckets:
//! ```text
//! value   0 … 63        one bucket each: exact
//!        64 … 127       32 buckets of 2
//!       128 … 255       32 buckets of 4
//!        …
//!      2^35 … 2^36 - 1  32 buckets of 2^30
//! ```
//! There, a bucket is at most 1/32 of its lower edge wide, so its upper edge overstates a value in
//! it by at most 3.2 %. The layout is that of HdrHistogram (Gil Tene, 2012).

/// Buckets of the smallest preset: values up to 15 are exact, the rest within 12.5 %. 2.2 KiB.
/// For an example see [`STANDARD`].
///
/// For what there are many of, such as one histogram a peer, where the decade is what matters.
pub const COARSE: usize = buckets(3);

/// Buckets of the usual preset: values up to 63 are exact, the rest within 3.2 %. 8.2 KiB.
///
/// # Examples
/// ```
/// use shorttail::measure::{COARSE, FINE, Histogram, STANDARD};
///
/// fn median<const BUCKETS: usize>() -> Option<u64> {
///     let mut seen = Histogram::<BUCKETS>::default();
///     [1_000, 1_000, 9_000].into_iter().for_each(|value| seen.record(value));
///     seen.snapshot().quantile(0.5)
/// }
/// let medians = [median::<COARSE>(), median::<STANDARD>(), median::<FINE>()];
/// assert_eq!(medians, [Some(1_023), Some(1_007), Some(1_003)]); // of 1 000
/// ```
pub const STANDARD: usize = buckets(5);

/// What two values within one bucket of [`STANDARD`] may differ by, as a ratio: a quantile is told
/// as the upper end of its bucket.
pub(crate) const STANDARD_WIDTH: f64 = 1.032;

/// Buckets of the finest preset: values up to 255 are exact, the rest within 0.8 %. 30.7 KiB.
/// For an example see [`STANDARD`].
///
/// For limits that are closer than a bucket of [`STANDARD`] is wide.
pub const FINE: usize = buckets(7);

/// log2 of the first value out of range: 68.7 s in nanoseconds.
const RANGE: u32 = 36;

/// The largest value with a bucket of its own size class.
pub(crate) const VALUE_MAX: u64 = (1 << RANGE) - 1;

const _: () = assert!(COARSE == 272 && STANDARD == 1024 && FINE == 3840);

const fn buckets(grouping: u32) -> usize {
    ((RANGE - grouping + 1) as usize) << grouping
}

/// The layout of a preset, by its number of buckets. Another number does not compile.
pub(crate) struct Layout<const BUCKETS: usize>;

impl<const BUCKETS: usize> Layout<BUCKETS> {
    /// log2 of the buckets in each power of two.
    pub(crate) const GROUPING: u32 = match BUCKETS {
        COARSE => 3,
        STANDARD => 5,
        FINE => 7,
        _ => panic!("a histogram has COARSE, STANDARD or FINE buckets"),
    };

    /// The bucket of `value`; values out of range are in the last one.
    #[inline]
    pub(crate) const fn index_of(value: u64) -> usize {
        let value = if value > VALUE_MAX { VALUE_MAX } else { value };
        // The bit set below makes every value under 2^GROUPING count as one of the first group.
        let first = value | 1 << Self::GROUPING;
        let shift = (u64::BITS - 1 - Self::GROUPING) - first.leading_zeros();
        ((shift as usize) << Self::GROUPING) + (value >> shift) as usize
    }

    /// The smallest value in bucket `index`.
    pub(crate) const fn lower_edge(index: usize) -> u64 {
        let shift = (index >> Self::GROUPING).saturating_sub(1);
        ((index - (shift << Self::GROUPING)) as u64) << shift
    }

    /// The largest value in bucket `index`.
    pub(crate) const fn upper_edge(index: usize) -> u64 {
        if index + 1 < BUCKETS {
            Self::lower_edge(index + 1) - 1
        } else {
            VALUE_MAX
        }
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    fn cover_the_range_without_gap_or_overlap<const B: usize>() {
        let mut next = 0;
        for index in 0..B {
            assert_eq!(Layout::<B>::lower_edge(index), next);
            assert_eq!(Layout::<B>::index_of(Layout::<B>::lower_edge(index)), index);
            assert_eq!(Layout::<B>::index_of(Layout::<B>::upper_edge(index)), index);
            next = Layout::<B>::upper_edge(index) + 1;
        }
        assert_eq!(next, VALUE_MAX + 1);
        assert_eq!(Layout::<B>::index_of(u64::MAX), B - 1);
    }

    fn are_at_most_this_part_of_their_lower_edge_wide<const B: usize>(part: u64) {
        for index in 0..B {
            let (low, high) = (
                Layout::<B>::lower_edge(index),
                Layout::<B>::upper_edge(index),
            );
            let width = high - low + 1;
            assert!(width == 1 || width * part <= low);
        }
    }

    #[test]
    fn buckets_cover_the_range_and_are_as_narrow_as_said() {
        cover_the_range_without_gap_or_overlap::<COARSE>();
        cover_the_range_without_gap_or_overlap::<STANDARD>();
        cover_the_range_without_gap_or_overlap::<FINE>();
        are_at_most_this_part_of_their_lower_edge_wide::<COARSE>(8);
        are_at_most_this_part_of_their_lower_edge_wide::<STANDARD>(32);
        are_at_most_this_part_of_their_lower_edge_wide::<FINE>(128);
    }
}
