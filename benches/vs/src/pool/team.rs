//! Two threads at one pool: each for itself, and one that takes while the other gives back.

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Muster, Team};

use super::{Pool, allocators, cycle, forever, peers};

/// Buffers under way from the one thread to the other.
const UNDER_WAY: usize = 32;

/// An operation and the timed call: acquire, write and release.
fn same_thread<P: Pool>() -> (&'static str, Muster) {
    let pool: &P = forever();
    let muster = move || {
        let body = || -> Body {
            Box::new(move |course: &mut Course| {
                while course.goes_on() {
                    course.call(|| cycle(pool));
                    course.count();
                }
            })
        };
        vec![body(), body()]
    };
    (P::NAME, Box::new(muster))
}

/// An operation: a buffer that went over; the timed call: acquire and write.
fn across<P: Pool<Buffer: Send>>() -> (&'static str, Muster) {
    let pool: &P = forever();
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

pub(super) fn run(bench: &mut Bench) {
    let contenders = vec![
        same_thread::<shorttail::pool::BufferPool>(),
        same_thread::<peers::Malloc>(),
        same_thread::<peers::Reclaimed>(),
        same_thread::<allocators::Fresh<mimalloc::MiMalloc>>(),
        same_thread::<allocators::Fresh<tikv_jemallocator::Jemalloc>>(),
        same_thread::<opool::Pool<peers::Buffers, Vec<u8>>>(),
        same_thread::<object_pool::Pool<Vec<u8>>>(),
        same_thread::<lockfree_object_pool::LinearObjectPool<Vec<u8>>>(),
        same_thread::<sharded_slab::Pool<peers::Buffer>>(),
        same_thread::<crossbeam_queue::ArrayQueue<Vec<u8>>>(),
        same_thread::<zeropool::ZeroPool>(),
        same_thread::<std::sync::Mutex<Vec<Vec<u8>>>>(),
    ];
    let name = "pool: acquire, write 256 B, release, 2 threads";
    Team::new(name, contenders).run(bench);
    if !bench.effort.is_full {
        return;
    }
    let contenders = vec![
        across::<shorttail::pool::BufferPool>(),
        across::<peers::Malloc>(),
        across::<peers::Reclaimed>(),
        across::<allocators::Fresh<mimalloc::MiMalloc>>(),
        across::<allocators::Fresh<tikv_jemallocator::Jemalloc>>(),
        across::<opool::Pool<peers::Buffers, Vec<u8>>>(),
        across::<object_pool::Pool<Vec<u8>>>(),
        across::<peers::OwnedLinear>(),
        across::<peers::OwnedSlab>(),
        across::<crossbeam_queue::ArrayQueue<Vec<u8>>>(),
        across::<zeropool::ZeroPool>(),
        across::<std::sync::Mutex<Vec<Vec<u8>>>>(),
    ];
    let name = "pool: acquired by one thread, released by another, through a channel of 32";
    Team::new(name, contenders).run(bench);
}
