//! Vectors, strings and boxes in an arena: where they grow, what they waste, what they drop.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use proptest::prelude::*;
use shorttail::arena::{
    Arena, ArenaBox, ArenaFull, ArenaPool, ArenaString, ArenaVec, Overflow, PushFmtError,
};

#[test]
fn a_vector_alone_grows_where_it_stands_to_the_last_byte() {
    let arena = Arena::new(1000).unwrap();
    let mut bytes = ArenaVec::new(&arena);
    bytes.try_push(0_u8).unwrap();
    let start = bytes.as_ptr();
    while bytes.try_push(bytes.len() as u8).is_ok() {}
    assert_eq!((bytes.len(), bytes.as_ptr()), (1000, start));
    assert!((0..1000).all(|n| bytes[n] == n as u8));
}

#[test]
fn a_vector_with_something_behind_it_moves_and_keeps_its_items() {
    let arena = Arena::new(4096).unwrap();
    let mut numbers = ArenaVec::new(&arena);
    let mut marks = Vec::new();
    for n in 0..100_u64 {
        numbers.try_push(n).unwrap();
        marks.push(arena.try_alloc(!n).unwrap());
    }
    assert!((0..100).all(|n| numbers[n as usize] == n));
    assert!((0..100).all(|n| *marks[n as usize] == !n));
    // Rooms of 4 to 128 items, and the marks: what a doubling costs at most.
    assert!(arena.used() <= (4 + 8 + 16 + 32 + 64 + 128 + 100) * 8);
}

#[test]
fn what_is_over_is_given_back() {
    let arena = Arena::new(1024).unwrap();
    let numbers = ArenaVec::<u32>::with_capacity(&arena, 100).unwrap();
    assert_eq!(arena.used(), 400);
    drop(numbers);
    assert_eq!(arena.used(), 0);
    let mut text = ArenaString::with_capacity(&arena, 100).unwrap();
    text.try_push_str("abc").unwrap();
    assert_eq!((&*text.into_str(), arena.used()), ("abc", 3));
    let first = ArenaBox::try_new(&arena, 1_u8).unwrap();
    let second = ArenaBox::try_new(&arena, 2_u8).unwrap();
    drop(first); // not the latest: its byte stays taken
    assert_eq!((*second, arena.used()), (2, 5));
    drop(second);
    assert_eq!(arena.used(), 4);
}

#[test]
fn every_item_is_dropped_once() {
    let arena = Arena::new(1024).unwrap();
    let token = Rc::new(());
    let mut tokens = ArenaVec::new(&arena);
    for _ in 0..10 {
        assert!(tokens.try_push(Rc::clone(&token)).is_ok());
    }
    tokens.truncate(7);
    assert_eq!(Rc::strong_count(&token), 8);
    drop(tokens.pop());
    assert_eq!(Rc::strong_count(&token), 7);
    drop(tokens);
    assert_eq!(Rc::strong_count(&token), 1);
    drop(ArenaBox::try_new(&arena, Rc::clone(&token)).unwrap());
    assert_eq!(Rc::strong_count(&token), 1);
    let out = ArenaBox::try_new(&arena, Rc::clone(&token)).unwrap();
    assert_eq!(Rc::strong_count(&out.into_inner()), 2);
    assert_eq!((Rc::strong_count(&token), arena.used()), (1, 0));
}

#[test]
fn a_panic_in_a_drop_drops_the_others() {
    struct Bad(
        #[expect(dead_code, reason = "its drop is what is counted")] Rc<()>,
        bool,
    );
    impl Drop for Bad {
        fn drop(&mut self) {
            assert!(!self.1, "a drop that fails");
        }
    }
    let arena = Arena::new(1024).unwrap();
    let token = Rc::new(());
    let mut items = ArenaVec::new(&arena);
    for n in 0..3 {
        assert!(items.try_push(Bad(Rc::clone(&token), n == 1)).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(items))).is_err());
    assert_eq!(Rc::strong_count(&token), 1);
}

#[test]
fn zero_sized_items_need_no_room() {
    let arena = Arena::new(1).unwrap();
    let mut units = ArenaVec::new(&arena);
    (0..1000).for_each(|_| units.try_push(()).unwrap());
    assert_eq!((units.len(), arena.used()), (1000, 0));
    assert_eq!(units.into_slice().len(), 1000);
    let mut most = ArenaVec::new(&arena);
    most.try_extend_from_slice(&[(); usize::MAX]).unwrap();
    assert!(most.try_push(()).is_err() && most.try_extend_from_slice(&[()]).is_err());
    assert_eq!(most.len(), usize::MAX);
    drop(ArenaBox::try_new(&arena, ()).unwrap());
}

#[test]
fn sizes_that_overflow_are_refused() {
    let arena = Arena::new(100).unwrap();
    let mut numbers = ArenaVec::<u64>::new(&arena);
    numbers.try_push(1).unwrap();
    assert_eq!(
        numbers.try_reserve(usize::MAX).unwrap_err().requested,
        usize::MAX
    );
    assert_eq!(*numbers, [1]);
    assert!(ArenaVec::<u64>::with_capacity(&arena, usize::MAX).is_err());
}

