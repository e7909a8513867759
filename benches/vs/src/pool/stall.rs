//! Two threads acquire and release while a third stands still in the middle of a call.
//!
//! It is held at shorttail's chaos points, which takes a build with `--cfg shorttail_chaos`. A pool
//! under a lock stands beside it, with the lock held: the same for what waits for another thread.

use std::sync::Mutex;
use std::time::Duration;

use shorttail::pool::BufferPool;

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Muster, Team};

use super::team::cycles;
use super::{KIB, Pool, SLOTS, forever};

const SIZE: usize = 16 * KIB;
/// How long the lock is held, again and again, with as long between.
const HELD: Duration = Duration::from_millis(5);

/// Two that acquire and release, and a third that does as it is told until the end.
fn beside<P: Pool<SIZE>>(
    name: &'static str,
    third: fn(&'static P, &mut Course),
) -> (&'static str, Muster) {
    let pool: &P = forever(SLOTS);
    let muster = move || {
        let stands: Body = Box::new(move |course: &mut Course| third(pool, course));
        vec![cycles(pool), cycles(pool), stands]
    };
    (name, Box::new(muster))
}

fn until_the_end(course: &Course) {
    while course.goes_on() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(shorttail_chaos)]
fn held_at(point: shorttail::chaos::Point, pool: &'static BufferPool, course: &mut Course) {
    let stalled = shorttail::chaos::stall(point, move || cycle::<SIZE, _>(pool));
    until_the_end(course);
    stalled.release();
}

fn holds_the_lock(pool: &'static Mutex<Vec<Vec<u8>>>, course: &mut Course) {
    while course.goes_on() {
        let held = pool.lock();
        std::thread::sleep(HELD);
        drop(held);
        std::thread::sleep(HELD);
    }
}

pub(super) fn run(bench: &mut Bench) {
    let contenders = vec![
        beside::<BufferPool>("shorttail, nobody held", |_, course| until_the_end(course)),
        #[cfg(shorttail_chaos)]
        beside("shorttail, acquire held", |pool, course| {
            held_at(shorttail::chaos::Point::PoolClaimed, pool, course);
        }),
        #[cfg(shorttail_chaos)]
        beside("shorttail, release held", |pool, course| {
            held_at(shorttail::chaos::Point::SlotReturned, pool, course);
        }),
        beside::<Mutex<Vec<Vec<u8>>>>("Mutex<Vec>, nobody held", |_, course| until_the_end(course)),
        beside("Mutex<Vec>, lock held", holds_the_lock),
    ];
    if !cfg!(shorttail_chaos) {
        println!("\nnot built with chaos: shorttail's third thread cannot be held");
    }
    let name = "pool-stall: acquire 16 KiB, write 256 B, release, 2 threads, a third held";
    Team::new(name, contenders).run(bench);
}
