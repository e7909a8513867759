//! http1's decoding: nothing is taken from the heap, done or refused.

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Limits, Multipart, MultipartEvent, MultipartLimits, Scratch};
use shorttail::measure::assert_no_alloc;

#[test]
fn decoding_allocates_nothing_done_or_refused() {
    let limits = Limits::default();
    let arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let bytes = b"GET /a%20b?c=d+e&f=%zz&g HTTP/1.1\r\nHost: a\r\nCookie: x=y; z\r\n\r\n";
    let mut memory = [0; 8];
    assert_no_alloc(|| {
        let mut connection = Connection::new(limits);
        let head = connection.parse_head(bytes, &arena);
        let head = head.expect("good").expect("complete");
        let mut scratch = Scratch::new(&mut memory);
        let path = scratch.percent_decode(head.path().as_bytes());
        assert_eq!(path.expect("room").as_str(), Ok("/a b"));
        let decoded = head.query_pairs().map(|pair| {
            let _ = pair.decode_name(&mut scratch).expect("nothing to decode");
            pair.decode_value(&mut scratch).is_ok()
        });
        assert!(decoded.eq([true, false, true]));
        assert!(scratch.form_decode(b"+two").is_err(), "one byte is left");
        assert!(
            head.cookies()
                .map(|cookie| cookie.is_ok())
                .eq([true, false])
        );
    });
}

const FORM: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"a%22\"\r\n\r\nfirst\r\n--b\r\n\
    Content-Disposition: form-data; name=b; filename=c\r\n\r\n\r\n--\r\n--b--";

#[test]
fn a_form_allocates_nothing_at_any_cut_or_refused() {
    let mut memory = [0; 8];
    assert_no_alloc(|| {
        for cut in 1..FORM.len() {
            let content_type = b"multipart/form-data; boundary=b";
            let form = Multipart::from_content_type(content_type, MultipartLimits::default());
            let mut form = form.expect("a boundary");
            let (mut at, mut seen, mut bytes) = (0, cut, 0);
            loop {
                let step = form.read(&FORM[at..seen]).expect("a good form");
                at += step.consumed;
                match step.event {
                    MultipartEvent::Part(part) => {
                        let mut scratch = Scratch::new(&mut memory);
                        assert!(part.name().decode(&mut scratch).is_ok());
                        assert_eq!(part.headers().count(), 1);
                    }
                    MultipartEvent::Data(data) => bytes += data.len(),
                    MultipartEvent::PartEnd => {}
                    MultipartEvent::More => seen = FORM.len(),
                    MultipartEvent::End => break,
                }
            }
            assert_eq!(bytes, 5 + 4);
        }
        for bad in [&b"--b\n"[..], b"--b\r\nA: b\r\n\r\n", b"--bb"] {
            let mut form = Multipart::new(b"b", MultipartLimits::default()).expect("a boundary");
            assert!(form.read(bad).is_err() && form.read(bad).is_err());
        }
        assert!(Multipart::new(b"", MultipartLimits::default()).is_err());
        assert!(Multipart::from_content_type(b"text/plain", MultipartLimits::default()).is_err());
    });
}
