//! A cold key that 1 000 callers want at once, again and again: one load, and all have its value.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use shorttail::cache::{Async, AsyncLoad, Cache, Load};
use shorttail::measure::trial::{Arm, Plan, Report};
use shorttail::time::{Clock, StdClock};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use super::super::Effort;
use super::super::bounds::{Bounds, collected};

const CALLERS: u64 = 1_000;
/// Between two cold keys of the trial.
const EVERY_NS: u64 = 20_000_000;
const TASKS_WAIT: Duration = Duration::from_millis(2);
const THREADS_WAIT: Duration = Duration::from_millis(10);
/// A thousand threads need little each.
const STACK: usize = 1 << 16;

/// Counts how often it is asked.
#[derive(Default)]
struct Origin {
    calls: AtomicU64,
}

impl Origin {
    // Relaxed, here and below: counts of their own, read when all is over.
    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    async fn ask(&self, key: u64) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(TASKS_WAIT).await;
        key
    }
}

#[derive(Clone)]
struct Asks(Arc<Origin>);

impl AsyncLoad<u64, u64> for Asks {
    type Error = ();

    async fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
        Ok(Some(self.0.ask(*key).await))
    }
}

impl Load<u64, u64> for Asks {
    type Error = ();

    fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(THREADS_WAIT);
        Ok(Some(*key))
    }
}

/// The keys of one arm: each is asked for by as many requests.
#[derive(Default)]
struct Keys(AtomicU64);

impl Keys {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) / CALLERS
    }

    fn seen(&self) -> u64 {
        self.0.load(Ordering::Relaxed) / CALLERS
    }
}

type Cells = Mutex<HashMap<u64, Arc<OnceCell<u64>>>>;

/// By hand: the first to come asks, the others wait for its cell.
fn cell_of(cells: &Cells, key: u64) -> Arc<OnceCell<u64>> {
    let mut table = cells.lock().expect("nobody panics");
    Arc::clone(table.entry(key).or_default())
}

fn two_workers() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_time().build();
    runtime.expect("a runtime")
}

pub(crate) fn run(effort: Effort) -> Report {
    let mut bounds = Bounds::of(format!("stampede-burners-{}", effort.burners));
    if effort.burners == 0 {
        let keys = if effort.quick { 10 } else { 100 };
        in_threads(&mut bounds, keys, 32);
        in_threads(&mut bounds, keys, 1);
    }
    let runtime = two_workers();
    let [hand_origin, origin] = [(), ()].map(|()| Arc::new(Origin::default()));
    let [hand_keys, keys] = [(), ()].map(|()| Keys::default());
    let cells = Arc::new(Cells::default());
    let loader = Async(Asks(Arc::clone(&origin)));
    let (cache, tasks) = Cache::builder(1 << 14)
        .loader(loader)
        .build_tasks()
        .expect("sound settings");
    let cache = Arc::new(cache);
    for task in tasks {
        drop(runtime.spawn(task.run()));
    }
    // A caller without its value drops its request, which makes the trial invalid.
    let hand = Arm::handed_over("OnceCell", |request| {
        let (cells, origin) = (Arc::clone(&cells), Arc::clone(&hand_origin));
        let key = hand_keys.next();
        drop(runtime.spawn(async move {
            let cell = cell_of(&cells, key);
            if *cell.get_or_init(|| origin.ask(key)).await == key {
                request.finish(StdClock.now_ns());
            }
        }));
    });
    let ours = Arm::handed_over("cache", |request| {
        let (cache, key) = (Arc::clone(&cache), keys.next());
        drop(runtime.spawn(async move {
            let outcome = cache.get_or_load_async(&key).await;
            if outcome.is_fresh() && outcome.value() == Some(key) {
                request.finish(StdClock.now_ns());
            }
        }));
    });
    let starts_ns = (0..100 * CALLERS).map(|number| number / CALLERS * EVERY_NS);
    let plan = Plan::replay(starts_ns.collect());
    // A driver that hands over a thousand at once is late for all but the first.
    let trial = effort.service_trial("stampede: 1 000 tasks on a cold key", plan);
    let report = trial.run(&StdClock, [hand, ours]).expect("sound settings");
    bounds.times(
        "tasks of the cache, from the burst",
        &report.arms[1].latency_ns,
    );
    bounds.times(
        "tasks of OnceCell, from the burst",
        &report.arms[0].latency_ns,
    );
    let seen = keys.seen();
    let what = "tasks: loads of as many cold keys";
    bounds.exactly(what, seen, origin.calls(), seen * CALLERS);
    bounds.told(
        "tasks of OnceCell: loads of as many cold keys",
        &format!("{} of {}", hand_origin.calls(), hand_keys.seen()),
        hand_keys.seen() * CALLERS,
    );
    bounds
        .finish()
        .unwrap_or_else(|error| eprintln!("stampede: {error}"));
    drop(cache);
    report
}

/// The same by threads, which meet at a barrier before each key, with room for so many loads.
fn in_threads(bounds: &mut Bounds, keys: u64, loads: usize) {
    let origin = Arc::new(Origin::default());
    let cache = Cache::builder(1 << 10)
        .loader(Asks(Arc::clone(&origin)))
        .loads_max(loads)
        .loader_threads(loads.min(4))
        .build()
        .expect("sound settings");
    let barrier = Barrier::new(CALLERS as usize);
    let ask_all = || {
        let ask = |key| {
            barrier.wait();
            let start_ns = StdClock.now_ns();
            let outcome = cache.get_or_load(&key, Duration::from_secs(60));
            (StdClock.now_ns() - start_ns, outcome.is_fresh())
        };
        (0..keys).map(ask).collect::<Vec<(u64, bool)>>()
    };
    let calls: Vec<(u64, bool)> = std::thread::scope(|scope| {
        let spawn = |_| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, ask_all)
        };
        let callers: io::Result<Vec<_>> = (0..CALLERS).map(spawn).collect();
        let callers = callers.expect("a thousand threads").into_iter();
        let calls = callers.flat_map(|caller| caller.join().expect("no caller panics"));
        calls.collect()
    });
    let n = calls.len() as u64;
    let who = format!("threads, room for {loads} loads");
    bounds.times(
        &format!("{who}: from the call, of a load of 10 ms"),
        &collected(calls.iter().map(|(took_ns, _)| *took_ns)),
    );
    let what = format!("{who}: loads of as many cold keys");
    bounds.exactly(&what, keys, origin.calls(), n);
    let fresh = calls.iter().filter(|(_, fresh)| *fresh).count() as u64;
    bounds.exactly(&format!("{who}: callers with a fresh value"), n, fresh, n);
}
