//! User code that panics on a loader thread: the thread goes on, and every load lands.

use std::future::Future;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use shorttail::cache::{Cache, Load, Miss, Outcome, Tag};
use shorttail::limit::Breaker;
use shorttail::time::Clock;

use super::origin::{LONG, SECOND, until};

fn on_a_loader_thread() -> bool {
    std::thread::current().name() == Some("cache-loader")
}

/// A value whose drop panics if it is armed; clones are not.
pub(crate) struct Grumpy(pub(crate) bool);

impl Clone for Grumpy {
    fn clone(&self) -> Self {
        Self(false)
    }
}

impl Drop for Grumpy {
    fn drop(&mut self) {
        assert!(!self.0 || std::thread::panicking(), "dropped");
    }
}

struct Calm;

impl<K> Load<K, Grumpy> for Calm {
    type Error = ();
    fn load(&self, _: &K) -> Result<Option<Grumpy>, ()> {
        Ok(Some(Grumpy(false)))
    }
}

#[test]
fn a_panic_in_the_drop_of_another_entry_leaves_loads_working() {
    let cache = Cache::builder(2).reserve(1).loader(Calm).loads_max(4);
    let cache = cache.loader_threads(2).build().unwrap();
    for key in 0..6 {
        let insert = || drop(cache.insert(key, Grumpy(true)));
        catch_unwind(AssertUnwindSafe(insert)).ok();
    }
    for key in 100..110 {
        assert!(cache.get_or_load(&key, LONG).is_fresh());
    }
    until(|| cache.stats().loads_active == 0);
    // One of the armed may still be there.
    catch_unwind(AssertUnwindSafe(|| drop(cache))).ok();
}

#[test]
fn a_panic_in_the_drop_of_the_loaded_value_leaves_loads_working() {
    struct Armed;
    impl Load<u32, Grumpy> for Armed {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<Grumpy>, ()> {
            Ok(Some(Grumpy(true)))
        }
    }
    let cache = Cache::builder(1).reserve(1).loader(Armed).loads_max(2);
    let cache = cache.loader_threads(1).build().unwrap();
    cache.insert(0, Grumpy(false)).unwrap();
    cache.with(&0, |_| {
        cache.insert(0, Grumpy(false)).unwrap(); // the one spare slot is held
        for key in 1..20 {
            assert!(
                cache.get_or_load(&key, LONG).is_fresh(),
                "refused, dropped, told"
            );
        }
    });
    until(|| cache.stats().loads_active == 0);
}

/// A key that cannot be hashed, or not be compared, on a loader thread.
#[derive(Clone)]
struct Key<'a>(u32, &'a AtomicBool, &'a AtomicBool);

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let breaks = self.1.load(Ordering::Relaxed);
        assert!(!(breaks && on_a_loader_thread()), "hash");
        self.0.hash(state);
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        let breaks = self.2.load(Ordering::Relaxed);
        assert!(!(breaks && on_a_loader_thread()), "eq");
        self.0 == other.0
    }
}

impl Eq for Key<'_> {}

#[test]
fn a_panic_in_hash_or_eq_on_a_loader_thread_lands_the_load() {
    static HASH: AtomicBool = AtomicBool::new(false);
    static EQ: AtomicBool = AtomicBool::new(false);
    let cache = Cache::builder(10)
        .loader(Calm)
        .loads_max(4)
        .loader_threads(2);
    let cache = cache.build().unwrap();
    let key = |number| Key(number, &HASH, &EQ);
    HASH.store(true, Ordering::Relaxed);
    assert!(
        cache.get_or_load(&key(1), LONG).is_fresh(),
        "loader threads do not hash"
    );
    cache.insert(key(2), Grumpy(false)).unwrap();
    cache.invalidate_all(); // key 2 is there, to be compared, and not fresh
    EQ.store(true, Ordering::Relaxed);
    for _ in 0..10 {
        let outcome = cache.get_or_load(&key(2), LONG);
        assert!(matches!(outcome, Outcome::Miss(Miss::LoaderPanicked)));
    }
    EQ.store(false, Ordering::Relaxed);
    assert!(cache.get_or_load(&key(2), LONG).is_fresh());
    until(|| cache.stats().loads_active == 0);
}

#[test]
fn a_clock_that_panics_on_a_loader_thread_lands_the_load() {
    #[derive(Default)]
    struct Broken(AtomicU64);
    impl Clock for &Broken {
        fn now_ns(&self) -> u64 {
            assert!(
                !on_a_loader_thread() || self.0.load(Ordering::Relaxed) > 0,
                "clock"
            );
            self.0.load(Ordering::Relaxed)
        }
    }
    let clock: &'static Broken = Box::leak(Box::default());
    let cache = Cache::builder(10).clock(clock).loader(Calm).loads_max(2);
    let cache = cache.loader_threads(1).build().unwrap();
    for _ in 0..10 {
        let outcome = cache.get_or_load(&1, LONG);
        assert!(matches!(outcome, Outcome::Miss(Miss::LoaderPanicked)));
    }
    clock.0.store(1, Ordering::Relaxed);
    assert!(cache.get_or_load(&1, LONG).is_fresh());
}

