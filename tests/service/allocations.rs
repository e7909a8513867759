//! Allocations of the shorttail arm's whole process, per request.

use super::process::{Arm, Client, Counts};

/// Sends `count` requests in pipelines of 50, and says what they cost. The connection stays the
/// same: tokio allocates for each that is opened or ended.
fn cost(
    arm: &mut Arm,
    client: &mut Client,
    count: u64,
    request: impl Fn(u64) -> Vec<u8>,
) -> Counts {
    const PIPELINE: u64 = 50;
    let mut run = |from: u64, to: u64| {
        for first in (from..to).step_by(PIPELINE as usize) {
            let pipeline: Vec<u8> = (first..first + PIPELINE).flat_map(&request).collect();
            client.send(&pipeline);
            for _ in 0..PIPELINE {
                assert!(client.answer().is_some());
            }
        }
    };
    // What happens once is not per request.
    run(0, PIPELINE);
    let before = arm.mark();
    run(PIPELINE, PIPELINE + count);
    let after = arm.mark();
    Counts {
        allocations: after.allocations - before.allocations,
        requests: after.requests - before.requests,
    }
}

fn get(id: u64) -> Vec<u8> {
    format!("GET /items/{id} HTTP/1.1\r\nHost: t\r\n\r\n").into_bytes()
}

#[test]
fn hits_misses_and_refusals_allocate_nothing() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut client = Client::connect(arm.address);
    let hits = cost(&mut arm, &mut client, 5_000, |n| get(n % 100));
    assert_eq!(
        hits,
        Counts {
            allocations: 0,
            requests: 5_000
        }
    );
    let misses = cost(&mut arm, &mut client, 500, |n| get(20_000 + n));
    assert_eq!(
        misses,
        Counts {
            allocations: 0,
            requests: 500
        }
    );
    let unknown = cost(&mut arm, &mut client, 1_000, |n| get(60_000 + n));
    assert_eq!(
        unknown,
        Counts {
            allocations: 0,
            requests: 1_000
        }
    );
    let post = |n| {
        let head = format!("POST /items/{n} HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n");
        format!("{head}\r\n3\r\nabc\r\n0\r\n\r\n").into_bytes()
    };
    let posts = cost(&mut arm, &mut client, 1_000, post);
    assert_eq!(
        posts,
        Counts {
            allocations: 0,
            requests: 1_000
        }
    );
}

#[test]
fn a_planted_vec_is_counted_once_per_request() {
    let mut arm = Arm::start("shorttail", &["--plant-alloc"]);
    let mut client = Client::connect(arm.address);
    let hits = cost(&mut arm, &mut client, 1_000, |n| get(n % 100));
    assert_eq!(
        hits,
        Counts {
            allocations: 1_000,
            requests: 1_000
        }
    );
}

#[test]
fn the_ordinary_arm_is_counted_too() {
    let mut arm = Arm::start("ordinary", &[]);
    let mut client = Client::connect(arm.address);
    let hits = cost(&mut arm, &mut client, 1_000, |n| get(n % 100));
    assert_eq!(hits.requests, 1_000);
    assert!(hits.allocations > 1_000, "{hits:?}");
}
