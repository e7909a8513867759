//! A head in one pass: controls are found a block at a time, and so the ends of lines; each line is
//! then looked at by itself.
//!
//! What is not a good head here is none of its business: the scanner finds the wrong byte.

use super::engine::Outline;
use super::grammar::{TARGET, TCHAR, offset_of, run, split_field, trim};
use super::known::{Known, Slot};
use super::limits::{Limits, METHOD_BYTES};
use super::line::Line;
use super::spelled::spelled;
use super::table::{Span, TableBuilder, Unfit};
use super::version::Version;

/// Bytes classed at once.
pub(super) const BLOCK: usize = 64;
pub(super) const HALF: usize = 32;
/// Bytes whose controls are found before a line is looked at.
const STRETCH: usize = 4 * BLOCK;
/// Runs of controls that a block can have.
const RUNS: usize = BLOCK / 2;
/// Those that a stretch can have, and as many more places that may be written to.
const PLACES: usize = STRETCH / 2 + RUNS;

/// A way to class bytes: the first byte is the lowest bit of what these give.
///
/// `find` and `fields` are functions of their own, compiled for the processor that the others need:
/// as one, they have more values alive than there are registers.
pub(super) trait Classify: Copy {
    /// Which bytes are controls other than HTAB.
    fn controls(self, block: &[u8; BLOCK]) -> u64;

    /// The same.
    fn controls_of_half(self, half: &[u8; HALF]) -> u32;

    /// Which bytes are no `tchar`.
    fn not_token(self, bytes: &[u8; HALF]) -> u32;

    /// Which bytes may not stand in a target.
    fn not_target(self, bytes: &[u8; HALF]) -> u32;

    /// Which bytes of `name` are those of `spelled` once the bit is set that tells cases apart.
    fn same_folded(self, name: &[u8; HALF], spelled: &[u8; HALF]) -> u32;

    /// [`find`].
    fn find(self, bytes: &[u8], runs: &mut Runs);

    /// [`fields`].
    fn fields(
        self,
        bytes: &[u8],
        at: usize,
        runs: &Runs,
        line: usize,
        table: &mut TableBuilder<'_>,
    ) -> Result<usize, Unfit>;
}

/// Where runs of controls begin in a stretch of a head.
pub(super) struct Runs {
    places: [u8; PLACES],
    found: usize,
    /// Of those, how many were looked at.
    taken: usize,
    /// Where the stretch begins, from which the places count, and where the next does.
    base: usize,
    next: usize,
    /// Whether the byte before that is a control: 0 or 1.
    before: u64,
}

impl Runs {
    #[inline(always)]
    const fn new(start: usize) -> Self {
        Self {
            places: [0; PLACES],
            found: 0,
            taken: 0,
            base: start,
            next: start,
            before: 0,
        }
    }
}

/// Finds the runs of the next stretch of `bytes`. What is behind the end counts as one.
#[inline(always)]
pub(super) fn find<C: Classify>(classify: C, bytes: &[u8], runs: &mut Runs) {
    let rest = bytes.get(runs.next..).unwrap_or_default();
    let stretch = &rest[..rest.len().min(STRETCH)];
    let (mut before, mut found, mut offset) = (runs.before, 0, 0);
    let mut note = |controls: u64| {
        let mut begins = controls & !(controls << 1 | before);
        before = controls >> (BLOCK - 1);
        let count = begins.count_ones() as usize;
        let place = |begins: u64| (offset + begins.trailing_zeros() as usize) as u8;
        if let Some(places) = runs.places[found..].first_chunk_mut::<RUNS>() {
            // Two at once, needed or not: few blocks have more, and a branch for each would be
            // guessed wrong.
            places[0] = place(begins);
            begins &= begins.wrapping_sub(1);
            places[1] = place(begins);
            for rest in places.iter_mut().take(count).skip(2) {
                begins &= begins.wrapping_sub(1);
                *rest = place(begins);
            }
        }
        found += count;
        offset += BLOCK;
    };
    let mut blocks = stretch.chunks_exact(BLOCK);
    for block in &mut blocks {
        if let Some(block) = block.first_chunk() {
            note(classify.controls(block));
        }
    }
    if !blocks.remainder().is_empty() {
        note(last_controls(classify, bytes, blocks.remainder().len()));
    }
    (runs.before, runs.found, runs.taken) = (before, found, 0);
    (runs.base, runs.next) = (runs.next, runs.next + stretch.len());
}

