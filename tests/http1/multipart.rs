//! Forms: boundaries, parts, limits, and every refusal with its place.

use shorttail::http1::{
    BodyEvent, BoundaryErrorKind, Connection, Known, Limits, Multipart, MultipartErrorKind as Kind,
    MultipartEvent, MultipartLimits, Scratch,
};

use crate::multipart_steps::{self, End, Part, Story, read};
use crate::support::bench;

const HEAD: &str = "Content-Disposition: form-data; name=a\r\n\r\n";

fn whole(bytes: &[u8]) -> Story {
    read(
        b"b",
        MultipartLimits::default(),
        bytes,
        &mut std::iter::empty(),
    )
}

/// Name and data of each part, and how it ended, at every cut.
fn spell(bytes: &[u8]) -> String {
    let limits = MultipartLimits::default();
    for step in 1..bytes.len().clamp(2, 40) {
        multipart_steps::run(b"b", limits, step, bytes);
    }
    let Story { parts, end } = whole(bytes);
    let mut text = String::new();
    for Part {
        name, data, ended, ..
    } in parts
    {
        text += &format!("{}={}", name.escape_ascii(), data.escape_ascii());
        text += if ended { ";" } else { "..." };
    }
    text + &match end {
        End::Done(len) => format!("@{len}"),
        End::Unfinished => "unfinished".into(),
        End::Refused(error) => format!("{:?} @{}", error.kind(), error.offset()),
    }
}

#[test]
fn forms_that_are_good() {
    for (body, want) in [
        ("--b--".to_owned(), "@5"),
        ("\r\n--b--\r\n".into(), "@7"),
        (format!("--b\r\n{HEAD}x\r\n--b--\r\n"), "a=x;@55"),
        (format!("--b\r\n{HEAD}\r\n--b--\r\n"), "a=;@54"),
        (format!("--b\r\n{HEAD}--b--\r\n"), "a=;@52"),
        (format!("--b \t\r\n{HEAD}x\r\n--b--"), "a=x;@57"),
        (
            format!("pre\r\nface\r\n--b\r\n{HEAD}x\r\n--b--epilogue"),
            "a=x;@66",
        ),
        (
            format!("--b\r\n{HEAD}1\r\n--b\r\n{HEAD}2\r\n--b--"),
            "a=1;a=2;@105",
        ),
        (
            format!("--b\r\n{HEAD}\r\n\r\n-\r\n--\r\n--a--b\r--b\n--b\r\r\n--b--"),
            "a=\\r\\n\\r\\n-\\r\\n--\\r\\n--a--b\\r--b\\n--b\\r;@80",
        ),
    ] {
        assert_eq!(spell(body.as_bytes()), want, "{body:?}");
    }
}

#[test]
fn forms_that_end_early() {
    let body = format!("--b\r\n{HEAD}x\r\n--b--");
    for len in 0..body.len() {
        let story = whole(&body.as_bytes()[..len]);
        assert_eq!(story.end, End::Unfinished, "{len} bytes");
    }
    assert_eq!(spell(b"no boundary at all"), "unfinished");
    assert_eq!(spell(b"--b\r\nA: b\r\n"), "unfinished");
}

