//! One server, more work than it can do, in virtual time: what each policy still serves in time.
//!
//! `benches/tail/overload.rs` measures the same with threads and a real clock.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use shorttail::channel::{
    Aged, Builder, DropReason, Freshness, Offered, OnFull, SendFuture, Stamped, StampedReceiver,
    StampedSender,
};
use shorttail::limit::Codel;
use shorttail::time::{Clock, Deadline, MockClock};

use crate::executor::Count;

const SERVICE_NS: u64 = 1_000_000;
const PATIENCE_NS: u64 = 50_000_000;
const END_NS: u64 = 20_000_000_000;
/// Ten times what can be served in time: a queue that was sized for bursts.
const CAPACITY: usize = 500;

/// When it arrived.
type Job = u64;
type TestClock = Arc<MockClock>;
type Waiting<'a> = Pin<Box<SendFuture<'a, Stamped<Job, TestClock>>>>;

#[derive(Default)]
struct Server {
    codel: Option<Codel>,
    /// Whether it drops what it cannot finish in time.
    by_deadline: bool,
    expired: u64,
    overload: u64,
}

impl Freshness<Job> for Server {
    fn deadline(&self, arrived_ns: &Job) -> Deadline {
        if self.by_deadline {
            Deadline::at(arrived_ns + PATIENCE_NS - SERVICE_NS)
        } else {
            Deadline::NEVER
        }
    }

    fn codel(&self) -> Option<&Codel> {
        self.codel.as_ref()
    }

    fn dropped(&mut self, _: Aged<Job>, why: DropReason) {
        match why {
            DropReason::Expired => self.expired += 1,
            DropReason::Overload => self.overload += 1,
        }
    }
}

#[derive(Debug, Default)]
struct Told {
    arrived: u64,
    in_time: u64,
    late: u64,
    refused: u64,
    dropped: u64,
    left: u64,
}

impl Told {
    /// Of what the server could have done.
    fn goodput(&self) -> f64 {
        self.in_time as f64 / (END_NS / SERVICE_NS) as f64
    }
}

/// Times between arrivals, exponential, the same in every run (a linear congruential generator).
fn arrivals(load: f64) -> impl Iterator<Item = u64> {
    let mean_ns = SERVICE_NS as f64 / load;
    let mut seed = 1_u64;
    let mut now_ns = 0.0;
    std::iter::repeat_with(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let uniform = ((seed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        now_ns -= uniform.ln() * mean_ns;
        now_ns as u64
    })
    .take_while(|at_ns| *at_ns < END_NS)
}

/// Runs one server behind one channel, whose senders are tasks.
fn run(load: f64, policy: OnFull, mut server: Server) -> Told {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = Builder::new(CAPACITY).on_full(policy).build().unwrap();
    let tx = StampedSender::over(tx, clock.clone());
    let rx = StampedReceiver::over(rx, clock.clone());
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut waiting: VecDeque<Waiting<'_>> = VecDeque::new();
    let mut told = Told::default();
    let mut free_ns = 0;
    let set = |at_ns: u64| clock.advance(Duration::from_nanos(at_ns - clock.now_ns()));
    for at_ns in arrivals(load).chain([END_NS]) {
        // The server goes on until the next arrival.
        while free_ns <= at_ns {
            set(free_ns.max(clock.now_ns()));
            let Ok(job) = rx.try_recv_fresh(&mut server) else {
                break;
            };
            while let Some(send) = waiting.front_mut() {
                match send.as_mut().poll(&mut cx) {
                    Poll::Ready(sent) => drop((sent.unwrap(), waiting.pop_front())),
                    Poll::Pending => break,
                }
            }
            free_ns = clock.now_ns() + SERVICE_NS;
            let in_time = free_ns <= job.value + PATIENCE_NS;
            *(if in_time {
                &mut told.in_time
            } else {
                &mut told.late
            }) += 1;
        }
        if at_ns == END_NS {
            break;
        }
        set(at_ns);
        free_ns = free_ns.max(at_ns);
        told.arrived += 1;
        if policy == OnFull::Wait {
            let job = Stamped::new(at_ns, &clock);
            let mut send = Box::pin(tx.plain().send_async(job));
            // Behind those that wait already.
            if !waiting.is_empty() || send.as_mut().poll(&mut cx).is_pending() {
                waiting.push_back(send);
            }
        } else if tx.offer(at_ns) != Ok(Offered::Sent) {
            told.refused += 1;
        }
    }
    told.left = (rx.plain().len() + waiting.len()) as u64;
    told.dropped = server.expired + server.overload;
    let stats = rx.plain().stats();
    assert_eq!(stats.rejected + stats.evicted + stats.shed, told.refused);
    assert_eq!(
        (stats.dropped_expired, stats.dropped_overload),
        (server.expired, server.overload)
    );
    let accounted = told.in_time + told.late + told.refused + told.dropped + told.left;
    assert_eq!(accounted, told.arrived, "{told:?}");
    told
}

fn codel(codel: Codel) -> Server {
    Server {
        codel: Some(codel),
        ..Server::default()
    }
}

fn by_deadline() -> Server {
    Server {
        by_deadline: true,
        ..Server::default()
    }
}

#[test]
fn dropping_what_is_late_keeps_the_server_useful() {
    for load in [1.2, 2.0] {
        for (name, server) in [
            ("codel", codel(Codel::default())),
            ("deadline", by_deadline()),
        ] {
            let told = run(load, OnFull::Reject, server);
            assert!(told.goodput() >= 0.95, "{name} at {load}: {told:?}");
        }
    }
}

/// Work that everybody has given up on keeps the server as busy as before.
#[test]
fn waiting_senders_and_long_queues_serve_nobody_in_time() {
    for load in [1.2, 2.0] {
        for policy in [
            OnFull::Wait,
            OnFull::Reject,
            OnFull::DropOldest,
            OnFull::Shed,
        ] {
            let told = run(load, policy, Server::default());
            assert!(told.goodput() < 0.1, "{policy:?} at {load}: {told:?}");
        }
    }
}

/// Nothing is dropped from a queue that drains.
#[test]
fn below_its_capacity_a_server_drops_nothing() {
    for server in [codel(Codel::default()), by_deadline()] {
        let told = run(0.7, OnFull::Reject, server);
        assert_eq!((told.late, told.refused, told.dropped), (0, 0, 0));
    }
}

/// One message at a time is for senders that slow down: these do not.
#[test]
fn the_law_of_rfc8289_needs_senders_that_listen() {
    let target = Duration::from_millis(5);
    let law = Codel::rfc8289(target, Duration::from_millis(100));
    let told = run(2.0, OnFull::Reject, codel(law));
    assert!(told.goodput() < 0.95 && told.dropped > 0, "{told:?}");
}
