//! Random steps on a gate, each held against a list of who is in and who waits. The fuzz target
//! `gate_ops` takes the same steps from its input.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use shorttail::control::{Class, EnterFuture, Gate, Permit, Reason, Refused, Tier};
use shorttail::time::{Clock, Deadline, MockClock};

const WAITERS_MAX: usize = 3;

/// Raised when its waiter is woken, and lowered when that is polled.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Waiter<'g> {
    tier: Tier,
    deadline: Deadline,
    future: Pin<Box<EnterFuture<'g, &'g MockClock>>>,
    woken: Arc<Flag>,
}

struct State<'g> {
    gate: &'g Gate,
    clock: &'g MockClock,
    limit: usize,
    permits: Vec<Permit<'g>>,
    waiters: Vec<Waiter<'g>>,
}

fn tier(byte: u8) -> Tier {
    [Tier::Critical, Tier::Normal, Tier::Sheddable][usize::from(byte) % 3]
}

/// Shares of 1, 3/4 and 1/2: what the first and the last cohort may fill, one at least.
fn rooms(tier: Tier, of: usize) -> (usize, usize) {
    let quarters = match tier {
        Tier::Critical => (3, 4),
        Tier::Normal => (2, 3),
        Tier::Sheddable => (1, 2),
    };
    let part = |quarters: usize| (of * quarters / 4).max(1);
    (part(quarters.0), part(quarters.1))
}

impl State<'_> {
    fn count(&self, counts: impl Fn(Tier) -> bool) -> usize {
        self.waiters.iter().filter(|w| counts(w.tier)).count()
    }

    /// In flight, and before one of `tier` who comes.
    fn before(&self, tier: Tier) -> usize {
        let ahead = |other| other <= tier;
        self.permits.len() + self.count(ahead)
    }

    /// A deadline, sometimes none, sometimes one that has passed.
    fn deadline(&self, byte: u8) -> Deadline {
        match byte % 4 {
            0 => Deadline::at(self.clock.now_ns()),
            1 => Deadline::after(self.clock.now_ns(), Duration::from_nanos(u64::from(byte))),
            _ => Deadline::NEVER,
        }
    }

    fn enter(&mut self, byte: u8, until: u8) {
        let (tier, deadline, now_ns) = (tier(byte), self.deadline(until), self.clock.now_ns());
        let class = match byte & 0x80 {
            0 => Class::of(tier),
            _ => Class::of(tier).sticky(u64::from(until)),
        };
        let before = self.before(tier);
        let (least, most) = rooms(tier, self.limit);
        match self.gate.try_enter(class, deadline, now_ns) {
            Ok(permit) => {
                assert!(before < most && !deadline.is_expired(now_ns));
                self.permits.push(permit);
            }
            Err(Refused { reason, .. }) if deadline.is_expired(now_ns) => {
                assert_eq!(reason, Reason::Expired);
            }
            Err(refused) => {
                assert!(
                    before
                        >= if class == Class::of(tier) {
                            most
                        } else {
                            least
                        }
                );
                let full = before >= self.limit;
                assert_eq!(refused.reason == Reason::Limit, full, "{refused:?}");
                assert_eq!((refused.tier, refused.retry_after.is_zero()), (tier, false));
            }
        }
    }

    fn wait(&mut self, byte: u8, until: u8) {
        let (tier, deadline, now_ns) = (tier(byte), self.deadline(until), self.clock.now_ns());
        let mut waiter = Waiter {
            tier,
            deadline,
            future: Box::pin(self.gate.enter_async(Class::of(tier), deadline, self.clock)),
            woken: Arc::default(),
        };
        let in_line = self.count(|other| other == tier);
        match poll(&mut waiter) {
            Poll::Ready(Ok(permit)) => {
                assert!(self.before(tier) < rooms(tier, self.limit).1);
                self.permits.push(permit);
            }
            Poll::Ready(Err(refused)) if deadline.is_expired(now_ns) => {
                assert_eq!(refused.reason, Reason::Expired);
            }
            Poll::Ready(Err(refused)) => {
                assert_eq!(refused.reason, Reason::Line);
                assert!(in_line >= rooms(tier, WAITERS_MAX).1);
            }
            Poll::Pending => {
                assert!(self.before(tier) >= rooms(tier, self.limit).1);
                assert!(in_line < rooms(tier, WAITERS_MAX).1);
                self.waiters.push(waiter);
            }
        }
    }

    fn poll_one(&mut self, at: usize) {
        let mut waiter = self.waiters.remove(at);
        let admitted = {
            // As before it was taken out: it does not stand before itself.
            let above = |other| other < waiter.tier;
            self.permits.len() + self.count(above) < rooms(waiter.tier, self.limit).1
        };
        let expired = waiter.deadline.is_expired(self.clock.now_ns());
        match poll(&mut waiter) {
            Poll::Ready(Ok(permit)) => {
                assert!(admitted && !expired);
                self.permits.push(permit);
            }
            Poll::Ready(Err(refused)) => {
                assert!(expired && refused.reason == Reason::Expired);
            }
            Poll::Pending => {
                assert!(!admitted && !expired);
                self.waiters.insert(at, waiter);
            }
        }
    }

    fn check(&self) {
        let stats = self.gate.stats();
        assert_eq!(stats.in_flight as usize, self.permits.len());
        assert_eq!(stats.waiting as usize, self.waiters.len());
        assert_eq!(stats.limit as usize, self.limit);
        // No wake is lost: of each tier as many have been woken as may enter.
        for tier in [Tier::Critical, Tier::Normal, Tier::Sheddable] {
            let above = self.permits.len() + self.count(|other| other < tier);
            let may = rooms(tier, self.limit).1.saturating_sub(above);
            let woken = |w: &Waiter<'_>| w.tier == tier && w.woken.0.load(Ordering::Relaxed);
            let awake = self.waiters.iter().filter(|w| woken(w)).count();
            let in_line = self.count(|other| other == tier);
            assert!(
                awake >= may.min(in_line),
                "{tier:?}: {awake} awake, {may} may"
            );
        }
    }
}

