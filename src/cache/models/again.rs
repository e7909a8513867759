//! A key that is removed and stored again, by one writer or by two.

use crate::sync::Arc;
use crate::sync::thread;

use super::{A, get, model, put, remove, tiny};

/// The key comes back into the very slot, perhaps the very lane, that a reader first saw it in.
#[test]
fn remove_and_insert_of_the_same_key_race_a_reader_and_it_sees_a_value_or_none() {
    model(Some(3), || {
        let store = Arc::new(tiny(1, 1));
        put(&store, A, 1).unwrap();
        let reader = {
            let store = Arc::clone(&store);
            thread::spawn(move || get(&store, A, 0))
        };
        remove(&store, A);
        put(&store, A, 2).unwrap();
        let third = put(&store, A, 3);
        let seen = reader.join().unwrap();
        assert!(matches!(seen, None | Some(1..=3)), "{seen:?}");
        let last = if third.is_ok() { 3 } else { 2 };
        assert_eq!(get(&store, A, 0), Some(last));
        remove(&store, A);
        assert_eq!(get(&store, A, 0), None, "it was in one lane");
        assert!(put(&store, A, 4).is_ok(), "nothing stays held");
    });
}

/// One writer removes the key, one stores it again, and a reader looks.
#[test]
fn remove_races_insert_of_the_same_key_and_a_reader_sees_either() {
    model(Some(3), || {
        let store = Arc::new(tiny(1, 1));
        put(&store, A, 1).unwrap();
        let writers = [true, false].map(|removes| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                if removes {
                    remove(&store, A);
                } else {
                    put(&store, A, 2).unwrap();
                }
            })
        });
        let seen = get(&store, A, 0);
        assert!(matches!(seen, None | Some(1 | 2)), "{seen:?}");
        for writer in writers {
            writer.join().unwrap();
        }
        let last = get(&store, A, 0);
        assert!(matches!(last, None | Some(2)), "what was removed: {last:?}");
        if last.is_some() {
            remove(&store, A);
        }
        assert_eq!(get(&store, A, 0), None, "it was in one lane");
    });
}
