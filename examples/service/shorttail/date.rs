//! The `Date` field, written once a second per thread.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::machine::civil;

/// `Sun, 06 Nov 1994 08:49:37 GMT`
pub(super) type Date = [u8; 29];

thread_local! {
    static LATEST: Cell<(u64, Date)> = const { Cell::new((u64::MAX, [b' '; 29])) };
}

/// The present time as RFC 9110 wants it.
pub(super) fn now() -> Date {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (second, latest) = LATEST.get();
    if second == since {
        return latest;
    }
    let date = write(since);
    LATEST.set((since, date));
    date
}

fn write(since: u64) -> Date {
    const DAYS: &[u8; 21] = b"ThuFriSatSunMonTueWed";
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let (day, second) = (since / 86_400, since % 86_400);
    let (year, month, of_month) = civil(day);
    let mut date = *b"Day, 00 Mon 0000 00:00:00 GMT";
    let name = day as usize % 7 * 3;
    date[..3].copy_from_slice(&DAYS[name..name + 3]);
    two_digits(&mut date[5..7], of_month);
    let name = (month as usize - 1) * 3;
    date[8..11].copy_from_slice(&MONTHS[name..name + 3]);
    two_digits(&mut date[12..14], year / 100);
    two_digits(&mut date[14..16], year);
    two_digits(&mut date[17..19], second / 3_600);
    two_digits(&mut date[20..22], second / 60 % 60);
    two_digits(&mut date[23..25], second % 60);
    date
}

fn two_digits(out: &mut [u8], number: u64) {
    out[0] = b'0' + (number / 10 % 10) as u8;
    out[1] = b'0' + (number % 10) as u8;
}
