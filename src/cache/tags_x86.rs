//! Sixteen tags compared at once.

use core::arch::x86_64::{
    _mm_cmpeq_epi16, _mm_movemask_epi8, _mm_packs_epi16, _mm_set_epi64x, _mm_set1_epi16,
};

use super::index::WORDS;

/// A bit for each tag, the first bucket's and then the second's, that is `tag`.
#[inline(always)]
#[allow(unused_unsafe, reason = "needed before Rust 1.87")]
pub(super) fn like(first: [u64; WORDS], second: [u64; WORDS], tag: u16) -> u32 {
    // SAFETY: every x86-64 has SSE2, and nothing here touches memory.
    unsafe {
        let tags = _mm_set1_epi16(tag as i16);
        let first = _mm_set_epi64x(first[1] as i64, first[0] as i64);
        let second = _mm_set_epi64x(second[1] as i64, second[0] as i64);
        let first = _mm_cmpeq_epi16(first, tags);
        let second = _mm_cmpeq_epi16(second, tags);
        _mm_movemask_epi8(_mm_packs_epi16(first, second)) as u32
    }
}
