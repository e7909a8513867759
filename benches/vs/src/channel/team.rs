//! Threads that send and receive as fast as they can, waiting for room and for messages.
//!
//! An operation is a message received; the timed call is `send`. A turn makes a channel of its
//! own, before its time begins.

use crate::bench::Bench;
use crate::course::Course;
use crate::team::{Body, Muster, Team};

use super::condvar::CondvarRing;
use super::kind::{Kind, ManyReceivers};
use super::{mpmc, mpsc};

fn producer<K: Kind>(sender: K::Sender<u64>) -> Body {
    Box::new(move |course: &mut Course| {
        let mut value = 0;
        while course.goes_on() {
            assert!(course.call(|| K::send(&sender, value)));
            value += 1;
        }
    })
}

fn consumer<K: Kind>(mut receiver: K::Receiver<u64>) -> Body {
    Box::new(move |course: &mut Course| {
        while let Some(value) = K::recv(&mut receiver) {
            std::hint::black_box(value);
            course.count();
        }
    })
}

/// One thread on each side.
fn one<K: Kind>(capacity: usize) -> (&'static str, Muster) {
    let muster = move || {
        let (sender, receiver) = K::bounded(capacity);
        vec![producer::<K>(sender), consumer::<K>(receiver)]
    };
    (K::NAME, Box::new(muster))
}

/// Four threads on each side.
fn four<K: ManyReceivers>(capacity: usize) -> (&'static str, Muster) {
    let muster = move || {
        let (sender, receiver) = K::bounded(capacity);
        let mut bodies: Vec<Body> = Vec::new();
        for _ in 0..3 {
            bodies.push(producer::<K>(K::another(&sender)));
            bodies.push(consumer::<K>(K::another_receiver(&receiver)));
        }
        bodies.push(producer::<K>(sender));
        bodies.push(consumer::<K>(receiver));
        bodies
    };
    (K::NAME, Box::new(muster))
}

fn ones(capacity: usize) -> Vec<(&'static str, Muster)> {
    vec![
        one::<mpmc::Shorttail>(capacity),
        one::<mpmc::Crossbeam>(capacity),
        one::<mpmc::Flume>(capacity),
        one::<mpmc::Kanal>(capacity),
        one::<mpmc::Crossfire>(capacity),
        one::<mpmc::AsyncChannel>(capacity),
        one::<mpmc::Loole>(capacity),
        one::<mpmc::Parkring>(capacity),
        one::<mpmc::Rapidfire>(capacity),
        one::<CondvarRing>(capacity),
        one::<mpsc::Standard>(capacity),
        one::<mpsc::Thingbuf>(capacity),
        one::<mpsc::Tokio>(capacity),
    ]
}

fn fours(capacity: usize) -> Vec<(&'static str, Muster)> {
    vec![
        four::<mpmc::Shorttail>(capacity),
        four::<mpmc::Crossbeam>(capacity),
        four::<mpmc::Flume>(capacity),
        four::<mpmc::Kanal>(capacity),
        four::<mpmc::Crossfire>(capacity),
        four::<mpmc::AsyncChannel>(capacity),
        four::<mpmc::Loole>(capacity),
        four::<mpmc::Parkring>(capacity),
        four::<mpmc::Rapidfire>(capacity),
        four::<CondvarRing>(capacity),
    ]
}

pub(super) fn run(bench: &mut Bench) {
    let one = [
        ("channel: 1p1c, capacity 1024, send and recv", 1_024),
        ("channel: 1p1c, capacity 64, send and recv", 64),
        ("channel: 1p1c, capacity 1, send and recv", 1),
    ];
    let four = [
        ("channel: 4p4c, capacity 1024, send and recv", 1_024),
        ("channel: 4p4c, capacity 64, send and recv", 64),
        ("channel: 4p4c, capacity 1, send and recv", 1),
    ];
    let cells = if bench.effort.is_full { 3 } else { 1 };
    for (name, capacity) in &one[..cells] {
        Team::new(name, ones(*capacity)).run(bench);
    }
    for (name, capacity) in &four[..cells] {
        Team::new(name, fours(*capacity)).run(bench);
    }
}
