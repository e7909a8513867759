//! Headers by which layers tell of their retries.

use std::time::Duration;

use shorttail::control::{Failure, ParseHeaderError, previous_attempts, pushback, retry_after};

#[test]
fn numbers_of_one_to_nine_digits() {
    assert_eq!(previous_attempts(b"0"), Ok(0));
    assert_eq!(previous_attempts(b"999999999"), Ok(999_999_999));
    for (header, at) in [
        (&b""[..], 0),
        (b"-1", 0),
        (b"+1", 0),
        (b"1 ", 1),
        (b"12a4", 2),
        (b"0000000000", 9),
        (b"\xff", 0),
    ] {
        assert_eq!(previous_attempts(header), Err(ParseHeaderError { at }));
        assert_eq!(retry_after(header), Err(ParseHeaderError { at }));
    }
}

#[test]
fn a_push_back_is_a_least_delay_or_no_retry() {
    let hint = |ms| Failure::transient().not_before(Duration::from_millis(ms));
    assert_eq!(pushback(b"0"), Ok(hint(0)));
    assert_eq!(pushback(b"1500"), Ok(hint(1_500)));
    assert_eq!(pushback(b"-1"), Ok(Failure::refused()));
    assert_eq!(pushback(b"-"), Err(ParseHeaderError { at: 1 }));
    assert_eq!(pushback(b"-x"), Err(ParseHeaderError { at: 1 }));
    assert_eq!(retry_after(b"3"), Ok(hint(3_000)));
    assert!(retry_after(b"Wed, 21 Oct 2015 07:28:00 GMT").is_err());
}
