//! Steps of a stamped channel whose receiver skips what is late. The model is a deque of what was
//! sent when, and a second CoDel that is told the same. Shared with the fuzz target `fresh_ops`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use shorttail::channel::{
    Aged, DropReason, Freshness, StampedReceiver, StampedSender, TryRecvError, stamped,
};
use shorttail::limit::Codel;
use shorttail::time::{Deadline, MockClock};

const MS: Duration = Duration::from_millis(1);
const MS_NS: u64 = 1_000_000;

/// A number, and the millisecond at which it is worth nothing any more.
type Job = (usize, u64);
/// What became of a job, and its age in milliseconds.
type Dropped = (usize, u64, DropReason);

/// Which rule sheds, besides the deadlines.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    None,
    Folly,
    Rfc8289,
}

impl Rule {
    fn codel(self) -> Option<Codel> {
        match self {
            Self::None => None,
            Self::Folly => Some(Codel::folly(2 * MS, 20 * MS)),
            Self::Rfc8289 => Some(Codel::rfc8289(2 * MS, 20 * MS)),
        }
    }
}

struct Rules {
    codel: Option<Codel>,
    dropped: Vec<Dropped>,
}

impl Freshness<Job> for Rules {
    fn deadline(&self, job: &Job) -> Deadline {
        Deadline::at(job.1 * MS_NS)
    }

    fn codel(&self) -> Option<&Codel> {
        self.codel.as_ref()
    }

    fn dropped(&mut self, late: Aged<Job>, why: DropReason) {
        self.dropped
            .push((late.value.0, late.age_ns() / MS_NS, why));
    }
}

/// What should be inside, and what the receiver should say.
struct Model {
    /// Jobs with the millisecond of their send.
    inside: VecDeque<(Job, u64)>,
    codel: Option<Codel>,
    now: u64,
    expired: u64,
    overload: u64,
}

impl Model {
    /// Takes the oldest out and judges it.
    fn take(&mut self) -> Option<(Job, u64, Option<DropReason>)> {
        let (job, sent) = self.inside.pop_front()?;
        let age = self.now - sent;
        let sheds = |codel: &Codel| codel.sheds(self.now * MS_NS, age * MS_NS);
        let sheds = self.codel.as_ref().is_some_and(sheds);
        let why = match (job.1 <= self.now, sheds) {
            (true, _) => Some(DropReason::Expired),
            (false, true) => Some(DropReason::Overload),
            (false, false) => None,
        };
        Some((job, age, why))
    }

    fn count(&mut self, why: DropReason) {
        match why {
            DropReason::Expired => self.expired += 1,
            DropReason::Overload => self.overload += 1,
        }
    }

    /// The first fresh one with its age, and what went to the sink on the way.
    fn fresh(&mut self) -> (Option<(Job, u64)>, Vec<Dropped>) {
        let mut dropped = Vec::new();
        while let Some((job, age, why)) = self.take() {
            let Some(why) = why else {
                return (Some((job, age)), dropped);
            };
            self.count(why);
            dropped.push((job.0, age, why));
        }
        (None, dropped)
    }
}

struct Bench {
    clock: Arc<MockClock>,
    tx: StampedSender<Job, Arc<MockClock>>,
    rx: StampedReceiver<Job, Arc<MockClock>>,
    rules: Rules,
    model: Model,
}

impl Bench {
    fn send(&mut self, job: Job) {
        let sent = self.tx.try_send(job).is_ok();
        assert_eq!(sent, self.model.inside.len() < self.tx.plain().capacity());
        if sent {
            self.model.inside.push_back((job, self.model.now));
        }
    }

    fn force(&mut self, job: Job) {
        let is_full = self.model.inside.len() == self.tx.plain().capacity();
        let evicted = self.tx.force_send(job).expect("it is open");
        let oldest = self.model.inside.front().filter(|_| is_full).copied();
        assert_eq!(
            evicted.as_ref().map(|aged| aged.value),
            oldest.map(|it| it.0)
        );
        if let (Some(aged), Some((_, sent))) = (evicted, oldest) {
            assert_eq!(aged.age_ns(), (self.model.now - sent) * MS_NS);
            self.model.inside.pop_front();
        }
        self.model.inside.push_back((job, self.model.now));
    }

