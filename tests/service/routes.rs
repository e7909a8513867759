//! The routes, the same on both arms.

use super::process::{Arm, Client};

const ARMS: [&str; 2] = ["shorttail", "ordinary"];

fn started(arm: &str) -> (Arm, Client) {
    let arm = Arm::start(arm, &[]);
    let client = Client::connect(arm.address);
    (arm, client)
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n").into_bytes()
}

#[test]
fn an_item_is_got_posted_and_got_again() {
    for name in ARMS {
        let (_arm, mut client) = started(name);
        let first = client.ask(&get("/items/49000"));
        assert_eq!(first.status, 200, "{name}");
        assert!(
            first.body.starts_with("{\"id\":49000,"),
            "{name}: {}",
            first.body
        );
        assert!(first.has("x-answer: fresh") && first.has("content-type: application/json"));
        let post = b"POST /items/49000 HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(client.ask(post).status, 200, "{name}");
        assert_eq!(client.ask(&get("/items/49000")).body, "hello", "{name}");
    }
}

#[test]
fn a_chunked_body_is_put_together() {
    for name in ARMS {
        let (_arm, mut client) = started(name);
        let head = "POST /items/5 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
        let request = format!("{head}3\r\nabc\r\n5;ext=1\r\ndefgh\r\n0\r\n\r\n");
        assert_eq!(client.ask(request.as_bytes()).status, 200, "{name}");
        assert_eq!(client.ask(&get("/items/5")).body, "abcdefgh", "{name}");
    }
}

#[test]
fn a_body_in_single_bytes_and_one_of_a_megabyte_arrive_whole() {
    for name in ARMS {
        let (_arm, mut client) = started(name);
        let head = "POST /items/5 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
        for byte in format!("{head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").bytes() {
            client.send(&[byte]);
        }
        assert_eq!(client.answer().unwrap().status, 200, "{name}");
        assert_eq!(client.ask(&get("/items/5")).body, "abcde", "{name}");
        let body = "x".repeat(1 << 20);
        let head = "POST /items/6 HTTP/1.1\r\nHost: t\r\nContent-Length: 1048576\r\n\r\n";
        client.send(head.as_bytes());
        assert_eq!(client.ask(body.as_bytes()).status, 200, "{name}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    for name in ARMS {
        let (_arm, mut client) = started(name);
        let mut requests: Vec<u8> = (0..40)
            .flat_map(|id| get(&format!("/items/{id}")))
            .collect();
        requests.extend(b"POST /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi");
        requests.extend(get("/items/1"));
        client.send(&requests);
        for id in 0..40 {
            let answer = client.answer().unwrap();
            assert!(
                answer.body.starts_with(&format!("{{\"id\":{id},")),
                "{name}: {answer:?}"
            );
        }
        assert_eq!(client.answer().unwrap().body, "stored\n", "{name}");
        assert_eq!(client.answer().unwrap().body, "hi", "{name}");
    }
}

#[test]
fn a_client_that_expects_continue_is_told_to() {
    for name in ARMS {
        let (_arm, mut client) = started(name);
        let head = "POST /items/9 HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n";
        client.send(format!("{head}Expect: 100-continue\r\n\r\n").as_bytes());
        assert_eq!(client.answer().unwrap().status, 100, "{name}");
        assert_eq!(client.ask(b"hi").status, 200, "{name}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for name in ARMS {
        let (_arm, mut client) = started(name);
        for path in [
            "/",
            "/items/",
            "/items/50000",
            "/items/-1",
            "/items/1x",
            "/other",
        ] {
            assert_eq!(client.ask(&get(path)).status, 404, "{name} {path}");
        }
        let delete = client.ask(b"DELETE /items/1 HTTP/1.1\r\nHost: t\r\n\r\n");
        assert!(
            delete.status == 405 && delete.has("allow: get, post"),
            "{name}: {delete:?}"
        );
        assert_eq!(client.ask(&get("/items/1")).status, 200, "{name}");
    }
}

#[test]
fn an_unread_body_is_passed_over() {
    let (_arm, mut client) = started("shorttail");
    client.send(b"DELETE /items/1 HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody");
    assert_eq!(client.answer().unwrap().status, 405);
    assert_eq!(client.ask(&get("/items/1")).status, 200);
}

#[test]
fn connection_close_is_done() {
    for name in ARMS {
        let (_arm, mut client) = started(name);
        let request = b"GET /items/3 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
        let answer = client.ask(request);
        assert!(
            answer.status == 200 && answer.has("connection: close"),
            "{name}: {answer:?}"
        );
        assert!(client.answer().is_none(), "{name}");
    }
}

#[test]
fn metrics_count_requests_and_name_every_block() {
    let (_arm, mut client) = started("shorttail");
    for id in 0..10 {
        client.ask(&get(&format!("/items/{id}")));
    }
    let page = client.ask(&get("/metrics"));
    assert!(page.has("content-type: text/plain; version=0.0.4"));
    for name in [
        "service_requests_total",
        "http1_stage_seconds",
        "buffer_pool_",
        "arena_pool_",
    ] {
        assert!(page.body.contains(name), "{name} in {}", page.body);
    }
    for name in ["cache_hits_total", "cache_loads_", "channel_access_log_"] {
        assert!(page.body.contains(name), "{name} in {}", page.body);
    }
    assert!(page.body.ends_with('\n'));
}
