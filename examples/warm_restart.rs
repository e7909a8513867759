//! A service restarts, its cache is empty, and its source sees every request until the cache has
//! filled again. Here the hottest keys are written down before the restart, and a warmer loads them
//! behind a gate before traffic comes. Both starts are drawn beside each other.
//!
//! Run: `cargo run --release --example warm_restart`. Last line: `first 500 reads: 38 % hits cold,
//! 77 % warmed from 2000 keys in 72032 bytes`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::BuildHasherDefault;
use std::io::{BufReader, BufWriter, Error};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shorttail::cache::{
    Cache, Codec, Export, Load, Outcome, Readiness, ReadyGate, Snapshot, WarmEnd, Warmer,
};

const KEYS: usize = 20_000;
const READS: usize = 40_000;
/// Reads of a row of the picture, and its rows.
const ROW: usize = 500;
const ROWS: usize = 12;
/// Keys that are written down at most.
const HOT: u64 = 2_000;

/// A source that counts what it is asked.
struct Source(Arc<AtomicU64>);

impl Load<u64, String> for Source {
    type Error = &'static str;

    fn load(&self, id: &u64) -> Result<Option<String>, &'static str> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Some(format!("article {id}")))
    }
}

/// Keys alone: their values are as new as the source when the warmer has loaded them.
struct Ids;

impl Codec<u64, String> for Ids {
    fn write_key(&self, id: &u64, into: &mut Vec<u8>) {
        into.extend(id.to_le_bytes());
    }

    fn read_key(&self, bytes: &[u8]) -> Option<u64> {
        bytes.try_into().ok().map(u64::from_le_bytes)
    }
}

/// Without a seed, so that each run of the example is the same; a service has the default.
type Hasher = BuildHasherDefault<DefaultHasher>;

struct Service {
    cache: Cache<u64, String, Source, Hasher>,
    asked: Arc<AtomicU64>,
}

impl Service {
    fn start() -> Self {
        let asked = Arc::default();
        let cache = Cache::builder(KEYS)
            .hasher(Hasher::default())
            .loader(Source(Arc::clone(&asked)))
            .loads_max(16)
            .build()
            .expect("the settings fit");
        Self { cache, asked }
    }

    /// Serves reads, and says in how many of each row the source was not asked.
    fn serve(&self, readers: &mut Readers, reads: usize) -> Vec<usize> {
        let mut hits = vec![0; reads.div_ceil(ROW)];
        for read in 0..reads {
            let before = self.asked.load(Ordering::Relaxed);
            let id = readers.next();
            let outcome = self.cache.get_or_load(&id, Duration::from_secs(60));
            assert_eq!(outcome, Outcome::Fresh(format!("article {id}")));
            hits[read / ROW] += usize::from(self.asked.load(Ordering::Relaxed) == before);
        }
        hits
    }

    fn write_hottest(&self, file: &Path) -> Result<(u64, u64), Error> {
        let mut to = BufWriter::new(File::create(file)?);
        let export = Export::new().entries_max(HOT).bytes_max(1 << 20);
        let written = export.write(&self.cache, &Ids, &mut to)?;
        Ok((written.entries, written.bytes))
    }

    /// Warms from a snapshot; traffic would wait for the gate.
    fn warm(&self, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let gate = ReadyGate::new(HOT).deadline(Duration::from_secs(30));
        let warmer = Warmer::new()
            .concurrency(8)
            .deadline(Duration::from_secs(60))
            .errors_max(100)
            .opens(&gate);
        let mut snapshot = Snapshot::open(BufReader::new(File::open(file)?), &Ids)?;
        let end = warmer.run(&self.cache, snapshot.keys());
        // A damaged file is a colder start, and no reason not to start.
        if let Err(damage) = snapshot.finish() {
            eprintln!("the snapshot is damaged {damage}");
        }
        assert_eq!((end, gate.state()), (WarmEnd::Finished, Readiness::Ready));
        say(&format!("warmed {}", warmer.progress().total()));
        Ok(())
    }
}

/// Readers who all like the same: the nth article is read 1/n as often as the first.
struct Readers {
    /// Up to which number each article is meant.
    upto: Vec<f64>,
    state: u64,
}

impl Readers {
    fn new(seed: u64) -> Self {
        let mut sum = 0.0;
        let shares = (1..=KEYS).map(|n| {
            sum += 1.0 / n as f64;
            sum
        });
        Self {
            upto: shares.collect(),
            state: seed,
        }
    }

    fn next(&mut self) -> u64 {
        // xorshift64 (Marsaglia, 2003).
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let part = (self.state >> 11) as f64 / (1_u64 << 53) as f64;
        let number = part * self.upto[KEYS - 1];
        self.upto.partition_point(|upto| *upto < number) as u64
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("hottest-{}", std::process::id()));
    let mut readers = Readers::new(1);
    let first = Service::start();
    first.serve(&mut readers, READS);
    let (keys, bytes) = first.write_hottest(&file)?;
    drop(first); // the restart

    let later = readers.state;
    let cold = Service::start().serve(&mut readers, ROW * ROWS);
    readers.state = later; // the same readers come to the one that was warmed
    let warmed = Service::start();
    warmed.warm(&file)?;
    let warm = warmed.serve(&mut readers, ROW * ROWS);
    fs::remove_file(file)?;
    draw(&cold, &warm);
    let percent = |hits: &[usize]| hits[0] * 100 / ROW;
    say(&format!(
        "first {ROW} reads: {} % hits cold, {} % warmed from {keys} keys in {bytes} bytes",
        percent(&cold),
        percent(&warm)
    ));
    Ok(())
}

/// One line a row: hits of the cold start, and what the warm one has more.
fn draw(cold: &[usize], warm: &[usize]) {
    const WIDTH: usize = 60;
    say("reads   hits: # cold start, + the warm one has them too");
    for (row, (cold, warm)) in cold.iter().zip(warm).enumerate() {
        let (cold, warm) = (cold * WIDTH / ROW, warm * WIDTH / ROW);
        let more = "+".repeat(warm.saturating_sub(cold));
        say(&format!("{:>6} |{}{more}", row * ROW, "#".repeat(cold)));
    }
}

fn say(line: &str) {
    println!("{line}");
}
