//! A load beside what ends it before it returns: somebody cancels it, or its lease ends and a
//! successor has the key.

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
use super::{A, model};
use crate::time::{Clock, Deadline};

const LEASE_NS: u64 = 1_000;

/// The same in all schedules.
type State = BuildHasherDefault<DefaultHasher>;

#[derive(Clone)]
struct Hands(Arc<AtomicU64>);

impl Clock for Hands {
    fn now_ns(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// The first load brings 1, and takes as long as its lease if it `hangs`; the next brings 2.
struct Source {
    calls: AtomicU64,
    hands: Hands,
    hangs: bool,
}

impl Load<u64, u64> for Source {
    type Error = ();

    fn load(&self, _: &u64) -> Result<Option<u64>, ()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if self.hangs && call == 1 {
            self.hands.0.fetch_add(LEASE_NS, Ordering::SeqCst);
        }
        Ok(Some(call))
    }
}

type Small = Cache<u64, u64, Source, State, Hands>;
type Runner = LoadRunner<u64, u64, Source, State, Hands>;

/// A cache with a load that is queued.
fn loading(hangs: bool) -> (Arc<Small>, Runner) {
    let hands = Hands(Arc::new(AtomicU64::new(1)));
    let source = Source {
        calls: AtomicU64::new(0),
        hands: hands.clone(),
        hangs,
    };
    let builder = Cache::builder(1).reserve(1).hasher(State::default());
    let builder = builder.clock(hands).loader(source).loads_max(2);
    let lease = Duration::from_nanos(LEASE_NS);
    let (cache, loads) = builder.lease(lease).build_manual().unwrap();
    let started = Outcome::Miss(Miss::LoadStarted);
    assert_eq!(cache.get_or_load(&A, Duration::ZERO), started);
    (Arc::new(cache), loads)
}

/// One that is cancelled, before it is taken up, while it runs or as it ends, stores nothing; one
/// that is not is stored.
#[test]
fn cancel_load_races_the_load_and_what_it_brings_is_stored_or_it_was_cancelled() {
    model(Some(3), || {
        let (cache, loads) = loading(false);
        let runner = thread::spawn(move || {
            assert!(loads.run_one());
            loads
        });
        let cancelled = cache.cancel_load(&A);
        let loads = runner.join().unwrap();
        let left = match cancelled {
            true => Lookup::Miss,
            false => Lookup::Fresh(1),
        };
        assert_eq!(cache.get(&A), left);
        assert_eq!(cache.core.loads.flights.active(), 0);
        drop(loads);
    });
}

/// Who waits for a load that is cancelled wakes, whatever becomes of the load.
#[test]
fn cancel_load_races_a_waiter_and_it_wakes() {
    model(Some(3), || {
        let (cache, loads) = loading(false);
        let waits = {
            let cache = Arc::clone(&cache);
            thread::spawn(move || {
                let core = &cache.core;
                let (hash, trust, patient) = (core.hash(&A), Trust::Full, true);
                match core.begin(hash, &A, Ask { trust, patient }) {
                    Begun::Joined(hold) => {
                        let waiters = &hold.flight().waiters;
                        let said = waiters.wait(Deadline::NEVER, || core.result(&hold, hash));
                        assert_eq!(said.ok(), Some(Outcome::Miss(Miss::LoadCancelled)));
                    }
                    Begun::Started(_) => {} // it came after
                    _ => panic!("neither joined nor began"),
                }
            })
        };
        assert!(cache.cancel_load(&A));
        waits.join().unwrap();
        drop(loads);
    });
}

/// A caller that finds the lease over begins a successor: only that one's value is kept, whichever
/// of the two ends first.
#[test]
fn successor_races_the_load_that_hung_and_only_the_newer_value_is_kept() {
    model(Some(3), || {
        let (cache, loads) = loading(true);
        let loads = Arc::new(loads);
        let hung = {
            let loads = Arc::clone(&loads);
            thread::spawn(move || loads.run_one())
        };
        let begun = cache.get_or_load(&A, Duration::ZERO);
        let has_successor = begun == Outcome::Miss(Miss::LoadStarted);
        if has_successor {
            assert!(loads.run_one());
        }
        hung.join().unwrap();
        let newest = if has_successor { 2 } else { 1 };
        assert_eq!(cache.get(&A), Lookup::Fresh(newest), "{begun:?}");
        assert_eq!(cache.core.loads.flights.active(), 0);
    });
}
