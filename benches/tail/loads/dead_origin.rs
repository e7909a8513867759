//! 10 000 callers a second, and an origin that takes 1 ms, then 5 s, then is dead, then is back.
//!
//! Nine of ten ask for keys that have been loaded before, whose values may stand in for an hour:
//! they wait 5 ms for a newer one. One of ten asks for a key that nobody has asked for: it waits
//! 20 ms and then takes what it has in place of an answer.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use shorttail::cache::{Budget, Cache, Load, Outcome, Stats};
use shorttail::limit::Breaker;
use shorttail::measure::trial::{Pace, Plan, SleepClock};
use shorttail::time::{Clock, StdClock};

use super::super::bounds::{Bounds, collected};
use super::callers::{Call, drive};

const RATE: f64 = 10_000.0;
/// More than ever wait at once: 65 would, if all did as long as they may.
const CALLERS: usize = 256;
/// Calls to the origin at a time, at most.
const LOADS: usize = 16;
const KNOWN: u64 = 500;
/// One of so many callers has a key of its own.
const NEW_EVERY: usize = 10;
const SOFT: Duration = Duration::from_millis(5);
const HARD: Duration = Duration::from_millis(20);
const SLACK_NS: u64 = 1_000_000;
const PHASES: [(&str, State); 4] = [
    ("1 ms", State::Takes(Duration::from_millis(1))),
    ("5 s", State::Takes(Duration::from_secs(5))),
    ("dead", State::Dead),
    ("back", State::Takes(Duration::from_millis(1))),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Takes(Duration),
    /// Says so at once, and so does what is under way.
    Dead,
}

struct Origin {
    state: Mutex<State>,
    died: Condvar,
    calls: AtomicU64,
    running: AtomicUsize,
    running_max: AtomicUsize,
}

impl Origin {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(PHASES[0].1),
            died: Condvar::new(),
            calls: AtomicU64::new(0),
            running: AtomicUsize::new(0),
            running_max: AtomicUsize::new(0),
        })
    }

    fn set(&self, state: State) {
        *self.state.lock().expect("nobody panics") = state;
        self.died.notify_all();
    }

    fn ask(&self, key: u64) -> Result<Option<u64>, Down> {
        let state = self.state.lock().expect("nobody panics");
        let takes = match *state {
            State::Takes(time) => time,
            State::Dead => return Err(Down),
        };
        let alive = |state: &mut State| *state != State::Dead;
        let waited = self.died.wait_timeout_while(state, takes, alive);
        match waited.expect("nobody panics").1.timed_out() {
            true => Ok(Some(key)),
            false => Err(Down),
        }
    }

    // Relaxed, here and below: counts of their own, read when all is over.
    fn count(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Copy, Debug)]
struct Down;

struct Asks(Arc<Origin>);

impl Load<u64, u64> for Asks {
    type Error = Down;

    fn load(&self, key: &u64) -> Result<Option<u64>, Down> {
        let origin = &self.0;
        origin.calls.fetch_add(1, Ordering::Relaxed);
        let running = origin.running.fetch_add(1, Ordering::Relaxed) + 1;
        origin.running_max.fetch_max(running, Ordering::Relaxed);
        let answer = origin.ask(*key);
        origin.running.fetch_sub(1, Ordering::Relaxed);
        answer
    }
}

type Guarded = Cache<u64, u64, Asks>;

fn guarded(origin: &Arc<Origin>) -> Guarded {
    let breaker = Breaker::builder()
        .calls(10)
        .window(Duration::from_secs(1))
        .rest(Duration::from_millis(200));
    let cache = Cache::builder(1 << 16)
        .ttl(Duration::from_millis(300))
        .jitter(0.3)
        .stale_window(Duration::from_millis(300))
        .error_window(Duration::from_secs(3_600))
        .loader(Asks(Arc::clone(origin)))
        .loads_max(LOADS)
        .loader_threads(LOADS)
        .lease(Duration::from_millis(250))
        .error_backoff(Duration::from_millis(50))
        .breaker(breaker.build().expect("sound settings"))
        .build()
        .expect("sound settings");
    for key in 0..KNOWN {
        let outcome = cache.get_or_load(&key, Duration::from_secs(60));
        assert_eq!(outcome.value(), Some(key));
    }
    cache
}

/// What a caller got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Got {
    Fresh,
    Stale,
    Fallback,
    Nothing,
}

const fn is_new(number: usize) -> bool {
    number % NEW_EVERY == 0
}

fn ask(cache: &Guarded, number: usize) -> Got {
    let outcome = if is_new(number) {
        let fallback = |_: &_| Some(u64::MAX);
        let key = KNOWN + number as u64;
        cache.get_or_load(&key, HARD).degrade(fallback)
    } else {
        let budget = Budget::new(HARD).soft(SOFT);
        cache.get_or_load(&(number as u64 * 7_919 % KNOWN), budget)
    };
    match outcome {
        Outcome::Fresh(_) => Got::Fresh,
        Outcome::Stale { .. } => Got::Stale,
        Outcome::Fallback(_) => Got::Fallback,
        Outcome::Negative | Outcome::Miss(_) => Got::Nothing,
    }
}

