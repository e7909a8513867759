//! What a parsed head tells.

use shorttail::http1::{Head, Header, Known, Limits, Method, Target, Version};

use crate::support::bench;

fn with_head(bytes: &[u8], look: impl FnOnce(Head<'_>)) {
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    look(
        connection
            .parse_head(bytes, &arena)
            .expect("a good head")
            .expect("complete"),
    );
}

#[test]
fn parts_are_slices_of_the_input() {
    let bytes = b"\r\nGET /a/b?c=d?e HTTP/1.1\r\nHost: h:1\r\nX-Any: v w\r\n\r\nrest";
    with_head(bytes, |head| {
        assert_eq!(
            (head.method(), head.version()),
            (Method::Get, Version::Http11)
        );
        assert_eq!((head.target(), head.path()), ("/a/b?c=d?e", "/a/b"));
        assert_eq!(head.query(), Some("c=d?e"));
        assert_eq!(head.head_len(), bytes.len() - 4);
        assert_eq!(head.authority(), Some("h:1"));
        let all: Vec<Header<'_>> = head.headers().collect();
        assert_eq!(
            all[1],
            Header {
                name: "X-Any",
                value: b"v w"
            }
        );
        let range = bytes.as_ptr_range();
        assert!(all.iter().all(|h| range.contains(&h.value.as_ptr())));
        assert!(range.contains(&head.target().as_ptr()));
    });
}

#[test]
fn the_index_finds_known_names_in_any_case_and_in_order() {
    let bytes = b"GET / HTTP/1.1\r\nCOOKIE: a\r\nHost: h\r\ncookie: b\r\nx-other: 1\r\n\
                  CooKie: c\r\nX-OTHER: 2\r\nAccept: */*\r\n\r\n";
    with_head(bytes, |head| {
        assert_eq!(head.get(Known::Cookie), Some(b"a".as_slice()));
        let cookies: Vec<&[u8]> = head.get_all(Known::Cookie).collect();
        assert_eq!(cookies, [b"a", b"b", b"c"]);
        assert!(head.is_repeated(Known::Cookie) && !head.is_repeated(Known::Host));
        assert_eq!(head.header("CoOkIe"), Some(b"a".as_slice()));
        assert_eq!(head.header("X-Other"), Some(b"1".as_slice()));
        assert_eq!(head.header("accept"), Some(b"*/*".as_slice()));
        assert_eq!(head.header("x-missing"), None);
        assert_eq!(head.header(""), None);
        assert_eq!(head.get(Known::Te), None);
        assert_eq!(head.get_all(Known::Te).next(), None);
    });
}

#[test]
fn underscores_are_not_hyphens() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nContent_Type: a\r\nContent-Type: b\r\n\r\n";
    with_head(bytes, |head| {
        assert_eq!(head.header("content-type"), Some(b"b".as_slice()));
        assert_eq!(head.header("content_type"), Some(b"a".as_slice()));
        assert!(!head.is_repeated(Known::ContentType));
    });
}

#[test]
fn values_lose_space_and_tab_at_their_ends_and_nothing_else() {
    let bytes = b"GET / HTTP/1.1\r\nHost: h\r\nA: \t x\xa0 \t\r\nB:\r\nC: \x85y\r\n\r\n";
    with_head(bytes, |head| {
        assert_eq!(head.header("a"), Some(b"x\xa0".as_slice()));
        assert_eq!(head.header("b"), Some(b"".as_slice()));
        assert_eq!(head.header("c"), Some(b"\x85y".as_slice()));
    });
}

#[test]
fn an_absolute_target_names_the_authority() {
    with_head(b"GET http://b:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n", |head| {
        assert_eq!(head.authority(), Some("b:81"));
        assert_eq!((head.path(), head.query()), ("/x", Some("y")));
        let Target::Absolute { scheme, .. } = head.target_form() else {
            panic!("absolute")
        };
        assert_eq!(scheme, "http");
    });
    with_head(b"GET http://b?y HTTP/1.1\r\nHost: a\r\n\r\n", |head| {
        assert_eq!((head.path(), head.query()), ("", Some("y")));
    });
    with_head(b"CONNECT c:443 HTTP/1.1\r\nHost: a\r\n\r\n", |head| {
        assert_eq!(head.authority(), Some("c:443"));
        assert_eq!(head.target_form(), Target::Authority("c:443"));
    });
    with_head(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", |head| {
        assert_eq!((head.authority(), head.path()), (Some("a"), ""));
        assert_eq!(head.target_form(), Target::Asterisk);
    });
    with_head(b"GET / HTTP/1.0\r\n\r\n", |head| {
        assert_eq!(head.authority(), None)
    });
}

