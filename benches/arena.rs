//! What an arena's steps cost, beside the global allocator's.

use bumpalo::Bump;
use criterion::{Criterion, criterion_group, criterion_main};
use shorttail::arena::{Arena, ArenaPool};

const BYTES: usize = 16 * 1024;

/// The small allocations of one request: 20 header pairs and a few strings.
fn request(arena: &Arena) -> usize {
    let pairs = arena.try_alloc_slice_fill_with(20, |index| (index, index));
    let text = arena.try_alloc_str("a header value of some length");
    pairs.map_or(0, |pairs| pairs.len()) + text.map_or(0, |text| text.len())
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

criterion_group!(benches, steps);
criterion_main!(benches);
