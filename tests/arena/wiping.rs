//! With wiping on, nothing of one lease is left in the memory of the next.

use shorttail::arena::{ArenaPool, ArenaVec, Overflow};

const SECRET: u8 = 0x5C;

#[test]
fn what_a_lease_wrote_is_zeros_to_the_next() {
    let grow = Overflow::Grow {
        arena_bytes_max: 4096,
        budget_bytes: 4096,
        spares: 1,
    };
    for overflow in [Overflow::Strict, grow] {
        let builder = ArenaPool::builder(1, 1024).overflow(overflow).wipe(true);
        let pool = builder.build().unwrap();
        let mut arena = pool.try_acquire().unwrap();
        let mut places = Vec::new();
        while let Ok(piece) = arena.try_alloc_slice_fill_with(500, |_| SECRET) {
            places.push(std::ptr::from_mut(piece).cast::<u8>());
        }
        assert!(places.len() >= 2);
        arena.reset();
        for place in places {
            for index in 0..500 {
                // SAFETY: the arena still holds all its blocks, and this is one of its pieces.
                let byte = unsafe { place.add(index) };
                // SAFETY: as above; it was written, by us and by the wiping.
                assert_eq!(unsafe { byte.read() }, 0);
            }
        }
    }
}

#[test]
fn what_a_vector_gives_back_is_zeros() {
    let pool = ArenaPool::builder(1, 1024).wipe(true).build().unwrap();
    let arena = pool.try_acquire().unwrap();
    let mut secret = ArenaVec::new(&arena);
    secret.try_extend_from_slice(&[SECRET; 100]).unwrap();
    drop(secret);
    let room = arena.try_alloc_uninit_slice::<u8>(100).unwrap();
    // SAFETY: every byte was written, by us and by the wiping.
    assert!(room.iter().all(|byte| unsafe { byte.assume_init() } == 0));
}
