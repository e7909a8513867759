//! One text decoded in every way, beside plain decoders that copy: for a test and a fuzz target.

use shorttail::http1::{
    CookieErrorKind, Cookies, DecodeError, Decoded, FormPairs, Scratch, ScratchFull,
};

/// What is decoded, the plain way.
fn plainly(text: &[u8], plus_is_space: bool) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (offset, digits) = (at, text.get(at + 1..at + 3));
        match (text[at], digits) {
            (b'%', None) => return Err(DecodeError::CutEscape { offset }),
            (b'%', Some(digits)) => {
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(DecodeError::NotHex { offset });
                }
                let digits = std::str::from_utf8(digits).expect("ASCII");
                bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
                at += 2;
            }
            (b'+', _) if plus_is_space => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
        at += 1;
    }
    Ok(bytes)
}

/// Asserts that `got` is what decoding `text` with `left` bytes of scratch has to be.
fn agree(
    text: &[u8],
    plain: Result<Vec<u8>, DecodeError>,
    left: usize,
    got: Result<Decoded<'_>, DecodeError>,
) {
    let plain = match plain {
        Ok(plain) if plain != text && plain.len() > left => {
            let full = ScratchFull {
                requested: plain.len(),
                remaining: left,
            };
            Err(DecodeError::Full(full))
        }
        plain => plain,
    };
    assert_eq!(got.map(|decoded| decoded.as_bytes().to_vec()), plain);
    if let Ok(decoded) = got {
        let bytes = decoded.as_bytes();
        assert_eq!(decoded.is_borrowed(), bytes.as_ptr() == text.as_ptr());
        assert_eq!(decoded.has_nul(), bytes.contains(&0));
        assert_eq!(
            decoded.has_controls(),
            bytes.iter().any(|&b| b < 0x20 || b == 0x7f)
        );
        assert_eq!(decoded.as_str(), std::str::from_utf8(bytes));
    }
}

fn decode_both_ways(text: &[u8], room: usize) {
    let mut memory = vec![0xaa; room];
    let mut scratch = Scratch::new(&mut memory);
    let plain = plainly(text, false);
    let path = scratch.percent_decode(text);
    agree(text, plain.clone(), room, path);
    let left = scratch.remaining();
    let took = path.is_ok_and(|path| !path.is_borrowed());
    assert_eq!(
        room - left,
        if took {
            plain.map_or(0, |p| p.len())
        } else {
            0
        }
    );

    // Both live, each in its own piece.
    let form = scratch.form_decode(text);
    agree(text, plainly(text, true), left, form);
    agree(text, plainly(text, false), room, path);
}

fn pairs(text: &[u8]) {
    let members = text
        .split(|&b| b == b'&')
        .filter(|member| !member.is_empty());
    let plain = members.map(|member| {
        let mut parts = member.splitn(2, |&b| b == b'=');
        let name = parts.next().unwrap_or_default();
        (name, parts.next().unwrap_or_default())
    });
    let got = FormPairs::new(text).map(|pair| (pair.name, pair.value));
    assert!(got.eq(plain));
}

/// SP and HTAB off both ends.
fn trimmed(mut text: &[u8]) -> &[u8] {
    let space = |b: Option<&u8>| matches!(b, Some(b' ' | b'\t'));
    while space(text.first()) {
        text = &text[1..];
    }
    while space(text.last()) {
        text = &text[..text.len() - 1];
    }
    text
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&b)
}

fn cookies(line: &[u8]) {
    let mut got = Cookies::from_line(line);
    for member in line.split(|&b| b == b';').map(trimmed) {
        if member.is_empty() {
            continue;
        }
        let got = got.next().expect("as many as there are members");
        let Some(equals) = member.iter().position(|&b| b == b'=') else {
            let error = got.expect_err("no equals sign");
            assert_eq!(error.kind(), CookieErrorKind::NoEquals);
            assert!(line[error.offset()..].starts_with(member));
            continue;
        };
        let (name, value) = (trimmed(&member[..equals]), trimmed(&member[equals + 1..]));
        let control = |b: &u8| b.is_ascii_control() && *b != b'\t';
        match got {
            Ok(cookie) => {
                assert_eq!((cookie.name().as_bytes(), cookie.value()), (name, value));
                assert!(!name.is_empty() && name.iter().all(|&b| is_name_byte(b)));
                assert!(!value.iter().any(control));
                let odd = |b: &u8| !b.is_ascii_graphic() || b"\",;\\".contains(b);
                assert_eq!(cookie.is_plain(), !cookie.unquoted().iter().any(odd));
                let quotes = 2 * usize::from(cookie.is_quoted());
                assert_eq!(cookie.unquoted().len() + quotes, value.len());
            }
            Err(error) => match error.kind() {
                CookieErrorKind::EmptyName => assert!(name.is_empty()),
                CookieErrorKind::Name => assert!(!is_name_byte(line[error.offset()])),
                CookieErrorKind::Value => assert!(control(&line[error.offset()])),
                kind => panic!("{kind:?} beside an equals sign"),
            },
        }
    }
    assert!(got.next().is_none());
}

/// Decodes `text` with `room` bytes of scratch, and splits it as a query and as a cookie line.
pub(crate) fn run(room: usize, text: &[u8]) {
    decode_both_ways(text, room);
    pairs(text);
    cookies(text);
}
