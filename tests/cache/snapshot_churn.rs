//! An export beside writers.

use std::sync::atomic::{AtomicBool, Ordering};

use shorttail::cache::{Cache, Export};

use super::snapshots::{exported, filled, restored};

#[test]
fn what_is_exported_during_churn_is_whole() {
    let cache = filled(1_000, 900);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for seed in 1..=2_u32 {
            let (cache, over) = (&cache, &over);
            scope.spawn(move || {
                let mut state = seed;
                while !over.load(Ordering::Relaxed) {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let key = (state >> 8) % 900;
                    match state >> 30 {
                        0 => drop(cache.remove(&key)),
                        1 => drop(cache.get(&key)),
                        _ => drop(cache.insert(key, u64::from(key) + 1)),
                    }
                }
            });
        }
        for _ in 0..50 {
            let file = exported(&cache, Export::new());
            let empty = Cache::builder(1_000).build().unwrap();
            restored(&empty, &file);
            empty.for_each(|key, value| assert_eq!(*value, u64::from(*key) + 1));
        }
        over.store(true, Ordering::Relaxed);
    });
}
