//! What is counted, and how much it may be.

#[path = "../../vs/src/http1/heads.rs"]
mod heads;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use shorttail::arena::Arena;
use shorttail::cache::{Cache, Load, Lookup, Outcome};
use shorttail::channel::bounded;
use shorttail::http1::{Connection, Engine, Limits};
use shorttail::measure::Histogram;
use shorttail::pool::BufferPool;
use shorttail::time::{Clock, CoarseClock};

use crate::decisions;

/// Different inputs of a row, one after the other.
const INPUTS: usize = 64;

pub(crate) struct Cell {
    pub(crate) name: &'static str,
    /// Instructions a call, at most: what was counted last and a twentieth; of a cache a tenth,
    /// whose keys fall into other places each time.
    pub(crate) limit: f64,
    pub(crate) make: fn() -> Box<dyn FnMut()>,
}

pub(crate) const fn cell(name: &'static str, limit: f64, make: fn() -> Box<dyn FnMut()>) -> Cell {
    Cell { name, limit, make }
}

pub(crate) fn all() -> Vec<Cell> {
    let mut cells = vec![
        cell("http1: minimal head", 1149.0, || {
            head(Engine::OnePass, heads::minimal)
        }),
        cell("http1: a form's head", 2537.0, || {
            head(Engine::OnePass, heads::post)
        }),
        cell("http1: a browser's head", 3803.0, || {
            head(Engine::OnePass, heads::browser)
        }),
        cell("http1: 30 fields", 10446.0, || {
            head(Engine::OnePass, heads::thirty)
        }),
        cell("http1: a browser's head, repeated", 1043.0, repeated),
        cell("http1: minimal head, httparse", 1430.0, || {
            head(Engine::Httparse, heads::minimal)
        }),
        cell("http1: a browser's head, httparse", 6472.0, || {
            head(Engine::Httparse, heads::browser)
        }),
        cell("http1: 30 fields, httparse", 13641.0, || {
            head(Engine::Httparse, heads::thirty)
        }),
        cell("channel: try_send and try_recv", 165.0, message),
        cell("pool: try_acquire and give back", 158.0, shared_buffer),
        cell("pool: the same of a local pool", 113.0, local_buffer),
        cell("arena: 20 objects and reset", 462.0, twenty_objects),
        cell("cache: hit", 262.0, hit),
        cell("cache: hit, with a time to live", 250.0, timed_hit),
        cell("cache: hit that would load", 397.0, loading_hit),
        cell("cache: hit that may refresh early", 451.0, early_hit),
        cell("cache: miss", 160.0, miss),
        cell("cache: insert over a key", 833.0, replace),
        cell("cache: insert that evicts", 1611.0, evict),
        cell("measure: record", 44.0, record),
    ];
    cells.extend(decisions::all());
    cells
}

fn head(engine: Engine, make: fn(usize) -> Vec<u8>) -> Box<dyn FnMut()> {
    let limits = Limits::builder().engine(engine).build().expect("limits");
    read(Connection::new(limits), limits, make)
}

fn repeated() -> Box<dyn FnMut()> {
    let limits = Limits::default();
    read(Connection::with_memory(limits, 2_048), limits, heads::again)
}

fn read(
    mut connection: Connection,
    limits: Limits,
    make: fn(usize) -> Vec<u8>,
) -> Box<dyn FnMut()> {
    let mut arena = Arena::new(limits.arena_bytes()).expect("memory");
    let inputs: Vec<_> = (0..INPUTS).map(make).collect();
    let mut next = 0;
    Box::new(move || {
        next = (next + 1) % INPUTS;
        let head = connection.parse_head(black_box(&inputs[next]), &arena);
        assert!(matches!(black_box(&head), Ok(Some(_))), "a good head");
        arena.reset();
    })
}

fn message() -> Box<dyn FnMut()> {
    let (tx, rx) = bounded(64);
    Box::new(move || {
        tx.try_send(black_box(1_u64)).expect("room");
        black_box(rx.try_recv().expect("a message"));
    })
}

fn shared_buffer() -> Box<dyn FnMut()> {
    let pool = BufferPool::builder()
        .class(4096, 64)
        .build()
        .expect("memory");
    Box::new(move || drop(black_box(pool.try_acquire(64).expect("a buffer"))))
}

