//! An arena's memory is resident before it is lent, and stays so.
//!
//! Each count is the calling thread's own, of code that ran before on the same thread, and has to
//! be 0: see `page_faults`.

use std::sync::Barrier;
use std::thread;

use shorttail::arena::{Arena, ArenaPool, ArenaVec, PooledArena};

use crate::page_faults::{faults_in, plant, under_a_sanitizer};

/// As many bytes as 256 pages have, on 257: no block of the heap begins where a page does.
const BYTES: usize = 1 << 20;

/// An arena's memory is pages that nobody has touched yet: without this, glibc takes blocks of a
/// size that was freed before from its heap, and their neighbours touch some of them. Another
/// allocator, a sanitizer's for one, refuses, and does what it does.
fn fresh_blocks() {
    #[cfg(target_env = "gnu")]
    // SAFETY: the call takes two numbers, and changes where later blocks come from.
    let _asked = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 17) };
}

/// A request that writes every byte of the arena, in pieces, a vector and the rest.
fn fill(arena: &Arena) {
    for piece in 0..16_u8 {
        arena.try_alloc([piece; 1024]).unwrap();
    }
    let mut bytes = ArenaVec::new(arena);
    while bytes.len() < arena.capacity() / 2 {
        bytes.try_extend_from_slice(&[1_u8; 4096]).unwrap();
    }
    let rest = arena.remaining();
    arena.try_alloc_slice_fill_with(rest, |_| 2_u8).unwrap();
    assert!(arena.try_alloc(1_u8).is_err());
}

/// Fills every arena of `pool`, all of them lent at once.
fn fill_all(pool: &ArenaPool, held: &mut [Option<PooledArena>]) {
    for place in &mut *held {
        let arena = pool.try_acquire().unwrap();
        fill(&arena);
        *place = Some(arena);
    }
    held.fill_with(|| None);
}

/// Faults of four threads, each with a share of the pool's arenas; `between` is called by each
/// before the first arena is lent.
fn faults_of_four(between: impl Fn() + Sync) -> [libc::c_long; 4] {
    fresh_blocks();
    let pool = |arenas| ArenaPool::new(arenas, BYTES).unwrap();
    let (warm, pool) = (pool(4), pool(16));
    let begin = Barrier::new(4);
    let share = || {
        let mut held: Vec<_> = (0..4).map(|_| None).collect();
        fill_all(&warm, &mut held[..1]);
        begin.wait();
        faults_in(|| {
            between();
            (0..3).for_each(|_| fill_all(&pool, &mut held));
        })
    };
    thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(share));
        threads.map(|thread| thread.join().unwrap())
    })
}

#[test]
fn the_first_touch_of_lent_arenas_faults_on_no_thread() {
    if under_a_sanitizer() {
        return;
    }
    assert_eq!(faults_of_four(|| ()), [0; 4]);
}

#[test]
fn the_first_touch_of_an_arena_does_not_fault() {
    if under_a_sanitizer() {
        return;
    }
    fresh_blocks();
    fill(&Arena::new(BYTES).unwrap());
    let mut arena = Arena::new(BYTES).unwrap();
    let faults = faults_in(|| {
        for _ in 0..3 {
            fill(&arena);
            arena.reset();
        }
    });
    assert_eq!(faults, 0);
}

/// The control: a page that nobody has touched is a fault on each thread, and it is seen.
#[test]
fn planted_faults_are_seen() {
    let counts = faults_of_four(plant);
    assert!(counts.iter().all(|faults| *faults > 0), "{counts:?}");
}
