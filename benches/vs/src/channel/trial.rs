//! Requests handed over in an open loop: 20 000 a second, independent arrivals.
//!
//! The trial's drivers put a request into the channel; the receiving threads end it. The base is
//! the peer, the candidate shorttail. The drivers sleep until a start: on two processors spinning
//! ones would be what is measured. So a request counts from the call of `send`.

use shorttail::measure::trial::{Arm, Plan, Request, SleepClock, Trial};
use shorttail::time::{Clock, StdClock};

use crate::bench::Bench;
use crate::verdict;

use super::condvar::CondvarRing;
use super::kind::{self, Kind, ManyReceivers};
use super::mpmc::{self, Shorttail};
use super::{CAPACITY, mpsc};

const RATE: f64 = 20_000.0;

/// How many threads start requests, how many end them, and how many only take processor time.
#[derive(Clone, Copy, Debug)]
struct Shape {
    drivers: usize,
    receivers: usize,
    burners: usize,
}

/// Drivers, receivers, burners.
const SHAPES: [(usize, usize, usize); 6] = [
    (1, 1, 0),
    (1, 1, 2),
    (4, 4, 0),
    (4, 4, 2),
    (1, 4, 0),
    (1, 4, 2),
];

fn finish_all<K: Kind>(mut receiver: K::Receiver<Request>) {
    while let Some(request) = K::recv(&mut receiver) {
        request.finish(StdClock.now_ns());
    }
}

fn arm<K: Kind>(sender: K::Sender<Request>) -> Arm<'static> {
    // A receiver that is gone shows as a lost request.
    Arm::handed_over(K::NAME, move |request| {
        K::send(&sender, request);
    })
}

fn compare<K: Kind>(
    bench: &mut Bench,
    shape: Shape,
    theirs: (K::Sender<Request>, Vec<K::Receiver<Request>>),
) {
    let Shape {
        drivers,
        receivers,
        burners,
    } = shape;
    let name = format!(
        "channel: open loop 20000/s, drivers={drivers} receivers={receivers} burners={burners}"
    );
    if !bench.takes(&name) {
        return;
    }
    let (sender, receiver) = Shorttail::bounded(CAPACITY);
    let ours = (
        sender,
        kind::receivers::<Shorttail, Request>(receiver, shape.receivers),
    );
    let trial = Trial::new(&name, Plan::poisson(RATE))
        .pairs(bench.effort.pairs)
        .workers(drivers)
        .burners(burners)
        .limit_service(0.5, 1.1)
        .limit_service(0.99, 1.1);
    let others = bench.begin();
    let report = std::thread::scope(|scope| {
        for receiver in theirs.1 {
            scope.spawn(|| finish_all::<K>(receiver));
        }
        for receiver in ours.1 {
            scope.spawn(|| finish_all::<Shorttail>(receiver));
        }
        let arms = [arm::<K>(theirs.0), arm::<Shorttail>(ours.0)];
        trial.run(&SleepClock, arms).expect("sound settings")
    });
    verdict::print(&report, others.end(), &mut bench.sheet);
}

/// Against a channel with one receiver.
fn single<K: Kind>(bench: &mut Bench, shape: Shape) {
    let (sender, receiver) = K::bounded(CAPACITY);
    compare::<K>(bench, shape, (sender, vec![receiver]));
}

/// Against a channel with as many receivers as it takes.
fn several<K: ManyReceivers>(bench: &mut Bench, shape: Shape) {
    let (sender, receiver) = K::bounded(CAPACITY);
    let receivers = kind::receivers::<K, Request>(receiver, shape.receivers);
    compare::<K>(bench, shape, (sender, receivers));
}

pub(super) fn run(bench: &mut Bench) {
    if !bench.effort.kinds.trial {
        return;
    }
    for (drivers, receivers, burners) in SHAPES {
        let shape = Shape {
            drivers,
            receivers,
            burners,
        };
        verdict::print_heading(drivers, receivers, burners);
        several::<mpmc::Crossbeam>(bench, shape);
        several::<mpmc::Flume>(bench, shape);
        several::<mpmc::Kanal>(bench, shape);
        several::<mpmc::Crossfire>(bench, shape);
        several::<mpmc::AsyncChannel>(bench, shape);
        several::<mpmc::Loole>(bench, shape);
        several::<mpmc::Parkring>(bench, shape);
        several::<mpmc::Rapidfire>(bench, shape);
        several::<CondvarRing>(bench, shape);
        if receivers == 1 {
            single::<mpsc::Standard>(bench, shape);
            single::<mpsc::Thingbuf>(bench, shape);
            single::<mpsc::Tokio>(bench, shape);
        }
    }
}
