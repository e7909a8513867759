//! Sixty-four bytes at a time with AVX2: which of them are of a class.

use core::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_andnot_si256, _mm256_broadcastsi128_si256,
    _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
};

use super::blocks_sse2;
use super::engine::Outline;
use super::grammar::{TCHAR, is};
use super::limits::Limits;
use super::line::Line;
use super::one_pass::{self, BLOCK, Classify, HALF, Runs};
use super::table::{TableBuilder, Unfit};
use super::version::Version;

/// Parses a head in one pass.
#[inline]
pub(super) fn parse(
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Option<Result<Outline, Unfit>> {
    let Some(avx2) = Avx2::detect() else {
        return parse_without_avx2(bytes, start, limits, table);
    };
    // SAFETY: `avx2` is proof the features.
    Some(unsafe { parse_avx2(avx2, bytes, start, limits, table) })
}

/// The same on a processor that has not.
pub(super) fn parse_without_avx2(
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Option<Result<Outline, Unfit>> {
    Some(blocks_sse2::parse(bytes, start, limits, table))
}

/// The request line at the front of `bytes`, and where the next line begins.
#[inline]
pub(super) fn request_line(bytes: &[u8], limits: &Limits) -> Option<(Line, Version, usize)> {
    let Some(avx2) = Avx2::detect() else {
        return blocks_sse2::request_line(bytes, limits);
    };
    // SAFETY: `avx2` is proof the features.
    let found = unsafe { request_line_avx2(avx2, bytes, limits) };
    debug_assert_eq!(
        found,
        blocks_sse2::request_line(bytes, limits),
        "vectors of two lengths disagree"
    );
    found
}

/// # Safety
/// As for `parse_avx2`.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
unsafe fn request_line_avx2(
    avx2: Avx2,
    bytes: &[u8],
    limits: &Limits,
) -> Option<(Line, Version, usize)> {
    one_pass::first_line(avx2, bytes, limits)
}

/// # Safety
/// The processor must have the features named above, of which an `Avx2` is the proof.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
unsafe fn parse_avx2(
    avx2: Avx2,
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<Outline, Unfit> {
    one_pass::parse(avx2, bytes, start, limits, table)
}

/// Proof that the processor has AVX2, BMI1, BMI2 and POPCNT.
#[derive(Clone, Copy)]
struct Avx2(());

impl Avx2 {
    /// One load and a test: the standard library asks the processor once.
    #[inline]
    fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt");
        has.then_some(Self(()))
    }
}

/// The bit of each high half of a byte with which a `tchar` is: 2 to 7. Not in their order: rows
/// of powers of two in order are compiled to shifts, one byte at a time.
static BIT_OF_HIGH: [u8; 16] = [0, 0, 8, 1, 4, 16, 2, 32, 0, 0, 0, 0, 0, 0, 0, 0];

/// For each low half, the high halves with which it is a `tchar`. Above 0x7f there is none, and the
/// shuffle that looks up gives 0 there.
static TOKEN_BY_LOW: [u8; 16] = {
    let mut table = [0; 16];
    let mut byte = 0;
    while byte < 128 {
        if is(byte, TCHAR) {
            table[byte as usize & 15] |= BIT_OF_HIGH[byte as usize >> 4];
        }
        byte += 1;
    }
    table
};

impl Classify for Avx2 {
    #[inline(always)]
    fn controls(self, block: &[u8; BLOCK]) -> u64 {
        let (low, high) = block.split_at(HALF);
        // SAFETY: `self` is proof the features, and a half of the block is 32 bytes.
        let [low, high] = [low, high].map(|half| unsafe { controls(half.as_ptr()) });
        u64::from(low) | u64::from(high) << HALF
    }

    #[inline(always)]
    fn controls_of_half(self, half: &[u8; HALF]) -> u32 {
        // SAFETY: `self` is proof the features, and there are 32 bytes.
        unsafe { controls(half.as_ptr()) }
    }

    #[inline(always)]
    fn not_token(self, bytes: &[u8; HALF]) -> u32 {
        // SAFETY: `self` is proof the features, and there are 32 bytes.
        unsafe { not_token(bytes.as_ptr()) }
    }

    #[inline(always)]
    fn not_target(self, bytes: &[u8; HALF]) -> u32 {
        // SAFETY: `self` is proof the features, and there are 32 bytes.
        unsafe { not_target(bytes.as_ptr()) }
    }

    #[inline(always)]
    fn same_folded(self, name: &[u8; HALF], spelled: &[u8; HALF]) -> u32 {
        // SAFETY: `self` is proof the features, and both are 32 bytes.
        unsafe { same_folded(name.as_ptr(), spelled.as_ptr()) }
    }

    #[inline(always)]
    fn find(self, bytes: &[u8], runs: &mut Runs) {
        // SAFETY: `self` is proof the features.
        unsafe { find(self, bytes, runs) }
    }

    #[inline(always)]
    fn fields(
        self,
        bytes: &[u8],
        at: usize,
        runs: &Runs,
        line: usize,
        table: &mut TableBuilder<'_>,
    ) -> Result<usize, Unfit> {
        // SAFETY: `self` is proof the features.
        unsafe { fields(self, bytes, at, runs, line, table) }
    }
}

/// # Safety
/// As for `parse_avx2`.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
#[inline(never)]
unsafe fn find(avx2: Avx2, bytes: &[u8], runs: &mut Runs) {
    one_pass::find(avx2, bytes, runs);
}

/// # Safety
/// As for `parse_avx2`.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
#[inline(never)]
unsafe fn fields(
    avx2: Avx2,
    bytes: &[u8],
    at: usize,
    runs: &Runs,
    line: usize,
    table: &mut TableBuilder<'_>,
) -> Result<usize, Unfit> {
    one_pass::fields(avx2, bytes, at, runs, line, table)
}

/// Of 32 bytes, which are controls other than HTAB.
///
/// # Safety
/// The processor must have AVX2, and 32 bytes must be there to be read.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn controls(bytes: *const u8) -> u32 {
    // SAFETY: the caller has the feature and the bytes. Loads ask for no alignment, and nothing
    // else here reads memory.
    unsafe {
        let v = _mm256_loadu_si256(bytes.cast());
        let below_space = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
        let tab = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(b'\t' as i8));
        let delete = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(0x7f));
        let control = _mm256_or_si256(_mm256_andnot_si256(tab, below_space), delete);
        _mm256_movemask_epi8(control) as u32
    }
}

