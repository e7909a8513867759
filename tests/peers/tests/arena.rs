//! hashbrown's map in an arena, through `allocator-api2`, beside the standard library's.

use std::collections::HashMap as Model;
use std::hash::RandomState;

use hashbrown::HashMap;
use proptest::prelude::*;
use shorttail::arena::{Arena, ArenaPool};

/// A map in an arena. Its calls that can fail come before those that cannot.
type Map<'a> = HashMap<&'a str, u64, RandomState, &'a Arena>;

/// Puts the pair in, or, if the arena is full, neither of the two.
fn try_insert<'a>(map: &mut Map<'a>, arena: &'a Arena, key: &str, value: u64) -> bool {
    if let Some(known) = map.get_mut(key) {
        *known = value;
        return true;
    }
    if map.try_reserve(1).is_err() {
        return false;
    }
    let Ok(key) = arena.try_alloc_str(key) else {
        return false;
    };
    map.insert(&*key, value);
    true
}

fn same(map: &Map<'_>, model: &Model<String, u64>) {
    assert_eq!(map.len(), model.len());
    for (key, value) in model {
        assert_eq!(map.get(key.as_str()), Some(value));
    }
}

proptest! {
    /// Inserts, replacements, removals and shrinking, past the point where the arena is full.
    #[test]
    fn a_map_does_what_the_standard_librarys_does(
        bytes in 1..20_000_usize,
        steps in prop::collection::vec((0..8_u8, 0..300_u32, any::<u64>()), 0..800),
    ) {
        let arena = Arena::new(bytes).unwrap();
        let mut map = Map::with_hasher_in(RandomState::new(), &arena);
        let mut model = Model::new();
        for (step, key, value) in steps {
            let key = format!("key {key}");
            match step {
                0 => assert_eq!(map.remove(key.as_str()), model.remove(&key)),
                1 if value % 32 == 0 => {
                    map.clear();
                    model.clear();
                }
                _ => {
                    if try_insert(&mut map, &arena, &key, value) {
                        model.insert(key, value);
                    }
                }
            }
            prop_assert!(arena.used() <= bytes);
        }
        same(&map, &model);
    }
}

#[test]
fn a_full_arena_is_an_error_and_the_map_keeps_what_it_has() {
    let arena = Arena::new(4096).unwrap();
    let mut map = Map::with_hasher_in(RandomState::new(), &arena);
    let mut model = Model::new();
    for number in 0.. {
        let key = number.to_string();
        if !try_insert(&mut map, &arena, &key, number) {
            break;
        }
        model.insert(key, number);
    }
    assert!(model.len() > 20, "{}", model.len());
    assert!(map.try_reserve(1000).is_err());
    same(&map, &model);
}

/// One arena, request after request: a map takes the same bytes each time, and the last request's
/// are there again.
#[test]
fn a_pooled_arena_serves_one_map_after_the_other() {
    let pool = ArenaPool::new(1, 16 * 1024).unwrap();
    let mut used = Vec::new();
    for _ in 0..100 {
        let arena = pool.try_acquire().unwrap();
        let mut map = Map::with_hasher_in(RandomState::new(), &arena);
        for number in 100..200 {
            assert!(try_insert(&mut map, &arena, &number.to_string(), number));
        }
        used.push(arena.used());
    }
    // All but the padding is the same from one to the next, and the arena's place is too.
    assert!(used.iter().all(|bytes| *bytes == used[0]), "{used:?}");
}