#[test]
fn forms_that_are_refused() {
    for (body, want) in [
        ("--b\nA: b", "Delimiter @3"),
        ("--bX\r\n", "Delimiter @3"),
        ("--b-\r\n", "Delimiter @4"),
        ("--b --", "Delimiter @4"),
        ("--b\r\r\n", "Delimiter @4"),
        ("--b\r\nA: b\n", "LineEnd @9"),
        ("--b\r\nA: b\rc", "LineEnd @10"),
        ("--b\r\n\n", "LineEnd @5"),
        ("--b\r\n A: b", "Fold @5"),
        ("--b\r\nA: b\r\n\tc", "Fold @11"),
        ("--b\r\nA : b", "FieldName @6"),
        ("--b\r\n: b", "FieldName @5"),
        ("--b\r\nA\r\n", "FieldName @6"),
        ("--b\r\n--b--\r\n", "FieldName @10"),
        ("--b\r\nA: \0", "FieldValue @8"),
        ("--b\r\n\r\nx", "DispositionMissing @5"),
        ("--b\r\nA: b\r\n\r\n", "DispositionMissing @5"),
        ("--b\r\nA: b\r\n--b: c\r\n\r\n", "Delimiter @11"),
    ] {
        assert_eq!(spell(body.as_bytes()), want, "{body:?}");
    }
    for (value, want) in [
        ("", "Disposition @26"),
        ("attachment; name=a", "Disposition @26"),
        ("form-data", "NameMissing @26"),
        ("form-data; filename=a", "NameMissing @26"),
        ("form-data; name", "Disposition @41"),
        ("form-data; name=", "Disposition @42"),
        ("form-data; name=\"a", "Disposition @44"),
        ("form-data; name=\"a\\\"", "Disposition @46"),
        ("form-data; name=\"a\"b", "Disposition @45"),
        ("form-data; name=a b", "Disposition @44"),
        ("form-data; name =a", "Disposition @41"),
        ("form-data; name=a; NAME=b", "ParameterRepeated @45"),
        (
            "form-data; name=a; filename=b; filename=c",
            "ParameterRepeated @57",
        ),
        (
            "form-data; name=a; filename*=utf-8''b",
            "ParameterExtended @45",
        ),
        ("form-data; name*=utf-8''b", "ParameterExtended @37"),
        (
            "form-data; name=a\r\nContent-Disposition: form-data; name=b",
            "FieldRepeated @45",
        ),
        (
            "form-data; name=a\r\nContent-Type: a\r\nContent-Type: a",
            "FieldRepeated @62",
        ),
    ] {
        let body = format!("--b\r\nContent-Disposition: {value}\r\n\r\n");
        assert_eq!(spell(body.as_bytes()), want, "{value:?}");
    }
}

#[test]
fn limits_are_exact() {
    let at = |limits: MultipartLimits, body: &str| {
        let story = read(b"b", limits, body.as_bytes(), &mut std::iter::empty());
        multipart_steps::run(b"b", limits, 3, body.as_bytes());
        match story.end {
            End::Refused(error) => Some((error.kind(), error.offset(), error.status())),
            _ => None,
        }
    };
    let new = MultipartLimits::default;
    let part = format!("\r\n--b\r\n{HEAD}");
    let two = format!("{part}{part}\r\n--b--");
    assert_eq!(at(new().parts(2), &two), None);
    let second = 2 * part.len() - HEAD.len();
    assert_eq!(
        at(new().parts(1), &two),
        Some((Kind::TooManyParts, second as u64, 413))
    );
    assert_eq!(at(new().head(HEAD.len()), &two), None);
    let last = part.len() - 1;
    assert_eq!(
        at(new().head(HEAD.len() - 1), &two),
        Some((Kind::HeadTooLarge, last as u64, 413))
    );
    assert_eq!(at(new().fields(1), &two), None);
    assert_eq!(
        at(new().fields(0), &two),
        Some((Kind::TooManyFields, 7, 413))
    );
    let late = format!("1234{two}");
    assert_eq!(at(new().preamble(4), &late), None);
    assert_eq!(at(new().preamble(3), &late), Some((Kind::Preamble, 3, 400)));
    assert_eq!(at(new().preamble(0), &two), None);
    assert_eq!(at(new().preamble(0), "x"), Some((Kind::Preamble, 0, 400)));
}