/// Of 32 bytes, which are no `tchar`.
///
/// # Safety
/// As for `controls`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn not_token(bytes: *const u8) -> u32 {
    // SAFETY: as in `controls`; the tables are 16 bytes each.
    unsafe {
        let v = _mm256_loadu_si256(bytes.cast());
        let by_low = table(&TOKEN_BY_LOW);
        let by_high = table(&BIT_OF_HIGH);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(v), _mm256_set1_epi8(15));
        let token = _mm256_and_si256(
            _mm256_shuffle_epi8(by_low, v),
            _mm256_shuffle_epi8(by_high, high),
        );
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(token, _mm256_setzero_si256())) as u32
    }
}

/// Of 32 bytes, which may not stand in a target: all but visible ASCII, and `#`.
///
/// # Safety
/// As for `controls`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn not_target(bytes: *const u8) -> u32 {
    // SAFETY: as in `controls`.
    unsafe {
        let v = _mm256_loadu_si256(bytes.cast());
        let up_to_space = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(b' ' as i8)), v);
        let delete = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(0x7f));
        let hash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(b'#' as i8));
        let bad = _mm256_or_si256(_mm256_or_si256(up_to_space, delete), hash);
        // The sign of a byte is its highest bit: what is above ASCII.
        (_mm256_movemask_epi8(bad) | _mm256_movemask_epi8(v)) as u32
    }
}

/// Of 32 bytes, which are those of `spelled` once the bit is set that tells cases apart.
///
/// # Safety
/// The processor must have AVX2, and 32 bytes must be there to be read at each.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn same_folded(name: *const u8, spelled: *const u8) -> u32 {
    // SAFETY: as in `controls`.
    unsafe {
        let name = _mm256_loadu_si256(name.cast());
        let folded = _mm256_or_si256(name, _mm256_set1_epi8(0x20));
        let same = _mm256_cmpeq_epi8(folded, _mm256_loadu_si256(spelled.cast()));
        _mm256_movemask_epi8(same) as u32
    }
}

/// A table of 16 bytes, in both halves of a vector.
///
/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn table(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: there are 16 bytes to read, and the caller has the feature.
    unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(bytes.as_ptr().cast())) }
}
