//! The loads of a cache beside a model that forgets nothing: what each call says, what each waiter
//! gets and when it is woken, which load asks its source, and all that is counted. The cache has
//! room for all keys, so the model says all to the letter; how long a key rests is drawn, and is
//! not asked for while it is open. The fuzz target `cache_loads` takes these steps too.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use shorttail::cache::{Async, AsyncLoad, Cache, LoadFuture, Miss, Outcome, Tag, Terms};
use shorttail::limit::Breaker;
use shorttail::time::MockClock;

use super::load_model::{
    Answer, Counts, ERROR_NS, LEASE_NS, Model, NEGATIVE_NS, STALE_NS, Said, Start, TTL_NS,
    or_stale, tag,
};

const KEYS: u8 = 8;

/// Waiters at a time at most.
const WAITERS: usize = 12;

/// What was thrown; said nothing of.
struct Thrown;

/// A hash that is the key.
#[derive(Default)]
pub(crate) struct Plain(u64);

impl Hasher for Plain {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u8(*byte));
    }
    fn write_u8(&mut self, byte: u8) {
        self.0 = self.0 << 8 | u64::from(byte);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Calls of the source so far, and the answer that one of them takes when polled.
#[derive(Default)]
struct Script {
    calls: usize,
    asked: Vec<(usize, u8)>,
    next: Option<(usize, Answer)>,
}

#[derive(Clone, Default)]
struct Origin(Arc<Mutex<Script>>);

impl AsyncLoad<u8, u64> for Origin {
    type Error = u8;

    fn load(&self, key: &u8) -> impl Future<Output = Result<Option<u64>, u8>> + Send {
        let mut script = self.0.lock().unwrap();
        let call = script.calls;
        script.calls += 1;
        script.asked.push((call, *key));
        let script = Arc::clone(&self.0);
        poll_fn(move |_| {
            let mut script = script.lock().unwrap();
            let mine = script.next.take_if(|(answered, _)| *answered == call);
            drop(script);
            match mine.map(|(_, answer)| answer) {
                None => Poll::Pending,
                Some(Answer::Value(value)) => Poll::Ready(Ok(Some(value))),
                Some(Answer::Nothing) => Poll::Ready(Ok(None)),
                Some(Answer::Error(error)) => Poll::Ready(Err(error)),
                // Past the hook, which would end a fuzzer.
                Some(Answer::Panic) => resume_unwind(Box::new(Thrown)),
            }
        })
    }

    fn tag(&self, key: &u8) -> Option<Tag> {
        tag(*key).map(|tag| Tag::new(u16::from(tag)))
    }

    fn is_failure(&self, error: &u8) -> bool {
        error % 2 == 1
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

type State = BuildHasherDefault<Plain>;
type Cached = Cache<u8, u64, Async<Origin>, State, Arc<MockClock>>;

type Waiting<'a> = LoadFuture<'a, u8, u64, Async<Origin>, State, Arc<MockClock>>;

struct Waiter<'a> {
    future: Pin<Box<Waiting<'a>>>,
    woken: Arc<Woken>,
    flight: usize,
    stands_in: Option<u64>,
}

impl Waiter<'_> {
    fn poll(&mut self) -> Poll<Said> {
        self.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

/// A task that runs loads, and the call and flight that it is at.
struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    at: Option<(usize, usize)>,
}

/// Polls a task until it waits for something: now and then it lets others go first.
fn poll_while_woken(mut task: Pin<&mut dyn Future<Output = ()>>) -> Poll<()> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut polled = Poll::Pending;
    while polled.is_pending() && woken.0.swap(false, Ordering::Relaxed) {
        polled = task.as_mut().poll(&mut Context::from_waker(&waker));
    }
    polled
}

struct Run<'a> {
    cache: &'a Cached,
    clock: &'a MockClock,
    origin: Origin,
    tasks: Vec<Option<Task>>,
    waiters: Vec<Waiter<'a>>,
    model: Model,
}

fn breaker() -> Breaker {
    let builder = Breaker::builder().calls(3).window(Duration::from_secs(1));
    builder
        .rest(Duration::from_millis(1))
        .probes(2)
        .build()
        .unwrap()
}