#[test]
fn a_weigher_that_panics_on_a_load_is_a_failed_load() {
    let breaker = Breaker::builder().calls(4).build().unwrap();
    let weigher = |key: &u32, _: &Grumpy| {
        assert!(*key > 9, "too light to say");
        1
    };
    let builder = Cache::builder(256).weight_max(1_000, weigher).loader(Calm);
    let builder = builder.error_backoff(SECOND).breaker(breaker);
    let cache = builder.loader_threads(1).build().unwrap();
    let is = |key, why| {
        let outcome = cache.get_or_load(&key, LONG);
        assert!(matches!(outcome, Outcome::Miss(miss) if miss == why));
    };
    assert!(cache.get_or_load(&10, LONG).is_fresh());
    is(1, Miss::LoaderPanicked);
    is(1, Miss::BackingOff);
    assert!(cache.get_or_load(&11, LONG).is_fresh());
    assert_eq!(cache.stats().breaker_opened, 0);
    is(2, Miss::LoaderPanicked);
    assert_eq!(cache.stats().breaker_opened, 1, "two of four failed");
    until(|| cache.stats().loads_active == 0);
    let stats = cache.stats();
    assert_eq!((stats.loads_started, stats.loads_done), (4, 2));
    assert_eq!((stats.loads_panicked, stats.loads_failed), (2, 0));
}

#[test]
fn a_tag_that_panics_is_a_failed_load_and_the_key_rests() {
    struct Untagged;
    impl Load<u32, u32> for Untagged {
        type Error = ();
        fn load(&self, key: &u32) -> Result<Option<u32>, ()> {
            Ok(Some(*key))
        }
        fn tag(&self, key: &u32) -> Option<Tag> {
            assert!(*key > 9, "too small for a tag");
            None
        }
    }
    let builder = Cache::builder(10).loader(Untagged).error_backoff(SECOND);
    let cache = builder.loader_threads(1).build().unwrap();
    let panicked = Outcome::Miss(Miss::LoaderPanicked);
    assert_eq!(cache.get_or_load(&1, LONG), panicked);
    assert_eq!(cache.get_or_load(&1, LONG), Outcome::Miss(Miss::BackingOff));
    assert_eq!(cache.get_or_load(&10, LONG), Outcome::Fresh(10));
    until(|| cache.stats().loads_active == 0);
    let stats = cache.stats();
    assert_eq!((stats.loads_panicked, stats.loads_done), (1, 1));
}

#[test]
fn a_panic_that_throws_a_panicking_value_lands_the_load() {
    struct Thrower;
    impl Load<u32, u32> for Thrower {
        type Error = ();
        fn load(&self, _: &u32) -> Result<Option<u32>, ()> {
            panic_any(Grumpy(true))
        }
    }
    let cache = Cache::builder(10)
        .loader(Thrower)
        .loads_max(2)
        .loader_threads(1);
    let cache = cache.build().unwrap();
    for _ in 0..10 {
        let outcome = cache.get_or_load(&1, LONG);
        assert_eq!(outcome, Outcome::Miss(Miss::LoaderPanicked));
    }
}

struct Loud;

impl Wake for Loud {
    fn wake(self: Arc<Self>) {
        panic!("woken");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_waiting_for_a_closed_cache() {
    let (cache, origin, _) = super::origin::set_up(|builder| builder.loads_max(4));
    let waker = Waker::from(Arc::new(Loud));
    let mut loud: Vec<_> = [1, 3]
        .map(|key| Box::pin(cache.get_or_load_async(&key)))
        .into();
    for future in &mut loud {
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    let callers = [2, 4].map(|key| {
        let cache = Arc::clone(&cache);
        std::thread::spawn(move || cache.get_or_load(&key, LONG))
    });
    until(|| cache.stats().loads_active == 4);
    cache.close();
    for caller in callers {
        assert_eq!(caller.join().unwrap(), Outcome::Miss(Miss::Closed));
    }
    for future in loud {
        let polled = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(Outcome::Miss(Miss::Closed)));
    }
    for key in 1..=4 {
        origin.answer(key, super::origin::Answer::Nothing);
    }
}

#[test]
fn a_waker_that_panics_leaves_loads_working() {
    let (cache, origin, _) = super::origin::set_up(|builder| builder.loader_threads(1));
    let waker = Waker::from(Arc::new(Loud));
    let mut future = pin!(cache.get_or_load_async(&1));
    let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    origin.answer(1, super::origin::Answer::Value(11));
    origin.answer(2, super::origin::Answer::Value(22));
    assert_eq!(cache.get_or_load(&2, LONG), Outcome::Fresh(22));
    let polled = future.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Outcome::Fresh(11)));
}
