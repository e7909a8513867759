//! A dependency fails half of its calls, and everyone who calls it tries again: now it has twice as
//! many. Here retries have a budget, one for all, and a deadline: how many are sent is bounded
//! whatever fails, and each call that is given up says why. Then the dependency is down altogether,
//! and what the budget had saved is all that it gets on top. Calls are made side by side on a clock
//! that we move, from seeds, so each run is the same.
//!
//! Run: `cargo run --release --example retry`. Last line:
//! `half fail: 12010 sends for 10000 calls, 5941 went well; all fail: 12010 sends`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::error::Error;
use std::time::Duration;

use shorttail::control::{
    Attempts, Decision, Failure, Idempotent, RetryBudget, RetryPolicy, RetryStats, StopReason,
};
use shorttail::limit::Backoff;
use shorttail::time::Deadline;

type Outcome = Result<(), Box<dyn Error>>;

const MS: u64 = 1_000_000;
const CALLS: u64 = 10_000;
const RATIO: f64 = 0.2;
const FLOOR: u32 = 10;

/// A call waits for its answer so long, with all its attempts.
const PATIENCE: Duration = Duration::from_millis(100);

/// `GET`: made twice it changes nothing that it has not.
struct GetUser;
impl Idempotent for GetUser {}

const TIMED_OUT: Failure = Failure::transient();

/// What the dependency makes of an attempt: from a seed, by the number of the attempt.
struct Dependency {
    seed: u64,
    failing_of_256: u64,
    sent: u64,
}

impl Dependency {
    /// SplitMix64 (Steele, Lea and Flood, 2014).
    fn draw(&mut self) -> u64 {
        self.sent += 1;
        let mixed = self
            .seed
            .wrapping_add(self.sent.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// How long it takes, and how it ends.
    fn answer(&mut self) -> (u64, Result<(), Failure>) {
        let drawn = self.draw();
        let took_ns = (2 + drawn % 8) * MS;
        if drawn >> 56 >= self.failing_of_256 {
            return (took_ns, Ok(()));
        }
        // One in four asks for some rest: `Retry-After`.
        let hint = Duration::from_millis(if drawn >> 32 & 3 == 0 { 30 } else { 0 });
        (took_ns, Err(Failure::transient().not_before(hint)))
    }
}

/// What comes next for a call.
enum Next<'p> {
    Start,
    Send(Attempts<'p>),
    /// The attempt ends: well, or with a failure.
    End(Attempts<'p>, Result<(), Failure>),
}

/// Ten thousand calls, one each millisecond, of which as many are under way at once as it takes;
/// how many attempts were sent.
fn calls(policy: &RetryPolicy, failing_of_256: u64) -> u64 {
    let mut dependency = Dependency {
        seed: 7,
        failing_of_256,
        sent: 0,
    };
    // What a runtime's timer would do: when each call goes on.
    let mut due: BinaryHeap<_> = (0..CALLS).map(|call| Reverse((call * MS, call))).collect();
    let mut all: Vec<_> = (0..CALLS).map(|_| Next::Start).collect();
    while let Some(Reverse((now_ns, call))) = due.pop() {
        let deadline = Deadline::after(call * MS, PATIENCE);
        let next = &mut all[call as usize];
        let attempts = match std::mem::replace(next, Next::Start) {
            Next::Start => policy.start(&GetUser, deadline, now_ns),
            Next::Send(attempts) => attempts,
            Next::End(attempts, Ok(())) => {
                attempts.succeeded();
                continue;
            }
            Next::End(mut attempts, Err(failure)) => {
                if let Decision::Retry { after, .. } = attempts.failed(failure, now_ns) {
                    due.push(Reverse((now_ns + after.as_nanos() as u64, call)));
                    *next = Next::Send(attempts);
                }
                continue;
            }
        };
        let (took_ns, answered) = dependency.answer();
        let limit_ns = attempts.limit(now_ns).as_nanos() as u64;
        assert!(limit_ns > 0, "nothing is sent that comes too late");
        // One that takes longer is cut off.
        let answered = match answered {
            Ok(()) if took_ns > limit_ns => Err(TIMED_OUT),
            answered => answered,
        };
        due.push(Reverse((now_ns + took_ns.min(limit_ns), call)));
        *next = Next::End(attempts, answered);
    }
    dependency.sent
}

fn policy() -> Result<RetryPolicy, Box<dyn Error>> {
    let ms = Duration::from_millis;
    let policy = RetryPolicy::builder()
        .attempts_max(4)
        .backoff(Backoff::exponential(ms(5), ms(80)).seeded(7))
        .attempt_limit(ms(25))
        .margin(ms(2))
        .budget(RetryBudget::new(RATIO)?.floor(FLOOR));
    Ok(policy.build()?)
}

fn report(title: &str, stats: &RetryStats) {
    println!(
        "{title}: {} calls, {} went well",
        stats.calls(),
        stats.succeeded
    );
    println!("  by attempts, from one: {:?}", &stats.attempts[..4]);
    for reason in [
        StopReason::Attempts,
        StopReason::Deadline,
        StopReason::Budget,
    ] {
        println!("  given up, {reason}: {}", stats.stopped(reason));
    }
}

/// The acceptance check: of so many calls no more are sent than the ratio and the floor allow.
fn sends_are_bounded(stats: &RetryStats, sent: u64) -> Outcome {
    let most = CALLS + (CALLS as f64 * RATIO) as u64 + u64::from(FLOOR);
    if stats.calls() != CALLS || stats.sends() != sent || sent > most {
        return Err(format!("{sent} sends of {} calls, at most {most}", stats.calls()).into());
    }
    let reasons = [
        StopReason::Attempts,
        StopReason::Deadline,
        StopReason::Budget,
    ];
    let given_up: u64 = reasons.iter().map(|reason| stats.stopped(*reason)).sum();
    if given_up + stats.succeeded != CALLS {
        return Err("a call ended without a reason".into());
    }
    Ok(())
}

fn main() -> Outcome {
    let half = policy()?;
    let sent = calls(&half, 128);
    report("half fail", &half.stats());
    sends_are_bounded(&half.stats(), sent)?;
    let down = policy()?;
    let sent_down = calls(&down, 256);
    report("all fail", &down.stats());
    sends_are_bounded(&down.stats(), sent_down)?;
    let well = half.stats().succeeded;
    println!(
        "half fail: {sent} sends for {CALLS} calls, {well} went well; all fail: {sent_down} sends"
    );
    Ok(())
}