#[test]
fn boundaries_are_those_of_rfc_2046() {
    use BoundaryErrorKind as K;
    let of = |value: &str| {
        let form = Multipart::from_content_type(value.as_bytes(), MultipartLimits::default());
        form.map(|form| String::from_utf8_lossy(form.boundary()).into_owned())
            .map_err(|error| (error.kind(), error.offset(), error.status()))
    };
    let long = "x".repeat(70);
    for (value, want) in [
        ("multipart/form-data; boundary=abc", "abc"),
        (
            "Multipart/Form-Data ;\tBOUNDARY=\"a b\" ; charset=utf-8;;",
            "a b",
        ),
        (
            "multipart/form-data;boundary=----WebKitFormBoundary7MA4",
            "----WebKitFormBoundary7MA4",
        ),
        (
            "multipart/form-data;boundary=\"'()+_,-./:=?\"",
            "'()+_,-./:=?",
        ),
        (&format!("multipart/form-data; a=b; boundary={long}"), &long),
    ] {
        assert_eq!(of(value).as_deref(), Ok(want), "{value}");
    }
    let too_long = format!("multipart/form-data; boundary={long}x");
    for (value, want) in [
        ("", (K::NotFormData, 0, 415)),
        ("multipart/mixed; boundary=a", (K::NotFormData, 0, 415)),
        ("multipart/form-datax; boundary=a", (K::NotFormData, 0, 415)),
        ("multipart/form-data", (K::Missing, 19, 400)),
        ("multipart/form-data; xboundary=a", (K::Missing, 32, 400)),
        ("multipart/form-data; boundary=", (K::Parameter, 30, 400)),
        ("multipart/form-data; boundary=\"\"", (K::Empty, 31, 400)),
        ("multipart/form-data; boundary=\"a", (K::Parameter, 32, 400)),
        ("multipart/form-data; boundary=a=b", (K::Parameter, 31, 400)),
        ("multipart/form-data boundary=a", (K::Parameter, 20, 400)),
        ("multipart/form-data; boundary=\"a \"", (K::Byte, 32, 400)),
        (
            "multipart/form-data; boundary=\"a\\\"b\"",
            (K::Byte, 32, 400),
        ),
        ("multipart/form-data; boundary=a!b", (K::Byte, 31, 400)),
        (
            "multipart/form-data; boundary=a; boundary=a",
            (K::Repeated, 33, 400),
        ),
        (&too_long, (K::TooLong, 100, 400)),
    ] {
        assert_eq!(of(value), Err(want), "{value}");
    }
}

/// A boundary of each length, at every cut, in data that is made of its fronts.
#[test]
fn a_boundary_of_any_length_is_found_at_any_cut() {
    for len in [1, 2, 33, 70] {
        let boundary = "-x".repeat(35)[..len].to_owned();
        let mut body = format!("--{boundary}\r\n{HEAD}");
        for front in 0..len {
            body += &format!("\r\n--{}", &boundary[..front]);
        }
        body += &format!("\r\r\n--{boundary}--");
        for step in 1..80 {
            multipart_steps::run(
                boundary.as_bytes(),
                MultipartLimits::default(),
                step,
                body.as_bytes(),
            );
        }
        let mut ends = &mut [body.len()].into_iter();
        let story = read(
            boundary.as_bytes(),
            MultipartLimits::default(),
            body.as_bytes(),
            &mut ends,
        );
        assert_eq!(story.end, End::Done(body.len()));
    }
}

/// Each byte of a head that dribbles in is scanned once.
#[test]
fn a_head_that_dribbles_in_is_scanned_once() {
    let head = format!("--b\r\nX: {}\r\n{HEAD}", "x".repeat(3000));
    let mut form = Multipart::new(b"b", MultipartLimits::default()).expect("a boundary");
    let (mut at, mut seen) = (0, 0);
    while seen < head.len() {
        seen += 1;
        let step = form.read(&head.as_bytes()[at..seen]).expect("a good head");
        at += step.consumed;
    }
    assert_eq!(at, head.len());
    // The boundary itself is compared from its front at each of its bytes.
    assert!(form.bytes_examined() <= head.len() as u64 + 6);
}

#[test]
fn input_that_is_shorter_than_before_starts_the_head_again() {
    let mut form = Multipart::new(b"b", MultipartLimits::default()).expect("a boundary");
    let step = form.read(b"--b\r\nA: bcdefgh").expect("so far good");
    assert_eq!((step.consumed, step.event), (5, MultipartEvent::More));
    for shorter in [&b"A: b"[..], b"A"] {
        let step = form.read(shorter).expect("so far good");
        assert_eq!((step.consumed, step.event), (0, MultipartEvent::More));
    }
    // Scanned again from its front, the line has no colon: it does not go on in a value.
    let error = form.clone().read(b"AB\r\n").expect_err("no colon");
    assert_eq!((error.kind(), error.offset()), (Kind::FieldName, 7));
    let error = form.read(b"A: b\r\n\r\n").expect_err("no name");
    assert_eq!(
        (error.kind(), error.offset()),
        (Kind::DispositionMissing, 5)
    );
    assert_eq!(
        form.end_of_input().expect_err("it failed").kind(),
        Kind::AfterError
    );
}

