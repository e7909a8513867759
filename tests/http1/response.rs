//! The response serialiser: what it writes, and what it refuses to.

use bytes::BytesMut;
use proptest::prelude::*;
use shorttail::http1::{Method, Refused, ResponseBody, ResponseHead, Version};

fn encode(head: ResponseHead<'_>) -> Result<String, Refused> {
    let mut out = Vec::new();
    let len = head.encode(&mut out)?;
    assert_eq!((len, head.encoded_len()), (out.len(), Ok(out.len())));
    Ok(String::from_utf8(out).expect("ASCII"))
}

#[test]
fn framing_and_connection_are_written_from_what_is_said() {
    let new = ResponseHead::new;
    let cases = [
        (new(200), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        (new(204), "HTTP/1.1 204 No Content\r\n\r\n"),
        (new(304), "HTTP/1.1 304 Not Modified\r\n\r\n"),
        (new(100), "HTTP/1.1 100 Continue\r\n\r\n"),
        (new(100).keep_alive(false), "HTTP/1.1 100 Continue\r\n\r\n"),
        (
            new(205).body(ResponseBody::Length(0)),
            "HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            new(200).body(ResponseBody::Tunnel),
            "HTTP/1.1 200 OK\r\n\r\n",
        ),
        (
            new(204).body(ResponseBody::Tunnel).keep_alive(false),
            "HTTP/1.1 204 No Content\r\n\r\n",
        ),
        (
            new(200).body(ResponseBody::Tunnel).version(Version::Http10),
            "HTTP/1.1 200 OK\r\n\r\n",
        ),
        (new(799), "HTTP/1.1 799 \r\ncontent-length: 0\r\n\r\n"),
        (
            new(200).body(ResponseBody::Length(u64::MAX)),
            "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n",
        ),
        (
            new(200).body(ResponseBody::Chunked),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        ),
        (
            new(200).body(ResponseBody::UntilClose),
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
        ),
        (
            new(400).keep_alive(false),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        (
            new(200).version(Version::Http10),
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n",
        ),
        (
            new(101).upgrade(b"websocket"),
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
        ),
    ];
    for (head, want) in cases {
        assert_eq!(encode(head).as_deref(), Ok(want));
    }
}

#[test]
fn a_value_cannot_split_the_response() {
    for byte in (0..=255u8).filter(|b| !matches!(b, b'\t' | b' '..=b'~' | 0x80..)) {
        let value = [b'a', byte, b'b'];
        let fields: [(&str, &[u8]); 2] = [("x-ok", b"fine"), ("x", &value)];
        assert_eq!(
            encode(ResponseHead::new(200).fields(&fields)),
            Err(Refused::Value(1))
        );
        let switch = ResponseHead::new(101).upgrade(&value);
        assert_eq!(encode(switch), Err(Refused::Upgrade));
    }
}

#[test]
fn a_name_is_a_token() {
    for name in ["", "a b", "a:", "a\r\nb", "\u{e9}", "a\0"] {
        let fields: [(&str, &[u8]); 1] = [(name, b"x")];
        assert_eq!(
            encode(ResponseHead::new(200).fields(&fields)),
            Err(Refused::Name(0)),
            "{name}"
        );
    }
}

#[test]
fn framing_fields_have_one_writer() {
    for name in [
        "Content-Length",
        "transfer-encoding",
        "CONNECTION",
        "upgrade",
    ] {
        let fields: [(&str, &[u8]); 1] = [(name, b"5")];
        assert_eq!(
            encode(ResponseHead::new(200).fields(&fields)),
            Err(Refused::OwnField(0))
        );
    }
}

#[test]
fn bodies_that_cannot_be_are_refused() {
    for status in [100, 103, 204, 304] {
        for body in [
            ResponseBody::Length(0),
            ResponseBody::Chunked,
            ResponseBody::UntilClose,
        ] {
            assert_eq!(
                encode(ResponseHead::new(status).body(body)),
                Err(Refused::Body)
            );
        }
    }
    for status in [100, 101, 199, 300, 304, 407] {
        let tunnel = ResponseHead::new(status).body(ResponseBody::Tunnel);
        assert_eq!(encode(tunnel), Err(Refused::Body), "{status}");
    }
    for body in [
        ResponseBody::Length(1),
        ResponseBody::Chunked,
        ResponseBody::UntilClose,
    ] {
        let reset = ResponseHead::new(205).body(body);
        assert_eq!(encode(reset), Err(Refused::Body), "{body:?}");
    }
    let old = ResponseHead::new(200)
        .version(Version::Http10)
        .body(ResponseBody::Chunked);
    assert_eq!(encode(old), Err(Refused::Body));
    assert_eq!(encode(ResponseHead::new(99)), Err(Refused::Status));
    assert_eq!(encode(ResponseHead::new(1000)), Err(Refused::Status));
    assert_eq!(encode(ResponseHead::new(101)), Err(Refused::Upgrade));
    assert_eq!(
        encode(ResponseHead::new(200).upgrade(b"x")),
        Err(Refused::Upgrade)
    );
}

#[test]
fn an_old_client_gets_no_interim_answer() {
    for status in [100, 102, 103, 199] {
        let head = ResponseHead::new(status).version(Version::Http10);
        assert_eq!(encode(head), Err(Refused::Interim), "{status}");
    }
    let switch = ResponseHead::new(101)
        .upgrade(b"x")
        .version(Version::Http10);
    assert_eq!(encode(switch), Err(Refused::Interim));
}

#[test]
fn an_answer_to_head_sends_no_body() {
    let head = ResponseHead::new(200).body(ResponseBody::Length(5));
    assert!(head.sends_body(Method::Get) && !head.sends_body(Method::Head));
    assert!(!head.sends_body(Method::Connect));
    assert!(
        ResponseHead::new(404)
            .body(ResponseBody::Chunked)
            .sends_body(Method::Connect)
    );
    assert!(!ResponseHead::new(200).sends_body(Method::Get));
    let tunnel = ResponseHead::new(200).body(ResponseBody::Tunnel);
    assert!(!tunnel.sends_body(Method::Connect) && !tunnel.sends_body(Method::Get));
}

#[test]
fn a_full_buffer_is_refused_before_the_first_byte() {
    let head = ResponseHead::new(200).body(ResponseBody::Length(5));
    let need = head.encoded_len().expect("a good head");
    let mut room = [b'#'; 128];
    for len in 0..need {
        let mut out = &mut room[..len];
        assert_eq!(head.encode(&mut out), Err(Refused::NoRoom(need)));
        assert_eq!(out.len(), len);
        assert!(room.iter().all(|&b| b == b'#'));
    }
    let mut out = &mut room[..need];
    assert_eq!(head.encode(&mut out), Ok(need));
    assert_eq!(out.len(), 0);
    let mut grown = BytesMut::new();
    assert_eq!(head.encode(&mut grown), Ok(need));
    assert_eq!(&grown[..], &room[..need]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Statuses and names that are good now and then, so that many heads are written.
    #[test]
    fn what_is_written_is_read_back(
        status in prop_oneof![200..=205u16, 0..1100u16],
        choices in any::<u8>(),
        fields in prop::collection::vec(("[a-z:\\r-]{0,9}", "[ -~\t\n]{0,9}"), 0..4),
        protocol in prop::collection::vec(any::<u8>(), 0..3),
    ) {
        let mut data = status.to_be_bytes().to_vec();
        data.push(choices);
        for (name, value) in fields {
            data.push((name.len() << 4 | value.len()) as u8);
            data.extend(name.bytes().chain(value.bytes()));
        }
        data.extend(protocol);
        crate::response_steps::check(&data);
    }
}