fn local_buffer() -> Box<dyn FnMut()> {
    let pool = BufferPool::builder()
        .class(4096, 64)
        .build()
        .expect("memory");
    let mut local = pool.local();
    Box::new(move || {
        let buf = black_box(local.try_acquire(64).expect("a buffer"));
        local.put_back(buf);
    })
}

/// As the bench of arenas: ten values of 32 bytes and ten texts of 16.
fn twenty_objects() -> Box<dyn FnMut()> {
    let mut arena = Arena::new(16 * 1024).expect("memory");
    Box::new(move || {
        for number in 0..10_u64 {
            black_box(arena.try_alloc([number; 4])).expect("room");
            black_box(arena.try_alloc_str("sixteen bytes, 1")).expect("room");
        }
        arena.reset();
    })
}

const ENTRIES: u64 = 1_000;

fn filled(room: u64) -> Cache<u64, u64> {
    let cache = Cache::builder(room as usize).build().expect("memory");
    for key in 0..ENTRIES {
        cache.insert(key, key).expect("room");
    }
    cache
}

/// Another key of those there are.
fn next_key(key: &mut u64) -> u64 {
    *key = (*key + 7) % ENTRIES;
    *key
}

fn hit() -> Box<dyn FnMut()> {
    let (cache, mut key) = (filled(2 * ENTRIES), 0);
    Box::new(move || {
        let key = next_key(&mut key);
        assert_eq!(cache.get(black_box(&key)), Lookup::Fresh(key));
    })
}

fn timed_hit() -> Box<dyn FnMut()> {
    let builder = Cache::builder(2 * ENTRIES as usize).ttl(Duration::from_secs(3_600));
    let cache = builder.clock(Arc::new(CoarseClock::new())).build();
    let (cache, mut key) = (cache.expect("memory"), 0);
    for key in 0..ENTRIES {
        cache.insert(key, key).expect("room");
    }
    Box::new(move || {
        let key = next_key(&mut key);
        assert_eq!(cache.get(black_box(&key)), Lookup::Fresh(key));
    })
}

/// A source that takes a millisecond of its clock.
struct Next(Arc<CoarseClock>);

impl Load<u64, u64> for Next {
    type Error = ();

    fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
        self.0.tick(self.0.now_ns() + 1_000_000);
        Ok(Some(*key))
    }
}

fn loading_hit() -> Box<dyn FnMut()> {
    hit_or_load(0.0)
}

fn early_hit() -> Box<dyn FnMut()> {
    hit_or_load(1.0)
}

/// Hits by `get_or_load`, far from their end, on a clock that stands. Loads run on this thread: how
/// long another one looks before it sleeps is another number each time.
fn hit_or_load(beta: f64) -> Box<dyn FnMut()> {
    let builder = Cache::builder(2 * ENTRIES as usize).ttl(Duration::from_secs(3_600));
    let clock = Arc::new(CoarseClock::new());
    let builder = builder.clock(Arc::clone(&clock)).loader(Next(clock));
    let (cache, runner) = builder.early_refresh(beta).build_manual().expect("memory");
    let mut key = 0;
    for key in 0..ENTRIES {
        let missing = cache.get_or_load(&key, Duration::ZERO);
        assert!(!missing.is_fresh() && runner.run_one());
    }
    Box::new(move || {
        let _alive = &runner;
        let key = next_key(&mut key);
        let found = cache.get_or_load(black_box(&key), Duration::ZERO);
        assert_eq!(found, Outcome::Fresh(key));
    })
}

fn miss() -> Box<dyn FnMut()> {
    let (cache, mut key) = (filled(2 * ENTRIES), 0);
    Box::new(move || {
        let key = next_key(&mut key) + ENTRIES;
        assert_eq!(cache.get(black_box(&key)), Lookup::Miss);
    })
}

fn replace() -> Box<dyn FnMut()> {
    let (cache, mut key) = (filled(2 * ENTRIES), 0);
    Box::new(move || {
        let key = next_key(&mut key);
        black_box(cache.insert(key, black_box(key))).expect("room");
    })
}

fn evict() -> Box<dyn FnMut()> {
    let (cache, mut key) = (filled(ENTRIES), ENTRIES);
    Box::new(move || {
        key += 1;
        black_box(cache.insert(key, black_box(key))).expect("room");
    })
}

fn record() -> Box<dyn FnMut()> {
    let (mut histogram, mut value) = (Histogram::new(), 0_u64);
    Box::new(move || {
        value = (value + 977) % 100_000;
        histogram.record(black_box(value));
    })
}
