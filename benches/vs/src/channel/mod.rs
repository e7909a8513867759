//! Bounded channels: what a message costs, alone, contended and in an open loop.

mod condvar;
mod each;
mod full;
mod kind;
mod many_tasks;
mod mpmc;
mod mpsc;
mod open;
mod select;
mod shares;
mod stall;
mod tasks;
mod team;
mod trial;
mod wake;

use std::hint::black_box;

use crate::bench::Bench;
use crate::solo::{Solo, Work};

use kind::Kind;

const CAPACITY: usize = 1_024;

/// `try_send` and `try_recv` by one thread.
fn tries<K: Kind>() -> (&'static str, Work) {
    let (sender, mut receiver) = K::bounded::<u64>(CAPACITY);
    let work: Work = Box::new(move |operations| {
        for value in 0..operations {
            assert!(K::try_send(&sender, black_box(value)));
            assert_eq!(K::try_recv(&mut receiver), Some(value));
        }
    });
    (K::NAME, work)
}

pub(crate) fn run(bench: &mut Bench) {
    let contenders = vec![
        tries::<mpmc::Shorttail>(),
        tries::<mpmc::Crossbeam>(),
        tries::<mpmc::Flume>(),
        tries::<mpmc::Kanal>(),
        tries::<mpmc::Crossfire>(),
        tries::<mpmc::AsyncChannel>(),
        tries::<mpmc::Loole>(),
        tries::<mpmc::Parkring>(),
        tries::<mpmc::Rapidfire>(),
        tries::<condvar::CondvarRing>(),
        tries::<mpsc::Standard>(),
        tries::<mpsc::Thingbuf>(),
        tries::<mpsc::Tokio>(),
    ];
    let name = "channel: try_send + try_recv, one thread, capacity 1024";
    Solo::new(name, contenders).run(bench);
    select::run(bench);
    team::run(bench);
    trial::run(bench);
}

pub(crate) fn run_open(bench: &mut Bench) {
    open::run(bench);
}

pub(crate) fn run_stall(bench: &mut Bench) {
    stall::run(bench);
}

pub(crate) fn run_full(bench: &mut Bench) {
    full::run(bench);
}

pub(crate) fn run_wake(bench: &mut Bench) {
    wake::run(bench);
}

pub(crate) fn run_tasks(bench: &mut Bench) {
    many_tasks::run(bench);
}

pub(crate) fn run_meet(bench: &mut Bench) {
    select::run_meet(bench);
}

pub(crate) fn run_shares(bench: &mut Bench) {
    shares::run(bench);
}
