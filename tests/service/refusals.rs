//! What happens when something has run out: a quick 503 with `Retry-After`, and life after it.

use super::process::{Arm, Client};

const GET: &[u8] = b"GET /items/1 HTTP/1.1\r\nHost: t\r\n\r\n";
const POST: &[u8] = b"POST /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\
    Expect: 100-continue\r\n\r\n";

#[test]
fn a_request_without_a_permit_is_shed_and_costs_no_allocation() {
    for name in ["shorttail", "ordinary"] {
        let mut arm = Arm::start(name, &[]);
        // Each has a permit for as long as its body is awaited.
        let mut holders: Vec<Client> = (0..128).map(|_| Client::connect(arm.address)).collect();
        for client in &mut holders {
            assert_eq!(client.ask(POST).status, 100, "{name}");
        }
        let mut client = Client::connect(arm.address);
        let shed = client.ask(GET);
        assert!(
            shed.status == 503 && shed.has("retry-after: 1"),
            "{name}: {shed:?}"
        );
        let before = arm.mark();
        for _ in 0..1_000 {
            assert_eq!(client.ask(GET).status, 503, "{name}");
        }
        let after = arm.mark();
        if name == "shorttail" {
            assert_eq!(after.allocations, before.allocations);
        }
        for client in &mut holders {
            assert_eq!(client.ask(b"body").status, 200, "{name}");
        }
        assert_eq!(client.ask(GET).status, 200, "{name}");
        drop((holders, client));
        let (status, line) = arm.stop();
        assert!(status.success(), "{name}: {line}");
    }
}

#[test]
fn a_connection_without_a_buffer_is_refused_and_the_next_one_is_served() {
    let arm = Arm::start("shorttail", &["--read-buffers", "2"]);
    let mut slow = [Client::connect(arm.address), Client::connect(arm.address)];
    for client in &mut slow {
        // The `100` says that the head has been read: the body is awaited with the buffer held.
        assert_eq!(client.ask(POST).status, 100);
        client.send(b"b");
    }
    let mut refused = Client::connect(arm.address);
    while refused.ask(GET).status == 200 {}
    assert!(refused.answer().is_none());
    for client in &mut slow {
        assert_eq!(client.ask(b"ody").status, 200);
    }
    assert_eq!(Client::connect(arm.address).ask(GET).status, 200);
    drop((slow, refused));
    let (status, line) = arm.stop();
    assert!(status.success(), "{line}");
}