#[test]
fn odd_targets_are_accepted_and_told_apart() {
    for byte in "\"<>\\^`{|}".chars() {
        let bytes = format!("GET /?{byte} HTTP/1.1\r\nHost: a\r\n\r\n");
        with_head(bytes.as_bytes(), |head| {
            assert!(!head.is_plain_target(), "{byte}")
        });
    }
    with_head(b"GET /%00%zz?a=b&c HTTP/1.1\r\nHost: a\r\n\r\n", |head| {
        assert!(head.is_plain_target());
        assert_eq!(head.target(), "/%00%zz?a=b&c");
    });
}

#[test]
fn later_minor_versions_read_as_1_1() {
    with_head(b"\r\nPOST /x HTTP/1.7\r\nHost: a\r\nX: y\r\n\r\n", |head| {
        assert_eq!((head.method(), head.target()), (Method::Post, "/x"));
        assert_eq!((head.version(), head.headers().len()), (Version::Http11, 2));
        assert_eq!(
            (head.header("x"), head.head_len()),
            (Some(b"y".as_slice()), 37)
        );
    });
}

#[test]
fn upgrade_needs_the_connection_option() {
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    with_head(bytes, |head| {
        assert_eq!(head.upgrade(), Some(b"websocket".as_slice()))
    });
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    with_head(bytes, |head| assert_eq!(head.upgrade(), None));
}

#[test]
fn every_known_name_is_found_in_either_case() {
    let names = [
        "te",
        "via",
        "upgrade-insecure-requests",
        "x-real-ip",
        "sec-ch-ua-platform",
    ];
    for name in names {
        let known = Known::classify(name.to_ascii_uppercase().as_bytes()).expect(name);
        assert_eq!(known.as_str(), name);
    }
    let strangers = [
        "",
        "t",
        "tf",
        "hosx",
        "content-lengt",
        "content-lengthh",
        "content-lengtx",
        "xontent-length",
        "content_length",
        "content\rlength",
    ];
    for stranger in strangers {
        assert_eq!(Known::classify(stranger.as_bytes()), None, "{stranger}");
    }
}

/// Two of these have the hash of the whole name.
#[test]
fn the_front_of_a_known_name_is_another() {
    for (name, known) in [
        ("x-", Known::XRequestId),
        ("x-real-", Known::XRealIp),
        ("or", Known::Origin),
        ("hos", Known::Host),
    ] {
        for value in [
            "1",
            "a value that is long enough for the name not to be near the end",
        ] {
            let bytes = format!("GET / HTTP/1.1\r\n{name}: {value}\r\nHost: a\r\n\r\n");
            with_head(bytes.as_bytes(), |head| {
                assert_eq!(head.header(name), Some(value.as_bytes()));
                let found = head.get(known).filter(|_| known != Known::Host);
                assert_eq!(found, None, "{name}");
            });
        }
    }
}

#[test]
fn every_field_of_a_name_is_found_in_order() {
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nX-Tag: 1\r\nX-Tab: 2\r\nx-TAG: 3\r\nCookie: 4\r\n\
                  X_Tag: 5\r\nX-Tag:\r\nCOOKIE: 6\r\nX-Tags: 7\r\n\r\n";
    with_head(bytes, |head| {
        let all = |name| head.header_all(name).collect::<Vec<_>>();
        assert_eq!(all("x-tag"), [b"1".as_slice(), b"3", b""]);
        assert_eq!(all("cookie"), [b"4", b"6"]);
        assert_eq!(all("x_tag"), [b"5"]);
        assert_eq!(all("x-ta"), [b""; 0]);
        assert_eq!(head.header("X-TAG"), Some(b"1".as_slice()));
    });
}
