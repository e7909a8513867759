//! Retries and hedges against small models of what they promise, by clocks that jump about.

use std::time::Duration;

use proptest::prelude::*;
use shorttail::control::StopReason;
use shorttail::control::{Attempts, Decision, Failure, HedgePolicy, RetryBudget, RetryPolicy};
use shorttail::limit::{Backoff, Jitter};
use shorttail::measure::Histogram;
use shorttail::time::Deadline;

const TOKEN: u64 = 1_000;

/// Readings of every kind: a few steps apart, equal, backwards, and none of this century.
pub(super) fn readings() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..2_000_u64,
        1 => 1_000_000_000..1_000_002_000_u64,
        1 => prop_oneof![Just(u64::MAX), Just(u64::MAX - 1), Just(1 << 62), any::<u64>()],
    ]
}

fn deadlines() -> impl Strategy<Value = Deadline> {
    prop_oneof![Just(Deadline::NEVER), readings().prop_map(Deadline::at)]
}

/// A budget as a sum in thousandths: what calls deposit, up to what is saved, less what was taken.
#[derive(Clone, Copy, Debug)]
struct Purse {
    level: u64,
    most: u64,
    deposit: u64,
    /// For the promise that needs no such sum.
    floor: u64,
    deposits: u64,
    taken: u64,
}

impl Purse {
    fn deposit(&mut self) {
        self.level = (self.level + self.deposit).min(self.most);
        self.deposits += 1;
    }

    fn take(&mut self) -> bool {
        let has = self.level >= TOKEN;
        self.level -= if has { TOKEN } else { 0 };
        self.taken += u64::from(has);
        // Retries are at most ratio · calls + floor.
        assert!(self.taken * TOKEN <= self.deposits * self.deposit + self.floor);
        has
    }
}

/// A budget and its model.
fn budgets() -> impl Strategy<Value = (u64, u32, u32)> {
    (1..=2_000_u64, 0..4_u32, 0..8_u32)
}

fn budget((ratio, floor, saved): (u64, u32, u32)) -> (RetryBudget, Purse) {
    let built = RetryBudget::new(ratio as f64 / TOKEN as f64).unwrap();
    let floor_tokens = u64::from(floor) * TOKEN;
    let purse = Purse {
        level: floor_tokens,
        most: (u64::from(saved) * TOKEN).max(floor_tokens),
        deposit: ratio,
        floor: floor_tokens,
        deposits: 0,
        taken: 0,
    };
    (built.floor(floor).saved_max(saved), purse)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Marked,
    Unmarked,
    Nested,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fails {
    Unsent,
    Transient,
    Permanent,
    Refused,
}

/// One call: how it starts, and its failures, each with a hint and a reading.
#[derive(Clone, Debug)]
struct Call {
    start: Start,
    deadline: Deadline,
    at_ns: u64,
    failures: Vec<(Fails, u64, u64)>,
    succeeds: bool,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let start =
        prop_oneof![3 => Just(Start::Marked), 1 => Just(Start::Unmarked), 1 => Just(Start::Nested)];
    let fails = prop_oneof![
        6 => Just(Fails::Transient),
        2 => Just(Fails::Unsent),
        1 => Just(Fails::Permanent),
        1 => Just(Fails::Refused),
    ];
    let hint = prop_oneof![3 => Just(0_u64), 1 => 0..3_000_u64];
    let failures = prop::collection::vec((fails, hint, readings()), 0..6);
    let call = (start, deadlines(), readings(), failures, any::<bool>());
    let call = call.prop_map(|(start, deadline, at_ns, failures, succeeds)| Call {
        start,
        deadline,
        at_ns,
        failures,
        succeeds,
    });
    prop::collection::vec(call, 1..40)
}

/// The rules of a policy, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Rules {
    attempts_max: u32,
    limit_ns: u64,
    margin_ns: u64,
    backoff: Backoff,
}

impl Rules {
    /// What is left for an attempt, before the limit.
    fn left(&self, deadline: Deadline, now_ns: u64) -> u64 {
        match deadline {
            Deadline::NEVER => u64::MAX,
            _ => (deadline.as_ns().saturating_sub(now_ns)).saturating_sub(self.margin_ns),
        }
    }

    /// What is to follow the failure of attempt `made`, if the budget has a retry.
    fn follows(
        &self,
        call: &Call,
        made: u32,
        (fails, hint_ns, now_ns): (Fails, u64, u64),
    ) -> Result<Duration, StopReason> {
        match (fails, call.start) {
            (Fails::Permanent, _) => return Err(StopReason::Permanent),
            (Fails::Refused, _) => return Err(StopReason::Refused),
            (_, Start::Nested) => return Err(StopReason::OtherLayer),
            (Fails::Transient, Start::Unmarked) => return Err(StopReason::NotIdempotent),
            _ => {}
        }
        if made >= self.attempts_max {
            return Err(StopReason::Attempts);
        }
        let after = self.backoff.delay(made).max(Duration::from_nanos(hint_ns));
        let left = self.left(call.deadline, now_ns);
        match call.deadline != Deadline::NEVER && after >= Duration::from_nanos(left) {
            true => Err(StopReason::Deadline),
            false => Ok(after),
        }
    }
}

fn failure(fails: Fails, hint_ns: u64) -> Failure {
    let failure = match fails {
        Fails::Unsent => Failure::unsent(),
        Fails::Transient => Failure::transient(),
        Fails::Permanent => Failure::permanent(),
        Fails::Refused => Failure::refused(),
    };
    failure.not_before(Duration::from_nanos(hint_ns))
}

