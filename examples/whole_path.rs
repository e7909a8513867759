//! A service has a deadline header, a gate, lanes, retries and hedges, and still answers requests
//! that nobody waits for any more: each part has a time-out of its own. Here the caller's deadline
//! goes with the request all the way, and each part asks what is left of it: the gate, the lane,
//! each attempt, the hedge, and the header of the next service. Retries and hedges of all requests
//! together live on one budget. Bursts arrive on a clock that we move, so each run is the same.
//!
//! Run: `cargo run --release --example whole_path`. Last line:
//! `244 calls, 297 sends, 13 of them hedges; answers {200: 195, 400: 6, 502: 23, 503: 4, 504: 72}`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use shorttail::arena::Arena;
use shorttail::channel::{Sender, bounded};
use shorttail::control::{
    Class, Decision, Failure, Gate, HedgePolicy, Idempotent, OwnedPermit, Reason, Refused,
    RetryBudget, RetryPolicy, StopReason, Tier,
};
use shorttail::http1::{Connection, Head, Limits, ResponseBody, ResponseHead};
use shorttail::limit::{Backoff, Jitter};
use shorttail::measure::Histogram;
use shorttail::time::{Clock, Deadline, MockClock, ParseTimeoutError};
use shorttail::workers::{Pool, Task, Work};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const MS: Duration = Duration::from_millis(1);
const TIMEOUT_HEADER: &str = "x-envoy-expected-rq-timeout-ms";
const BURSTS: u32 = 25;
const BURST: u32 = 12;
/// Retries and hedges, as a share of calls, and how many there are before any call.
const RATIO: f64 = 0.2;
const FLOOR: u32 = 5;
/// The lanes, by how much their callers hurry.
const HOT: usize = 0;
const COLD: usize = 1;

static CLOCK: MockClock = MockClock::new();

/// Who asks for a price twice changes nothing.
struct GetPrice;
impl Idempotent for GetPrice {}

/// A request that was let in: its permit is back when it is answered, whatever becomes of it.
struct Job {
    deadline: Deadline,
    permit: OwnedPermit,
    answers: Sender<u16>,
}

/// Step 1: what the caller waits for, from its header; a second without one.
fn deadline(head: &Head<'_>, now_ns: u64) -> Result<Deadline, ParseTimeoutError> {
    let mut fields = head.headers();
    match fields.find(|field| field.name.eq_ignore_ascii_case(TIMEOUT_HEADER)) {
        Some(field) => Deadline::from_millis(field.value, now_ns),
        None => Ok(Deadline::after(now_ns, Duration::from_secs(1))),
    }
}

struct Front<'p> {
    gate: Arc<Gate>,
    pool: &'p Pool<Job, &'static MockClock>,
    answers: Sender<u16>,
}

impl Front<'_> {
    /// Steps 2 and 3: through the gate into a lane; or a status at once.
    fn take(&self, bytes: &[u8], arena: &Arena) -> Outcome<Option<u16>> {
        let now_ns = CLOCK.now_ns();
        let mut connection = Connection::new(Limits::default());
        let head = connection.parse_head(bytes, arena)?.ok_or("half a head")?;
        let Ok(deadline) = deadline(&head, now_ns) else {
            return Ok(Some(400));
        };
        let (lane, class) = match head.path().starts_with("/price") {
            true => (HOT, Class::CRITICAL),
            false => (COLD, Class::NORMAL),
        };
        let permit = match self.gate.try_enter_owned(class, deadline, now_ns) {
            Ok(permit) => permit,
            Err(refused) => return Ok(Some(status(&refused))),
        };
        let answers = self.answers.clone();
        let job = Job {
            deadline,
            permit,
            answers,
        };
        // A full lane hands the job back, and with it the permit.
        let refused = self.pool.try_submit(lane, job, deadline);
        Ok(refused.is_err().then_some(503))
    }
}

/// What a caller is told who was not let in.
fn status(refused: &Refused) -> u16 {
    match refused.reason {
        Reason::Expired | Reason::TooLate => 504,
        _ => 503,
    }
}

