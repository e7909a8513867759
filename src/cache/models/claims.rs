//! Who refreshes: the claims beside the slots.

use crate::sync::Arc;
use crate::sync::thread;

use super::super::hash::{KeyHash, Same};
use super::super::slot::NEVER;
use super::super::store::Store;
use super::{A, Tiny, model, put, sizes};

/// A cache with claims.
fn refreshed(capacity: usize, reserve: usize) -> Arc<Tiny> {
    let mut sizes = sizes(capacity, reserve);
    sizes.loads_max = 1;
    Arc::new(Store::new(capacity, 1, sizes))
}

/// The value found, and whether its refresh was claimed.
fn claim(store: &Tiny, hint: usize) -> Option<(u64, bool)> {
    let reading = store.find(KeyHash(A), &Same(&A), hint)?;
    let value = reading.read(|kept| kept.value().copied())?;
    Some((value, reading.claim(0, NEVER)))
}

/// Two readers find an entry stale, and one of them is to refresh it.
#[test]
fn two_readers_race_for_a_refresh_and_one_gets_it() {
    model(Some(3), || {
        let store = refreshed(1, 1);
        put(&store, A, 1).unwrap();
        let other = {
            let store = Arc::clone(&store);
            thread::spawn(move || claim(&store, 0))
        };
        let claims = [claim(&store, 1), other.join().unwrap()];
        let won = claims.iter().flatten().filter(|(_, won)| *won).count();
        assert_eq!(won, 1, "{claims:?}");
        assert_eq!(claim(&store, 0), Some((1, false)), "until it runs out");
    });
}

/// The entry is replaced twice while its refresh is claimed; the second takes the first one's slot.
#[test]
fn claim_races_replace_and_is_of_the_entry_it_was_made_for() {
    model(Some(3), || {
        let store = refreshed(1, 1);
        put(&store, A, 1).unwrap();
        let reader = {
            let store = Arc::clone(&store);
            thread::spawn(move || claim(&store, 0).expect("never removed"))
        };
        put(&store, A, 2).unwrap();
        put(&store, A, 3).ok();
        let (value, claimed) = reader.join().unwrap();
        assert!(claimed, "nobody else claims");
        let (last, won) = claim(&store, 0).expect("never removed");
        assert_eq!(won, value != last, "claimed {value}, then found {last}");
    });
}
