//! Does the hot path allocate? Ask a tool that knows nothing of this crate: run the same rounds
//! ten times as often, and its count of allocations must not change. Each round takes a buffer,
//! sends it through a channel, looks a value up, and records what that took.
//!
//! Run: `cargo run --release --example profiled`, with `-- 10000` for so many rounds. Last line:
//! `1000 rounds, 0 allocations`.
//!
//! Under a tool, once with 1000 and once with 10000 rounds, from `target/release/examples`:
//! `heaptrack ./profiled 1000`, `valgrind --tool=dhat ./profiled 1000` (the line `Total:`), or
//! `valgrind ./profiled 1000` (`total heap usage`). `bash benches/recipes.sh` does it with DHAT
//! and compares.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::env;
use std::error::Error;
use std::hint::black_box;

use shorttail::cache::{Cache, Lookup};
use shorttail::channel::bounded;
use shorttail::measure::{AllocGuard, SharedRecorder, count_allocs};
use shorttail::pool::BufferPool;
use shorttail::time::{Clock, StdClock};

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: u64 = env::args().nth(1).map_or(Ok(1_000), |text| text.parse())?;
    let pool = BufferPool::builder().class(256, 8).build()?;
    let (tx, rx) = bounded(8);
    let cache = Cache::builder(1_000).build()?;
    for key in 0..500 {
        let _inserted = cache.insert(key, key * 2);
    }
    let took_ns = SharedRecorder::new(1);
    let round = |number: u64| -> Result<u64, Box<dyn Error>> {
        let start_ns = StdClock.now_ns();
        let mut buf = pool.try_acquire(8)?;
        buf.try_put(&number.to_le_bytes())?;
        tx.try_send(buf.freeze())?;
        let bytes = rx.try_recv()?;
        let found = match cache.get(&(number % 500)) {
            Lookup::Fresh(value) => value,
            _ => 0,
        };
        took_ns.record(StdClock.now_ns() - start_ns);
        Ok(found + bytes.len() as u64)
    };
    // What is made once by thread is made here.
    black_box(round(0)?);
    let (counts, done) = count_allocs(|| {
        (0..rounds).try_for_each(|number| {
            black_box(round(number)?);
            Ok::<(), Box<dyn Error>>(())
        })
    });
    done?;
    println!("p99 of a round: {:?} ns", took_ns.snapshot().quantile(0.99));
    println!(
        "{rounds} rounds, {} allocations",
        counts.allocs + counts.reallocs
    );
    Ok(())
}