/// What the workers do: they ask the service that has the prices, within what may be spent there.
struct Prices {
    retries: RetryPolicy,
    hedges: HedgePolicy,
    sends: Cell<u64>,
    hedged: Cell<u64>,
}

impl Work<Job, &'static MockClock> for &Prices {
    fn run(&self, job: Job, _: &mut Task<'_, Job, &'static MockClock>) {
        let status = match self.price(job.deadline) {
            Ok(()) => 200,
            Err(StopReason::Deadline) => 504,
            Err(_) => 502,
        };
        job.permit.finish(CLOCK.now_ns());
        let _gone = job.answers.try_send(status); // a caller that has left
    }

    /// Its deadline passed in the lane: no call was made for it.
    fn expired(&self, job: Job, _: &Task<'_, Job, &'static MockClock>) {
        job.permit.cut_off(CLOCK.now_ns());
        let _gone = job.answers.try_send(504);
    }
}

impl Prices {
    /// Step 4: a call with retries: as many as the policy has, within the deadline and the budget.
    fn price(&self, deadline: Deadline) -> Result<(), StopReason> {
        let mut attempts = self.retries.start(&GetPrice, deadline, CLOCK.now_ns());
        loop {
            let now_ns = CLOCK.now_ns();
            // What is left, less what it takes to hand the answer on.
            let until = deadline.child(now_ns, attempts.limit(now_ns));
            let Err(failure) = self.attempt(until) else {
                attempts.succeeded();
                return Ok(());
            };
            match attempts.failed(failure, CLOCK.now_ns()) {
                Decision::Retry { after, .. } => CLOCK.advance(after),
                Decision::Stop(reason) => return Err(reason),
            }
        }
    }

    /// Step 5: one attempt, and beside it a second, at another replica, if the first takes longer
    /// than is usual. The clock is at its end afterwards.
    fn attempt(&self, until: Deadline) -> Result<(), Failure> {
        let start_ns = CLOCK.now_ns();
        let hedge = self.hedges.start(&GetPrice, until, start_ns);
        let (mut at_ns, mut answer) = self.replica(start_ns, until);
        match hedge.due_ns().filter(|due_ns| *due_ns < at_ns) {
            Some(due_ns) => {
                if hedge.try_hedge(due_ns) {
                    self.hedged.set(self.hedged.get() + 1);
                    let second = self.replica(due_ns, until);
                    // The first that is well, or else the last.
                    if second.1.is_ok() && (answer.is_err() || second.0 < at_ns) {
                        (at_ns, answer) = second;
                    }
                }
            }
            None if answer.is_ok() => hedge.answered(at_ns),
            None => drop(hedge),
        }
        if until.is_expired(at_ns) {
            (at_ns, answer) = (until.as_ns(), Err(Failure::transient())); // cut off
        }
        CLOCK.advance(Duration::from_nanos(at_ns - start_ns));
        answer
    }

    /// The other service, which is told how long its answer is of use: when it answers, and what.
    fn replica(&self, now_ns: u64, until: Deadline) -> (u64, Result<(), Failure>) {
        let sent = self.sends.get() + 1;
        self.sends.set(sent);
        let header = until.to_millis(now_ns).expect("every call here has an end");
        let there = Deadline::from_millis(header.as_bytes(), now_ns);
        assert!(there.is_ok_and(|there| there <= until), "it only shrinks");
        let (takes, answer) = match sent {
            _ if sent % 9 == 0 => (60 * MS, Ok(())), // one in nine hangs for a while
            _ if sent % 5 == 0 => (2 * MS, Err(Failure::transient())),
            _ => (5 * MS, Ok(())),
        };
        (now_ns + takes.as_nanos() as u64, answer)
    }
}

/// Request number so-and-so of a burst, as it comes from the socket.
fn request(number: u32) -> String {
    let path = if number % 4 == 3 {
        "/report"
    } else {
        "/price/7"
    };
    let until = match number {
        _ if number % 50 == 49 => "soon", // a caller with a defect
        _ if number % 6 == 5 => "12",     // one in a hurry
        _ => "80",
    };
    format!("GET {path} HTTP/1.1\r\nHost: prices\r\n{TIMEOUT_HEADER}: {until}\r\n\r\n")
}

