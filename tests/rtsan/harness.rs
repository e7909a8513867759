//! The sanitizer is on and stops what it should, and its permits let only wakes and growth through.
//!
//! Each plant runs in a child: this binary again, with the plant's name in the environment. Two
//! plants allocate below calls of the library: one is seen by the tests' own attribute, one by
//! the attribute that the library carries.

use std::env;
use std::hint::black_box;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use shorttail::arena::{ArenaPool, Overflow};
use shorttail::cache::{Cache, Lookup};
use shorttail::channel::bounded;
use shorttail::measure::wake_calls;

use crate::realtime::nonblocking;

const PLANT: &str = "SHORTTAIL_RTSAN_PLANT";

#[sanitize(realtime = "nonblocking")]
fn allocate() {
    drop(black_box(Box::new(7_u64)));
}

#[sanitize(realtime = "nonblocking")]
fn call_the_system() {
    thread::yield_now();
}

#[sanitize(realtime = "nonblocking")]
fn lock(mutex: &Mutex<u64>) -> u64 {
    *mutex.lock().unwrap()
}

/// A lock that another thread holds, again and again: what is not contended is not seen.
fn lock_beside_another() {
    let mutex = Mutex::new(7);
    thread::scope(|scope| {
        for _ in 0..1_000 {
            let held = mutex.lock().unwrap();
            let waiting = scope.spawn(|| black_box(lock(&mutex)));
            (0..1_000).for_each(|_| thread::yield_now());
            drop(held);
            waiting.join().unwrap();
        }
    });
}

#[sanitize(realtime = "nonblocking")]
fn compute() {
    black_box(black_box(6) * 7);
}

/// A value that takes the heap when a cache read clones it.
struct Heavy(u64);

impl Clone for Heavy {
    fn clone(&self) -> Self {
        Self(*black_box(Box::new(self.0)))
    }
}

/// One read that allocates, with no attribute but the library's above it.
fn read_heavy() {
    let cache = heavy_cache();
    assert!(matches!(cache.get(&1), Lookup::Fresh(Heavy(7))));
}

/// An arena takes a block from the heap, which is permitted; then `more` is called.
fn grow_and(more: impl FnOnce()) {
    let grow = Overflow::Grow {
        arena_bytes_max: 4096,
        budget_bytes: 2 * 4096,
        spares: 1,
    };
    let builder = ArenaPool::builder(1, 1024).overflow(grow);
    let pool = builder.build().unwrap();
    let arena = pool.try_acquire().unwrap();
    nonblocking(|| {
        arena.try_alloc([0_u8; 2048]).unwrap();
        more();
    });
}

/// A call that may allocate and carries no attribute, below the tests' own.
fn build_below() {
    drop(nonblocking(|| bounded::<u64>(1)));
}

fn heavy_cache() -> Cache<u64, Heavy> {
    let cache = Cache::builder(10).build().unwrap();
    assert!(cache.insert(1, Heavy(7)).is_ok());
    cache
}

/// What the child does; nothing in the parent.
#[test]
fn plant() {
    match env::var(PLANT).as_deref() {
        Ok("allocation") => allocate(),
        Ok("lock") => lock_beside_another(),
        Ok("system call") => call_the_system(),
        Ok("arithmetic") => compute(),
        Ok("channel") => crate::channel::calls_alone(),
        Ok("clone in get") => read_heavy(),
        Ok("construction") => build_below(),
        Ok("growth") => grow_and(|| {}),
        Ok("allocation after growth") => grow_and(|| drop(black_box(Box::new(7_u64)))),
        _ => {}
    }
}

pub(crate) fn child(plant: &str) -> Output {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "harness::plant", "--nocapture"])
        .env(PLANT, plant)
        .output()
        .unwrap()
}

#[test]
fn a_planted_allocation_stops_the_process() {
    let output = child("allocation");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        errors.contains("RealtimeSanitizer") && errors.contains("malloc"),
        "{errors}"
    );
}

#[test]
fn an_allocation_below_a_call_of_the_library_stops_the_process() {
    for plant in ["clone in get", "construction", "allocation after growth"] {
        let output = child(plant);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{plant}");
        assert!(
            errors.contains("RealtimeSanitizer") && errors.contains("alloc"),
            "{plant}: {errors}"
        );
    }
}

#[test]
fn a_planted_system_call_stops_the_process() {
    let output = child("system call");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        errors.contains("RealtimeSanitizer") && errors.contains("sched_yield"),
        "{errors}"
    );
}

/// A lock waits by a system call, which is what is seen of it.
#[test]
fn a_planted_lock_stops_the_process() {
    let output = child("lock");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        errors.contains("RealtimeSanitizer") && errors.contains("Mutex"),
        "{errors}"
    );
}

#[test]
fn arithmetic_and_the_growth_of_an_arena_do_not() {
    assert!(child("arithmetic").status.success());
    assert!(child("growth").status.success());
}

/// A non-blocking send that finds a sleeping receiver makes its one system call, and counts it.
#[test]
fn the_wake_of_a_sleeper_is_permitted_and_counted() {
    let (sender, receiver) = bounded(1);
    let before = wake_calls();
    let sleeper = thread::spawn(move || while receiver.recv().is_ok() {});
    let mut value = 0;
    // Sooner or later the receiver sleeps before the next value comes.
    while wake_calls() == before {
        value += u64::from(nonblocking(|| sender.try_send(value)).is_ok());
    }
    drop(sender);
    sleeper.join().unwrap();
}
