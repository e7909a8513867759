//! What loom checks of heads that own their bytes. Run as `cargo loom`.
//!
//! Every access to a slot's bytes passes through a cell that loom watches; an arena's do not, but
//! the slot an arena is lent from does.

use loom::thread;

use super::{Connection, Known, Limits, OwnedHead};
use crate::arena::ArenaPool;
use crate::pool::BufferPool;
use crate::sync::explore::explore_strictly;

const READ: &[u8] = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n";

fn slots() -> BufferPool {
    let builder = BufferPool::builder().class(128, 1).prefault(false);
    builder.build().unwrap()
}

/// A head owned in the pool's only slot; its arena and its read buffer are gone.
fn owned(pool: &BufferPool) -> OwnedHead {
    let arenas = ArenaPool::new(1, 256).unwrap();
    let arena = arenas.try_acquire().unwrap();
    let mut connection = Connection::new(Limits::default());
    let head = connection.parse_head(READ, &arena).unwrap().unwrap();
    head.to_owned_in(pool).unwrap()
}

fn look(head: &OwnedHead) {
    let head = head.as_head();
    assert_eq!(
        (head.target(), head.get(Known::Host)),
        ("/a", Some(&b"b"[..]))
    );
}

/// A head is looked at and dropped on another thread, while this one takes the slot again and
/// writes to it: it gets it after the look, or not at all.
#[test]
fn drop_elsewhere_races_acquire_next_holder_is_alone() {
    explore_strictly("http1: owned head dropped against acquire", None, || {
        let pool = slots();
        let head = owned(&pool);
        let thread = thread::spawn(move || {
            look(&head);
            drop(head);
        });
        if let Ok(mut buf) = pool.try_acquire(1) {
            buf.try_put(b"overwritten").unwrap();
        }
        thread.join().unwrap();
        look(&owned(&pool));
    });
}

/// Two handles on a head are dropped by two threads: one release, after both looks.
#[test]
fn two_drops_race_slot_freed_by_last_after_both_looks() {
    explore_strictly("http1: two drops of an owned head", None, || {
        let pool = slots();
        let head = owned(&pool);
        let other = head.clone();
        let thread = thread::spawn(move || {
            look(&other);
            drop(other);
        });
        look(&head);
        drop(head);
        if let Ok(mut buf) = pool.try_acquire(1) {
            buf.try_put(b"overwritten").unwrap();
        }
        thread.join().unwrap();
        assert_eq!(pool.outstanding(), 0);
    });
}
