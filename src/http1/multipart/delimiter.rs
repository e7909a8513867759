//! The line between two parts, and where it stands in bytes that may be cut anywhere.

/// The longest boundary, RFC 2046 §5.1.1.
pub(super) const BOUNDARY_BYTES: usize = 70;

/// `CRLF -- boundary`.
#[derive(Clone, Copy)]
pub(super) struct Delimiter {
    bytes: [u8; 4 + BOUNDARY_BYTES],
    len: u8,
}

/// What a search for the delimiter came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// It stands at `at` and is `len` bytes long.
    Found { at: usize, len: usize },
    /// Nothing before `at` belongs to one; what follows may be the beginning of one.
    Maybe { at: usize },
}

impl Delimiter {
    /// Of a boundary of at most [`BOUNDARY_BYTES`] bytes.
    pub(super) fn new(boundary: &[u8]) -> Self {
        let mut bytes = [0; 4 + BOUNDARY_BYTES];
        bytes[..4].copy_from_slice(b"\r\n--");
        bytes[4..4 + boundary.len()].copy_from_slice(boundary);
        Self {
            bytes,
            len: 4 + boundary.len() as u8,
        }
    }

    /// With its CRLF.
    pub(super) fn whole(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Without its CRLF: what a line begins with that is no other line.
    pub(super) fn line(&self) -> &[u8] {
        &self.whole()[2..]
    }

    pub(super) fn boundary(&self) -> &[u8] {
        &self.whole()[4..]
    }

    /// The first place in `bytes` where the delimiter stands or may begin; at the very front
    /// it needs no CRLF when a line is `fresh` there.
    ///
    /// Linear: a CR is nowhere in the delimiter but at its front, so a comparison that fails
    /// has not passed the next place to compare at.
    pub(super) fn search(&self, bytes: &[u8], fresh: bool) -> Search {
        if fresh {
            if bytes.starts_with(self.line()) {
                let len = self.line().len();
                return Search::Found { at: 0, len };
            }
            if self.line().starts_with(bytes) {
                return Search::Maybe { at: 0 };
            }
        }
        let whole = self.whole();
        let mut at = 0;
        while let Some(cr) = find_cr(&bytes[at..]) {
            at += cr;
            let candidate = &bytes[at..];
            // Runs of line ends, which are none of ours, are passed over at little cost.
            if candidate.len() >= 4 && candidate[..4] != whole[..4] {
                at += 1;
                continue;
            }
            if candidate.starts_with(whole) {
                let len = whole.len();
                return Search::Found { at, len };
            }
            if whole.starts_with(candidate) {
                return Search::Maybe { at };
            }
            at += 1;
        }
        Search::Maybe { at: bytes.len() }
    }
}

/// The first CR. Without an exit inside a block, so that the compiler compares many at once.
fn find_cr(bytes: &[u8]) -> Option<usize> {
    if bytes.first() == Some(&b'\r') {
        return Some(0);
    }
    let mut clean = 0;
    for block in bytes.chunks_exact(64) {
        if block.iter().fold(0, |any, &b| any | u8::from(b == b'\r')) != 0 {
            break;
        }
        clean += block.len();
    }
    let at = bytes[clean..].iter().position(|&b| b == b'\r')?;
    Some(clean + at)
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_cr_is_found_in_each_place() {
        for len in [0, 1, 63, 64, 65, 200] {
            let mut bytes = vec![b'a'; len];
            assert_eq!(find_cr(&bytes), None);
            for at in (0..len).rev() {
                bytes[at] = b'\r';
                assert_eq!(find_cr(&bytes), Some(at));
            }
        }
    }

    #[test]
    fn a_front_of_the_delimiter_is_held_back() {
        let delimiter = Delimiter::new(b"ab");
        let maybe = |at| Search::Maybe { at };
        for (bytes, want) in [
            (&b""[..], maybe(0)),
            (b"x", maybe(1)),
            (b"x\r", maybe(1)),
            (b"x\r\n--a", maybe(1)),
            (b"x\r\n--ac", maybe(7)),
            (b"\r\r\r\n-", maybe(2)),
            (b"x\r\n--ab", Search::Found { at: 1, len: 6 }),
            (b"--ab", maybe(4)),
        ] {
            assert_eq!(delimiter.search(bytes, false), want);
        }
        assert_eq!(delimiter.search(b"--a", true), maybe(0));
        let found = Search::Found { at: 0, len: 4 };
        assert_eq!(delimiter.search(b"--ab", true), found);
        assert_eq!(delimiter.search(b"--ac", true), maybe(4));
    }
}
