//! 100 000 keys warmed beside live traffic: how fast, at whose cost, and what an end before the end
//! leaves behind.

use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use shorttail::cache::{Cache, Load, Outcome, WarmEnd, WarmProgress, Warmer};
use shorttail::measure::trial::{Arm, Plan};
use shorttail::time::{Clock, StdClock};

use super::super::Effort;
use super::super::bounds::Bounds;
use super::callers::drive;

const RATE: u32 = 10_000;
const CONCURRENCY: usize = 8;
const HOT: u64 = 10_000;
const LIVE_RATE: f64 = 10_000.0;
const ORIGIN_TAKES: Duration = Duration::from_micros(200);
const PATIENCE: Duration = Duration::from_millis(50);

/// Notes when it is asked.
#[derive(Default)]
struct Origin {
    asked_ns: Mutex<Vec<u64>>,
    /// Every so many keys it says no; 0: never.
    fails_every: u64,
}

#[derive(Clone)]
struct Asks(Arc<Origin>);

impl Load<u64, u64> for Asks {
    type Error = ();

    fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
        let now_ns = StdClock.now_ns();
        self.0.asked_ns.lock().expect("nobody panics").push(now_ns);
        std::thread::sleep(ORIGIN_TAKES);
        let every = self.0.fails_every;
        if every > 0 && key % every == 0 {
            Err(())
        } else {
            Ok(Some(*key))
        }
    }
}

type Loading = Cache<u64, u64, Asks>;

/// With the hot keys in it, each of which has been asked for.
fn hot(capacity: usize, origin: &Arc<Origin>) -> Loading {
    let cache = Cache::builder(capacity)
        .loader(Asks(Arc::clone(origin)))
        .loads_max(4 * CONCURRENCY)
        .loader_threads(2 * CONCURRENCY) // a warm-up leaves half of them to callers
        .build()
        .expect("sound settings");
    for key in 0..HOT {
        cache.insert(key, key).expect("room for all");
    }
    for key in (0..HOT).chain(0..HOT) {
        black_box(cache.get(&key));
    }
    cache
}

fn warmer() -> Warmer {
    Warmer::new().concurrency(CONCURRENCY).rate_per_s(RATE)
}

fn live(cache: &Loading, number: u64) -> bool {
    let key = number * 7_919 % HOT;
    black_box(cache.get_or_load(&key, PATIENCE)) == Outcome::Fresh(key)
}

/// Runs all parts and prints what each is held to.
pub(crate) fn print(quick: bool) -> io::Result<()> {
    let mut bounds = Bounds::of("warm-up".to_owned());
    whole(&mut bounds, if quick { 10_000 } else { 100_000 });
    let keys = if quick { 2_000 } else { 20_000 };
    interrupted(&mut bounds, "stopped", keys, WarmEnd::Stopped);
    interrupted(&mut bounds, "out of time", keys, WarmEnd::Deadline);
    interrupted(&mut bounds, "too many errors", keys, WarmEnd::Errors);
    paired(&mut bounds, quick, RATE / 10, Beside::Nothing)?;
    paired(&mut bounds, quick, RATE, Beside::Nothing)?;
    paired(&mut bounds, quick, RATE, Beside::AnotherWarming)?;
    bounds.finish()
}

/// All keys, into a cache with less room than that, beside 10 000 hits a second.
fn whole(bounds: &mut Bounds, keys: u64) {
    let origin = Arc::new(Origin::default());
    let cache = hot((HOT + keys / 2) as usize, &origin);
    let ns = keys * 1_000_000_000 / u64::from(RATE) + 500_000_000;
    let mut starts_ns = Plan::poisson(LIVE_RATE).starts_ns(1, ns);
    let begin_ns = StdClock.now_ns() + 20_000_000;
    starts_ns.iter_mut().for_each(|at| *at += begin_ns);
    let warmer = warmer();
    let mut end = None;
    let hit = |number: usize| live(&cache, number as u64);
    let calls = drive(4, &starts_ns, hit, || {
        end = Some(warmer.run(&cache, HOT..HOT + keys));
    });
    assert_eq!(end, Some(WarmEnd::Finished));
    let progress = warmer.progress();
    bounds.told("warmed beside 10 000 hits/s", &progress.to_string(), keys);
    let mut asked_ns = origin.asked_ns.lock().expect("nobody panics").clone();
    asked_ns.sort_unstable();
    let n = asked_ns.len() as u64;
    // A load that the rate let through waits for a thread, or for the processor, before it asks;
    // as many of them as may be under way.
    let bucket = least_bucket(&asked_ns, f64::from(RATE));
    let what = "calls to the origin beyond 10 000/s, in any window";
    let bucket = (bucket * 100.0).ceil() / 100.0;
    bounds.at_most(what, (1 + CONCURRENCY) as f64, bucket, n);
    let seconds = (asked_ns[asked_ns.len() - 1] - asked_ns[0]) as f64 / 1e9;
    let mean = ((n - 1) as f64 / seconds).round();
    bounds.at_most(
        "calls to the origin a second, all in all",
        f64::from(RATE),
        mean,
        n,
    );
    bounds.exactly("keys counted", keys, progress.total(), keys);
    let hits = calls.iter().filter(|call| call.result).count() as u64;
    bounds.exactly("live hits that were fresh", calls.len() as u64, hits, hits);
    let there = (0..HOT).filter(|key| cache.contains(key)).count() as u64;
    bounds.exactly("hot entries that are there still", HOT, there, HOT);
}

