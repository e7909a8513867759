//! What loom checks of heads that own their bytes. Run as `cargo loom`.
//!
//! Every access to a slot's bytes passes through a cell that loom watches. An arena's bytes are not
//! watched, but the arena is: each allocation and each reset enters the cell of its slot.

use crate::sync::thread;

use super::{Connection, Head, Known, Limits, OwnedHead};
use crate::arena::{Arena, ArenaPool, Family, Frozen};
use crate::pool::BufferPool;
use crate::sync::explore::explore_strictly;

const READ: &[u8] = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n";
const OTHER: &[u8] = b"PUT /other HTTP/1.1\r\nVia: c\r\nHost: d\r\n\r\n";

fn slots() -> BufferPool {
    let builder = BufferPool::builder().class(128, 1).prefault(false);
    builder.build().unwrap()
}

/// A head owned in the pool's only slot; its arena and its read buffer are gone.
fn owned(pool: &BufferPool) -> OwnedHead {
    let arenas = ArenaPool::new(1, 256).unwrap();
    let arena = arenas.try_acquire().unwrap();
    parse(READ, &arena).to_owned_in(pool).unwrap()
}

fn parse<'a>(bytes: &'a [u8], arena: &'a Arena) -> Head<'a> {
    let mut connection = Connection::new(Limits::default());
    connection.parse_head(bytes, arena).unwrap().unwrap()
}

fn look(head: &OwnedHead) {
    look_at(&head.as_head());
}

fn look_at(head: &Head<'_>) {
    assert_eq!(
        (head.target(), head.get(Known::Host)),
        ("/a", Some(&b"b"[..]))
    );
}

enum Heads {}

impl Family for Heads {
    type Value<'a> = Head<'a>;
}

/// A head in the pool's only arena, which goes with it.
fn frozen(arenas: &ArenaPool) -> Frozen<Heads> {
    let arena = arenas.try_acquire().unwrap();
    let frozen = arena.freeze(|arena| Ok::<_, ()>(parse(READ, arena)));
    frozen.unwrap()
}

/// Takes the arena if it is there, and parses another head in it.
fn use_arena(arenas: &ArenaPool) -> bool {
    let Ok(arena) = arenas.try_acquire() else {
        return false;
    };
    let head = parse(OTHER, &arena);
    assert_eq!(head.get(Known::Host), Some(&b"d"[..]));
    true
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

/// A head is looked at on another thread and dropped with its arena, while this one takes the arena
/// for another head: it gets it after the look, or not at all.
#[test]
fn arena_dropped_elsewhere_races_acquire_next_head_is_alone() {
    explore_strictly("http1: head and arena against acquire", None, || {
        let arenas = ArenaPool::new(1, 256).unwrap();
        let head = frozen(&arenas);
        let thread = thread::spawn(move || {
            head.with(look_at);
            drop(head);
        });
        use_arena(&arenas);
        thread.join().unwrap();
        assert!(use_arena(&arenas));
    });
}

/// A head is owned on another thread, its arena given back there, and the owned head handed back,
/// while this thread parses another in the arena: what is owned is what was read first.
#[test]
fn owned_elsewhere_races_acquire_head_outlives_its_arena() {
    explore_strictly("http1: owned elsewhere against acquire", None, || {
        let (arenas, pool) = (ArenaPool::new(1, 256).unwrap(), slots());
        let (head, slots) = (frozen(&arenas), pool.clone());
        let thread = thread::spawn(move || head.with(|head| head.to_owned_in(&slots).unwrap()));
        let early = use_arena(&arenas);
        let owned = thread.join().unwrap();
        assert!(early || use_arena(&arenas));
        look(&owned);
        drop(owned);
        assert_eq!((pool.outstanding(), arenas.stats().in_use), (0, 0));
    });
}