fn start<'p>(policy: &'p RetryPolicy, call: &Call) -> Attempts<'p> {
    match call.start {
        Start::Marked => policy.start_unchecked(call.deadline, call.at_ns),
        Start::Unmarked => policy.start_unmarked(call.deadline, call.at_ns),
        Start::Nested => policy.start_nested(call.deadline),
    }
}

/// One call, step by step; how many sends it was, and why it was given up.
fn attempt(
    policy: &RetryPolicy,
    rules: &Rules,
    purse: &mut Purse,
    call: &Call,
) -> (u64, Option<StopReason>) {
    let mut attempts = start(policy, call);
    if call.start != Start::Nested {
        purse.deposit();
    }
    let (mut made, mut stopped) = (1, None);
    for &(fails, hint_ns, now_ns) in &call.failures {
        let limit_ns = rules.left(call.deadline, now_ns).min(rules.limit_ns);
        assert_eq!(attempts.limit(now_ns), Duration::from_nanos(limit_ns));
        let told = attempts.failed(failure(fails, hint_ns), now_ns);
        let follows = match stopped {
            Some(reason) => Err(reason),
            None => rules.follows(call, made, (fails, hint_ns, now_ns)),
        };
        // The budget is asked last, so that nothing is taken for a retry that is not made.
        let follows =
            follows.and_then(|after| purse.take().then_some(after).ok_or(StopReason::Budget));
        match follows {
            Ok(after) => {
                made += 1;
                assert_eq!(
                    told,
                    Decision::Retry {
                        after,
                        attempt: made
                    }
                );
            }
            Err(reason) => {
                stopped = Some(reason);
                assert_eq!(told, Decision::Stop(reason));
            }
        }
        assert_eq!(attempts.made(), made);
    }
    match call.succeeds {
        true => attempts.succeeded(),
        false => attempts.cancelled(),
    }
    (u64::from(made), stopped)
}

proptest! {
    /// Each decision, delay, limit and count is the one of the documented rules.
    #[test]
    fn attempts_are_as_their_rules_have_them(
        attempts_max in 1..5_u32,
        limit_ns in 1..3_000_u64,
        margin_ns in 0..500_u64,
        base_ns in 0..600_u64,
        sums in budgets(),
        calls in calls(),
    ) {
        let ns = Duration::from_nanos;
        let backoff = Backoff::exponential(ns(base_ns), ns(1_500)).jitter(Jitter::None);
        let rules = Rules { attempts_max, limit_ns, margin_ns, backoff };
        let (budget, mut purse) = budget(sums);
        let policy = RetryPolicy::builder()
            .attempts_max(attempts_max)
            .attempt_limit(ns(limit_ns))
            .margin(ns(margin_ns))
            .backoff(backoff)
            .budget(budget)
            .build()
            .unwrap();
        let (mut sends, mut stopped, mut succeeded) = (0, [0; 7], 0);
        for call in &calls {
            let (made, reason) = attempt(&policy, &rules, &mut purse, call);
            sends += made;
            match reason {
                Some(reason) => stopped[reason as usize] += 1,
                None => succeeded += u64::from(call.succeeds),
            }
        }
        let stats = policy.stats();
        prop_assert_eq!((stats.calls(), stats.sends()), (calls.len() as u64, sends));
        let given_up: u64 = stopped.iter().sum();
        let cancelled = stats.calls() - succeeded - given_up;
        prop_assert_eq!((stats.succeeded, stats.cancelled), (succeeded, cancelled));
        for reason in [StopReason::Attempts, StopReason::Deadline, StopReason::Budget] {
            prop_assert_eq!(stats.stopped(reason), stopped[reason as usize]);
        }
    }

    /// A hedge is sent from the delay on, before the deadline, and by what was deposited in time.
    #[test]
    fn hedges_are_as_their_rules_have_them(
        sums in budgets(),
        delays in prop::collection::vec(1..1_000_u64, 1..4),
        calls in prop::collection::vec((deadlines(), readings(), readings(), any::<bool>()), 1..80),
    ) {
        let (budget, mut purse) = budget(sums);
        let policy = HedgePolicy::new(0.95, budget).unwrap();
        prop_assert!(!policy.start_unchecked(Deadline::NEVER, 0).try_hedge(u64::MAX));
        for (number, (deadline, at_ns, end_ns, slow)) in calls.into_iter().enumerate() {
            let mut latency_ns = Histogram::new();
            latency_ns.record_n(delays[number % delays.len()], 10);
            policy.update(&latency_ns.snapshot());
            let delay_ns = policy.delay().unwrap().as_nanos() as u64;
            let call = policy.start_unchecked(deadline, at_ns);
            // A newer delay is for the calls that start after it.
            latency_ns.record_n(5_000, 1_000);
            policy.update(&latency_ns.snapshot());
            let due_ns = at_ns.saturating_add(delay_ns);
            let in_time = due_ns < deadline.as_ns();
            prop_assert_eq!(call.due_ns(), in_time.then_some(due_ns));
            if slow {
                let alive = deadline == Deadline::NEVER || end_ns < deadline.as_ns();
                let asks = in_time && due_ns <= end_ns && alive;
                prop_assert_eq!(call.try_hedge(end_ns), asks && purse.take());
            } else {
                call.answered(end_ns);
                if end_ns.saturating_sub(at_ns) < delay_ns {
                    purse.deposit();
                }
            }
        }
    }
}
