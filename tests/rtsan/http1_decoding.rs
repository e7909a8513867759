//! http1's decoding under RealtimeSanitizer.

use shorttail::http1::{Cookies, FormPairs, Multipart, MultipartEvent, MultipartLimits, Scratch};

use crate::realtime::nonblocking;

#[test]
fn decoding_text_is_non_blocking() {
    let mut memory = [0; 8];
    let mut scratch = Scratch::new(&mut memory);
    nonblocking(|| {
        assert!(scratch.try_take(1).is_ok());
        assert!(scratch.percent_decode(b"%41").is_ok());
        assert!(scratch.form_decode(b"a+b").is_ok());
        assert!(scratch.form_decode(b"too+long").is_err());
        assert!(scratch.percent_decode(b"%zz").is_err());
        assert_eq!(FormPairs::new(b"a=b&c").count(), 2);
        assert_eq!(Cookies::from_line(b"a=b; c").count(), 2);
    });
}

#[test]
fn decoding_a_form_is_non_blocking() {
    let bytes = b"--b\r\nContent-Disposition: form-data; name=\"a%22\"\r\n\r\nx\r\n--b--";
    let mut memory = [0; 4];
    let mut scratch = Scratch::new(&mut memory);
    let mut form = Multipart::new(b"b", MultipartLimits::default()).expect("a boundary");
    let mut at = 0;
    loop {
        let step = nonblocking(|| form.read(&bytes[at..])).expect("a good form");
        at += step.consumed;
        match step.event {
            MultipartEvent::Part(part) => {
                nonblocking(|| {
                    assert!(part.name().decode(&mut scratch).is_ok());
                    assert_eq!(part.headers().count(), 1);
                });
            }
            MultipartEvent::End => break,
            _ => {}
        }
    }
    let mut form = Multipart::new(b"b", MultipartLimits::default()).expect("a boundary");
    assert!(nonblocking(|| form.read(b"--b\n")).is_err());
}