impl Run<'_> {
    /// Asks for the key without waiting, or in a task that waits.
    fn ask(&mut self, key: u8, waits: bool) {
        if self.model.is_drawn(key) || waits && self.waiters.len() == WAITERS {
            return;
        }
        let start = self.model.start(key, waits);
        if !waits {
            let said = self.cache.get_or_load(&key, Duration::ZERO);
            let expected = match start {
                Start::Over(outcome) => outcome,
                Start::Wait(flight, stands_in, began) => {
                    let why = if began {
                        Miss::LoadStarted
                    } else {
                        Miss::InFlight
                    };
                    let result = self.model.result(flight);
                    or_stale(result.unwrap_or(Outcome::Miss(why)), stands_in)
                }
            };
            assert_eq!(said, expected, "{key}");
            return;
        }
        let mut waiter = Waiter {
            future: Box::pin(self.cache.get_or_load_async(&key)),
            woken: Arc::default(),
            flight: usize::MAX,
            stands_in: None,
        };
        match start {
            Start::Over(outcome) => assert_eq!(waiter.poll(), Poll::Ready(outcome), "{key}"),
            Start::Wait(flight, stands_in, _) => {
                (waiter.flight, waiter.stands_in) = (flight, stands_in);
                *self.model.waiting.entry(flight).or_default() += 1;
                if self.look(&mut waiter).is_none() {
                    self.waiters.push(waiter);
                }
            }
        }
    }

    /// Polls a waiter; what it gets is what the model says.
    fn look(&mut self, waiter: &mut Waiter<'_>) -> Option<Said> {
        let polled = waiter.poll();
        let expected = self.model.result(waiter.flight);
        let expected = expected.map(|said| or_stale(said, waiter.stands_in));
        assert_eq!(polled, expected.map_or(Poll::Pending, Poll::Ready));
        if expected.is_some() {
            self.leaves(waiter.flight);
        }
        expected
    }

    fn leaves(&mut self, flight: usize) {
        *self.model.waiting.get_mut(&flight).expect("it waited") -= 1;
    }

    /// Runs whoever was woken, until nobody is: then nobody waits for what is there.
    fn run_woken(&mut self) {
        let is_woken = |waiter: &Waiter<'_>| waiter.woken.0.load(Ordering::Relaxed);
        while let Some(at) = self.waiters.iter().position(is_woken) {
            let mut waiter = self.waiters.swap_remove(at);
            if self.look(&mut waiter).is_none() {
                self.waiters.push(waiter);
            }
        }
        for waiter in &self.waiters {
            assert_eq!(self.model.result(waiter.flight), None, "nobody woke it");
        }
    }

    /// Polls a task, with an answer for the load that it runs, perhaps.
    fn poll_task(&mut self, at: usize, answer: Option<Answer>) {
        let Some(Some(task)) = self.tasks.get_mut(at) else {
            return;
        };
        if let (Some((call, _)), Some(answer)) = (task.at, answer) {
            self.origin.0.lock().unwrap().next = Some((call, answer));
        }
        let polled = poll_while_woken(task.future.as_mut());
        let mut asked = std::mem::take(&mut self.origin.0.lock().unwrap().asked);
        self.origin.0.lock().unwrap().next = None;
        let now_at = match (task.at, answer) {
            (Some((_, flight)), _) if self.model.is_cancelled(flight) => {
                self.model.abandon(flight);
                None
            }
            (Some((_, flight)), Some(answer)) => {
                self.model.answer(flight, answer);
                None
            }
            (at, _) => at,
        };
        let next = match now_at {
            None => self.model.take().map(|flight| {
                let (call, key) = asked.pop().expect("a load that the model takes up");
                assert_eq!(key, self.model.key(flight));
                (call, flight)
            }),
            at => at,
        };
        assert!(asked.is_empty(), "asked for what the model does not");
        task.at = next;
        let ends = next.is_none() && self.model.closed;
        assert_eq!(
            polled.is_ready(),
            ends,
            "a task ends when the cache is closed"
        );
        if ends {
            self.drop_task(at);
        }
    }

    fn drop_task(&mut self, at: usize) {
        if let Some(task) = self.tasks[at].take() {
            self.model.runners -= 1;
            if let Some((_, flight)) = task.at {
                self.model.abandon(flight);
            }
            drop(task);
            if self.tasks.iter().all(Option::is_none) {
                self.model.close(true);
            }
        }
    }

    fn insert(&mut self, key: u8, value: u64, kind: u8) {
        let terms = Terms::new();
        match (kind % 4, tag(key)) {
            (0, _) => {
                self.cache.insert_negative(key).unwrap();
                self.model.insert(key, None, None);
            }
            (1, Some(tag)) => {
                let terms = terms.tag(Tag::new(u16::from(tag)));
                self.cache.insert_with_terms(key, value, terms).unwrap();
                self.model.insert(key, Some(value), Some(tag));
            }
            _ => {
                self.cache.insert(key, value).unwrap();
                self.model.insert(key, Some(value), None);
            }
        }
    }

    fn advance(&mut self, by_ns: u64) {
        self.clock.advance(Duration::from_nanos(by_ns));
        self.model.now_ns += by_ns;
    }

    fn step(&mut self, number: u64, [what, which]: [u8; 2]) {
        let key = which % KEYS;
        let kind = which / KEYS;
        match what % 16 {
            0..=2 => self.ask(key, false),
            3..=5 => self.ask(key, true),
            6..=8 => {
                let answer = match kind % 8 {
                    0 => Answer::Nothing,
                    1 => Answer::Error(kind / 8),
                    2 => Answer::Panic,
                    _ => Answer::Value(number),
                };
                self.poll_task(usize::from(key), Some(answer));
            }
            9 => self.poll_task(usize::from(key), None),
            10 => self.insert(key, number, kind),
            11 if kind % 4 == 0 => {
                let tag = (kind & 4 != 0).then_some(key % 2);
                match tag {
                    None => self.cache.invalidate_all(),
                    Some(tag) => self.cache.invalidate_tag(Tag::new(tag.into())).unwrap(),
                }
                self.model.invalidate(tag);
            }
            11 => {
                let removes = kind % 4 == 1;
                let _ = if removes {
                    self.cache.remove(&key)
                } else {
                    self.cache.expire(&key)
                };
                self.model.forget(key, removes);
            }
            12 if kind < 12 => {
                assert_eq!(self.cache.cancel_load(&key), self.model.cancel(key));
            }
            12 => {
                if !self.waiters.is_empty() {
                    let waiter = self.waiters.remove(usize::from(kind) % self.waiters.len());
                    self.leaves(waiter.flight);
                }
            }
            13 if which == 0xff && what >= 0x80 => {
                self.cache.close();
                self.model.close(false);
            }
            13 if which >= 0xf8 => self.drop_task(usize::from(key) % self.tasks.len()),
            13 => self.advance(u64::from(which) << (what >> 4 & 3)),
            14 => self.advance(1_000_000 + u64::from(which)),
            _ => self.advance(u64::from(which)),
        }
    }

    fn check(&self) {
        let counts = Counts::from(self.cache.stats());
        assert_eq!(counts, self.model.counts());
        for key in 0..KEYS {
            assert_eq!(self.cache.get(&key), self.model.get(key), "{key}");
        }
    }
}

