//! Arenas from a pool: what was put in stays as it was until the reset, aligned and apart from all
//! else; no arena grows past its capacity, and each is lent empty, to one holder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorttail::arena::{Arena, ArenaPool};

const ARENAS: usize = 2;
const BYTES: usize = 512;

/// One run of allocations, each checked against a copy of what was put in.
fn fill(arena: &Arena, steps: &[u8]) {
    let mut bytes: Vec<(&mut [u8], Vec<u8>)> = Vec::new();
    let mut words: Vec<(&mut u64, u64)> = Vec::new();
    for (value, step) in (0_u64..).zip(steps) {
        let (used, len) = (arena.used(), usize::from(step >> 2));
        let refused = match step & 3 {
            0 => arena
                .try_alloc(value)
                .map(|word| words.push((word, value)))
                .is_err(),
            1 => {
                let model = vec![*step; len];
                arena
                    .try_alloc_slice_copy(&model)
                    .map(|slice| bytes.push((slice, model)))
                    .is_err()
            }
            2 => {
                let model: Vec<u8> = (0..len).map(|index| index as u8 ^ step).collect();
                arena
                    .try_alloc_slice_fill_with(len, |index| index as u8 ^ step)
                    .map(|slice| bytes.push((slice, model)))
                    .is_err()
            }
            _ => {
                for (slice, model) in &mut bytes {
                    slice.reverse();
                    model.reverse();
                }
                false
            }
        };
        assert!(arena.used() <= arena.capacity());
        // Eight bytes of padding at most: what is refused did not fit.
        assert!(!refused || used + len.max(8) + 16 > arena.capacity());
    }
    for (slice, model) in &bytes {
        assert_eq!(slice[..], model[..]);
    }
    for (word, model) in &words {
        assert!(std::ptr::from_ref::<u64>(word).is_aligned());
        assert_eq!(**word, *model);
    }
}

fuzz_target!(|data: &[u8]| {
    let pool = ArenaPool::new(ARENAS, BYTES).expect("a pool");
    let mut held = Vec::new();
    let mut refused = 0;
    for steps in data.split(|byte| *byte == 0xff) {
        match steps {
            [op, ..] if op % 4 == 3 && !held.is_empty() => {
                drop(held.swap_remove(usize::from(op / 4) % held.len()));
            }
            [op, ..] if op % 4 == 2 && !held.is_empty() => {
                let nth = usize::from(op / 4) % held.len();
                let arena: &mut shorttail::arena::PooledArena = &mut held[nth];
                arena.reset();
                assert_eq!(arena.used(), 0);
                fill(arena, steps);
            }
            _ => match pool.try_acquire() {
                Ok(arena) => {
                    assert_eq!(arena.used(), 0);
                    fill(&arena, steps);
                    held.push(arena);
                }
                Err(_) => {
                    assert_eq!(held.len(), ARENAS);
                    refused += 1;
                }
            },
        }
        assert_eq!(pool.stats().in_use, held.len());
    }
    assert_eq!(pool.stats().refused, refused);
});
