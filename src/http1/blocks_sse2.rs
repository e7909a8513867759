//! Sixty-four bytes at a time with SSE2, which every x86-64 processor has: for those without AVX2.

use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128,
    _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8, _mm_sub_epi8,
};

use super::engine::Outline;
use super::limits::Limits;
use super::line::Line;
use super::one_pass::{self, BLOCK, Classify, HALF, Runs};
use super::table::{TableBuilder, Unfit};
use super::version::Version;

/// Bytes of a vector.
const LANES: usize = 16;

/// Parses a head in one pass.
pub(super) fn parse(
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<Outline, Unfit> {
    one_pass::parse(Sse2, bytes, start, limits, table)
}

/// The request line at the front of `bytes`, and where the next line begins.
pub(super) fn request_line(bytes: &[u8], limits: &Limits) -> Option<(Line, Version, usize)> {
    one_pass::first_line(Sse2, bytes, limits)
}

#[derive(Clone, Copy)]
struct Sse2;

impl Classify for Sse2 {
    #[inline(always)]
    fn controls(self, block: &[u8; BLOCK]) -> u64 {
        let (low, high) = block.split_at(HALF);
        u64::from(mask_of(low, controls)) | u64::from(mask_of(high, controls)) << HALF
    }

    #[inline(always)]
    fn controls_of_half(self, half: &[u8; HALF]) -> u32 {
        mask_of(half, controls)
    }

    #[inline(always)]
    fn not_token(self, bytes: &[u8; HALF]) -> u32 {
        mask_of(bytes, not_token)
    }

    #[inline(always)]
    fn not_target(self, bytes: &[u8; HALF]) -> u32 {
        mask_of(bytes, not_target)
    }

    #[inline(always)]
    fn same_folded(self, name: &[u8; HALF], spelled: &[u8; HALF]) -> u32 {
        let (name, spelled) = (vectors(name), vectors(spelled));
        let same = |at: usize| {
            // SAFETY: x86-64 has SSE2.
            unsafe {
                let folded = _mm_or_si128(name[at], all(0x20));
                _mm_movemask_epi8(_mm_cmpeq_epi8(folded, spelled[at])) as u32
            }
        };
        same(0) | same(1) << LANES
    }

    #[inline(never)]
    fn find(self, bytes: &[u8], runs: &mut Runs) {
        one_pass::find(self, bytes, runs);
    }

    #[inline(never)]
    fn fields(
        self,
        bytes: &[u8],
        at: usize,
        runs: &Runs,
        line: usize,
        table: &mut TableBuilder<'_>,
    ) -> Result<usize, Unfit> {
        one_pass::fields(self, bytes, at, runs, line, table)
    }
}

/// Of the 32 bytes of `half`, which are of a class.
#[inline(always)]
fn mask_of(half: &[u8], class: impl Fn(__m128i) -> __m128i) -> u32 {
    let [low, high] = vectors(half).map(|v| {
        // SAFETY: x86-64 has SSE2.
        unsafe { _mm_movemask_epi8(class(v)) as u32 }
    });
    low | high << LANES
}

/// The 32 bytes of `half`.
#[inline(always)]
fn vectors(half: &[u8]) -> [__m128i; 2] {
    let (low, high) = half.split_at(LANES);
    [low, &high[..LANES]].map(|part| {
        // SAFETY: a part is 16 bytes, and an unaligned load asks for no alignment.
        unsafe { _mm_loadu_si128(part.as_ptr().cast()) }
    })
}

#[inline(always)]
fn all(byte: u8) -> __m128i {
    // SAFETY: x86-64 has SSE2.
    unsafe { _mm_set1_epi8(byte as i8) }
}

#[inline(always)]
fn are(v: __m128i, byte: u8) -> __m128i {
    // SAFETY: x86-64 has SSE2.
    unsafe { _mm_cmpeq_epi8(v, all(byte)) }
}

#[inline(always)]
fn any<const N: usize>(masks: [__m128i; N]) -> __m128i {
    // SAFETY: x86-64 has SSE2.
    masks
        .into_iter()
        .fold(all(0), |any, mask| unsafe { _mm_or_si128(any, mask) })
}

/// From `first` to `last`.
#[inline(always)]
fn within(v: __m128i, first: u8, last: u8) -> __m128i {
    // SAFETY: x86-64 has SSE2.
    unsafe {
        let from_first = _mm_sub_epi8(v, all(first));
        _mm_cmpeq_epi8(_mm_min_epu8(from_first, all(last - first)), from_first)
    }
}

/// Below `byte`, or above ASCII: bytes compare as signed.
#[inline(always)]
fn below_or_beyond(v: __m128i, byte: u8) -> __m128i {
    // SAFETY: x86-64 has SSE2.
    unsafe { _mm_cmplt_epi8(v, all(byte)) }
}

/// Controls other than HTAB.
#[inline(always)]
fn controls(v: __m128i) -> __m128i {
    let below_space = within(v, 0, 0x1f);
    // SAFETY: x86-64 has SSE2.
    let control = unsafe { _mm_andnot_si128(are(v, b'\t'), below_space) };
    any([control, are(v, 0x7f)])
}

/// No `tchar`.
#[inline(always)]
fn not_token(v: __m128i) -> __m128i {
    // SAFETY: x86-64 has SSE2.
    let even = unsafe { _mm_and_si128(v, all(!1)) };
    any([
        below_or_beyond(v, b'!'),
        are(v, b'"'),
        // ( and ).
        are(even, b'('),
        are(v, b','),
        are(v, b'/'),
        // : ; < = > ? @
        within(v, b':', b'@'),
        // [ \ ]
        within(v, b'[', b']'),
        are(v, b'{'),
        are(v, b'}'),
        are(v, 0x7f),
    ])
}

/// What may not stand in a target: all but visible ASCII, and `#`.
#[inline(always)]
fn not_target(v: __m128i) -> __m128i {
    any([below_or_beyond(v, b'!'), are(v, 0x7f), are(v, b'#')])
}

#[cfg(test)]
mod tests {
    use super::super::grammar::{TARGET, TCHAR, is};
    use super::*;

    /// Every byte at every place of a half, among bytes of each kind.
    #[test]
    fn classes_are_the_grammars() {
        let control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
        for byte in 0..=u8::MAX {
            for place in 0..HALF {
                for around in [b'a', b'\r', 0xff, byte] {
                    let mut half = [around; HALF];
                    half[place] = byte;
                    let bits = |class: &dyn Fn(u8) -> bool| {
                        let bit = |(at, &byte): (usize, &u8)| u32::from(class(byte)) << at;
                        half.iter().enumerate().map(bit).sum::<u32>()
                    };
                    assert_eq!(Sse2.controls_of_half(&half), bits(&control), "{byte}");
                    assert_eq!(Sse2.not_token(&half), bits(&|b| !is(b, TCHAR)), "{byte}");
                    assert_eq!(Sse2.not_target(&half), bits(&|b| !is(b, TARGET)), "{byte}");
                    let spelled = [b'a'; HALF];
                    let same = bits(&|b| b | 0x20 == b'a');
                    assert_eq!(Sse2.same_folded(&half, &spelled), same, "{byte}");
                    let mut block = [around; BLOCK];
                    block[HALF..].copy_from_slice(&half);
                    let low = if control(around) { u32::MAX } else { 0 };
                    let whole = u64::from(bits(&control)) << HALF | u64::from(low);
                    assert_eq!(Sse2.controls(&block), whole, "{byte}");
                }
            }
        }
    }
}
