//! The known names as vectors compare them: only where there are vectors.

use super::known::{Known, NAMES, Slot};

/// No name is longer.
const LONGEST: usize = 32;

const _: () = assert!(Known::UpgradeInsecureRequests.as_str().len() < LONGEST);

/// Slots there are.
const SLOTS: usize = Known::COUNT + 1;

/// The name of each slot and colons to the end of `LONGEST` bytes, behind as many others; for no
/// name, what no token has.
static SPELLED: [u8; LONGEST * (SLOTS + 1)] = {
    let mut spelled = [b':'; LONGEST * (SLOTS + 1)];
    let mut at = 0;
    while at < LONGEST {
        spelled[LONGEST + at] = b'\n';
        at += 1;
    }
    let mut name = 0;
    while name < Known::COUNT {
        let letters = NAMES[name].1.as_bytes();
        let mut at = 0;
        while at < letters.len() {
            spelled[LONGEST * (name + 2) + at] = letters[at];
            at += 1;
        }
        name += 1;
    }
    spelled
};

/// The slot's name in lower case, then colons, behind `shift` other bytes: at most `LONGEST`. That
/// of no name equals no token.
#[inline(always)]
pub(super) fn spelled(slot: Slot, shift: usize) -> &'static [u8; LONGEST] {
    let at = LONGEST * (usize::from(slot.number()) + 1) - shift;
    let Some(spelled) = SPELLED[at..].first_chunk() else {
        unreachable!("the table is longer")
    };
    spelled
}

#[cfg(all(test, not(shorttail_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_behind_its_shift_with_a_colon_behind_it() {
        for (known, name) in NAMES {
            for shift in 0..LONGEST - name.len() {
                let spelled = &spelled(Slot::of(known), shift)[shift..];
                assert_eq!(spelled[..name.len()], *name.as_bytes());
                assert_eq!(spelled[name.len()], b':');
            }
        }
    }
}