#[test]
fn a_full_string_says_so_and_keeps_what_it_has() {
    let arena = Arena::new(10).unwrap();
    let mut text = ArenaString::new(&arena);
    let (fits, does_not) = (12_345_u64, 678_901_u64);
    assert!(write!(text, "{fits}-{does_not}").is_err());
    assert_eq!(text.to_string(), "12345-");
    assert_eq!(format!("{text:?}"), "\"12345-\"");
}

/// Appends a piece, and then refuses or panics.
struct Fails {
    by_panic: bool,
}

impl fmt::Display for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("é")?;
        assert!(!self.by_panic, "a formatting that fails");
        Err(fmt::Error)
    }
}

#[test]
fn formatted_text_comes_in_whole_or_not_at_all() {
    let arena = Arena::new(9).unwrap();
    let mut text = ArenaString::new(&arena);
    text.try_push_str("ab").unwrap();
    // Five pieces, since values are not literals. The last would find room for itself.
    let (long, longer, short) = (1234_u32, 5678_u32, 9_u32);
    let refused = text.try_push_fmt(format_args!("{long}-{longer}-{short}"));
    // The string had grown to twice its room of four when it was refused.
    let full = ArenaFull {
        requested: 13,
        remaining: 1,
    };
    assert_eq!(refused, Err(PushFmtError::Full(full)));
    assert_eq!(&*text, "ab");
    let by_panic = false;
    let refused = text.try_push_fmt(format_args!("{}", Fails { by_panic }));
    assert_eq!(refused, Err(PushFmtError::Format(fmt::Error)));
    assert_eq!(&*text, "ab");
    let by_panic = true;
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        text.try_push_fmt(format_args!("{}", Fails { by_panic }))
    }));
    assert!(unwound.is_err());
    assert_eq!(&*text, "ab");
    // To the last byte, with what the refused ones left behind.
    text.try_push_fmt(format_args!("{short}-{short}é")).unwrap();
    text.try_push_fmt(format_args!("{}", short + 1)).unwrap();
    assert_eq!((&*text.into_str(), arena.used()), ("ab9-9é10", 9));
}

#[test]
fn a_vector_moves_from_block_to_block_in_an_arena_that_grows() {
    let grow = Overflow::Grow {
        arena_bytes_max: 1 << 16,
        budget_bytes: 1 << 16,
        spares: 1,
    };
    let pool = ArenaPool::builder(1, 64).overflow(grow).build().unwrap();
    let arena = pool.try_acquire().unwrap();
    let mut numbers = ArenaVec::new(&arena);
    for n in 0..2000_u32 {
        numbers.try_push(n).unwrap();
        if n % 500 == 0 {
            arena.try_alloc(n).unwrap();
        }
    }
    assert!(numbers.iter().copied().eq(0..2000));
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize, u8),
    Extend(usize, usize),
    Pop(usize),
    Truncate(usize, usize),
    Text(usize),
    Format(usize),
    Put,
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0..3_usize;
    prop_oneof![
        8 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Step::Push(at, byte)),
        4 => (at.clone(), 0..40_usize).prop_map(|(at, len)| Step::Extend(at, len)),
        2 => at.clone().prop_map(Step::Pop),
        1 => (at, 0..30_usize).prop_map(|(at, len)| Step::Truncate(at, len)),
        3 => (0..9_usize).prop_map(Step::Text),
        2 => (0..40_usize).prop_map(Step::Format),
        1 => Just(Step::Put),
    ]
}

proptest! {
    /// Three vectors and a string beside each other do what `Vec` and `String` do, until full.
    #[test]
    fn collections_do_what_those_of_std_do(
        bytes in 1..600_usize,
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let arena = Arena::new(bytes).unwrap();
        let mut vectors = [(); 3].map(|()| (ArenaVec::new(&arena), Vec::<u8>::new()));
        let mut text = (ArenaString::new(&arena), String::new());
        for step in steps {
            match step {
                Step::Push(at, byte) => {
                    if vectors[at].0.try_push(byte).is_ok() {
                        vectors[at].1.push(byte);
                    }
                }
                Step::Extend(at, len) => {
                    let more: Vec<u8> = (0..len as u8).collect();
                    if vectors[at].0.try_extend_from_slice(&more).is_ok() {
                        vectors[at].1.extend(more);
                    }
                }
                Step::Pop(at) => prop_assert_eq!(vectors[at].0.pop(), vectors[at].1.pop()),
                Step::Truncate(at, len) => {
                    vectors[at].0.truncate(len);
                    vectors[at].1.truncate(len);
                }
                Step::Text(len) => {
                    let more = &"aé€x!"[..[0, 1, 3, 6, 7, 8][len % 6]];
                    if text.0.try_push_str(more).is_ok() {
                        text.1.push_str(more);
                    }
                }
                Step::Format(width) => {
                    if text.0.try_push_fmt(format_args!("é{width:>width$}é")).is_ok() {
                        text.1.push_str(&format!("é{width:>width$}é"));
                    }
                }
                Step::Put => {
                    let _full = arena.try_alloc(0_u16);
                }
            }
            for (vector, model) in &vectors {
                prop_assert_eq!(&**vector, &**model);
                prop_assert!(vector.capacity() >= vector.len());
            }
            prop_assert_eq!(&*text.0, &*text.1);
            prop_assert!(arena.used() <= bytes);
        }
    }
}
