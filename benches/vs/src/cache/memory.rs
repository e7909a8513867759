//! What a cache that is four fifths full takes from the allocator, for each entry in it.

use std::sync::Mutex;

use crate::bench::Bench;
use crate::sheet::Of;

use super::{Cache, Value, ours, peers};

const CAPACITIES: [usize; 2] = [10_000, 100_000];

/// Bytes in use of glibc's allocator, its own headers and what it has mapped included.
fn used_bytes() -> usize {
    // SAFETY: the call takes nothing and returns numbers; any thread may make it.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// Twice: what the first one leaves behind for good is not the second one's.
fn bytes_an_entry<C: Cache>(capacity: usize) -> f64 {
    let entries = capacity / 10 * 8;
    let once = || {
        let before = used_bytes();
        let cache = C::with_room(capacity);
        cache.fill(entries as u64);
        cache.settle();
        let used = used_bytes().saturating_sub(before);
        assert!(Cache::get(&cache, 0).is_some());
        used as f64 / entries as f64
    };
    once();
    once()
}

fn row<C: Cache>(bench: &mut Bench, cell: &str) {
    let mut line = format!("{:<22}", C::NAME);
    for capacity in CAPACITIES {
        let bytes = bytes_an_entry::<C>(capacity);
        line += &format!("{bytes:>10.1}");
        let of = Of {
            cell,
            contender: C::NAME,
            n: capacity as u64 / 10 * 8,
            rounds: 1,
        };
        bench
            .sheet
            .add(of, &format!("room {capacity}"), bytes, "B/entry");
    }
    println!("{line}");
}

pub(crate) fn run(bench: &mut Bench) {
    let cell = "cache-memory: bytes an entry, u64 to 64 bytes, four fifths full";
    if !bench.takes(cell) {
        return;
    }
    println!("\n{cell}");
    println!("contender              10 000   100 000 entries of room");
    row::<shorttail::cache::Cache<u64, Value>>(bench, cell);
    row::<ours::Coarse<Value>>(bench, cell);
    row::<moka::sync::Cache<u64, Value>>(bench, cell);
    row::<peers::MokaLru<Value>>(bench, cell);
    row::<mini_moka::sync::Cache<u64, Value>>(bench, cell);
    row::<quick_cache::sync::Cache<u64, Value>>(bench, cell);
    row::<tinyufo::TinyUfo<u64, Value>>(bench, cell);
    row::<foyer_memory::Cache<u64, Value>>(bench, cell);
    row::<peers::FoyerS3<Value>>(bench, cell);
    row::<Mutex<lru::LruCache<u64, Value>>>(bench, cell);
}
