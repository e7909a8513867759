//! A load beside what makes its answer old, and beside the end of those who run loads.

use core::hash::BuildHasherDefault;
use core::time::Duration;
use std::hash::DefaultHasher;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::thread;

use super::super::answer::{Miss, Outcome};
use super::super::ask::{Ask, Trust};
use super::super::begin::Begun;
use super::super::handle::Cache;
use super::super::load::Load;
use super::super::load_runner::LoadRunner;
use super::super::outcome::Lookup;
use super::super::tag::Tag;
use super::{A, model};
use crate::time::{Clock, Deadline};

/// The same in all schedules.
type State = BuildHasherDefault<DefaultHasher>;

struct Still;

impl Clock for Still {
    fn now_ns(&self) -> u64 {
        1
    }
}

/// A source whose value somebody changes.
struct Source(Arc<AtomicU64>);

impl Load<u64, u64> for Source {
    type Error = ();

    fn load(&self, _: &u64) -> Result<Option<u64>, ()> {
        Ok(Some(self.0.load(Ordering::SeqCst)))
    }

    fn tag(&self, _: &u64) -> Option<Tag> {
        Some(Tag::new(0))
    }
}

type Small = Cache<u64, u64, Source, State, Still>;

fn small(source: &Arc<AtomicU64>) -> (Small, LoadRunner<u64, u64, Source, State, Still>) {
    let builder = Cache::builder(1)
        .reserve(1)
        .tags(1)
        .hasher(State::default());
    let builder = builder.clock(Still).loader(Source(Arc::clone(source)));
    builder.loads_max(1).build_manual().unwrap()
}

/// A load runs while its source changes and `fence` says so.
fn race(fence: impl Fn(&Small) + Sync + Send + 'static) {
    model(Some(3), move || {
        let source = Arc::new(AtomicU64::new(1));
        let (cache, loads) = small(&source);
        let started = Outcome::Miss(Miss::LoadStarted);
        assert_eq!(cache.get_or_load(&A, Duration::ZERO), started);
        let runner = thread::spawn(move || {
            loads.run_one();
            loads
        });
        source.store(2, Ordering::SeqCst);
        fence(&cache);
        let is_new = |seen| matches!(seen, Lookup::Miss | Lookup::Fresh(2));
        assert!(is_new(cache.get(&A)));
        drop(runner.join().unwrap());
        assert!(is_new(cache.get(&A)));
    });
}

#[test]
fn remove_races_a_load_and_what_was_read_before_is_not_stored() {
    race(|cache| {
        cache.remove(&A);
    });
}

#[test]
fn insert_and_expire_race_a_load_and_what_was_read_before_is_not_stored() {
    race(|cache| {
        cache.insert(A, 2).ok(); // refused if the load has the only entry's slots
    });
    race(|cache| {
        cache.expire(&A);
    });
}

#[test]
fn invalidations_race_a_load_and_what_was_read_before_is_not_served() {
    race(|cache| cache.invalidate_tag(Tag::new(0)).unwrap());
    race(Cache::invalidate_all);
}

/// The last of those who run loads goes while a caller asks for one: the caller does not wait.
#[test]
fn last_runner_goes_while_a_caller_asks_and_it_is_told() {
    model(Some(3), || {
        let source = Arc::new(AtomicU64::new(1));
        let (cache, loads) = small(&source);
        let cache = Arc::new(cache);
        // Not the model's own thread, which loom lets nobody unpark while it joins.
        let asks = {
            let cache = Arc::clone(&cache);
            thread::spawn(move || {
                let core = &cache.core;
                let (hash, trust, patient) = (core.hash(&A), Trust::Full, true);
                match core.begin(hash, &A, Ask { trust, patient }) {
                    Begun::Started(hold) | Begun::Joined(hold) => {
                        let waiters = &hold.flight().waiters;
                        let said = waiters.wait(Deadline::NEVER, || core.result(&hold, hash));
                        assert_eq!(said.ok(), Some(Outcome::Miss(Miss::Closed)));
                    }
                    begun => assert!(matches!(begun, Begun::Closed)),
                }
            })
        };
        drop(loads);
        asks.join().unwrap();
        assert_eq!(cache.core.loads.flights.active(), 0);
    });
}
