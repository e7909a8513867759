//! Results that go with their arena: across threads, in order of drop, through panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use shorttail::arena::{Arena, ArenaBox, ArenaFull, ArenaPool, ArenaVec, Family, Frozen, Overflow};

enum Words {}

impl Family for Words {
    type Value<'a> = &'a [&'a str];
}

fn split<'a>(arena: &'a Arena, text: &str) -> Result<&'a [&'a str], ArenaFull> {
    let text = &*arena.try_alloc_str(text)?;
    let mut words = ArenaVec::new(arena);
    for word in text.split(' ') {
        words.try_push(word)?;
    }
    Ok(words.into_slice())
}

#[test]
fn a_result_goes_to_another_thread_and_its_arena_comes_home() {
    let pool = ArenaPool::new(2, 1024).unwrap();
    for round in 0..100 {
        let text = format!("round {round} of many");
        let arena = pool.try_acquire().unwrap();
        let frozen: Frozen<Words> = arena.freeze(|arena| split(arena, &text)).unwrap();
        assert_eq!(pool.stats().in_use, 1);
        let other = std::thread::spawn(move || frozen.with(|words| words.join("+")));
        assert_eq!(other.join().unwrap(), text.replace(' ', "+"));
        assert_eq!(pool.stats().in_use, 0);
    }
}

#[test]
fn a_result_outlives_the_pool_and_all_blocks_of_a_grown_arena_stay() {
    let grow = Overflow::Grow {
        arena_bytes_max: 4096,
        budget_bytes: 4096,
        spares: 1,
    };
    let pool = ArenaPool::builder(1, 64).overflow(grow).build().unwrap();
    let text = "word ".repeat(40);
    let arena = pool.try_acquire().unwrap();
    let frozen = arena.freeze::<Words, _>(|arena| split(arena, &text));
    let frozen = frozen.unwrap();
    drop(pool);
    assert_eq!(frozen.with(|words| words.join(" ")), text);
}

#[test]
fn a_refusal_gives_the_arena_back_as_it_is() {
    let pool = ArenaPool::new(1, 16).unwrap();
    let arena = pool.try_acquire().unwrap();
    let refused = arena.freeze::<Words, _>(|arena| split(arena, "too long for it"));
    let (full, arena) = refused.unwrap_err();
    assert!(full.requested > 0);
    assert_eq!((arena.used(), pool.stats().in_use), (15, 1));
}

/// Reads the arena's memory when it goes.
struct Reader<'a>(&'a u64, &'static AtomicU64);

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.1.store(*self.0, Ordering::Relaxed);
    }
}

enum Readers {}

impl Family for Readers {
    type Value<'a> = (ArenaBox<'a, Reader<'a>>, u64);
}

fn reader(pool: &ArenaPool, seen: &'static AtomicU64) -> Frozen<Readers> {
    let frozen = pool.try_acquire().unwrap().freeze::<Readers, ()>(|arena| {
        let number = &*arena.try_alloc(7_u64).unwrap();
        let boxed = ArenaBox::try_new(arena, Reader(number, seen)).ok();
        boxed.map(|boxed| (boxed, 1)).ok_or(())
    });
    frozen.unwrap()
}

#[test]
fn the_value_goes_before_its_arena() {
    static SEEN: AtomicU64 = AtomicU64::new(0);
    let pool = ArenaPool::new(1, 64).unwrap();
    drop(reader(&pool, &SEEN));
    assert_eq!(SEEN.swap(0, Ordering::Relaxed), 7);
    let mut frozen = reader(&pool, &SEEN);
    frozen.with_mut(|value| value.1 += 1);
    assert_eq!(frozen.with(|value| value.1), 2);
    let arena = frozen.into_arena();
    assert_eq!(SEEN.load(Ordering::Relaxed), 7);
    assert_eq!((arena.used(), pool.stats().in_use), (8, 1));
}

#[test]
fn a_panic_while_it_is_built_read_or_dropped_loses_no_arena() {
    struct Bad<'a>(#[expect(dead_code, reason = "it borrows")] &'a u8);
    impl Drop for Bad<'_> {
        fn drop(&mut self) {
            panic!("a drop that fails");
        }
    }
    enum Bads {}
    impl Family for Bads {
        type Value<'a> = Bad<'a>;
    }
    let pool = ArenaPool::new(1, 64).unwrap();
    let arena = pool.try_acquire().unwrap();
    let built = catch_unwind(AssertUnwindSafe(|| {
        arena.freeze::<Words, ()>(|_| panic!("no result"))
    }));
    assert!(built.is_err() && pool.stats().in_use == 0);
    let arena = pool.try_acquire().unwrap();
    let bad = arena.freeze::<Bads, _>(|arena| arena.try_alloc(1).map(|it| Bad(it)));
    let bad = bad.unwrap();
    let read = catch_unwind(AssertUnwindSafe(|| bad.with(|_| panic!("a bad reader"))));
    assert!(read.is_err() && pool.stats().in_use == 1);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(bad))).is_err());
    assert_eq!(pool.stats().in_use, 0);
}

/// An arena's cells are for one thread; a `Frozen` of a `Sync` value is for many.
#[test]
fn what_many_threads_may_see_is_nothing_of_the_arena() {
    let pool = ArenaPool::new(1, 64).unwrap();
    let arena = pool.try_acquire().unwrap();
    let frozen: Frozen<Words> = arena.freeze(|arena| split(arena, "a b")).unwrap();
    assert_eq!(format!("{frozen:?}"), "Frozen { .. }");
}
