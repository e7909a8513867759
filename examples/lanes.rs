//! One worker serves people who wait and an import that does not hurry. In one queue each request
//! stands behind the whole import; in lanes it stands behind one job at most, and the import still
//! goes on under a flood of requests.
//!
//! Run: `cargo run --release --example lanes`. Last line:
//! `behind 100 jobs in one queue, 1 in lanes; under a flood the import gets 25 of 100 turns`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use shorttail::channel::{self, Lanes};

const IMPORT_JOBS: u32 = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Job {
    Request,
    Import(u32),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let one_queue = jobs_before_a_request_in_one_queue()?;
    let lanes = jobs_before_a_request_in_lanes()?;
    let turns = import_turns_under_a_flood()?;
    report(one_queue, lanes, turns);
    Ok(())
}

fn jobs_before_a_request_in_one_queue() -> Result<usize, Box<dyn std::error::Error>> {
    let (tx, rx) = channel::bounded(128);
    (0..IMPORT_JOBS).try_for_each(|n| tx.try_send(Job::Import(n)))?;
    tx.try_send(Job::Request)?;
    Ok(rx.try_iter().take_while(|job| *job != Job::Request).count())
}

/// The lanes' numbers are names in the code, and each kind of work has room of its own: a full
/// import lane refuses the import, not the requests.
const REQUESTS: usize = 0;
const IMPORT: usize = 1;

fn jobs_before_a_request_in_lanes() -> Result<usize, Box<dyn std::error::Error>> {
    let (tx, rx) = Lanes::new([16, 128]).aging(4).build()?;
    (0..IMPORT_JOBS).try_for_each(|n| tx.lane(IMPORT).try_send(Job::Import(n)))?;
    // Ten requests one after the other, each in the midst of the import.
    let mut most = 0;
    for _ in 0..10 {
        tx.lane(REQUESTS).try_send(Job::Request)?;
        let mut before = 0;
        while rx.recv()?.0 == IMPORT {
            before += 1;
        }
        most = most.max(before);
    }
    Ok(most)
}

fn import_turns_under_a_flood() -> Result<usize, Box<dyn std::error::Error>> {
    let (tx, rx) = Lanes::new([16, 128]).aging(4).build()?;
    (0..IMPORT_JOBS).try_for_each(|n| tx.lane(IMPORT).try_send(Job::Import(n)))?;
    let mut turns = 0;
    for _ in 0..100 {
        while tx.lane(REQUESTS).try_send(Job::Request).is_ok() {}
        turns += usize::from(rx.recv()?.0 == IMPORT);
    }
    Ok(turns)
}

fn report(one_queue: usize, lanes: usize, turns: usize) {
    println!(
        "behind {one_queue} jobs in one queue, {lanes} in lanes; \
         under a flood the import gets {turns} of 100 turns"
    );
}