/// Step 6: the head of the answer, in a buffer that the connection keeps.
fn write(status: u16, out: &mut Vec<u8>) -> Outcome {
    let retry: &[(&str, &[u8])] = &[("retry-after", b"1")];
    let fields = if status == 503 { retry } else { &[] };
    let body = ResponseBody::Length(if status == 200 { 2 } else { 0 });
    out.clear();
    ResponseHead::new(status)
        .fields(fields)
        .body(body)
        .encode(out)?;
    Ok(())
}

fn prices(budget: &Arc<RetryBudget>) -> Outcome<Prices> {
    let retries = RetryPolicy::builder()
        .attempts_max(3)
        .backoff(Backoff::fixed(2 * MS).jitter(Jitter::None))
        .attempt_limit(30 * MS)
        .margin(MS)
        .budget(Arc::clone(budget));
    let hedges = HedgePolicy::new(0.9, Arc::clone(budget))?;
    // In a service a window of late, each second or so.
    let mut latency_ns = Histogram::new();
    latency_ns.record_n(8_000_000, 100);
    hedges.update(&latency_ns.snapshot());
    Ok(Prices {
        retries: retries.build()?,
        hedges,
        sends: Cell::new(0),
        hedged: Cell::new(0),
    })
}

/// The acceptance check: every request has one answer, and nothing is left behind.
fn all_is_accounted_for(told: &BTreeMap<u16, u64>, gate: &Gate, prices: &Prices) -> Outcome {
    let answered: u64 = told.values().sum();
    if answered != u64::from(BURSTS * BURST) || gate.stats().in_flight != 0 {
        return Err(format!("{answered} answers, {:?}", gate.stats()).into());
    }
    let (calls, sends) = (prices.retries.stats().calls(), prices.sends.get());
    let most = calls + (calls as f64 * RATIO) as u64 + u64::from(FLOOR);
    if sends > most {
        return Err(format!("{sends} sends for {calls} calls, at most {most}").into());
    }
    Ok(())
}

fn main() -> Outcome {
    let prices = prices(&Arc::new(RetryBudget::new(RATIO)?.floor(FLOOR)))?;
    let (answers, done) = bounded(usize::try_from(BURST)?);
    // In a service `build_with`, and threads of its own; here we are the worker.
    let lanes = Pool::builder().lane("hot", 8).lane("cold", 2).workers(1);
    let (pool, workers) = lanes.clock(&CLOCK).build_manual(&prices)?;
    let gate = Arc::new(Gate::builder(10).recorders(1).build()?);
    let front = Front {
        gate: Arc::clone(&gate),
        pool: &pool,
        answers,
    };
    let mut arena = Arena::new(Limits::default().arena_bytes())?;
    let (mut told, mut out) = (BTreeMap::new(), Vec::with_capacity(256));
    let mut answer = |status: u16| -> Outcome {
        write(status, &mut out)?;
        *told.entry(status).or_insert(0) += 1;
        Ok(())
    };
    for burst in 0..BURSTS {
        for number in 0..BURST {
            let bytes = request(burst * BURST + number);
            if let Some(at_once) = front.take(bytes.as_bytes(), &arena)? {
                answer(at_once)?;
            }
            arena.reset();
        }
        while workers.iter().any(|worker| worker.run_one()) {}
        done.try_iter().try_for_each(&mut answer)?;
    }
    all_is_accounted_for(&told, &gate, &prices)?;
    let refused = gate.stats();
    for reason in Reason::ALL {
        println!(
            "refused, {reason}: {}",
            Tier::ALL
                .map(|tier| refused.refused(reason, tier))
                .iter()
                .sum::<u64>()
        );
    }
    for reason in StopReason::ALL {
        println!(
            "given up, {reason}: {}",
            prices.retries.stats().stopped(reason)
        );
    }
    let (calls, sends) = (prices.retries.stats().calls(), prices.sends.get());
    println!(
        "{calls} calls, {sends} sends, {} of them hedges; answers {told:?}",
        prices.hedged.get()
    );
    Ok(())
}
