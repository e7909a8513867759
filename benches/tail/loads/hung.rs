//! Every place for a load is taken by one that hangs: whoever misses another key is told so at
//! once, and whoever hits does not notice.

use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use shorttail::cache::{Cache, Load, Miss, Outcome};
use shorttail::measure::trial::{Arm, Pace, Plan, Report, SleepClock};
use shorttail::time::{Clock, StdClock};

use super::super::Effort;
use super::super::bounds::{Bounds, collected};
use super::callers::drive;

const LOADS: usize = 8;
const HOT: u64 = 10_000;
const RATE: f64 = 10_000.0;
/// One, whom no other's timer interrupts in its call.
const CALLERS: usize = 1;
/// Of a loop that takes about as long as the call on a machine with nothing else to do.
const ROUNDS: u64 = 900;
const BAR_NS: u64 = 10_000;
const AGES: Duration = Duration::from_secs(3_600);
/// What a caller would wait for a load.
const PATIENCE: Duration = Duration::from_millis(50);

/// Answers nobody until it is let go.
#[derive(Default)]
struct Origin {
    hung: Mutex<Hung>,
    changed: Condvar,
}

#[derive(Default)]
struct Hung {
    callers: usize,
    is_over: bool,
}

impl Origin {
    fn wait_until(&self, is_so: impl Fn(&Hung) -> bool) {
        let hung = self.hung.lock().expect("nobody panics");
        let hung = self.changed.wait_while(hung, |hung| !is_so(hung));
        drop(hung.expect("nobody panics"));
    }

    fn change(&self, change: impl FnOnce(&mut Hung)) {
        change(&mut self.hung.lock().expect("nobody panics"));
        self.changed.notify_all();
    }
}

struct Asks(Arc<Origin>);

impl Load<u64, u64> for Asks {
    type Error = ();

    fn load(&self, key: &u64) -> Result<Option<u64>, ()> {
        self.0.change(|hung| hung.callers += 1);
        self.0.wait_until(|hung| hung.is_over);
        Ok(Some(*key))
    }
}

/// A cache that is warm; its loads hang once they are asked for.
struct Warm {
    cache: Cache<u64, u64, Asks>,
    origin: Arc<Origin>,
}

impl Warm {
    fn new(lease: Duration) -> Self {
        let origin = Arc::new(Origin::default());
        let cache = Cache::builder(2 * HOT as usize)
            .ttl(AGES)
            .loader(Asks(Arc::clone(&origin)))
            .loads_max(LOADS)
            .loader_threads(LOADS)
            .lease(lease)
            .build()
            .expect("sound settings");
        for key in 0..HOT {
            cache.insert(key, key).expect("room for all");
        }
        Self { cache, origin }
    }

    /// Now all its loads hang.
    fn hanging(lease: Duration) -> Self {
        let warm = Self::new(lease);
        for key in 0..LOADS as u64 {
            let outcome = warm.cache.get_or_load(&(HOT + key), Duration::ZERO);
            assert_eq!(outcome, Outcome::Miss(Miss::LoadStarted));
        }
        warm.origin.wait_until(|hung| hung.callers == LOADS);
        warm
    }

    /// Asks for a key that is not there.
    fn miss(&self, number: u64, patience: Duration) -> bool {
        let outcome = self.cache.get_or_load(&(2 * HOT + number), patience);
        matches!(black_box(outcome), Outcome::Miss(Miss::Shed))
    }

    fn hits(&self, number: u64) {
        for call in 0..64 {
            let key = (number * 64 + call) * 7_919 % HOT;
            let outcome = self.cache.get_or_load(&key, PATIENCE);
            assert_eq!(black_box(outcome), Outcome::Fresh(key));
        }
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        self.origin.change(|hung| hung.is_over = true);
    }
}

/// Runs both parts and prints what each is held to.
pub(crate) fn print(quick: bool) -> io::Result<()> {
    let mut bounds = Bounds::of("hung".to_owned());
    let ns = if quick { 1_000_000_000 } else { 25_000_000_000 };
    // With a lease that is over, all who run loads are known to hang: another way to the same end.
    for (state, lease) in [("places taken", AGES), ("leases over", Duration::ZERO)] {
        for (wait, patience) in [("budget 0", Duration::ZERO), ("budget 50 ms", PATIENCE)] {
            let what = format!("miss, {state}, {wait}");
            shed(&mut bounds, &what, &Warm::hanging(lease), patience, ns);
        }
    }
    let report = hits(quick);
    println!("{}", report.markdown());
    report.write_to(Path::new("target/shorttail/tail/hung"))?;
    bounds.judged(
        "64 hits while all loads hang, to the same while none does",
        &report,
    );
    bounds.finish()
}

/// Every other call is one that misses; those between are a loop, the machine's own measure.
fn shed(bounds: &mut Bounds, what: &str, warm: &Warm, patience: Duration, ns: u64) {
    let mut starts_ns = Plan::poisson(RATE).starts_ns(1, ns);
    let begin_ns = StdClock.now_ns() + 20_000_000;
    starts_ns.iter_mut().for_each(|at| *at += begin_ns);
    let call = |number: usize| match number % 2 {
        0 => Some(warm.miss(number as u64, patience)),
        _ => {
            (0..ROUNDS).for_each(|round| {
                black_box(round);
            });
            None
        }
    };
    let calls = drive(CALLERS, &starts_ns, call, || ());
    let of = |misses: bool| {
        let same = move |call: &&_| is_miss(call) == misses;
        calls.iter().filter(same)
    };
    let took = collected(of(true).map(super::callers::Call::took_ns));
    let nothing = collected(of(false).map(super::callers::Call::took_ns));
    bounds.within(what, 0.999, BAR_NS, &took);
    bounds.within(what, 1.0, BAR_NS, &took);
    bounds.times(what, &took);
    bounds.times("a loop of much the same length, in turn with it", &nothing);
    let [late, late_nothing] =
        [true, false].map(|misses| of(misses).filter(|call| call.took_ns() > BAR_NS).count());
    let counts = format!("{late}; of the loop {late_nothing}");
    bounds.told(&format!("{what}: longer than 10 µs"), &counts, took.count());
    let shed = of(true).filter(|call| call.result == Some(true)).count() as u64;
    bounds.exactly(&format!("{what}: shed"), took.count(), shed, took.count());
}

fn is_miss(call: &super::callers::Call<Option<bool>>) -> bool {
    call.result.is_some()
}

/// The same hits in turn: of a cache whose loads hang, and of one that has none; beside both,
/// 10 000 misses a second of the former.
fn hits(quick: bool) -> Report {
    let (well, hung) = (Warm::new(AGES), Warm::hanging(AGES));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let plan = Plan::poisson(RATE);
            // Relaxed: nothing else is told by it.
            for second in (0..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                let begin_ns = StdClock.now_ns();
                for (number, at_ns) in (0..).zip(plan.starts_ns(second, 100_000_000)) {
                    SleepClock.wait_until(begin_ns + at_ns);
                    assert!(hung.miss(number, PATIENCE));
                }
            }
        });
        let before = Arm::inline("no load hangs", |number| well.hits(number));
        let during = Arm::inline("all loads hang", |number| hung.hits(number));
        let effort = Effort { quick, burners: 0 };
        let trial = effort.inline_trial("hung: 64 hits", 10_000.0);
        let report = trial
            .run(&StdClock, [before, during])
            .expect("sound settings");
        // Relaxed: as above.
        stop.store(true, Ordering::Relaxed);
        report
    })
}
