//! A head that owns what it tells.

use shorttail::arena::Arena;
use shorttail::http1::{Connection, Head, Known, Limits};
use shorttail::pool::{AcquireError, BufferPool};

use crate::support::{Verdict, bench, spell, whole};
use crate::table;

const HEAD: &[u8] =
    b"\r\nPUT http://b:81/x?y=z HTTP/1.1\r\nHost: a\r\nCookie: c=1\r\nX-Any: \xff\r\n\
    Cookie: c=2\r\nEmpty:\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";

/// All that a head tells.
fn told(head: &Head<'_>) -> String {
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {} {:?} {:?} {:?} {}",
        spell(head),
        head.target_form(),
        head.authority(),
        head.upgrade(),
        head.framing(),
        (head.keep_alive(), head.expects_continue()),
        head.head_len(),
        head.get_all(Known::Cookie).collect::<Vec<_>>(),
        head.header("x-any"),
        (head.is_repeated(Known::Cookie), head.is_plain_target()),
        head.get(Known::Host).is_some(),
    )
}

#[test]
fn it_tells_what_the_head_told_when_bytes_and_arena_are_gone() {
    let pool = BufferPool::builder()
        .class(1024, 1)
        .build()
        .expect("a pool");
    let (mut connection, arenas) = bench(Limits::default());
    let mut arena = arenas.try_acquire().expect("an arena");
    let mut read = HEAD.to_vec();
    let head = connection.parse_head(&read, &arena);
    let head = head.expect("good").expect("complete");
    let before = told(&head);
    assert_eq!(head.owned_bytes(), HEAD.len() + 64 + 7 * 16);
    let owned = head.to_owned_in(&pool).expect("a slot");
    arena.reset();
    read.fill(b'!');
    let thread = std::thread::spawn(move || told(&owned.as_head()));
    assert_eq!(thread.join().expect("no panic"), before);
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn every_accepted_row_survives_the_copy() {
    let limits = Limits::default();
    let slots = BufferPool::builder().class(limits.owned_bytes(), 1);
    let pool = slots.build().expect("a pool");
    let mut accepted = 0;
    for table in table::ALL {
        for (id, input, _) in table.rows {
            let bytes = [table.prefix, input, table.suffix].concat();
            let Verdict::Accepted(_) = whole(limits, &bytes) else {
                continue;
            };
            let (mut connection, arenas) = bench(limits);
            let arena = arenas.try_acquire().expect("an arena");
            let head = connection.parse_head(&bytes, &arena);
            let head = head.expect("good").expect("complete");
            let owned = head.to_owned_in(&pool).expect("a slot");
            assert_eq!(told(&owned.as_head()), told(&head), "{id}");
            // And a copy of the copy.
            let into = owned.as_head().to_owned_in(&pool);
            assert!(matches!(into, Err(AcquireError::Exhausted { .. })), "{id}");
            accepted += 1;
        }
    }
    assert!(accepted > 50, "{accepted} rows");
}

#[test]
fn refusals_lose_nothing() {
    let pool = BufferPool::builder().class(64, 1).class(1024, 1).build();
    let pool = pool.expect("a pool");
    let (mut connection, arenas) = bench(Limits::default());
    let arena = arenas.try_acquire().expect("an arena");
    let head = connection.parse_head(HEAD, &arena);
    let head = head.expect("good").expect("complete");

    let owned = head.to_owned_in(&pool).expect("a slot");
    let refused = head.to_owned_in(&pool).expect_err("there is one slot");
    assert!(matches!(
        refused,
        AcquireError::Exhausted {
            slot_bytes: 1024,
            ..
        }
    ));
    let other = owned.clone();
    drop(owned);
    assert!(head.to_owned_in(&pool).is_err(), "a clone keeps the slot");
    drop(other);

    let small = head.to_owned_into(pool.try_acquire(64).expect("a slot"));
    assert_eq!(small.expect_err("too small").capacity(), 64);
    let mut used = pool.try_acquire(1000).expect("a slot");
    used.try_put(b"what was in it").expect("room");
    let owned = head.to_owned_into(used).expect("large enough");
    assert_eq!(told(&owned.as_head()), told(&head));
    drop(owned);
    assert_eq!(pool.outstanding(), 0);
}

#[test]
fn the_bytes_that_limits_tell_suffice_for_the_largest_head() {
    let limits = Limits::builder().fields(255).build().expect("limits");
    let mut bytes = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    bytes.extend(b"A: b\r\n".repeat(253));
    let rest = (limits.head() - bytes.len() - 2).min(limits.line() + 2);
    bytes.extend(format!("B: {}\r\n", "c".repeat(rest - 5)).bytes());
    bytes.extend(b"\r\n");
    let arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let mut connection = Connection::new(limits);
    let head = connection.parse_head(&bytes, &arena);
    let head = head.expect("good").expect("complete");
    assert_eq!(head.headers().len(), 255);
    assert!(head.owned_bytes() <= limits.owned_bytes());
}
