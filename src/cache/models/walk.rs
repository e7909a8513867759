//! A walk over all entries beside a writer.

use loom::sync::Arc;
use loom::thread;

use super::super::cursor::Cursor;
use super::{A, B, Tiny, model, put, remove, tiny};

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
    model(Some(2), || {
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
