//! Cookies: order, quotes, and members that are none.

use shorttail::http1::{CookieError, CookieErrorKind as Kind, Cookies, Limits};

use crate::support::bench;

fn spell(cookies: Cookies<'_>) -> Vec<String> {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let error = |e: CookieError| format!("{:?} @{}:{}", e.kind(), e.line(), e.offset());
    cookies
        .map(|cookie| match cookie {
            Ok(cookie) => format!("{}={}", cookie.name(), text(cookie.value())),
            Err(e) => error(e),
        })
        .collect()
}

#[test]
fn members_are_split_as_browsers_join_them() {
    for (line, want) in [
        ("", &[][..]),
        (" ; ;;", &[]),
        ("a=b", &["a=b"]),
        ("a=b; c=d", &["a=b", "c=d"]),
        ("a=b;c=d;", &["a=b", "c=d"]),
        ("a=b=c; d=", &["a=b=c", "d="]),
        (" a = b ;\tc\t=\td\t", &["a=b", "c=d"]),
        ("a=1; a=2; A=3", &["a=1", "a=2", "A=3"]),
        ("a=b c, d", &["a=b c, d"]),
        ("a={\"k\":\"v\\\\\"}", &["a={\\\"k\\\":\\\"v\\\\\\\\\\\"}"]),
        ("a; b=c", &["NoEquals @0:0", "b=c"]),
        ("a=b;  flag ;c=d", &["a=b", "NoEquals @0:6", "c=d"]),
        ("=v; a=b", &["EmptyName @0:0", "a=b"]),
        ("a=b; =", &["a=b", "EmptyName @0:5"]),
        ("a=b; c d=e", &["a=b", "Name @0:6"]),
        ("\u{e9}=b", &["Name @0:0"]),
        ("$Version=1; a=b", &["$Version=1", "a=b"]),
        ("a=\"b; c=d\"", &["a=\\\"b", "c=d\\\""]),
    ] {
        assert_eq!(spell(Cookies::from_line(line.as_bytes())), want, "{line}");
    }
    assert_eq!(
        spell(Cookies::from_line(b"a=b\0; c=d")),
        ["Value @0:3", "c=d"]
    );
}

#[test]
fn quotes_are_told_and_kept() {
    for (line, quoted, unquoted, plain) in [
        (&b"a=\"b\""[..], true, &b"b"[..], true),
        (b"a=\"\"", true, b"", true),
        (b"a=b", false, b"b", true),
        (b"a=\"", false, b"\"", false),
        (b"a=\"b", false, b"\"b", false),
        (b"a=b\"", false, b"b\"", false),
        (b"a=\"b c\"", true, b"b c", false),
        (b"a=b,c", false, b"b,c", false),
        (b"a=b\\c", false, b"b\\c", false),
        (b"a=\xff", false, b"\xff", false),
    ] {
        let cookie = Cookies::from_line(line)
            .next()
            .expect("one")
            .expect("a cookie");
        assert_eq!(cookie.value(), &line[2..]);
        assert_eq!((cookie.is_quoted(), cookie.unquoted()), (quoted, unquoted));
        assert_eq!(cookie.is_plain(), plain, "{}", line.escape_ascii());
    }
}

#[test]
fn all_lines_of_a_head_in_order() {
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b\r\nX: y\r\nCOOKIE:\r\n\
        cookie: c=2;d e=f\r\n\r\n";
    let head = connection.parse_head(bytes, &arena);
    let head = head.expect("good").expect("complete");
    assert_eq!(
        spell(head.cookies()),
        ["a=1", "NoEquals @0:5", "c=2", "Name @2:5"]
    );
    let errors = head.cookies().filter_map(Result::err);
    assert!(errors.map(|e| e.kind()).eq([Kind::NoEquals, Kind::Name]));

    let arena = arenas.try_acquire();
    assert!(arena.is_err(), "the head holds it");
}

#[test]
fn a_head_without_cookies_has_none() {
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let head = connection.parse_head(bytes, &arena);
    let mut cookies = head.expect("good").expect("complete").cookies();
    assert!(cookies.next().is_none() && cookies.next().is_none());
}
