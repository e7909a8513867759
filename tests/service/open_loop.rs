//! The open loop: a stall counts against every request that should have started in it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use shorttail::control::RetryBudget;

use crate::client::Client;
use crate::plan::{Kind, Planned};
use crate::retries::{Retries, Storm};
use crate::wire::Class;

/// Answers the requests of one connection; `answer` makes the bytes from the request's number.
fn serve(answers: usize, answer: fn(usize) -> Vec<u8>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut served = 0;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut seen = Vec::new();
            let mut bytes = [0; 4_096];
            while served < answers {
                let read = stream.read(&mut bytes).unwrap_or(0);
                if read == 0 {
                    break;
                }
                seen.extend_from_slice(&bytes[..read]);
                if !seen.ends_with(b"\r\n\r\n") {
                    continue;
                }
                seen.clear();
                let answer = answer(served);
                served += 1;
                if answer.is_empty() || stream.write_all(&answer).is_err() {
                    break;
                }
            }
        }
    });
    address
}

fn fresh(_: usize) -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"id\":7,".to_vec()
}

const DUE_AT_ONCE: Planned = Planned {
    at_ns: 0,
    id: 7,
    kind: Kind::Curl,
};

#[test]
fn waiting_in_the_plan_is_part_of_the_latency() {
    let address = serve(20, fresh);
    let mut client = Client::open(address, 1, false).unwrap();
    let block = client.run(&[DUE_AT_ONCE; 20]).unwrap();
    // One connection, all due at the start: each waits for all before it.
    assert_eq!(block.samples.len(), 20);
    assert!(
        block
            .samples
            .is_sorted_by(|a, b| a.latency_ns < b.latency_ns)
    );
    assert!(
        block
            .samples
            .iter()
            .all(|sample| sample.class == Class::Fresh)
    );
    let last = block.samples.last().unwrap();
    assert!(last.service_ns < last.latency_ns);
    assert_eq!(block.fault, None);
    // Only the first found the connection free: the others say nothing about the client's lag.
    assert_eq!(block.lag_ns.len(), 1);
}

fn failing(_: usize) -> Vec<u8> {
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n".to_vec()
}

fn retries() -> Arc<Retries> {
    let budget = RetryBudget::new(0.2).unwrap().floor(3).saved_max(3);
    Arc::new(Retries::on(budget))
}

/// What went well before it is no part of a storm, and pays for none of it.
#[test]
fn the_calls_of_a_storm_are_those_from_its_first_failure_on() {
    let address = serve(200, |n| if n < 60 { fresh(n) } else { failing(n) });
    let mut client = Client::open(address, 1, false).unwrap();
    let retries = retries();
    client.retry_on(Some(retries.clone()));
    let tally = client.run(&[DUE_AT_ONCE; 100]).unwrap().tally;
    let Storm { calls, granted } = retries.storm();
    assert_eq!((granted, tally.failed), (tally.again, 40 + tally.again));
    // Forty fail; by the calls of the whole run 23 would be within the bound.
    assert!((30..40).contains(&calls), "{calls}");
    assert!(granted >= 8 && granted * 5 <= calls + 15, "{granted}");
}

#[test]
fn failed_requests_are_sent_again_as_far_as_the_budget_goes() {
    let address = serve(200, failing);
    let mut client = Client::open(address, 1, false).unwrap();
    let retries = retries();
    client.retry_on(Some(retries.clone()));
    let block = client.run(&[DUE_AT_ONCE; 100]).unwrap();
    // Each call earns a fifth: one, less what was saved at most when the last call was made.
    let tally = block.tally;
    assert_eq!(
        (tally.sent, tally.failed),
        (100 + tally.again, 100 + tally.again)
    );
    assert!((20..=23).contains(&tally.again), "{tally:?}");
    // The storm began with the first of them.
    let granted = tally.again;
    let calls = retries.storm().calls;
    assert_eq!(retries.storm(), Storm { calls, granted });
    assert!(calls <= 99 && granted * 5 <= calls + 15, "{calls}");
    // One end for each call, however often it was sent.
    assert_eq!(block.samples.len(), 100);
}

#[test]
fn failed_requests_are_not_sent_again_without_a_budget() {
    let address = serve(5, failing);
    let mut client = Client::open(address, 1, false).unwrap();
    let tally = client.run(&[DUE_AT_ONCE; 5]).unwrap().tally;
    assert_eq!((tally.sent, tally.again, tally.failed), (5, 0, 5));
}

#[test]
fn a_broken_connection_is_an_error_and_is_opened_anew() {
    let cut_second = |n| if n == 1 { Vec::new() } else { fresh(n) };
    let address = serve(4, cut_second);
    let mut client = Client::open(address, 1, false).unwrap();
    let block = client.run(&[DUE_AT_ONCE; 4]).unwrap();
    let errors = block
        .samples
        .iter()
        .filter(|sample| sample.class == Class::Error)
        .count();
    assert_eq!((block.samples.len(), errors), (4, 1));
    assert!(block.fault.is_some());
}
