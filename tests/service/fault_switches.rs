//! What goes wrong on purpose does, and leaves nothing behind.

use super::process::{Arm, Client};

const GET: &[u8] = b"GET /items/1 HTTP/1.1\r\nHost: t\r\n\r\n";

fn ask_again(client: &mut Client) {
    assert_eq!(client.ask(GET).status, 200);
}

#[test]
fn so_many_of_a_hundred_fail_and_none_after() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut client = Client::connect(arm.address);
    arm.tell("failing-percent 30");
    let failed = loop {
        // The order and the first request are not ordered: count from the first that fails.
        if client.ask(GET).status == 500 {
            break 1 + (1..100).filter(|_| client.ask(GET).status == 500).count();
        }
    };
    // Of any hundred in a row.
    assert_eq!(failed, 30);
    arm.tell("failing-percent 0");
    // The answer to this says that the order before it was taken.
    assert!(arm.state().contains(" failed=30 "));
    ask_again(&mut client);
    assert!(arm.stop().0.success());
}

fn get(id: u32) -> Vec<u8> {
    format!("GET /items/{id} HTTP/1.1\r\nHost: t\r\n\r\n").into_bytes()
}

/// Asks until the item is there: a load may take longer than a request waits for it.
fn until_fresh(client: &mut Client, id: u32) {
    while !client.ask(&get(id)).has("x-answer: fresh") {}
}

#[test]
fn a_panic_in_a_request_ends_its_connection_and_no_other() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut other = Client::connect(arm.address);
    ask_again(&mut other);
    arm.tell("panicking-jobs 2");
    assert!(arm.state().contains("jobs_panicked=0"));
    for _ in 0..2 {
        let mut client = Client::connect(arm.address);
        client.send(GET);
        assert!(client.answer().is_none());
    }
    ask_again(&mut other);
    let state = arm.state();
    assert!(state.contains("permits=0 connections=1 "), "{state}");
    assert!(state.contains("jobs_panicked=2"), "{state}");
    drop(other);
    let (status, line) = arm.stop();
    assert!(status.success(), "{line}");
}

#[test]
fn a_load_that_panics_has_what_stands_in_for_it_and_the_next_one_does_not() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut client = Client::connect(arm.address);
    // More than the warm-up, which goes on behind, can still take.
    arm.tell("panicking-loads 5000");
    assert!(arm.state().starts_with("state "));
    let cold = b"GET /items/40000 HTTP/1.1\r\nHost: t\r\n\r\n";
    assert!(client.ask(cold).has("x-answer: fallback"));
    arm.tell("panicking-loads 0");
    assert!(!arm.state().contains("loads_panicked=0 "));
    until_fresh(&mut client, 40_000);
    drop(client);
    let (status, line) = arm.stop();
    assert!(status.success(), "{line}");
}

#[test]
fn an_origin_that_is_dead_is_told_from_one_that_is_back() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut client = Client::connect(arm.address);
    arm.tell("origin-dead 1");
    assert!(arm.state().starts_with("state "));
    assert!(
        client
            .ask(b"GET /items/40000 HTTP/1.1\r\nHost: t\r\n\r\n")
            .has("x-answer: fallback")
    );
    ask_again(&mut client);
    arm.tell("origin-slow-ms 0");
    assert!(arm.state().starts_with("state "));
    until_fresh(&mut client, 40_000);
}

#[test]
fn items_that_are_seldom_asked_for_are_slow_alone() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut client = Client::connect(arm.address);
    // Longer than any request waits for a load, and what the stop waits for.
    arm.tell("seldom-slow-ms 2000");
    assert!(arm.state().starts_with("state "));
    until_fresh(&mut client, 48_999);
    assert!(client.ask(&get(49_000)).has("x-answer: fallback"));
    arm.tell("seldom-slow-ms 0");
    assert!(arm.state().starts_with("state "));
    until_fresh(&mut client, 49_001);
}

#[test]
fn requests_go_on_while_every_allocation_fails_and_a_planted_one_is_found() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut client = Client::connect(arm.address);
    ask_again(&mut client);
    arm.tell("alloc-failing 1");
    assert!(arm.state().ends_with("allocs_struck=0"));
    for id in 20_000..20_100 {
        assert_eq!(client.ask(&get(id)).status, 200);
    }
    ask_again(&mut client);
    arm.tell("alloc-slow-us 0");
    assert!(arm.state().ends_with("allocs_struck=0"));
    drop(client);
    assert!(arm.stop().0.success());

    let mut arm = Arm::start("shorttail", &["--plant-alloc"]);
    let mut client = Client::connect(arm.address);
    arm.tell("alloc-failing 1");
    assert!(arm.state().starts_with("state "));
    client.send(GET);
    assert!(client.answer().is_none());
    assert!(!arm.stop().0.success());
}