/// Those of the last bytes, which are fewer than a block.
#[inline(always)]
fn last_controls<C: Classify>(classify: C, bytes: &[u8], len: usize) -> u64 {
    if let Some(block) = bytes.last_chunk() {
        return classify.controls(block) >> (BLOCK - len) | u64::MAX << len;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        // Two halves that overlap: of all bytes there are.
        let last = u64::from(classify.controls_of_half(last)) << (bytes.len() - HALF);
        let all = u64::from(classify.controls_of_half(first)) | last;
        return all >> (bytes.len() - len) | u64::MAX << len;
    }
    let mut padded = [0; BLOCK];
    padded[..len].copy_from_slice(&bytes[bytes.len() - len..]);
    classify.controls(&padded)
}

/// Parses `bytes[start..]`, of at most as many fields as `table` may have.
#[inline(always)]
pub(super) fn parse<C: Classify>(
    classify: C,
    bytes: &[u8],
    start: usize,
    limits: &Limits,
    table: &mut TableBuilder<'_>,
) -> Result<Outline, Unfit> {
    let mut runs = Runs::new(start);
    while runs.found == 0 {
        more(classify, bytes, &mut runs)?;
    }
    let line_end = runs.base + usize::from(runs.places[0]);
    runs.taken = 1;
    let (line, version) = request_line(classify, bytes, start, line_end, limits)?;
    let mut at = after_line(bytes, line_end)?;
    loop {
        at = classify.fields(bytes, at, &runs, limits.line, table)?;
        if let Ok(end) = after_line(bytes, at) {
            let end = end as u32;
            return Ok(Outline { line, end, version });
        }
        more(classify, bytes, &mut runs)?;
    }
}

#[inline(always)]
fn more<C: Classify>(classify: C, bytes: &[u8], runs: &mut Runs) -> Result<(), Unfit> {
    if runs.next >= bytes.len() {
        return Err(Unfit::Scan);
    }
    classify.find(bytes, runs);
    Ok(())
}

/// Enters the fields from the line at `at` on whose ends are in `runs`; where the next line begins.
#[inline(always)]
pub(super) fn fields<C: Classify>(
    classify: C,
    bytes: &[u8],
    mut at: usize,
    runs: &Runs,
    line: usize,
    table: &mut TableBuilder<'_>,
) -> Result<usize, Unfit> {
    for &place in &runs.places[runs.taken..runs.found] {
        let rest = &bytes[at..];
        let len = (runs.base + usize::from(place)).wrapping_sub(at);
        let field = match rest.first_chunk() {
            Some(window) => usual(classify, window, 0, rest, len),
            // Near the end, in the last bytes there are.
            None => bytes.last_chunk().and_then(|window: &[u8; HALF]| {
                usual(classify, window, HALF - rest.len(), rest, len)
            }),
        };
        let field = match field {
            Some(field) if len <= line => Some(field),
            _ => odd(rest, len, line)?,
        };
        let Some((span, slot)) = field else {
            break;
        };
        table.put(at, span, slot)?;
        at += len + 2;
    }
    Ok(at)
}

/// A field as it most often is: a name of fewer bytes than `HALF`, a colon, a space, and a value
/// that needs no trimming. `window` shows the front of `rest`, behind `shift` other bytes.
#[inline(always)]
fn usual<C: Classify>(
    classify: C,
    window: &[u8; HALF],
    shift: usize,
    rest: &[u8],
    len: usize,
) -> Option<(Span, Slot)> {
    let name_len = (classify.not_token(window) >> shift).trailing_zeros() as usize;
    let Some(&[b':', b' ', first]) = rest.get(name_len..name_len + 3) else {
        return None;
    };
    if name_len == 0 || first <= b' ' || !ends(rest, len) || rest[len - 1] <= b' ' {
        return None;
    }
    let candidate = Slot::candidate(&rest[..name_len]);
    // With the colon, so that no name is found in the front of a longer one.
    let wanted = !(u64::MAX << (name_len + 1));
    let same = u64::from(classify.same_folded(window, spelled(candidate, shift)) >> shift);
    let slot = match same & wanted == wanted {
        true => candidate,
        false => Slot::NONE,
    };
    let value_at = name_len + 2;
    let span = Span {
        name_len,
        value_at,
        value_len: len - value_at,
    };
    Some((span, slot))
}

