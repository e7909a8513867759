//! Deadlines as headers: what comes back is never more than what was sent.

use std::time::Duration;

use proptest::prelude::*;
use shorttail::time::{Deadline, ParseTimeoutError};

use super::wire_steps;

#[test]
fn the_finest_unit_of_eight_digits() {
    let rows: [(u64, &str); 10] = [
        (0, "0n"),
        (1, "1n"),
        (99_999_999, "99999999n"),
        (100_000_000, "100000u"),
        (99_999_999_999, "99999999u"),
        (100_000_000_000, "100000m"),
        (99_999_999_999_999, "99999999m"),
        (100_000_000_000_000, "100000S"),
        (99_999_999_999_999_999, "99999999S"),
        (u64::MAX - 1, "307445734M"),
    ];
    for (left_ns, text) in rows {
        let wire = Deadline::at(left_ns).to_grpc_timeout(0).unwrap();
        let text = if text.len() > 9 { "5124095H" } else { text };
        assert_eq!(wire.as_str(), text);
        assert_eq!(wire.as_bytes(), text.as_bytes());
        assert_eq!(
            format!("{wire} {wire:?}"),
            format!("{text} WireTimeout({text})")
        );
    }
    assert_eq!(Deadline::NEVER.to_grpc_timeout(7), None);
    assert_eq!(Deadline::NEVER.to_millis(7), None);
    assert_eq!(
        Deadline::at(5).to_grpc_timeout(9).unwrap().as_str(),
        "0n",
        "expired"
    );
    let longest = Deadline::at(u64::MAX - 1).to_millis(0).unwrap();
    assert_eq!(longest.as_str(), "18446744073709");
}

#[test]
fn what_is_no_time_is_refused_where_it_goes_wrong() {
    use ParseTimeoutError::{Digit, Empty, TooLong, Unit};
    let grpc = |text: &[u8]| Deadline::from_grpc_timeout(text, 0).unwrap_err();
    let rows: [(&[u8], ParseTimeoutError); 11] = [
        (b"", Empty),
        (b"S", Empty),
        (b"5", Unit { at: 1 }),
        (b"12345678", Unit { at: 8 }),
        (b"123456789", TooLong { at: 8 }),
        (b"123456789S", TooLong { at: 8 }),
        (b"-5S", Digit { at: 0 }),
        (b"5.5S", Digit { at: 1 }),
        (b"5s", Unit { at: 1 }),
        (b" 5S", Digit { at: 0 }),
        (b"5S ", Digit { at: 1 }),
    ];
    for (text, error) in rows {
        assert_eq!(grpc(text), error, "{}", text.escape_ascii());
    }
    let millis = |text: &[u8]| Deadline::from_millis(text, 0).unwrap_err();
    assert_eq!(millis(b""), Empty);
    assert_eq!(millis(b"7ms"), Digit { at: 1 });
    assert_eq!(millis(b"000000000000000000001"), TooLong { at: 20 });
    assert_eq!(
        Deadline::from_millis(b"99999999999999999999", 0),
        Ok(Deadline::NEVER)
    );
    assert_eq!(
        Deadline::from_grpc_timeout(b"99999999H", 0),
        Ok(Deadline::NEVER)
    );
}

proptest! {
    #[test]
    fn three_hops_only_shrink(
        left_ns in any::<u64>(),
        now_ns in 0..u64::MAX / 2,
        step in 0..1_000_u64,
    ) {
        let mut deadline = Deadline::after(now_ns, Duration::from_nanos(left_ns));
        let mut left = deadline.remaining(now_ns);
        for hop in 0..3_u64 {
            let now_ns = now_ns.wrapping_mul(hop + 1) / 3; // each machine has a clock of its own
            deadline = Deadline::after(now_ns, left);
            let later_ns = now_ns + step;
            let Some(grpc) = deadline.to_grpc_timeout(later_ns) else { break };
            let told = Deadline::from_grpc_timeout(grpc.as_bytes(), later_ns).unwrap();
            prop_assert!(told <= deadline);
            // No more is lost than a unit of eight digits is worth, or an hour's end.
            let lost = deadline.remaining(later_ns) - told.remaining(later_ns);
            prop_assert!(lost <= deadline.remaining(later_ns) / 99_999);
            let millis = deadline.to_millis(later_ns).unwrap();
            let told = Deadline::from_millis(millis.as_bytes(), later_ns).unwrap();
            let lost = deadline.remaining(later_ns) - told.remaining(later_ns);
            prop_assert!(told <= deadline && lost < Duration::from_millis(1));
            left = told.remaining(later_ns);
        }
    }

    /// Any bytes, and such as are nearly a header.
    #[test]
    fn headers_are_read_as_another_reader_reads_them(
        moments in prop::collection::vec(any::<u8>(), 16),
        bytes in prop::collection::vec(any::<u8>(), 0..24),
        header in "[0-9]{0,22}[numSMHx]?",
    ) {
        for header in [bytes, header.into_bytes()] {
            wire_steps::run(&[&moments[..], &header].concat());
        }
    }

    #[test]
    fn any_bytes_are_a_time_or_an_error_inside(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        for told in [Deadline::from_grpc_timeout(&bytes, 3), Deadline::from_millis(&bytes, 3)] {
            match told {
                Ok(deadline) => prop_assert!(deadline.as_ns() >= 3),
                Err(
                    ParseTimeoutError::Digit { at }
                    | ParseTimeoutError::TooLong { at }
                    | ParseTimeoutError::Unit { at },
                ) => prop_assert!(at <= bytes.len()),
                Err(_) => prop_assert!(bytes.len() <= 1),
            }
        }
    }
}
