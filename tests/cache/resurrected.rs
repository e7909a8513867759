//! Loads on many threads beside removals and invalidations: nothing read before one of these is
//! served as fresh after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, Load, Lookup, Outcome, Tag};

use super::origin::LONG;

const KEYS: u64 = 8;

/// What stands at the source, and what every reader must see at least.
#[derive(Default)]
struct Rows {
    at_source: [AtomicU64; KEYS as usize],
    /// Raised once an invalidation of what stood there before has returned.
    at_least: [AtomicU64; KEYS as usize],
}

struct Source(Arc<Rows>);

impl Load<u64, u64> for Source {
    type Error = ();
    fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
        let row = self.0.at_source[*key as usize].load(Ordering::SeqCst);
        thread::yield_now(); // long enough to be overtaken
        Ok(Some(row))
    }
    fn tag(&self, key: &u64) -> Option<Tag> {
        Some(Tag::new(*key as u16 % 2))
    }
}

type Cached = Cache<u64, u64, Source>;

/// Changes the rows of `keys` at the source, forgets them by `forget`, and says so.
fn change(rows: &Rows, keys: impl Iterator<Item = u64> + Clone, forget: impl FnOnce()) {
    let newest: Vec<_> = keys
        .map(|key| {
            (
                key,
                rows.at_source[key as usize].fetch_add(1, Ordering::SeqCst) + 1,
            )
        })
        .collect();
    forget();
    for (key, row) in newest {
        rows.at_least[key as usize].fetch_max(row, Ordering::SeqCst);
    }
}

/// Reads until told to stop; gives how many were fresh.
fn read(cache: &Cached, rows: &Rows, mut key: u64, stop: &AtomicBool) -> u64 {
    let mut fresh = 0;
    while !stop.load(Ordering::SeqCst) {
        key = (key + 3) % KEYS;
        let least = rows.at_least[key as usize].load(Ordering::SeqCst);
        let loaded = match cache.get_or_load(&key, if key < 4 { LONG } else { Duration::ZERO }) {
            Outcome::Fresh(row) => Some(row),
            _ => None,
        };
        let got = match cache.get(&key) {
            Lookup::Fresh(row) => Some(row),
            _ => None,
        };
        for row in loaded.into_iter().chain(got) {
            assert!(row >= least, "key {key}: {row} where {least} was there");
            fresh += 1;
        }
    }
    fresh
}

fn churn(rounds: u64) {
    let rows = Arc::new(Rows::default());
    let builder = Cache::builder(6).tags(2).loader(Source(Arc::clone(&rows)));
    let cache = builder.loads_max(8).loader_threads(3).build().unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers = [0, 1, 2].map(|key| {
            let (cache, rows, stop) = (&cache, &rows, &stop);
            scope.spawn(move || read(cache, rows, key, stop))
        });
        for round in 0..rounds {
            let key = round % KEYS;
            match round % 11 {
                0 => change(&rows, 0..KEYS, || cache.invalidate_all()),
                1 | 2 => {
                    let tag = round as u16 % 2;
                    let keys = (0..KEYS).filter(move |key| *key as u16 % 2 == tag);
                    change(&rows, keys, || cache.invalidate_tag(Tag::new(tag)).unwrap());
                }
                3 => change(&rows, key..key + 1, || {
                    cache.cancel_load(&key);
                    cache.remove(&key);
                }),
                _ => change(&rows, key..key + 1, || {
                    cache.remove(&key);
                }),
            }
            if round % 3 == 0 {
                thread::yield_now();
            }
        }
        stop.store(true, Ordering::SeqCst);
        let fresh: u64 = readers.map(|reader| reader.join().unwrap()).iter().sum();
        assert!(fresh > 0, "somebody read something");
    });
    let stats = cache.stats();
    assert!(stats.loads_done > 0, "{stats:?}");
}

#[test]
fn what_was_read_before_a_removal_or_an_invalidation_is_never_served_after_it() {
    churn(20_000);
}

#[test]
#[ignore = "stress: minutes"]
fn what_was_read_before_is_never_served_after_for_long() {
    churn(50_000_000);
}