    fn permit(&mut self, job: Job, later: u64) {
        let is_full = self.model.inside.len() == self.tx.plain().capacity();
        let Ok(permit) = self.tx.try_reserve() else {
            assert!(is_full);
            return;
        };
        assert!(!is_full);
        self.clock.advance(later as u32 * MS);
        self.model.now += later;
        permit.send(job).expect("it is open");
        self.model.inside.push_back((job, self.model.now));
    }

    fn receive_fresh(&mut self) {
        self.rules.dropped.clear();
        let told = self.rx.try_recv_fresh(&mut self.rules);
        let (fresh, dropped) = self.model.fresh();
        assert_eq!(self.rules.dropped, dropped);
        match (told, fresh) {
            (Ok(aged), Some((job, age))) => {
                assert_eq!((aged.value, aged.age_ns()), (job, age * MS_NS));
            }
            (Err(TryRecvError::Empty), None) => {}
            (told, fresh) => panic!("{told:?}, not {fresh:?}"),
        }
    }

    /// As it comes, then judged by hand: nothing of that is counted.
    fn receive_and_judge(&mut self) {
        self.rules.dropped.clear();
        let Ok(stamped) = self.rx.plain().try_recv() else {
            return assert!(self.model.inside.is_empty());
        };
        let fresh = stamped.into_fresh(&self.clock, &mut self.rules);
        let (job, age, why) = self.model.take().expect("one was there");
        assert_eq!(fresh.map(|aged| aged.value), why.is_none().then_some(job));
        let dropped: Vec<_> = why.map(|why| (job.0, age, why)).into_iter().collect();
        assert_eq!(self.rules.dropped, dropped);
    }

    /// A plain batch: no rules are asked.
    fn receive_many(&mut self, limit: usize) {
        let mut batch = Vec::with_capacity(limit);
        let expected = self.model.inside.len().min(limit);
        _ = self.rx.try_recv_many(&mut batch, limit);
        assert_eq!(batch.len(), expected);
        for (aged, (job, sent)) in batch.iter().zip(self.model.inside.drain(..expected)) {
            assert_eq!(
                (aged.value, aged.age_ns()),
                (job, (self.model.now - sent) * MS_NS)
            );
        }
    }
}

/// Runs `steps` on a channel of `capacity`, which is not zero.
pub(crate) fn run(capacity: usize, rule: Rule, steps: &[u8]) {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = stamped(capacity, clock.clone());
    let mut bench = Bench {
        clock,
        tx,
        rx,
        rules: Rules {
            codel: rule.codel(),
            dropped: Vec::new(),
        },
        model: Model {
            inside: VecDeque::new(),
            codel: rule.codel(),
            now: 0,
            expired: 0,
            overload: 0,
        },
    };
    for (n, step) in steps.iter().enumerate() {
        let size = u64::from(step >> 3);
        // One job in four never expires.
        let ends = if size % 4 == 0 {
            u64::MAX / MS_NS
        } else {
            bench.model.now + size
        };
        match step & 7 {
            0 | 1 => bench.send((n, ends)),
            2 => bench.force((n, ends)),
            3 => bench.permit((n, ends), size % 3),
            4 => {
                bench.clock.advance(size as u32 * MS);
                bench.model.now += size;
            }
            5 => bench.receive_fresh(),
            6 => bench.receive_and_judge(),
            _ => bench.receive_many(size as usize % 5 + 1),
        }
        let stats = bench.rx.plain().stats();
        let dropped = (stats.dropped_expired, stats.dropped_overload);
        assert_eq!(dropped, (bench.model.expired, bench.model.overload));
        assert_eq!(bench.rx.plain().len(), bench.model.inside.len());
    }
}