/// Runs the four phases and prints what each is held to.
pub(crate) fn print(quick: bool) -> io::Result<()> {
    let mut bounds = Bounds::of("dead-origin".to_owned());
    let phase_ns = if quick { 1_500_000_000 } else { 12_000_000_000 };
    let origin = Origin::new();
    let cache = guarded(&origin);
    let plan = Plan::poisson(RATE);
    let mut starts_ns = plan.starts_ns(1, phase_ns * PHASES.len() as u64);
    let begin_ns = StdClock.now_ns() + 50_000_000;
    starts_ns.iter_mut().for_each(|at| *at += begin_ns);
    let mut stats = vec![cache.stats()];
    let mut asked = vec![origin.count()];
    let beside = || {
        for (phase, (_, state)) in (0_u64..).zip(PHASES) {
            SleepClock.wait_until(begin_ns + phase * phase_ns);
            origin.set(state);
            SleepClock.wait_until(begin_ns + (phase + 1) * phase_ns);
            stats.push(cache.stats());
            asked.push(origin.count());
        }
    };
    let calls = drive(CALLERS, &starts_ns, |number| ask(&cache, number), beside);
    let mut rest = &calls[..];
    for (phase, (name, _)) in PHASES.into_iter().enumerate() {
        let end_ns = begin_ns + (phase as u64 + 1) * phase_ns;
        let until = rest.partition_point(|call| call.intended_ns < end_ns);
        tell(&mut bounds, name, &rest[..until]);
        rest = &rest[until..];
        let n = asked[phase + 1] - asked[phase];
        let did = did(&stats[phase], &stats[phase + 1]);
        bounds.told(
            &format!("{name}: calls to the origin; the cache's loads"),
            &did,
            n,
        );
    }
    tell_whole(&mut bounds, &calls, begin_ns + 3 * phase_ns, &stats);
    let most = origin.running_max.load(Ordering::Relaxed);
    bounds.at_most("calls to the origin at once", LOADS, most, origin.count());
    bounds.finish()
}

/// One phase's callers.
fn tell(bounds: &mut Bounds, phase: &str, calls: &[Call<Got>]) {
    for (who, new, budget) in [("known", false, SOFT), ("new", true, HARD)] {
        let of_kind = || {
            let same = move |call: &&Call<Got>| is_new(call.number) == new;
            calls.iter().filter(same)
        };
        let budget_ns = budget.as_nanos() as u64;
        let took = collected(of_kind().map(Call::took_ns));
        let what = format!("{phase}: callers of {who} keys, from the call");
        bounds.within(&what, 0.999, budget_ns + SLACK_NS, &took);
        bounds.times(&what, &took);
        let what = format!("{phase}: callers of {who} keys, from the intended call");
        bounds.times(&what, &collected(of_kind().map(Call::latency_ns)));
        let got = |got| of_kind().filter(|call| call.result == got).count() as u64;
        let n = took.count();
        let what = format!("{phase}: callers of {who} keys without a value");
        bounds.exactly(&what, 0, got(Got::Nothing), n);
        let shares = format!(
            "{} fresh, {} stale, {} fallbacks",
            got(Got::Fresh),
            got(Got::Stale),
            got(Got::Fallback)
        );
        bounds.told(&format!("{phase}: callers of {who} keys got"), &shares, n);
    }
}

fn tell_whole(bounds: &mut Bounds, calls: &[Call<Got>], back_ns: u64, stats: &[Stats]) {
    let lags = collected(calls.iter().map(Call::lag_ns));
    bounds.times("how late the callers were", &lags);
    // What was fresh when it came back was loaded then: the phases are longer than a time to live.
    let fresh = |call: &&Call<Got>| call.begin_ns >= back_ns && call.result == Got::Fresh;
    let first = calls.iter().filter(fresh).map(|call| call.end_ns).min();
    let after = first.map_or_else(
        || "never".to_owned(),
        |ns| format!("{:.0} ms", (ns - back_ns) as f64 / 1e6),
    );
    bounds.told("first fresh value after it was back", &after, 1);
    let last = stats[stats.len() - 1];
    let pushed_out = last.evicted + last.bucket_evicted;
    bounds.exactly("entries pushed out", 0, pushed_out, last.inserted);
}

fn did(before: &Stats, after: &Stats) -> String {
    format!(
        "{} began, {} done, {} failed, {} shed, {} broken off, breaker opened {} times",
        after.loads_started - before.loads_started,
        after.loads_done - before.loads_done,
        after.loads_failed - before.loads_failed,
        after.loads_shed - before.loads_shed,
        after.loads_broken_off - before.loads_broken_off,
        after.breaker_opened - before.breaker_opened,
    )
}
