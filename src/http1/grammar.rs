//! Byte classes of the HTTP/1.x grammar, one table lookup each.

/// `tchar` of RFC 9110 §5.6.2: methods, field names, list tokens.
pub(super) const TCHAR: u8 = 1;
/// What may stand in a request target: visible ASCII without `#`.
pub(super) const TARGET: u8 = 1 << 1;
/// What may stand in a field value: HTAB, SP, visible ASCII, obs-text.
pub(super) const VALUE: u8 = 1 << 2;
/// What may stand in the name part of a host: unreserved, `%`, sub-delims without the comma,
/// which in a `Host` field is the mark of a joined list.
pub(super) const HOST: u8 = 1 << 3;
/// Inside the brackets of an IP literal: hex digits, `:` and `.`.
pub(super) const IP_LITERAL: u8 = 1 << 4;
/// Visible ASCII that RFC 3986 keeps out of a URI unless it is percent-encoded.
pub(super) const ODD: u8 = 1 << 5;
/// `cookie-octet` of RFC 6265 §4.1.1.
pub(super) const COOKIE: u8 = 1 << 6;
/// What may stand in a host but `%`, which two digits must follow.
pub(super) const PLAIN_HOST: u8 = 1 << 7;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let mut class = 0;
        if b.is_ascii_alphanumeric() || in_set(b, b"!#$%&'*+-.^_`|~") {
            class |= TCHAR;
        }
        if b.is_ascii_graphic() && b != b'#' {
            class |= TARGET;
        }
        if b == b'\t' || b == b' ' || b.is_ascii_graphic() || b >= 0x80 {
            class |= VALUE;
        }
        if b.is_ascii_alphanumeric() || in_set(b, b"-._~%!$&'()*+;=") {
            class |= HOST;
            if b != b'%' {
                class |= PLAIN_HOST;
            }
        }
        if b.is_ascii_hexdigit() || b == b':' || b == b'.' {
            class |= IP_LITERAL;
        }
        if in_set(b, b"\"<>\\^`{|}") {
            class |= ODD;
        }
        if b.is_ascii_graphic() && !in_set(b, b"\",;\\") {
            class |= COOKIE;
        }
        table[byte] = class;
        byte += 1;
    }
    table
}

const fn in_set(byte: u8, set: &[u8]) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `byte` belongs to `class`.
#[inline]
pub(super) const fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// The values of hexadecimal digits.
static HEX_VALUE: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        table[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

/// The value of a hexadecimal digit of either case; above 15 for any other byte.
#[inline]
pub(super) const fn hex(byte: u8) -> u8 {
    HEX_VALUE[byte as usize]
}

/// The name at the front of a field's line, and what stands behind its colon; else the first byte
/// that is neither of a name nor its colon.
#[inline]
pub(super) fn split_field(line: &[u8]) -> Result<(&[u8], &[u8]), usize> {
    let colon = run(line, TCHAR);
    match line[colon..] {
        [b':', ref behind @ ..] if colon > 0 => Ok((&line[..colon], behind)),
        _ => Err(colon),
    }
}

/// The length of the run of `class` at the front of `bytes`.
#[inline]
pub(super) fn run(bytes: &[u8], class: u8) -> usize {
    bytes
        .iter()
        .position(|&b| !is(b, class))
        .unwrap_or(bytes.len())
}

/// Whether all of `bytes` belong to `class`. Without a branch a byte: for short ones.
#[inline]
pub(super) fn all_of(bytes: &[u8], class: u8) -> bool {
    let common = bytes
        .iter()
        .fold(class, |common, &b| common & CLASS[b as usize]);
    common == class
}

/// Bytes that [`long_run`] looks at together.
const BLOCK: usize = 16;

/// [`run`] where it may be long: of `TCHAR`, `TARGET` or `VALUE`, a block at a time.
pub(super) fn long_run(bytes: &[u8], class: u8) -> usize {
    let clean = match class {
        TCHAR => whole_blocks(bytes, is_tchar),
        TARGET => whole_blocks(bytes, is_target),
        VALUE => whole_blocks(bytes, is_value),
        _ => 0,
    };
    clean + run(&bytes[clean..], class)
}

/// The length of the blocks at the front of `bytes` of which `is` says yes to each byte. Without an
/// exit inside a block, so that the compiler compares many at once.
#[inline]
fn whole_blocks(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let blocks = bytes.chunks_exact(BLOCK);
    let whole = blocks.take_while(|block| block.iter().fold(true, |all, &b| all & is(b)));
    whole.count() * BLOCK
}

// The classes once more, by comparisons that need no table. No `&&`: it would be an exit.

fn is_tchar(b: u8) -> bool {
    let within = |from: u8, to: u8| b.wrapping_sub(from) <= to - from;
    within(b'0', b'9')
        | ((b | 0x20).wrapping_sub(b'a') < 26)
        | within(b'#', b'\'')
        | within(b'*', b'+')
        | within(b'-', b'.')
        | within(b'^', b'`')
        | (b == b'!')
        | (b == b'|')
        | (b == b'~')
}

const fn is_target(b: u8) -> bool {
    (b > b' ') & (b < 0x7f) & (b != b'#')
}

const fn is_value(b: u8) -> bool {
    (b >= b' ') & (b != 0x7f) | (b == b'\t')
}

/// `bytes` without SP and HTAB at its ends: optional whitespace, and nothing else.
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The members of a comma-separated list, trimmed; empty members are handed out as they stand.
pub(super) fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(trim)
}

