//! At the end everything lent is back, whatever the clients were doing.

use super::process::{Arm, Client};

#[test]
fn a_stop_amid_open_connections_gives_everything_back() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut idle = Client::connect(arm.address);
    assert_eq!(
        idle.ask(b"GET /items/1 HTTP/1.1\r\nHost: t\r\n\r\n").status,
        200
    );
    let mut half = Client::connect(arm.address);
    half.send(b"GET /items/1 HTTP/1.1\r\nHost");
    arm.tell("stop");
    let (status, line) = arm.stop();
    assert!(status.success(), "{line}");
    assert!(
        line.contains("buffers lent 0") && line.contains("permits 128 of 128"),
        "{line}"
    );
    assert!(idle.answer().is_none() && half.answer().is_none());
}

#[test]
fn the_end_of_the_drivers_pipe_stops_the_arm() {
    for name in ["shorttail", "ordinary"] {
        let (status, line) = Arm::start_cold(name, &[]).stop();
        assert!(status.success(), "{name}: {line}");
    }
}

#[test]
fn requests_under_way_are_answered_before_the_end() {
    let mut arm = Arm::start("shorttail", &[]);
    let mut client = Client::connect(arm.address);
    // The body has begun: the request is under way.
    client.send(b"POST /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n");
    client.send(b"Expect: 100-continue\r\n\r\n");
    assert_eq!(client.answer().unwrap().status, 100);
    arm.tell("stop");
    assert_eq!(client.ask(b"body").status, 200);
    let (status, line) = arm.stop();
    assert!(status.success(), "{line}");
}

#[test]
fn what_does_not_come_back_is_an_error() {
    let (status, line) = Arm::start("shorttail", &["--plant-leak"]).stop();
    assert_eq!(status.code(), Some(1), "{line}");
    assert!(line.contains("NOT all back: buffers lent 1"), "{line}");
}
