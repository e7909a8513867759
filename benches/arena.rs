//! What an arena's steps cost, beside the global allocator's.

use std::hint::black_box;

use bumpalo::Bump;
use criterion::{Criterion, criterion_group, criterion_main};
use shorttail::arena::{Arena, ArenaPool, Overflow};

const BYTES: usize = 16 * 1024;

/// The small allocations of one request: 20 header pairs and a few strings.
fn request(arena: &Arena) -> usize {
    let pairs = arena.try_alloc_slice_fill_with(20, |index| (index, index));
    let text = arena.try_alloc_str("a header value of some length");
    pairs.map_or(0, |pairs| pairs.len()) + text.map_or(0, |text| text.len())
}

/// Ten values of 32 bytes and ten texts of 16: what is compared with other arenas.
const OBJECTS: usize = 10;
const TEXT: &str = "sixteen bytes, 1";

fn twenty_objects(arena: &Arena, seed: u64) {
    for n in 0..OBJECTS as u64 {
        black_box(arena.try_alloc([seed + n; 4])).expect("room for all");
        black_box(arena.try_alloc_str(TEXT)).expect("room for all");
    }
}

fn twenty_objects_of_bumpalo(bump: &Bump, seed: u64) {
    for n in 0..OBJECTS as u64 {
        black_box(bump.alloc([seed + n; 4]));
        black_box(bump.alloc_str(TEXT));
    }
}

/// An arena of fixed size, one that may grow and does not, one of a pool, and bumpalo's.
fn twenty(c: &mut Criterion) {
    let grow = Overflow::Grow {
        arena_bytes_max: 4 * BYTES,
        budget_bytes: 4 * BYTES,
        spares: 1,
    };
    let strict = ArenaPool::new(64, BYTES).unwrap();
    let growing = ArenaPool::builder(64, BYTES)
        .overflow(grow)
        .build()
        .unwrap();
    let mut group = c.benchmark_group("arena_20_objects");
    let mut arena = Arena::new(BYTES).unwrap();
    group.bench_function("reset", |b| {
        b.iter(|| {
            twenty_objects(&arena, black_box(7));
            arena.reset();
        });
    });
    let mut bump = Bump::with_capacity(BYTES);
    group.bench_function("reset_bumpalo", |b| {
        b.iter(|| {
            twenty_objects_of_bumpalo(&bump, black_box(7));
            bump.reset();
        });
    });
    for (name, pool) in [("strict", strict), ("growing", growing)] {
        let mut lent = pool.try_acquire().unwrap();
        group.bench_function(format!("reset_pooled_{name}"), |b| {
            b.iter(|| {
                twenty_objects(&lent, black_box(7));
                lent.reset();
            });
        });
        group.bench_function(format!("acquire_drop_{name}"), |b| {
            b.iter(|| twenty_objects(&pool.try_acquire().unwrap(), black_box(7)));
        });
    }
    group.finish();
}

fn steps(c: &mut Criterion) {
    let pool = ArenaPool::new(64, BYTES).unwrap();
    let mut group = c.benchmark_group("arena");
    group.bench_function("acquire_drop", |b| b.iter(|| pool.try_acquire()));
    group.bench_function("acquire_request_drop", |b| {
        b.iter(|| request(&pool.try_acquire().unwrap()));
    });
    let mut arena = Arena::new(BYTES).unwrap();
    group.bench_function("alloc_u64_reset", |b| {
        b.iter(|| {
            let value = arena.try_alloc(7_u64).map_or(0, |value| *value);
            arena.reset();
            value
        });
    });
    while arena.try_alloc([0_u8; 64]).is_ok() {}
    group.bench_function("refused", |b| {
        b.iter(|| arena.try_alloc([0_u8; 64]).unwrap_err())
    });
    group.bench_function("malloc_request", |b| {
        b.iter(|| {
            let pairs: Vec<(usize, usize)> = (0..20).map(|index| (index, index)).collect();
            (pairs, String::from("a header value of some length"))
        });
    });
    group.bench_function("fresh_bump_request", |b| {
        b.iter(|| {
            let bump = Bump::with_capacity(BYTES);
            let pairs = bump.alloc_slice_fill_with(20, |index| (index, index)).len();
            pairs + bump.alloc_str("a header value of some length").len()
        });
    });
    group.finish();
}

criterion_group!(benches, steps, twenty);
criterion_main!(benches);
