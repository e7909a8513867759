//! What do callers see while an origin is slow, then dead, then back?
//!
//! Ten thousand reads go through a cache whose origin changes its mood. Each read has a budget of
//! zero: nobody ever waits for the origin, and what cannot be fresh is stale or says why.
//!
//! Run: `cargo run --release --example cache`. Last line:
//! `asked the origin themselves: 0 of 10000 reads`
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use shorttail::cache::{Cache, Load, Outcome, ReadyGate, Stale, WarmEnd, Warmer};
use shorttail::time::MockClock;

const KEYS: u64 = 500;
const READS: u64 = 10_000;

thread_local! {
    /// Loads that this thread has made itself.
    static LOADS: Cell<u64> = const { Cell::new(0) };
}

struct Origin {
    dead: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
}

impl Load<u64, String> for Origin {
    type Error = &'static str;

    fn load(&self, key: &u64) -> Result<Option<String>, Self::Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        LOADS.set(LOADS.get() + 1);
        if self.dead.load(Ordering::Relaxed) {
            return Err("connection refused");
        }
        Ok((key % 50 != 49).then(|| format!("value of {key}")))
    }
}

#[derive(Default)]
struct Seen {
    fresh: u64,
    stale: u64,
    negative: u64,
    missed: u64,
}

fn main() {
    let dead = Arc::new(AtomicBool::new(false));
    let calls = Arc::new(AtomicU64::new(0));
    let origin = Origin {
        dead: Arc::clone(&dead),
        calls: Arc::clone(&calls),
    };
    let clock = Arc::new(MockClock::new());
    let cache = Cache::builder(1_000)
        .ttl(Duration::from_secs(10))
        .jitter(0.2)
        .stale_window(Duration::from_secs(60))
        .negative_ttl(Duration::from_secs(600))
        .clock(Arc::clone(&clock))
        .loader(origin)
        .loads_max(16)
        .error_backoff(Duration::from_secs(1))
        .build()
        .expect("the settings fit");

    let gate = ReadyGate::fraction(0.95, KEYS);
    let warmer = Warmer::new().concurrency(8).errors_max(10).opens(&gate);
    assert_eq!(warmer.run(&cache, 0..KEYS), WarmEnd::Finished);
    println!("warm: {:?}, gate {:?}", warmer.progress(), gate.state());

    // The warmer loads on this thread.
    let loaded_before = LOADS.get();
    let mut seen = Seen::default();
    for read in 0..READS {
        match read * 10 / READS {
            3 => dead.store(true, Ordering::Relaxed),
            7 => dead.store(false, Ordering::Relaxed),
            _ => {}
        }
        clock.advance(Duration::from_millis(5));
        match cache.get_or_load(&(read * 7 % KEYS), Duration::ZERO) {
            Outcome::Fresh(_) => seen.fresh += 1,
            Outcome::Stale { why, .. } => {
                assert_eq!(why, Stale::Refreshing);
                seen.stale += 1;
            }
            Outcome::Negative => seen.negative += 1,
            Outcome::Miss(_) | Outcome::Fallback(_) => seen.missed += 1,
        }
    }
    println!(
        "{} fresh, {} stale, {} negative, {} missed, {} calls to the origin",
        seen.fresh,
        seen.stale,
        seen.negative,
        seen.missed,
        calls.load(Ordering::Relaxed)
    );
    println!(
        "asked the origin themselves: {} of {READS} reads",
        LOADS.get() - loaded_before
    );
}
