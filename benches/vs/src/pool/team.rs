//! Threads at one pool: each for itself, and one that takes while the other gives back.

use shorttail::pool::BufferPool;

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Muster, Team};

use super::held::{HELD, lap};
use super::{Each, KIB, Pool, SLOTS, allocators, cycle, each, forever, peers};

const SIZE: usize = 16 * KIB;
/// Buffers under way from the one thread to the other.
const UNDER_WAY: usize = 64;

/// An operation and the timed call: acquire, write and release.
pub(super) fn cycles<const SIZE: usize>(pool: &'static impl Pool<SIZE>) -> Body {
    Box::new(move |course: &mut Course| {
        while course.goes_on() {
            course.call(|| cycle(pool));
            course.count();
        }
    })
}

/// So many threads, each for itself.
struct AtOnePool(usize);

impl Each<SIZE> for AtOnePool {
    type Contender = Muster;

    fn of<P: Pool<SIZE>>(&self) -> (&'static str, Muster) {
        let (pool, threads): (&P, usize) = (forever(SLOTS), self.0);
        let muster = move || (0..threads).map(|_| cycles(pool)).collect();
        (P::NAME, Box::new(muster))
    }
}

/// Two threads. An operation: a buffer; the timed call: sixteen taken, then given back.
struct SixteenHeld;

impl Each<SIZE> for SixteenHeld {
    type Contender = Muster;

    fn of<P: Pool<SIZE>>(&self) -> (&'static str, Muster) {
        let pool: &P = forever(SLOTS);
        let muster = move || {
            let body = || -> Body {
                Box::new(move |course: &mut Course| {
                    while course.goes_on() {
                        course.call(|| lap(pool));
                        course.count_many(HELD as u64);
                    }
                })
            };
            vec![body(), body()]
        };
        (P::NAME, Box::new(muster))
    }
}

/// An operation: a buffer that went over; the timed call: acquire and write.
fn across<P: Pool<SIZE, Buffer: Send>>() -> (&'static str, Muster) {
    let pool: &P = forever(2 * UNDER_WAY);
    let muster = move || {
        let (sender, receiver) = crossbeam_channel::bounded(UNDER_WAY);
        let takes: Body = Box::new(move |course: &mut Course| {
            while course.goes_on() {
                let buffer = course.call(|| pool.filled());
                sender.send(buffer).expect("the other thread goes on");
            }
        });
        let gives_back: Body = Box::new(move |course: &mut Course| {
            for buffer in receiver {
                pool.release(buffer);
                course.count();
            }
        });
        vec![takes, gives_back]
    };
    (P::NAME, Box::new(muster))
}

fn through_a_channel() -> Vec<(&'static str, Muster)> {
    vec![
        across::<BufferPool>(),
        across::<peers::Malloc>(),
        across::<peers::Reclaimed>(),
        across::<allocators::Fresh<mimalloc::MiMalloc>>(),
        across::<allocators::Fresh<tikv_jemallocator::Jemalloc>>(),
        across::<opool::Pool<peers::Buffers<SIZE>, Vec<u8>>>(),
        across::<object_pool::Pool<Vec<u8>>>(),
        across::<peers::OwnedLinear>(),
        across::<peers::OwnedSlab<SIZE>>(),
        across::<crossbeam_queue::ArrayQueue<Vec<u8>>>(),
        across::<zeropool::ZeroPool>(),
        across::<std::sync::Mutex<Vec<Vec<u8>>>>(),
    ]
}

pub(super) fn run(bench: &mut Bench) {
    let name = "pool: acquire 16 KiB, write 256 B, release, 2 threads";
    Team::new(name, each(&AtOnePool(2))).run(bench);
    if !bench.effort.is_full {
        return;
    }
    let name = "pool: 16 of 16 KiB held at once, 2 threads, per buffer";
    Team::new(name, each(&SixteenHeld)).run(bench);
    let name = "pool: acquire 16 KiB, write 256 B, release, 8 threads";
    Team::new(name, each(&AtOnePool(8))).run(bench);
    let name = "pool: acquired by one thread, released by another, through a channel of 64";
    Team::new(name, through_a_channel()).run(bench);
}
