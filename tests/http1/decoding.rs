//! The scratch, percent-decoding, and the pairs of queries and forms.

use proptest::prelude::*;
use shorttail::arena::Arena;
use shorttail::http1::{
    Connection, DecodeError, FormPair, FormPairs, Limits, Method, Scratch, ScratchFull, Target,
};

use crate::decode_steps;
use crate::support::bench;

#[test]
fn pieces_live_together_and_refusals_take_nothing() {
    let mut memory = [0; 10];
    let mut scratch = Scratch::new(&mut memory);
    let first = scratch.percent_decode(b"%41b").expect("room");
    let own = scratch.try_take(3).expect("room");
    own.copy_from_slice(b"own");
    let full = ScratchFull {
        requested: 6,
        remaining: 5,
    };
    assert_eq!(scratch.try_take(6).map(|_| ()), Err(full));
    assert_eq!(
        scratch.form_decode(b"6+long"),
        Err(DecodeError::Full(full)),
        "how much is wanted and how much is left"
    );
    assert_eq!(scratch.remaining(), 5);
    assert!(scratch.percent_decode(b"1%").is_err());
    assert_eq!(scratch.remaining(), 5);
    let last = scratch.form_decode(b"+fits").expect("exactly the rest");
    assert_eq!(scratch.remaining(), 0);
    assert!(
        scratch
            .percent_decode(b"plain")
            .expect("no room is needed")
            .is_borrowed()
    );
    assert_eq!(scratch.try_take(0).expect("nothing"), b"");
    assert_eq!(
        (first.as_bytes(), &*own, last.as_bytes()),
        (&b"Ab"[..], &b"own"[..], &b" fits"[..])
    );
}

/// R13 of the conformance table: `%zz` and a lone `%` are accepted raw, and refused decoded.
#[test]
fn escapes_that_are_none_are_told_with_their_place() {
    let mut memory = [0; 32];
    let mut scratch = Scratch::new(&mut memory);
    let cut = |offset| Err(DecodeError::CutEscape { offset });
    let not_hex = |offset| Err(DecodeError::NotHex { offset });
    for (raw, want) in [
        (&b"%"[..], cut(0)),
        (b"ab%4", cut(2)),
        (b"%41%", cut(3)),
        (b"%zz", not_hex(0)),
        (b"a%4g", not_hex(1)),
        (b"a%g4", not_hex(1)),
        (b"%%41", not_hex(0)),
        (b"%+1%", not_hex(0)),
        (b"%\xc3\xa9", not_hex(0)),
    ] {
        assert_eq!(scratch.percent_decode(raw), want);
        assert_eq!(scratch.form_decode(raw), want);
    }
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let bytes = b"GET /%zz?a=% HTTP/1.1\r\nHost: a\r\n\r\n";
    let head = connection.parse_head(bytes, &arena);
    let head = head.expect("accepted raw").expect("complete");
    assert_eq!(
        scratch.percent_decode(head.path().as_bytes()),
        Err(DecodeError::NotHex { offset: 1 })
    );
    let pair = head.query_pairs().next().expect("a pair");
    assert_eq!(
        pair.decode_value(&mut scratch),
        Err(DecodeError::CutEscape { offset: 0 })
    );
}

/// R14: `%00` and `%0d%0a` are good escapes, and are told.
#[test]
fn controls_are_told_and_not_refused() {
    let mut memory = [0; 64];
    let mut scratch = Scratch::new(&mut memory);
    for (raw, controls, nul) in [
        (&b"%00"[..], true, true),
        (b"a%0d%0a", true, false),
        (b"%1f", true, false),
        (b"%7F", true, false),
        (b"%20%80%c3%a9", false, false),
        (b"plain", false, false),
        (b"raw\0", true, true),
    ] {
        let decoded = scratch.percent_decode(raw).expect("good escapes");
        assert_eq!((decoded.has_controls(), decoded.has_nul()), (controls, nul));
    }
}

#[test]
fn what_is_not_utf8_is_told_with_its_place() {
    let mut memory = [0; 16];
    let mut scratch = Scratch::new(&mut memory);
    let good = scratch.percent_decode(b"%E2%82%AC").expect("room");
    assert_eq!(good.as_str(), Ok("\u{20ac}"));
    let bad = scratch.percent_decode(b"ab%E2%82c").expect("room");
    let error = bad.as_str().expect_err("cut short");
    assert_eq!((error.valid_up_to(), error.error_len()), (2, Some(2)));
    assert_eq!(bad.as_ref(), b"ab\xe2\x82c");
}

#[test]
fn pairs_are_split_as_whatwg_says() {
    let pairs = |text: &'static str| -> Vec<(&str, &str)> {
        let text_of = |bytes| std::str::from_utf8(bytes).expect("UTF-8");
        FormPairs::new(text.as_bytes())
            .map(|FormPair { name, value }| (text_of(name), text_of(value)))
            .collect()
    };
    assert_eq!(pairs(""), []);
    assert_eq!(pairs("&&"), []);
    assert_eq!(pairs("="), [("", "")]);
    assert_eq!(pairs("&a&"), [("a", "")]);
    assert_eq!(pairs("a=b=c&=d"), [("a", "b=c"), ("", "d")]);
    assert_eq!(pairs("b=1&a=2&b=3"), [("b", "1"), ("a", "2"), ("b", "3")]);
    assert_eq!(
        pairs("a%26b=c%3Dd;e"),
        [("a%26b", "c%3Dd;e")],
        "split before it is decoded, and never at `;`"
    );
    let mut over = FormPairs::new(b"a");
    assert!(over.next().is_some() && over.next().is_none() && over.next().is_none());
}

#[test]
fn each_form_of_a_target_has_its_pairs() {
    let arena = Arena::new(Limits::default().arena_bytes()).expect("an arena");
    for (line, count) in [
        ("GET /a HTTP/1.1", 0),
        ("GET /a? HTTP/1.1", 0),
        ("GET /a?b=c&d HTTP/1.1", 2),
        ("GET http://a/?b=c?d HTTP/1.1", 1),
        ("OPTIONS * HTTP/1.1", 0),
    ] {
        let bytes = format!("{line}\r\nHost: a\r\n\r\n");
        let mut connection = Connection::new(Limits::default());
        let head = connection.parse_head(bytes.as_bytes(), &arena);
        let head = head.expect("good").expect("complete");
        assert_eq!(head.query_pairs().count(), count, "{line}");
    }
    let form = Target::parse(Method::Get, "/a?b");
    assert!(matches!(form, Some(Target::Origin { .. })));
}

/// Pieces from which most texts have something to decode.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "%41", "%2f", "%00", "%0D%0a", "%C3%A9", "%", "%z", "+", "&", "=", ";", "; ", " ", "\t",
        "\"", "a", "name", ",", "\\",
    ];
    let piece = prop_oneof![
        9 => prop::sample::select(pieces.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..3),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn decoding_agrees_with_plain_decoders(room in 0..24usize, text in text()) {
        decode_steps::run(room, &text);
    }
}
