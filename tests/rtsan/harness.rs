//! The sanitizer is on and stops what it should, and its permits let only wakes and growth through.
//!
//! Each plant runs in a child: this binary again, with the plant's name in the environment. Some
//! plants allocate below calls of the library: one is seen by the tests' own attribute, one by
//! the attribute that the library carries. Others make calls of the library that may wait, some
//! where there is nothing to wait for.

use std::env;
use std::hint::black_box;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use std::time::Duration;

use shorttail::arena::{ArenaPool, Overflow};
use shorttail::cache::{Cache, Load, Lookup};
use shorttail::channel::{Builder, OnFull, Receiver, bounded};
use shorttail::measure::wake_calls;
use shorttail::pool::BufferPool;
use shorttail::time::Deadline;
use shorttail::workers::{Pool, Task};

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

/// Receives a value that is there.
fn receive() {
    let (sender, receiver) = bounded(1);
    sender.try_send(7).unwrap();
    assert_eq!(nonblocking(|| receiver.recv()), Ok(7));
}

/// Acquires a buffer that is there.
fn acquire() {
    let pool = BufferPool::builder().class(64, 1).build().unwrap();
    drop(nonblocking(|| pool.acquire(1)));
}

/// Offers to a full channel whose policy is to wait.
fn offer() {
    let builder = Builder::new(1).on_full(OnFull::Wait);
    let (sender, _receiver) = builder.build().unwrap();
    assert!(sender.offer(1).is_ok());
    nonblocking(|| sender.offer(2).is_ok());
}

/// Asks for a value that is loaded meanwhile, with time to wait for it.
fn wait_for_a_load() {
    struct Hangs(Receiver<()>);
    impl Load<u32, u32> for Hangs {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<u32>, ()> {
            self.0.recv().map_or(Err(()), |()| Ok(None))
        }
    }
    let (_sender, hangs) = bounded(1);
    let cache = Cache::builder(10).loader(Hangs(hangs)).build().unwrap();
    nonblocking(|| cache.get_or_load(&1, Duration::from_secs(60)));
}

/// Drops workers, and so joins their threads.
fn drop_workers() {
    let pool = Pool::builder().lane("all", 1);
    let pool = pool.build(|_: u64, _: &mut Task<'_, u64>| {}).unwrap();
    nonblocking(|| drop(pool));
}

/// A value that waits for another when a cache read clones it.
struct Waits(Receiver<u64>);

impl Clone for Waits {
    fn clone(&self) -> Self {
        assert_eq!(self.0.recv_deadline(Deadline::NEVER), Ok(7));
        Self(self.0.clone())
    }
}

/// One read that waits, with no attribute but the library's above it.
fn read_waiting() {
    let (sender, receiver) = bounded(1);
    sender.try_send(7).unwrap();
    let cache = Cache::builder(10).build().unwrap();
    assert!(cache.insert(1, Waits(receiver)).is_ok());
    assert!(matches!(cache.get(&1), Lookup::Fresh(_)));
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
        Ok("recv") => receive(),
        Ok("acquire") => acquire(),
        Ok("offer") => offer(),
        Ok("get_or_load") => wait_for_a_load(),
        Ok("drop of workers") => drop_workers(),
        Ok("wait in get") => read_waiting(),
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

/// Also where there was nothing to wait for, which makes no system call.
#[test]
fn a_call_of_the_library_that_may_wait_stops_the_process() {
    let plants = [
        ("recv", "Receiver<i32>>::recv`"),
        ("acquire", "BufferPool>::acquire`"),
        ("offer", "wait::WaitQueue>::wait"),
        ("get_or_load", "wait::WaitQueue>::wait"),
        ("drop of workers", "Threads>::join`"),
        ("wait in get", "recv_deadline`"),
    ];
    for (plant, told) in plants {
        let output = child(plant);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{plant}");
        assert!(
            errors.contains("RealtimeSanitizer: blocking-call") && errors.contains(told),
            "{plant}: {errors}"
        );
    }
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
