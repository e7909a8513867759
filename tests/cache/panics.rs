//! Panics of user code with something in hand: what is dropped where, and who is told.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, Load, Lookup, Outcome};

use crate::broken_loads::Grumpy;
use crate::origin::LONG;

thread_local! {
    /// Whether keys refuse to be compared here.
    static ODD: Cell<bool> = const { Cell::new(false) };
}

/// A key that panics where it is compared, in an odd thread.
#[derive(Clone)]
struct Key(u32);

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        assert!(!ODD.get(), "not comparable");
        self.0 == other.0
    }
}

impl Eq for Key {}

/// A value that writes to the cache it is meant for when it is dropped, and says whether it could.
struct Caller {
    cache: Weak<OnceLock<Cache<Key, Self>>>,
    could: Sender<bool>,
}

impl Drop for Caller {
    fn drop(&mut self) {
        if let Some(cache) = self.cache.upgrade() {
            let odd = ODD.replace(false);
            let told = cache.get().unwrap().try_remove(&Key(99));
            ODD.set(odd);
            self.could.send(told.is_ok()).unwrap();
        }
    }
}

#[test]
fn what_a_panic_in_eq_kept_from_being_stored_is_dropped_without_the_lock() {
    let shared = Arc::new(OnceLock::new());
    let cache = shared.get_or_init(|| Cache::builder(8).build().unwrap());
    let (could, told) = channel();
    let value = || Caller {
        cache: Arc::downgrade(&shared),
        could: could.clone(),
    };
    assert!(cache.insert(Key(1), value()).is_ok());
    ODD.set(true);
    let insert = || drop(cache.insert(Key(1), value()));
    catch_unwind(AssertUnwindSafe(insert)).unwrap_err();
    ODD.set(false);
    assert_eq!(told.recv(), Ok(true), "the lock was let go of before");
}

/// Gives a value that says whether it could write to the cache.
struct Gives {
    cache: Weak<OnceLock<Cache<Key, Writes, Self>>>,
    could: Mutex<Sender<bool>>,
}

/// Makes its thread odd once it is loaded, and writes to the cache where it is dropped.
struct Writes {
    cache: Weak<OnceLock<Cache<Key, Self, Gives>>>,
    could: Option<Sender<bool>>,
}

impl Clone for Writes {
    fn clone(&self) -> Self {
        ODD.set(self.could.is_some());
        Self {
            cache: Weak::new(),
            could: None,
        }
    }
}

impl Drop for Writes {
    fn drop(&mut self) {
        let cache = self.cache.upgrade();
        if let (Some(cache), Some(could)) = (cache, &self.could) {
            ODD.set(false);
            let told = cache.get().unwrap().try_remove(&Key(99));
            could.send(told.is_ok()).unwrap();
        }
    }
}

impl Load<Key, Writes> for Gives {
    type Error = ();
    fn load(&self, _: &Key) -> Result<Option<Writes>, ()> {
        // Meanwhile somebody stores the key, so that there is one to compare with.
        let cache = self.cache.upgrade().expect("the cache is in use");
        let could = Some(self.could.lock().unwrap().clone());
        Ok(Some(Writes {
            cache: Arc::downgrade(&cache),
            could,
        }))
    }
}

#[test]
fn what_a_loader_thread_could_not_store_for_a_panic_is_dropped_without_the_lock() {
    let (could, told) = channel();
    let shared: Arc<OnceLock<Cache<Key, Writes, Gives>>> = Arc::default();
    let loader = Gives {
        cache: Arc::downgrade(&shared),
        could: Mutex::new(could),
    };
    let build = || Cache::builder(8).stale_window(LONG).loader(loader).build();
    let cache = shared.get_or_init(|| build().unwrap());
    let plain = Writes {
        cache: Weak::new(),
        could: None,
    };
    assert!(cache.insert(Key(1), plain).is_ok());
    assert!(cache.expire(&Key(1)), "to be refreshed, and compared with");
    let seen = cache.get_or_load(&Key(1), LONG);
    assert!(matches!(seen, Outcome::Stale { .. }));
    assert_eq!(told.recv(), Ok(true), "the lock was let go of before");
}

/// Says that it was asked, and then waits.
struct Waits(Mutex<(Sender<()>, Receiver<()>)>);

impl Load<u32, Grumpy> for Waits {
    type Error = ();
    fn load(&self, _: &u32) -> Result<Option<Grumpy>, ()> {
        let (asked, go_on) = &*self.0.lock().unwrap();
        asked.send(()).unwrap();
        go_on.recv().ok();
        Ok(None)
    }
}

#[test]
fn who_waits_for_a_load_is_woken_by_an_insert_whose_drop_of_another_entry_panics() {
    let (asked, is_asked) = channel();
    let (release, go_on) = channel();
    let loader = Waits(Mutex::new((asked, go_on)));
    let builder = Cache::builder(1).reserve(2).loader(loader);
    let cache = Arc::new(builder.build().unwrap());
    cache.insert(1, Grumpy(true)).unwrap();
    let (tell, told) = channel();
    let waiter = thread::spawn({
        let cache = Arc::clone(&cache);
        move || tell.send(cache.get_or_load(&2, LONG)).unwrap()
    });
    is_asked.recv().unwrap();
    let insert = || drop(cache.insert(2, Grumpy(false)));
    catch_unwind(AssertUnwindSafe(insert)).unwrap_err();
    // A bound instead of a hang: until the load is let go, nothing else wakes it.
    let outcome = told.recv_timeout(Duration::from_secs(60));
    release.send(()).unwrap();
    waiter.join().unwrap();
    assert!(matches!(outcome, Ok(Outcome::Fresh(_))), "not woken");
}

#[test]
fn a_drop_that_panics_as_the_cache_goes_keeps_no_other_entry_from_its_drop() {
    #[allow(dead_code)] // The second is counted by its drops.
    struct Counted(bool, Arc<()>);
    impl Drop for Counted {
        fn drop(&mut self) {
            assert!(!self.0, "dropped");
        }
    }
    for odd in [0, 500, 999] {
        let token = Arc::new(());
        let cache = Cache::builder(2_048).shards(2).build().unwrap();
        for key in 0..1_000 {
            let value = Counted(key == odd, Arc::clone(&token));
            assert!(cache.insert(key, value).is_ok());
        }
        cache.remove(&(odd + 1)); // one that waits for its drop, or is free
        catch_unwind(AssertUnwindSafe(|| drop(cache))).unwrap_err();
        assert_eq!(Arc::strong_count(&token), 1, "all were dropped");
    }
}

/// Every write moves the value a few times: as large a one as this is better boxed, but stored.
#[test]
fn values_of_128_kib_are_stored_from_a_thread_with_a_stack_of_2_mib() {
    type Large = [u8; 128 << 10];
    let work = || {
        let builder = Cache::<u32, Large>::builder(2).reserve(2);
        let cache = builder.build().unwrap();
        for key in 0..8 {
            assert!(cache.insert(key, [key as u8; 128 << 10]).is_ok());
            assert!(cache.try_insert(key, [!key as u8; 128 << 10]).is_ok());
            cache.with(&key, |found| match found {
                Lookup::Fresh(value) => assert_eq!(value[77], !key as u8),
                _ => panic!("just stored"),
            });
            assert!(key % 2 == 0 || cache.remove(&key));
        }
    };
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread.unwrap().join().unwrap();
}