#[test]
fn names_are_decoded_as_browsers_and_others_write_them() {
    let mut memory = [0; 128];
    for (raw, want) in [
        ("a.txt", "a.txt"),
        ("a%22b%0D%0Ac", "a\"b\r\nc"),
        ("%41%0d%0a%25", "%41%0d%0a%25"),
        ("a\\\"b\\\\c", "a\"b\\c"),
        ("C:\\dir\\file", "C:\\dir\\file"),
        ("100%", "100%"),
        ("\u{e9}", "\u{e9}"),
    ] {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{raw}\"\r\n\r\n");
        let mut form = Multipart::new(b"b", MultipartLimits::default()).expect("a boundary");
        let step = form.read(head.as_bytes()).expect("a part");
        let MultipartEvent::Part(part) = step.event else {
            panic!("{:?}", step.event)
        };
        assert!(part.name().is_quoted());
        let mut scratch = Scratch::new(&mut memory);
        let name = part.name().decode(&mut scratch).expect("room");
        assert_eq!(name.as_str(), Ok(want));
        assert_eq!(name.has_controls(), want.contains('\r'));
        assert_eq!(name.is_borrowed(), raw == want);
        let full = part.name().decode(&mut Scratch::new(&mut []));
        assert_eq!(full.is_err(), raw != want);
    }
}

/// A token has no escapes, and a part tells all its fields.
#[test]
fn tokens_and_other_fields_are_as_they_came() {
    let mut form = Multipart::new(b"b", MultipartLimits::default()).expect("a boundary");
    let input = b"--b\r\ncontent-type:\ttext/plain;charset=utf-8 \r\nX-A: \r\n\
        CONTENT-DISPOSITION: Form-Data ;; Name=a%22b;x=\"y;name=z\" ; FileName=\"\"\r\n\r\n";
    let MultipartEvent::Part(part) = form.read(input).expect("a part").event else {
        panic!("no part")
    };
    assert_eq!(part.content_type(), Some(&b"text/plain;charset=utf-8"[..]));
    assert_eq!(part.filename().map(|name| name.raw()), Some(&b""[..]));
    let name = part
        .name()
        .decode(&mut Scratch::new(&mut []))
        .expect("no room is needed");
    assert!(!part.name().is_quoted() && name.as_bytes() == b"a%22b");
    let names: Vec<_> = part
        .headers()
        .map(|field| (field.name, field.value.len()))
        .collect();
    assert_eq!(names[..2], [("content-type", 24), ("X-A", 0)]);
    assert_eq!(names.len(), 3);
}

/// The whole way: a request whose chunked body is a form, put together in one buffer.
#[test]
fn a_form_in_a_chunked_body() {
    let form_bytes = format!("--b\r\n{HEAD}hello\r\n--b--\r\n");
    let mut bytes = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
        Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        .to_vec();
    for chunk in form_bytes.as_bytes().chunks(7) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let head = connection.parse_head(&bytes, &arena);
    let head = head.expect("good").expect("complete");
    let content_type = head.get(Known::ContentType).expect("a content type");
    let form = Multipart::from_content_type(content_type, MultipartLimits::default());
    let data = data_of(
        &mut connection,
        form.expect("a boundary"),
        &bytes[head.head_len()..],
    );
    assert_eq!(data, b"hello");
}

fn data_of(connection: &mut Connection, mut form: Multipart, body: &[u8]) -> Vec<u8> {
    let (mut at, mut held, mut data) = (0, Vec::new(), Vec::new());
    loop {
        let step = connection.read_body(&body[at..]).expect("a good body");
        at += step.consumed;
        match step.event {
            BodyEvent::Data(span) => held.extend_from_slice(span),
            BodyEvent::More | BodyEvent::Trailer(_) => panic!("data is all there is"),
            BodyEvent::End => {
                assert_eq!(form.end_of_input(), Ok(()));
                return data;
            }
        }
        loop {
            let step = form.read(&held).expect("a good form");
            if let MultipartEvent::Data(span) = step.event {
                data.extend_from_slice(span);
            }
            let over = matches!(step.event, MultipartEvent::More | MultipartEvent::End);
            let consumed = step.consumed;
            held.drain(..consumed);
            if over {
                break;
            }
        }
    }
}
