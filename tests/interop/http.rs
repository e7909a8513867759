//! Heads as `http::Request`.

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Head, Limits};
use shorttail::interop::http::ConvertErrorKind;

use crate::table;

fn with_head<T>(bytes: &[u8], look: impl FnOnce(Head<'_>) -> T) -> Option<T> {
    let arena = Arena::new(Limits::default().arena_bytes()).expect("an arena");
    let mut connection = Connection::new(Limits::default());
    let head = connection.parse_head(bytes, &arena).ok()??;
    Some(look(head))
}

/// The request tells what the head tells, but for what the method's page says.
fn assert_equal(head: &Head<'_>, request: &http::Request<()>) {
    assert_eq!(request.method().as_str(), head.method().as_str());
    assert_eq!(
        format!("{:?}", request.version()),
        match head.version() {
            shorttail::http1::Version::Http10 => "HTTP/1.0",
            shorttail::http1::Version::Http11 => "HTTP/1.1",
        }
    );
    let uri = request.uri();
    assert_eq!(uri.query(), head.query());
    match head.target_form() {
        shorttail::http1::Target::Absolute {
            scheme,
            authority,
            path,
            ..
        } => {
            assert_eq!(uri.scheme_str(), Some(scheme));
            assert_eq!(uri.authority().map(|a| a.as_str()), Some(authority));
            assert_eq!(uri.path(), if path.is_empty() { "/" } else { path });
        }
        _ => assert_eq!(uri.to_string(), head.target()),
    }
    assert_eq!(request.headers().len(), head.headers().len());
    for field in head.headers() {
        let same = head
            .headers()
            .filter(|other| other.name.eq_ignore_ascii_case(field.name));
        let there = request.headers().get_all(field.name);
        assert!(
            there.iter().map(|v| v.as_bytes()).eq(same.map(|f| f.value)),
            "{}",
            field.name
        );
    }
}

#[test]
fn every_accepted_row_is_a_request_of_equal_content_or_refused_for_its_target() {
    let (mut equal, mut refused) = (0, Vec::new());
    for table in table::ALL {
        for (id, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            with_head(&bytes, |head| match http::Request::try_from(&head) {
                Ok(request) => {
                    assert_equal(&head, &request);
                    equal += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ConvertErrorKind::Target, "{id} {error}");
                    assert!(!head.is_plain_target(), "{id} {}", head.target());
                    let at = bytes[error.offset()];
                    assert!(b"\"<>\\^`{|}".contains(&at), "{id} {error}");
                    refused.push(*id);
                }
            });
        }
    }
    assert!(equal > 50, "{equal} rows");
    refused.dedup();
    assert_eq!(refused, ["R12"]);
}

#[test]
fn what_is_too_long_for_it_is_refused_with_its_place() {
    const MIB: usize = 1024 * 1024;
    let limits = Limits::builder().target(MIB / 4).line(MIB / 2).head(MIB);
    let limits = limits.build().expect("limits");
    let long = "a".repeat(70_000);
    let target = format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n");
    let name = format!("GET / HTTP/1.1\r\nHost: a\r\n{long}: b\r\n\r\n");
    let cases = [
        (target, ConvertErrorKind::Target, 4),
        (name, ConvertErrorKind::FieldName, 25),
    ];
    for (bytes, kind, offset) in cases {
        let arena = Arena::new(limits.arena_bytes()).expect("an arena");
        let mut connection = Connection::new(limits);
        let head = connection.parse_head(bytes.as_bytes(), &arena);
        let head = head.expect("good").expect("complete");
        let error = head.to_http().expect_err("too long");
        assert_eq!((error.kind(), error.offset()), (kind, offset));
    }
}
