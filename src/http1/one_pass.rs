//! A head in one pass: its bytes are classed a block at a time, and syntax, limits, names and the
//! table follow from the bits.
//!
//! What is not a good head here is none of its business: the scanner finds the wrong byte.

use super::engine::{Outline, Unfit};
use super::grammar::{TARGET, run};
use super::head::Version;
use super::known::{Known, LONGEST};
use super::limits::{Limits, METHOD_BYTES};
use super::line::Line;
use super::table::{Span, TableBuilder};

/// Bytes classed at once.
pub(super) const BLOCK: usize = 64;
pub(super) const HALF: usize = 32;

/// Of the bytes of a block, which belong to a class: the first byte is the lowest bit.
#[derive(Clone, Copy, Default)]
pub(super) struct Classes {
    /// No `tchar`: a name ends here.
    pub(super) not_token: u64,
    /// A control other than HTAB: a value ends here.
    pub(super) control: u64,
}

impl Classes {
    const ALL: Self = Self {
        not_token: u64::MAX,
        control: u64::MAX,
    };

    /// Without the first `shift` bytes, and with those of `behind`.
    #[inline(always)]
    const fn below(self, shift: usize, behind: u64) -> Self {
        Self {
            not_token: self.not_token >> shift | behind,
            control: self.control >> shift | behind,
        }
    }
}

/// A way to class bytes.
pub(super) trait Classify: Copy {
    fn classes(self, block: &[u8; BLOCK]) -> Classes;

    /// Those of half a block, in the lower bits.
    fn classes_of_half(self, half: &[u8; HALF]) -> Classes;

    /// Which bytes may not stand in a target.
    fn not_target(self, bytes: &[u8; HALF]) -> u32;

    /// Whether the first `len` bytes of `name`, which are a token, are those of `spelled` in some
    /// case.
    fn folds_to(self, name: &[u8; LONGEST], spelled: &[u8; LONGEST], len: usize) -> bool;
}

/// Where the pass is.
struct Cursor<'b, C> {
    bytes: &'b [u8],
    classify: C,
    /// Where the present block begins.
    block: usize,
    classes: Classes,
}

impl<C: Classify> Cursor<'_, C> {
    #[inline(always)]
    fn enter(&mut self, block: usize) {
        let rest = self.bytes.get(block..).unwrap_or_default();
        self.block = block;
        self.classes = match rest.first_chunk() {
            Some(block) => self.classify.classes(block),
            None => self.last_classes(rest.len()),
        };
    }

    /// Those of the last bytes, which are fewer than a block. What is behind the end is of both
    /// classes: every search ends there.
    #[inline(always)]
    fn last_classes(&self, len: usize) -> Classes {
        let bytes = self.bytes;
        if len == 0 {
            return Classes::ALL;
        }
        let behind = u64::MAX << len;
        if let Some(block) = bytes.last_chunk() {
            return self.classify.classes(block).below(BLOCK - len, behind);
        }
        if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            // Two halves that overlap: of all bytes there are.
            let first = self.classify.classes_of_half(first);
            let last = self.classify.classes_of_half(last);
            let shift = bytes.len() - HALF;
            return Classes {
                not_token: first.not_token | last.not_token << shift,
                control: first.control | last.control << shift,
            }
            .below(bytes.len() - len, behind);
        }
        let mut padded = [0; BLOCK];
        padded[..len].copy_from_slice(&bytes[bytes.len() - len..]);
        self.classify.classes(&padded)
    }

    /// The first byte from `at` on that `class` has; behind the end if there is none. Searches
    /// only go forward.
    #[inline(always)]
    fn find(&mut self, mut at: usize, class: impl Fn(Classes) -> u64) -> usize {
        loop {
            let within = at - self.block;
            if within < BLOCK {
                let bits = class(self.classes) >> within;
                if bits != 0 {
                    return at + bits.trailing_zeros() as usize;
                }
            }
            at = at.max(self.block + BLOCK);
            self.enter(at);
        }
    }
}

/// Parses `bytes[start..]`, of at most as many fields as `table` has room for.
#[inline(always)]
pub(super) fn parse<C: Classify>(
    classify: C,
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<Outline, Unfit> {
    let mut cursor = Cursor {
        bytes,
        classify,
        block: start,
        classes: Classes::default(),
    };
    cursor.enter(start);
    let method_end = cursor.find(start, |classes| classes.not_token);
    let target_at = method_end + 1;
    let target_end = target_end(classify, bytes, target_at);
    let method_fits = (1..=METHOD_BYTES).contains(&(method_end - start));
    let target_fits = (1..=limits.target).contains(&(target_end - target_at));
    if !method_fits || !target_fits || bytes.get(method_end) != Some(&b' ') {
        return Err(Unfit::Scan);
    }
    let after = bytes.get(target_end..).unwrap_or_default();
    let (Some(b" HTTP/1."), Some([minor, b'\r', b'\n'])) =
        (after.first_chunk::<8>(), after.get(8..11))
    else {
        return Err(Unfit::Scan);
    };
    let version = match minor {
        b'1' => Version::Http11,
        b'0' => Version::Http10,
        _ => return Err(Unfit::Scan),
    };
    let end = fields(&mut cursor, target_end + 11, limits, table)?;
    Ok(Outline {
        line: Line::new(start, method_end, target_at, target_end),
        end: end as u32,
        version,
    })
}

/// Enters the fields from the line at `line` on; where the head ends.
#[inline(always)]
fn fields<C: Classify>(
    cursor: &mut Cursor<'_, C>,
    mut line: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<usize, Unfit> {
    let bytes = cursor.bytes;
    loop {
        let colon = cursor.find(line, |classes| classes.not_token);
        if bytes.get(colon) != Some(&b':') || colon == line {
            let ends = colon == line && bytes[line.min(bytes.len())..].starts_with(b"\r\n");
            return if ends { Ok(line + 2) } else { Err(Unfit::Scan) };
        }
        let line_end = cursor.find(colon + 1, |classes| classes.control);
        let after = bytes.get(line_end..).unwrap_or_default();
        if !after.starts_with(b"\r\n") || line_end - line > limits.line {
            return Err(Unfit::Scan);
        }
        // The CR ends this.
        let mut value_at = colon + 1;
        while matches!(bytes[value_at], b' ' | b'\t') {
            value_at += 1;
        }
        let mut value_end = line_end;
        while value_end > value_at && matches!(bytes[value_end - 1], b' ' | b'\t') {
            value_end -= 1;
        }
        let span = Span {
            name_at: line,
            name_len: colon - line,
            value_at,
            value_len: value_end - value_at,
        };
        if !table.put(span, known(cursor.classify, bytes, line, colon)) {
            return Err(Unfit::Scan);
        }
        line = line_end + 2;
    }
}

/// The known name that stands from `from` to `to`.
#[inline(always)]
fn known<C: Classify>(classify: C, bytes: &[u8], from: usize, to: usize) -> Option<Known> {
    let name = &bytes[from..to];
    let Some(padded) = bytes[from..].first_chunk() else {
        return Known::classify_token(name);
    };
    let known = Known::candidate(name)?;
    classify
        .folds_to(padded, known.padded(), name.len())
        .then_some(known)
}

/// The first byte from `at` on that may not stand in a target.
#[inline(always)]
fn target_end<C: Classify>(classify: C, bytes: &[u8], mut at: usize) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(some) = rest.first_chunk() else {
            return at + run(rest, TARGET);
        };
        let bits = classify.not_target(some);
        if bits != 0 {
            return at + bits.trailing_zeros() as usize;
        }
        at += some.len();
    }
}