/// Whether `bytes` is a token: one or more `tchar`.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && run(bytes, TCHAR) == bytes.len()
}

/// Where `part` begins in `whole`. `part` must lie inside it.
#[inline]
pub(super) fn offset_of(whole: &[u8], part: &[u8]) -> usize {
    let offset = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
    debug_assert!(offset <= whole.len());
    offset
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn whitespace_is_space_and_tab_only() {
        assert_eq!(trim(b" \ta\x0b\xa0 \t"), b"a\x0b\xa0");
        assert_eq!(trim(b" \t "), b"");
    }

    #[test]
    fn digits_of_both_cases_and_no_others() {
        for byte in 0..=255u8 {
            let digit = char::from(byte).to_digit(16);
            assert_eq!(u32::from(hex(byte)), digit.unwrap_or(255), "{byte}");
        }
    }

    #[test]
    fn a_field_is_split_behind_a_name() {
        assert_eq!(split_field(b"a-B: c:"), Ok((&b"a-B"[..], &b" c:"[..])));
        assert_eq!(split_field(b"a:"), Ok((&b"a"[..], &b""[..])));
        for (line, wrong) in [(&b""[..], 0), (b":b", 0), (b"ab", 2), (b"a :b", 1)] {
            assert_eq!(split_field(line), Err(wrong));
        }
    }

    #[test]
    fn classes_by_comparison_are_those_of_the_table() {
        for b in 0..=255 {
            assert_eq!(is_tchar(b), is(b, TCHAR), "{b}");
            assert_eq!(is_target(b), is(b, TARGET), "{b}");
            assert_eq!(is_value(b), is(b, VALUE), "{b}");
        }
    }

    #[test]
    fn a_long_run_ends_where_a_run_does() {
        for class in [TCHAR, TARGET, VALUE, HOST] {
            for len in 0..3 * BLOCK {
                let mut bytes = vec![b'a'; len];
                assert_eq!(long_run(&bytes, class), len);
                for at in (0..len).rev() {
                    bytes[at] = 0x7f;
                    assert_eq!(long_run(&bytes, class), at);
                }
            }
        }
    }

    #[test]
    fn class_sizes_are_those_of_the_grammar() {
        let count = |class| (0..=255u8).filter(|&b| is(b, class)).count();
        assert_eq!(count(TCHAR), 77);
        assert_eq!(count(TARGET), 93);
        assert_eq!(count(VALUE), 95 + 1 + 128);
        assert_eq!(count(HOST), 62 + 15);
        assert_eq!(count(COOKIE), 94 - 4);
    }
}
