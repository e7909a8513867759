//! The sanitizer is on and stops what it should, and the one permit lets only wakes through.
//!
//! Each plant runs in a child: this binary again, with the plant's name in the environment.

use std::env;
use std::hint::black_box;
use std::process::{Command, Output};
use std::thread;

use shorttail::channel::{Sender, TrySendError, bounded};
use shorttail::measure::wake_calls;

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
fn compute() {
    black_box(black_box(6) * 7);
}

/// What the child does; nothing in the parent.
#[test]
fn plant() {
    match env::var(PLANT).as_deref() {
        Ok("allocation") => allocate(),
        Ok("system call") => call_the_system(),
        Ok("arithmetic") => compute(),
        _ => {}
    }
}

fn child(plant: &str) -> Output {
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
fn a_planted_system_call_stops_the_process() {
    let output = child("system call");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        errors.contains("RealtimeSanitizer") && errors.contains("sched_yield"),
        "{errors}"
    );
}

#[test]
fn arithmetic_does_not() {
    assert!(child("arithmetic").status.success());
}

#[sanitize(realtime = "nonblocking")]
fn offer(sender: &Sender<u64>, value: u64) -> Result<(), TrySendError<u64>> {
    sender.try_send(value)
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
        value += u64::from(offer(&sender, value).is_ok());
    }
    drop(sender);
    sleeper.join().unwrap();
}