fn poll<'g>(waiter: &mut Waiter<'g>) -> Poll<Result<Permit<'g>, Refused>> {
    waiter.woken.0.store(false, Ordering::Relaxed);
    let waker = Waker::from(waiter.woken.clone());
    let mut cx = Context::from_waker(&waker);
    waiter.future.as_mut().poll(&mut cx)
}

/// Takes steps from `data`: three bytes each.
pub(crate) fn run(data: &[u8]) {
    let clock = MockClock::new();
    let gate = Gate::builder(4)
        .shares(0.75, 0.5)
        .waiters_max(WAITERS_MAX as u32)
        .window(Duration::from_secs(3_600));
    let gate = gate.build().unwrap();
    let mut state = State {
        gate: &gate,
        clock: &clock,
        limit: 4,
        permits: Vec::new(),
        waiters: Vec::new(),
    };
    for step in data.chunks_exact(3) {
        let (what, first, second) = (step[0] % 9, step[1], step[2]);
        let permit = usize::from(first) % state.permits.len().max(1);
        let waiter = usize::from(first) % state.waiters.len().max(1);
        match what {
            0 | 1 => state.enter(first, second),
            2 if !state.permits.is_empty() => drop(state.permits.remove(permit)),
            3 if !state.permits.is_empty() => {
                state.permits.remove(permit).finish(clock.now_ns());
            }
            4 => state.wait(first, second),
            5 | 6 if !state.waiters.is_empty() => state.poll_one(waiter),
            7 if !state.waiters.is_empty() => drop(state.waiters.remove(waiter)),
            8 if second < 128 => {
                state.limit = usize::from(first % 8) + 1;
                gate.set_limit(state.limit as u32);
            }
            _ => clock.advance(Duration::from_nanos(u64::from(second))),
        }
        state.check();
    }
}