/// Any other field, of `len` bytes; nothing at the end of the head.
#[inline(never)]
fn odd(rest: &[u8], len: usize, line: usize) -> Result<Option<(Span, Slot)>, Unfit> {
    if rest.starts_with(b"\r\n") {
        return Ok(None);
    }
    if len > line || !ends(rest, len) {
        return Err(Unfit::Scan);
    }
    let (name, value) = split_field(&rest[..len]).map_err(|_| Unfit::Scan)?;
    let value = trim(value);
    let span = Span {
        name_len: name.len(),
        value_at: offset_of(rest, value),
        value_len: value.len(),
    };
    Ok(Some((span, Known::slot(name))))
}

/// Whether the line that is `len` bytes long ends in CRLF.
#[inline(always)]
fn ends(rest: &[u8], len: usize) -> bool {
    rest.get(len..).and_then(<[u8]>::first_chunk) == Some(b"\r\n")
}

/// Behind the CRLF at `end`.
#[inline(always)]
fn after_line(bytes: &[u8], end: usize) -> Result<usize, Unfit> {
    match ends(bytes, end) {
        true => Ok(end + 2),
        false => Err(Unfit::Scan),
    }
}

/// The request line at the front of `bytes`, and where the next line begins.
#[inline(always)]
pub(super) fn first_line<C: Classify>(
    classify: C,
    bytes: &[u8],
    limits: &Limits,
) -> Option<(Line, Version, usize)> {
    let mut block = 0;
    loop {
        let rest = bytes.get(block..)?;
        let controls = match rest.first_chunk() {
            Some(block) => classify.controls(block),
            None if rest.is_empty() => return None,
            None => last_controls(classify, bytes, rest.len()),
        };
        if controls != 0 {
            let end = block + controls.trailing_zeros() as usize;
            let (line, version) = request_line(classify, bytes, 0, end, limits).ok()?;
            return Some((line, version, after_line(bytes, end).ok()?));
        }
        block += BLOCK;
    }
}

/// Method, target and version.
#[inline(always)]
fn request_line<C: Classify>(
    classify: C,
    bytes: &[u8],
    start: usize,
    end: usize,
    limits: &Limits,
) -> Result<(Line, Version), Unfit> {
    let (Some(rest), Some(line)) = (bytes.get(start..), bytes.get(start..end)) else {
        return Err(Unfit::Scan);
    };
    let Some((before, [b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor])) =
        line.split_last_chunk()
    else {
        return Err(Unfit::Scan);
    };
    let version = match minor {
        b'1' => Version::Http11,
        b'0' => Version::Http10,
        _ => return Err(Unfit::Scan),
    };
    let method = match rest.first_chunk() {
        Some(some) => classify.not_token(some).trailing_zeros() as usize,
        None => run(rest, TCHAR),
    };
    let target = before.get(method + 1..).unwrap_or_default();
    // A longer method has no end in what was looked at.
    const { assert!(METHOD_BYTES == HALF) };
    let fits = method > 0 && (1..=limits.target).contains(&target.len());
    if !fits || before[method] != b' ' || !is_target(classify, target) {
        return Err(Unfit::Scan);
    }
    let target_at = start + method + 1;
    let line = Line::new(start, start + method, target_at, target_at + target.len());
    Ok((line, version))
}

/// Whether all of `target` may stand in one.
#[inline(always)]
fn is_target<C: Classify>(classify: C, target: &[u8]) -> bool {
    let Some(last) = target.last_chunk() else {
        return run(target, TARGET) == target.len();
    };
    let mut wrong = classify.not_target(last);
    let mut rest = target;
    while let Some((some, behind)) = rest.split_first_chunk() {
        wrong |= classify.not_target(some);
        rest = behind;
    }
    wrong == 0
}