/// Takes the steps, each named by two bytes: what to do, and with which key or how. The settings
/// are bits: loads at a time, whether keys rest, a breaker, a bound on who waits.
pub(crate) fn run(settings: u8, steps: &[u8]) {
    let clock = Arc::new(MockClock::new());
    // At 0, writes take it that no time is kept.
    clock.advance(Duration::from_nanos(1));
    let origin = Origin::default();
    let loads_max = usize::from(settings % 4) + 1;
    let mut model = Model::new(loads_max, None);
    let ns = Duration::from_nanos;
    let builder = Cache::builder(256).tags(2).hasher(State::default());
    let builder = builder
        .ttl(ns(TTL_NS))
        .negative_ttl(ns(NEGATIVE_NS))
        .jitter(0.0);
    let builder = builder
        .stale_window(ns(STALE_NS))
        .error_window(ns(ERROR_NS));
    let builder = builder
        .clock(Arc::clone(&clock))
        .loader(Async(origin.clone()));
    let mut builder = builder
        .loads_max(loads_max)
        .loader_threads(loads_max)
        .lease(ns(LEASE_NS));
    if settings & 4 != 0 {
        model.backoff_ns = 16;
        builder = builder.error_backoff(ns(model.backoff_ns));
    }
    if settings & 8 != 0 {
        model.breaker = Some(breaker());
        builder = builder.breaker(breaker());
    }
    if settings & 16 != 0 {
        model.waiters_max = 3;
        builder = builder.waiters_max(3);
    }
    let (cache, tasks) = builder.build_tasks().unwrap();
    let task = |future| Some(Task { future, at: None });
    let mut run = Run {
        cache: &cache,
        clock: &clock,
        origin,
        tasks: tasks
            .into_iter()
            .map(|one| task(Box::pin(one.run()) as _))
            .collect(),
        waiters: Vec::new(),
        model,
    };
    for (number, step) in steps.chunks_exact(2).enumerate() {
        run.step(number as u64, [step[0], step[1]]);
        run.run_woken();
        run.check();
    }
}
