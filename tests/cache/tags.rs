//! Groups of entries that are forgotten in one step.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shorttail::cache::{
    Cache, ConfigError, Inserted, Load, Lookup, Outcome, RefusedWhy, Tag, Terms, UnknownTag,
};
use shorttail::time::MockClock;

use crate::origin::until;

const LONG: Duration = Duration::from_secs(3_600);

fn tagged(number: u16) -> Terms {
    Terms::new().tag(Tag::new(number))
}

#[test]
fn a_tag_is_forgotten_alone_and_every_time() {
    let cache = Cache::builder(100).tags(3).build().unwrap();
    for round in 0..70_000 {
        for number in 0..3_u16 {
            cache
                .insert_with_terms(number, round, tagged(number))
                .unwrap();
        }
        cache.insert(3, round).unwrap();
        let gone = (round % 3) as u16;
        cache.invalidate_tag(Tag::new(gone)).unwrap();
        for key in 0..4_u16 {
            assert_eq!(
                cache.contains(&key),
                key != gone,
                "round {round}, key {key}"
            );
        }
    }
    cache.invalidate_all();
    assert!((0..4_u16).all(|key| !cache.contains(&key)));
}

#[test]
fn an_entry_has_the_tag_of_its_last_insert() {
    let cache = Cache::builder(10).tags(2).build().unwrap();
    cache.insert_with_terms(1, 'a', tagged(0)).unwrap();
    cache.insert_with_terms(1, 'b', tagged(1)).unwrap();
    cache.invalidate_tag(Tag::new(0)).unwrap();
    assert_eq!(cache.get(&1), Lookup::Fresh('b'));
    cache.insert(1, 'c').unwrap();
    cache.invalidate_tag(Tag::new(1)).unwrap();
    assert_eq!(cache.get(&1), Lookup::Fresh('c'));
}

#[test]
fn a_tag_that_is_none_of_the_caches_is_refused_and_hands_all_back() {
    let cache = Cache::builder(10).tags(2).build().unwrap();
    for number in [2, 65_534, 65_535] {
        let refused = cache.insert_with_terms(1, 'a', tagged(number)).unwrap_err();
        assert_eq!((refused.key, refused.value), (1, 'a'));
        assert_eq!(refused.why, RefusedWhy::UnknownTag);
        cache
            .try_insert_with_terms(1, 'a', tagged(number))
            .unwrap_err();
        let tag = Tag::new(number);
        assert_eq!(cache.invalidate_tag(tag), Err(UnknownTag(tag)));
    }
    let stats = cache.stats();
    assert_eq!((stats.refused, stats.refused_unknown_tag), (6, 6));
    let most = |tags| Cache::<u8, u8>::builder(10).tags(tags).build();
    assert_eq!(most(65_535).unwrap_err(), ConfigError::Tags);
    let cache = most(65_534).unwrap();
    assert_eq!(
        cache.insert_with_terms(1, 1, tagged(65_533)),
        Ok(Inserted::Stored)
    );
    assert!(cache.insert_with_terms(2, 2, tagged(65_534)).is_err());
    assert!(cache.invalidate_tag(Tag::new(65_535)).is_err());
    assert!(cache.contains(&1));
}

#[test]
fn terms_are_kept_together() {
    let clock = Arc::new(MockClock::new());
    let builder = Cache::builder(1).tags(1).ttl(LONG);
    let cache = builder.clock(Arc::clone(&clock)).build().unwrap();
    let terms = tagged(0).ttl(Duration::from_secs(1)).low_trust();
    cache.insert_with_terms(1, 1, terms).unwrap();
    let full = cache.try_insert_with_terms(2, 2, terms).unwrap_err();
    assert_eq!(full.why, RefusedWhy::NoRoom, "low trust");
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.get(&1), Lookup::Miss, "its own time to live");
    assert_eq!(
        cache.try_insert_with_terms(2, 2, tagged(0)),
        Ok(Inserted::Stored)
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.get(&2), Lookup::Fresh(2), "the cache's");
    cache.invalidate_tag(Tag::new(0)).unwrap();
    assert_eq!(cache.get(&2), Lookup::Miss);
}

/// Says when it is asked, and waits to be told. A key's tag is its last digit, 9 for none.
struct Told {
    asked: Mutex<Sender<u16>>,
    told: Mutex<Receiver<u64>>,
}

impl Load<u16, u64> for Told {
    type Error = ();

    fn load(&self, key: &u16) -> Result<Option<u64>, ()> {
        self.asked.lock().unwrap().send(*key).unwrap();
        self.told.lock().unwrap().recv().map(Some).map_err(drop)
    }

    fn tag(&self, key: &u16) -> Option<Tag> {
        (key % 10 != 9).then(|| Tag::new(key % 10))
    }
}

#[test]
fn a_load_of_a_tag_that_is_forgotten_meanwhile_stores_nothing() {
    let (asked, is_asked) = channel();
    let (tell, told) = channel();
    let loader = Told {
        asked: Mutex::new(asked),
        told: Mutex::new(told),
    };
    let builder = Cache::builder(100).tags(3).loader(loader);
    let cache = builder.loader_threads(1).build().unwrap();
    for (key, gone, is_stored) in [
        (10, 0, false),
        (11, 0, true),
        (19, 0, true),
        (12, 2, false),
        (15, 1, false), // there is no such tag
    ] {
        let _ = cache.get_or_load(&key, Duration::ZERO);
        assert_eq!(is_asked.recv().unwrap(), key);
        cache.invalidate_tag(Tag::new(gone)).unwrap();
        tell.send(7).unwrap();
        until(|| cache.stats().loads_active == 0);
        assert_eq!(cache.contains(&key), is_stored, "{key}");
    }
    assert_eq!(cache.stats().superseded, 2);
    assert_eq!(cache.stats().refused_unknown_tag, 1);
    // What was loaded has the tag its loader says.
    cache.invalidate_tag(Tag::new(1)).unwrap();
    assert!(!cache.contains(&11) && cache.contains(&19));
    tell.send(8).unwrap();
    assert_eq!(cache.get_or_load(&11, LONG), Outcome::Fresh(8));
}
