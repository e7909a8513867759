//! 16 request heads parsed: httparse alone, which leaves framing, Host and limits to its caller,
//! and the whole verdict.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::sync::Mutex;

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Limits};
use shorttail::measure::trial::{Arm, Report};
use shorttail::time::StdClock;

use super::Effort;

/// Distinct heads, since one constant head trains the branch predictor.
const DISTINCT: usize = 64;
const CALLS: u64 = 16;

fn head(number: usize) -> Vec<u8> {
    let path = "abcdefghijklmnop".repeat(1 + number % 3);
    format!(
        "GET /{}/{number}?page={number} HTTP/1.1\r\nHost: www{number}.example.com\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/14{}.0.0.0\r\n\
         Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Encoding: gzip, deflate, br\r\nCookie: session={number}\r\n\r\n",
        &path[number % 9..],
        number % 10,
    )
    .into_bytes()
}

fn httparse_alone(bytes: &[u8]) {
    let mut table = [const { MaybeUninit::uninit() }; 64];
    let mut request = httparse::Request::new(&mut []);
    let parsed = request.parse_with_uninit_headers(bytes, &mut table);
    assert!(matches!(
        black_box(parsed),
        Ok(httparse::Status::Complete(_))
    ));
}

pub(crate) fn run(effort: Effort) -> Report {
    let heads: Vec<Vec<u8>> = (0..DISTINCT).map(head).collect();
    let of = |number: u64| (0..CALLS).map(move |call| (number * CALLS + call) as usize % DISTINCT);
    let limits = Limits::default();
    // One worker: the lock is free, and taken once a request.
    let state = (
        Connection::new(limits),
        Arena::new(limits.arena_bytes()).expect("an arena"),
    );
    let state = Mutex::new(state);
    let bare = Arm::inline("httparse alone", |number| {
        of(number).for_each(|which| httparse_alone(&heads[which]));
    });
    let whole = Arm::inline("http1", |number| {
        let (connection, arena) = &mut *state.lock().expect("nobody panics");
        for which in of(number) {
            let head = connection.parse_head(black_box(&heads[which]), arena);
            assert!(matches!(black_box(head), Ok(Some(_))));
            arena.reset();
        }
    });
    let trial = effort.inline_trial("http1: 16 heads", 20_000.0);
    trial.run(&StdClock, [bare, whole]).expect("sound settings")
}