/// The least burst of a token bucket of `rate` that lets all pass: whatever the window, no more
/// were in it than this and what the rate gives.
fn least_bucket(times_ns: &[u64], rate: f64) -> f64 {
    let (mut most, mut least_before) = (0.0_f64, f64::INFINITY);
    let Some(first_ns) = times_ns.first() else {
        return most;
    };
    for (number, at_ns) in (0_u32..).zip(times_ns) {
        let beyond = f64::from(number) - (at_ns - first_ns) as f64 / 1e9 * rate;
        least_before = least_before.min(beyond);
        most = most.max(beyond - least_before + 1.0);
    }
    most
}

/// A run that ends in its middle as it is told to: each key that it took is counted once, and what
/// it says is done is there.
fn interrupted(bounds: &mut Bounds, name: &str, keys: u64, how: WarmEnd) {
    let origin = Arc::new(Origin {
        fails_every: u64::from(how == WarmEnd::Errors) * 10,
        ..Origin::default()
    });
    let cache = hot((HOT + 2 * keys) as usize, &origin);
    let half = Duration::from_secs(1) * (keys / 2) as u32 / RATE;
    let warmer = match how {
        WarmEnd::Deadline => warmer().deadline(half),
        WarmEnd::Errors => warmer().errors_max(keys / 20),
        _ => warmer(),
    };
    let (taken, handle) = (AtomicU64::new(0), warmer.handle());
    let source = (HOT..HOT + keys).inspect(|_| {
        // Relaxed: a count of its own.
        taken.fetch_add(1, Ordering::Relaxed);
    });
    let end = std::thread::scope(|scope| {
        if how == WarmEnd::Stopped {
            scope.spawn(|| {
                std::thread::sleep(half);
                handle.stop();
            });
        }
        warmer.run(&cache, source)
    });
    while cache.stats().loads_active > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let (progress, taken) = (warmer.progress(), taken.into_inner());
    let there = cache.len() as u64 - HOT;
    tell(bounds, name, (end == how, taken, there), progress);
}

fn tell(
    bounds: &mut Bounds,
    name: &str,
    (ended_so, taken, there): (bool, u64, u64),
    progress: WarmProgress,
) {
    bounds.told(name, &progress.to_string(), taken);
    bounds.exactly(&format!("{name}: ended so"), 1, u64::from(ended_so), 1);
    let what = format!("{name}: keys counted, of those that were taken");
    bounds.exactly(&what, taken, progress.total(), taken);
    // Loads that were under way at the end have landed since.
    let landed = there.saturating_sub(progress.done);
    let what = format!("{name}: entries beyond what is done, of those unfinished");
    bounds.at_most(&what, progress.unfinished, landed, progress.unfinished);
    let missing = progress.done.saturating_sub(there);
    bounds.exactly(
        &format!("{name}: done, and not there"),
        0,
        missing,
        progress.done,
    );
}

/// Keys that come while it is open.
#[derive(Default)]
struct Tap {
    state: Mutex<Flow>,
    turned: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flow {
    #[default]
    Shut,
    Open,
    Over,
}

impl Tap {
    fn turn(&self, to: Flow) {
        let mut state = self.state.lock().expect("nobody panics");
        if *state != to && *state != Flow::Over {
            *state = to;
            self.turned.notify_all();
        }
    }

    fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        let is_open = || {
            let state = self.state.lock().expect("nobody panics");
            let state = self.turned.wait_while(state, |state| *state == Flow::Shut);
            *state.expect("nobody panics") == Flow::Open
        };
        (HOT..).take_while(move |_| is_open())
    }
}

/// What the live hits beside warming are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Nothing,
    /// As much work by as many threads, on a cache that nobody asks.
    AnotherWarming,
}

/// The same live hits in turn, with another thing beside them and with this cache being warmed.
fn paired(bounds: &mut Bounds, quick: bool, rate: u32, beside: Beside) -> io::Result<()> {
    let origin = Arc::new(Origin::default());
    let caches = [(), ()].map(|()| hot(1 << 19, &origin));
    let taps = [(), ()].map(|()| Tap::default());
    let hits = |number: u64| {
        for call in 0..64 {
            assert!(live(&caches[0], number * 64 + call));
        }
    };
    let name = match beside {
        Beside::Nothing => "live alone",
        Beside::AnotherWarming => "another is warmed",
    };
    let report = std::thread::scope(|scope| {
        for (cache, tap) in caches.iter().zip(&taps) {
            scope.spawn(move || warmer().rate_per_s(rate).run(cache, tap.keys()));
        }
        let base = Arm::inline(name, |number| {
            taps[0].turn(Flow::Shut);
            if beside == Beside::AnotherWarming {
                taps[1].turn(Flow::Open);
            }
            hits(number);
        });
        let warmed = Arm::inline("beside warming", |number| {
            taps[1].turn(Flow::Shut);
            taps[0].turn(Flow::Open);
            hits(number);
        });
        let effort = Effort { quick, burners: 0 };
        let trial = effort.inline_trial(&format!("warm-up: 64 live hits, {rate}/s"), LIVE_RATE);
        let report = trial.run(&StdClock, [base, warmed]);
        taps.iter().for_each(|tap| tap.turn(Flow::Over));
        report.expect("sound settings")
    });
    println!("{}", report.markdown());
    let folder = format!(
        "target/shorttail/tail/warm-up/{rate}-{}",
        name.replace(' ', "-")
    );
    report.write_to(Path::new(&folder))?;
    let what = format!("64 live hits beside warming at {rate}/s; to {name}");
    bounds.judged(&what, &report);
    Ok(())
}
