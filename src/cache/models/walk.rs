//! A walk over all entries beside a writer.

use crate::sync::Arc;
use crate::sync::thread;

use super::super::cursor::Cursor;
use super::{A, B, MOMENT, Tiny, get, model, put, remove, tiny};

/// The entries a walk comes by.
fn walk(store: &Tiny) -> Vec<(u64, u64)> {
    let mut cursor = Cursor::default();
    let mut seen = Vec::new();
    while let Some(reading) = cursor.next(store, 0) {
        seen.push(reading.read(|kept| (kept.key, *kept.value().expect("no negatives"))));
    }
    seen
}

/// One key is replaced, and so stays; another is removed, and its slot used again.
#[test]
fn walk_races_replace_and_remove_and_what_stays_comes_up_once() {
    model(Some(3), || {
        let store = Arc::new(tiny(2, 1));
        put(&store, A, 1).unwrap();
        put(&store, B, 9).unwrap();
        let walker = {
            let store = Arc::clone(&store);
            thread::spawn(move || walk(&store))
        };
        put(&store, A, 2).unwrap();
        remove(&store, B);
        put(&store, A, 3).ok();
        let seen = walker.join().unwrap();
        let of = |key| seen.iter().filter(move |entry| entry.0 == key);
        assert_eq!(of(A).count(), 1, "{seen:?}");
        assert!(of(A).all(|entry| (1..=3).contains(&entry.1)), "{seen:?}");
        assert!(of(B).all(|entry| entry.1 == 9) && of(B).count() < 2);
        assert!(put(&store, A, 4).is_ok(), "nothing stays held");
    });
}

/// A removal of what has value 1 finds it while it is replaced, and takes nothing newer.
#[test]
fn removal_of_what_matches_races_replace_and_leaves_the_newer() {
    model(Some(3), || {
        let store = Arc::new(tiny(1, 1));
        put(&store, A, 1).unwrap();
        let remover = {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut cursor = Cursor::default();
                while let Some((_, place)) = cursor.advance(&store) {
                    let shard = &store.shards[0];
                    let Some(reading) = store.reading(shard, shard.index.lane(place), 0) else {
                        continue;
                    };
                    if reading.read(|kept| kept.value() == Some(&1)) {
                        store.locked(shard, MOMENT, |locked| {
                            if let Some(at) = locked.at(place, reading.number()) {
                                locked.remove(at);
                            }
                        });
                    }
                }
            })
        };
        put(&store, A, 2).unwrap();
        let third = put(&store, A, 3);
        remover.join().unwrap();
        let last = if third.is_ok() { 3 } else { 2 };
        assert_eq!(get(&store, A, 0), Some(last));
    });
}
