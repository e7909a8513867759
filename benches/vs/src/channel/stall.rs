//! One sender is put to sleep in the middle of every 500th of its sends; how the messages of the
//! three others fare.
//!
//! shorttail's is held at its chaos point between the claim of a slot and its publication, which
//! takes a build with `--cfg shorttail_chaos`. No peer has such a point: a peer's sender cannot be
//! held exactly there. Beside shorttail stands what no thread can step over, a ring whose lock is
//! held as long.

use std::sync::Arc;
use std::time::Duration;

use crate::bench::Bench;
use crate::meeting::Errand;

use super::CAPACITY;
use super::condvar::{self, CondvarRing};
use super::kind::{Kind, ManyReceivers, receivers, senders};
use super::mpmc::Shorttail;
use super::open::cell::{Contender, Line, Load};
use super::open::schedule::Arrivals;
use super::open::table;
use super::open::turn::{Share, Stamp, Start, consume, produce};

const THREADS: usize = 4;
const EVERY: u64 = 500;
const HELD: Duration = Duration::from_millis(20);

/// A send that is held on its way.
type Hold<K> = fn(&<K as Kind>::Sender<Stamp>, Stamp) -> bool;

/// The first producer's messages do not count.
fn line<K: ManyReceivers>(hold: Hold<K>) -> Line {
    Box::new(move |mut plans| {
        let start = Start::default();
        let (sender, receiver) = K::bounded(CAPACITY);
        let mut errands: Vec<Errand<Share>> = Vec::new();
        for receiver in receivers::<K, Stamp>(receiver, THREADS) {
            errands.push(consume::<K>(Arc::clone(&start), receiver));
        }
        let mut senders = senders::<K, Stamp>(sender, THREADS);
        let (first, mut sends) = (senders.swap_remove(0), 0_u64);
        let now_and_then = move |stamp| {
            sends += 1;
            if sends.is_multiple_of(EVERY) {
                hold(&first, stamp)
            } else {
                K::send(&first, stamp)
            }
        };
        let plan = plans.swap_remove(0);
        errands.push(produce(Arc::clone(&start), plan, false, now_and_then));
        for (plan, sender) in plans.into_iter().zip(senders) {
            let send = move |stamp| K::send(&sender, stamp);
            errands.push(produce(Arc::clone(&start), plan, true, send));
        }
        errands
    })
}

/// On a thread of its own, as the hook asks; the sender waits for it all the while.
#[cfg(shorttail_chaos)]
fn held_in_window(sender: &<Shorttail as Kind>::Sender<Stamp>, stamp: Stamp) -> bool {
    let sender = sender.clone();
    let send = move || sender.send(stamp).is_ok();
    let stalled = shorttail::chaos::stall(shorttail::chaos::Point::SendClaimed, send);
    std::thread::sleep(HELD);
    stalled.release()
}

fn held_in_lock(sender: &condvar::Sender<Stamp>, stamp: Stamp) -> bool {
    condvar::send_held(sender, stamp, || std::thread::sleep(HELD))
}

fn contenders() -> Vec<Contender> {
    vec![
        #[cfg(shorttail_chaos)]
        Contender::new("shorttail, held", line::<Shorttail>(held_in_window)),
        Contender::new("shorttail, nobody held", line::<Shorttail>(Shorttail::send)),
        Contender::new("ring's lock held", line::<CondvarRing>(held_in_lock)),
        Contender::new("ring, nobody held", line::<CondvarRing>(CondvarRing::send)),
    ]
}

pub(super) fn run(bench: &mut Bench) {
    let name = "channel-stall: 4p4c, 100 k/s, a sender held 20 ms every 500th send";
    if !bench.takes(name) {
        return;
    }
    let load = Load {
        producers: THREADS,
        arrivals: Arrivals::Poisson(100_000),
        burners: 0,
    };
    let mut contenders = contenders();
    let others = bench.begin();
    load.run(&mut contenders, bench);
    let others = others.end();
    println!(
        "\n{name}, the others' messages, n = {} rounds of {} ms, {others}",
        bench.effort.open.rounds,
        load.turn_ns(bench) / 1_000_000
    );
    if !cfg!(shorttail_chaos) {
        println!("not built with chaos: shorttail's sender cannot be held in its window");
    }
    println!("peers have no such point: their senders cannot be held in their windows");
    println!("{}", table::HEADING);
    for contender in &contenders {
        table::print(contender, name, &mut bench.sheet);
    }
    bench.sheet.add_others(name, others);
}
