//! Input that is wrong, late or too much: a status, a close where framing is lost, and no harm.

use super::process::{Arm, Client};

const GET: &[u8] = b"GET /items/1 HTTP/1.1\r\nHost: t\r\n\r\n";

/// The answer to `request` on a connection of its own, and whether that then ends.
fn refused(arm: &Arm, request: &[u8]) -> (u16, bool) {
    let mut client = Client::connect(arm.address);
    let answer = client.ask(request);
    (answer.status, client.answer().is_none())
}

#[test]
fn each_mistake_has_its_status_on_both_arms() {
    for name in ["shorttail", "ordinary"] {
        let arm = Arm::start(name, &[]);
        let large_head = format!(
            "GET / HTTP/1.1\r\nHost: t\r\nX: {}\r\n\r\n",
            "x".repeat(1 << 20)
        );
        for (request, status) in [
            (&b"nonsense\r\n\r\n"[..], 400),
            (
                b"GET /items/1 HTTP/1.1\r\nHost: t\r\nbad header\r\n\r\n",
                400,
            ),
            (
                b"GET /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 1x\r\n\r\n",
                400,
            ),
            (large_head.as_bytes(), 431),
        ] {
            let text = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
            assert_eq!(refused(&arm, request), (status, true), "{name}: {text}");
        }
        let too_long = b"POST /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 10485760\r\n\r\n";
        assert_eq!(refused(&arm, too_long).0, 413, "{name}");
        assert!(arm.stop().0.success(), "{name}");
    }
}

#[test]
fn the_stricter_arm_also_refuses_what_two_parsers_may_read_apart() {
    let arm = Arm::start("shorttail", &[]);
    for request in [
        "GET /items/1 HTTP/1.1\r\n\r\n",
        "GET /items/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /items/1 HTTP/1.1\r\nHost: t\r\nX : y\r\n\r\n",
        "POST /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "POST /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        "POST /items/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        assert_eq!(
            refused(&arm, request.as_bytes()),
            (400, true),
            "{request:?}"
        );
    }
    assert!(arm.stop().0.success());
}

#[test]
fn a_chunked_body_over_the_limit_is_cut_off_where_it_passes_it() {
    for name in ["shorttail", "ordinary"] {
        let arm = Arm::start(name, &[]);
        let mut client = Client::connect(arm.address);
        client.send(b"POST /items/1 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        for _ in 0..17 {
            client.send(chunk.as_bytes());
        }
        assert_eq!(
            client.answer().map(|answer| answer.status),
            Some(413),
            "{name}"
        );
        assert!(arm.stop().0.success(), "{name}");
    }
}

#[test]
fn random_bytes_are_answered_or_dropped_and_the_service_lives() {
    let arm = Arm::start("shorttail", &[]);
    let mut rng = crate::plan::Rng::new(11);
    for _ in 0..200 {
        let mut bytes: Vec<u8> = (0..rng.below(400)).map(|_| rng.next() as u8).collect();
        bytes.extend_from_slice(b"\r\n\r\n");
        let mut client = Client::connect(arm.address);
        client.send(&bytes);
        let answer = client.answer().map_or(400, |answer| answer.status);
        assert!((400..500).contains(&answer), "{answer} to {bytes:?}");
    }
    assert_eq!(Client::connect(arm.address).ask(GET).status, 200);
    assert!(arm.stop().0.success());
}

#[test]
fn slow_clients_hold_nothing_that_others_need() {
    let arm = Arm::start("shorttail", &[]);
    let mut slow: Vec<Client> = (0..300).map(|_| Client::connect(arm.address)).collect();
    for client in &mut slow {
        client.send(b"GET /items/1 HTTP/1.1\r\nHo");
    }
    let mut quick = Client::connect(arm.address);
    for _ in 0..100 {
        assert_eq!(quick.ask(GET).status, 200);
    }
    for client in &mut slow {
        assert_eq!(client.ask(b"st: t\r\n\r\n").status, 200);
    }
    drop(slow);
    let (status, line) = arm.stop();
    assert!(status.success(), "{line}");
}
