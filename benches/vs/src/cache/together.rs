//! The same stream of gets and inserts by one thread and by eight: what threads cost in hits.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::bench::Bench;
use crate::sheet::Of;

use super::keys::{self, Keys};
use super::{Cache, ENTRIES, value};

const THREADS: usize = 8;

/// Gets and inserts, as many of each.
const PAIRS: usize = 1 << 20;

/// Pairs a thread takes from the stream at a time.
const TAKEN: usize = 64;

/// Hits, and inserts that were turned down, in percent.
fn ask<C: Cache>(threads: usize) -> [f64; 2] {
    let cache = C::with_room(ENTRIES as usize);
    let mut warm = Keys::new(0);
    (0..3 * ENTRIES).for_each(|_| cache.put(warm.next(), value(0)));
    let next = AtomicUsize::new(0);
    let [hits, refused] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    // Relaxed: nothing but the number is handed over.
                    let first = next.fetch_add(TAKEN, Ordering::Relaxed);
                    if first >= PAIRS {
                        return;
                    }
                    for pair in first..first + TAKEN {
                        let hit = cache.get(keys::drawn(2 * pair)).is_some();
                        let key = keys::drawn(2 * pair + 1);
                        let taken = cache.offer(key, value(key));
                        // Relaxed: read after the threads have ended.
                        hits.fetch_add(usize::from(hit), Ordering::Relaxed);
                        refused.fetch_add(usize::from(!taken), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    [hits, refused].map(|count| 100.0 * count.into_inner() as f64 / PAIRS as f64)
}

pub(super) fn row<C: Cache>(bench: &mut Bench, cell: &str) {
    let [alone, _] = ask::<C>(1);
    let [together, refused] = ask::<C>(THREADS);
    println!(
        "{:<22}{alone:>9.2}{together:>11.2}{:>12.2}{refused:>10.4}",
        C::NAME,
        together - alone
    );
    let of = Of {
        cell,
        contender: C::NAME,
        n: PAIRS as u64,
        rounds: 1,
    };
    for (name, percent) in [
        ("alone", alone),
        ("together", together),
        ("refused", refused),
    ] {
        bench.sheet.add(of, name, percent, "%");
    }
}
