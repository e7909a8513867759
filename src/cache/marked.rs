//! Flights whose waiters are to be woken once the lock is given back.

use super::flight::LOADS_MAX;

/// A bit for each flight that a cache can have at most; no word is touched before the first mark.
pub(crate) struct Marked(Option<[u64; WORDS]>);

const WORDS: usize = 2 * LOADS_MAX / 64;

impl Marked {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn mark(&mut self, flight: u32) {
        let words = self.0.get_or_insert([0; WORDS]);
        words[flight as usize / 64] |= 1 << (flight % 64);
    }

    /// By reference: an array that is moved is copied, marks or none.
    pub(crate) fn each(&self, mut visit: impl FnMut(u32)) {
        let Some(words) = &self.0 else {
            return;
        };
        for (word, at) in words.iter().zip(0_u32..) {
            let mut word = *word;
            while word != 0 {
                visit(at * 64 + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_that_was_marked_is_visited_once() {
        let visited = |marks: &[u32]| {
            let (mut marked, mut visited) = (Marked::none(), Vec::new());
            marks.iter().for_each(|mark| marked.mark(*mark));
            marked.each(|flight| visited.push(flight));
            visited
        };
        let last = 2 * LOADS_MAX as u32 - 1;
        assert_eq!(visited(&[]), []);
        assert_eq!(visited(&[last, 64, 0, 63, 64]), [0, 63, 64, last]);
    }
}
