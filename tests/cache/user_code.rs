//! `Clone`, `Drop`, `Hash` and `Eq` that panic, call back or stand still.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use shorttail::cache::{Cache, Inserted, Load, Lookup, Miss, Outcome, Tag, Terms};

#[test]
fn a_panic_in_clone_lets_go_of_the_entry() {
    struct Bomb(Arc<AtomicBool>);
    impl Clone for Bomb {
        fn clone(&self) -> Self {
            assert!(!self.0.load(Ordering::Relaxed), "no clones today");
            Self(Arc::clone(&self.0))
        }
    }
    let armed = Arc::new(AtomicBool::new(true));
    let cache = Cache::builder(2).reserve(1).build().unwrap();
    cache.insert(1, Bomb(Arc::clone(&armed))).unwrap();
    for _ in 0..200 {
        catch_unwind(AssertUnwindSafe(|| drop(cache.get(&1)))).unwrap_err();
    }
    armed.store(false, Ordering::Relaxed);
    assert!(cache.get(&1).fresh().is_some());
    for _ in 0..10 {
        let told = cache.insert(1, Bomb(Arc::clone(&armed))).unwrap();
        assert_eq!(told, Inserted::Replaced, "no slot stayed held");
    }
}

/// A value whose clone and drop call the cache it is in.
struct Caller {
    cache: Weak<OnceLock<Cache<u32, Self>>>,
    dropped: Arc<AtomicUsize>,
}

impl Caller {
    fn call(&self) {
        if let Some(cache) = self.cache.upgrade() {
            let cache = cache.get().unwrap();
            cache.with(&7, |_| ());
            cache.remove(&9);
            let silent = Self {
                cache: Weak::new(),
                dropped: Arc::clone(&self.dropped),
            };
            drop(cache.insert(9, silent));
        }
    }
}

impl Clone for Caller {
    fn clone(&self) -> Self {
        self.call();
        Self {
            cache: Weak::new(),
            dropped: Arc::clone(&self.dropped),
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        self.call();
    }
}

#[test]
fn clone_and_drop_may_call_the_cache() {
    let shared = Arc::new(OnceLock::new());
    shared.get_or_init(|| Cache::builder(4).reserve(2).build().unwrap());
    let cache = shared.get().unwrap();
    let dropped = Arc::new(AtomicUsize::new(0));
    let value = || Caller {
        cache: Arc::downgrade(&shared),
        dropped: Arc::clone(&dropped),
    };
    let mut cloned = 0;
    for key in 0..100 {
        assert!(cache.insert(key, value()).is_ok());
        cloned += usize::from(cache.get(&key).fresh().is_some());
    }
    assert!(
        cloned > 50,
        "values dropped by an insert may push its key out: {cloned}"
    );
    assert!(dropped.load(Ordering::Relaxed) > 150);
}

#[test]
fn a_panic_in_drop_leaves_the_cache_whole() {
    struct Grumpy(bool);
    impl Drop for Grumpy {
        fn drop(&mut self) {
            assert!(!self.0 || thread::panicking(), "dropped");
        }
    }
    let cache = Cache::builder(2).reserve(1).build().unwrap();
    let mut panics = 0;
    for key in 0..50 {
        let insert = || drop(cache.insert(key, Grumpy(true)));
        panics += usize::from(catch_unwind(AssertUnwindSafe(insert)).is_err());
        assert!(cache.contains(&key), "the insert was done before the drop");
    }
    assert!(panics > 40);
    assert_eq!(cache.len(), 2);
    let leave = || {
        for key in 0..50 {
            cache.remove(&key);
        }
        while cache.maintain(10).dropped > 0 {}
    };
    while catch_unwind(AssertUnwindSafe(leave)).is_err() {}
    cache.insert(1, Grumpy(false)).unwrap();
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_clone_that_stands_still_holds_up_nobody() {
    struct Slow {
        entered: Mutex<Sender<()>>,
        go_on: Arc<Mutex<Receiver<()>>>,
    }
    impl Clone for Slow {
        fn clone(&self) -> Self {
            self.entered.lock().unwrap().send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            Self {
                entered: Mutex::new(self.entered.lock().unwrap().clone()),
                go_on: Arc::clone(&self.go_on),
            }
        }
    }
    let (entered, has_entered) = channel();
    let (release, go_on) = channel();
    let cache = Arc::new(Cache::builder(8).build().unwrap());
    let go_on = Arc::new(Mutex::new(go_on));
    let value = || Slow {
        entered: Mutex::new(entered.clone()),
        go_on: Arc::clone(&go_on),
    };
    cache.insert(0, value()).unwrap();
    let reader = thread::spawn({
        let cache = Arc::clone(&cache);
        move || cache.get(&0).fresh().is_some()
    });
    has_entered.recv().unwrap();
    for key in 0..1_000 {
        cache.insert(key % 20, value()).unwrap();
        assert!(cache.with(&(key % 20), |found| found.value().is_some()));
    }
    release.send(()).unwrap();
    assert!(reader.join().unwrap());
}

#[test]
fn a_panic_in_eq_or_hash_leaves_the_cache_whole() {
    struct Key(u32, bool);
    impl std::hash::Hash for Key {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            assert!(!self.1 && !other.1, "not comparable");
            self.0 == other.0
        }
    }
    impl Eq for Key {}
    #[derive(Clone, Default)]
    struct One;
    impl std::hash::BuildHasher for One {
        type Hasher = Self;
        fn build_hasher(&self) -> Self {
            Self
        }
    }
    impl std::hash::Hasher for One {
        fn write(&mut self, _: &[u8]) {}
        fn finish(&self) -> u64 {
            1
        }
    }
    let cache = Cache::builder(8).hasher(One).build().unwrap();
    cache.insert(Key(1, false), 'a').unwrap();
    for _ in 0..100 {
        let odd = || drop(cache.insert(Key(1, true), 'b'));
        catch_unwind(AssertUnwindSafe(odd)).unwrap_err();
        let odd = || cache.get(&Key(1, true)).value().is_some();
        catch_unwind(AssertUnwindSafe(odd)).unwrap_err();
    }
    assert_eq!(cache.get(&Key(1, false)), Lookup::Fresh('a'));
    assert_eq!(cache.insert(Key(2, false), 'c'), Ok(Inserted::Stored));
    assert_eq!(cache.len(), 2);
}

/// A key whose hash stands still once, if it has a gate.
#[derive(Clone)]
struct Stops(u32, Arc<Gate>);

type Gate = Mutex<Option<(Sender<()>, Receiver<()>)>>;

impl std::hash::Hash for Stops {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let gate = self.1.lock().unwrap().take();
        if let Some((entered, go_on)) = gate {
            entered.send(()).unwrap();
            go_on.recv().unwrap();
        }
        self.0.hash(state);
    }
}

impl PartialEq for Stops {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Stops {}

/// Inserts "from before", and in the middle of that does `meanwhile`.
fn insert_across<L>(
    cache: &Cache<Stops, &'static str, L>,
    (key, tag): (u32, u16),
    meanwhile: impl FnOnce(),
) -> Inserted
where
    L: Load<Stops, &'static str>,
    Cache<Stops, &'static str, L>: Sync,
{
    let (entered, has_entered) = channel();
    let (release, go_on) = channel();
    let key = Stops(key, Arc::new(Mutex::new(Some((entered, go_on)))));
    thread::scope(|scope| {
        let terms = Terms::new().tag(Tag::new(tag));
        let insert = scope.spawn(move || cache.insert_with_terms(key, "from before", terms).ok());
        has_entered.recv().unwrap();
        meanwhile();
        release.send(()).unwrap();
        insert.join().unwrap().expect("no reader holds anything")
    })
}

fn one() -> Stops {
    Stops(1, Arc::default())
}

#[test]
fn an_insert_that_an_invalidation_overtakes_is_not_served_and_replaces_nothing() {
    let cache: Cache<Stops, &str> = Cache::builder(8).tags(1).build().unwrap();
    let forgets: [fn(&Cache<Stops, &str>); 2] = [
        |cache| cache.invalidate_all(),
        |cache| cache.invalidate_tag(Tag::new(0)).unwrap(),
    ];
    for forget in forgets {
        let told = insert_across(&cache, (1, 0), || {
            forget(&cache);
            let told = cache.insert(one(), "from after");
            assert_eq!(told.ok(), Some(Inserted::Stored));
        });
        assert_eq!(told, Inserted::Stored);
        assert_eq!(cache.get(&one()), Lookup::Fresh("from after"));
        assert!(cache.remove(&one()));
    }
    let told = insert_across(&cache, (2, 0), || cache.invalidate_all());
    assert_eq!(told, Inserted::Stored);
    assert_eq!(cache.get(&Stops(2, Arc::default())), Lookup::Miss);
    let stats = cache.stats();
    let left = stats.evicted + stats.invalidated + stats.removed;
    assert_eq!(stats.inserted - left, cache.len() as u64);
}

#[test]
fn an_insert_whose_tag_is_forgotten_meanwhile_still_replaces_what_was_there_before() {
    let cache: Cache<Stops, &str> = Cache::builder(8).tags(1).build().unwrap();
    cache
        .insert(one(), "older")
        .unwrap_or_else(|_| unreachable!("there is room"));
    let forget = || cache.invalidate_tag(Tag::new(0)).unwrap();
    assert_eq!(insert_across(&cache, (1, 0), forget), Inserted::Replaced);
    assert_eq!(cache.get(&one()), Lookup::Miss);
    let stats = cache.stats();
    let counts = [stats.inserted, stats.replaced, stats.invalidated];
    assert_eq!((counts, cache.len()), ([1, 1, 1], 0));
}

#[test]
fn an_insert_beside_another_tags_invalidation_lives() {
    let cache: Cache<Stops, &str> = Cache::builder(8).tags(2).build().unwrap();
    let told = insert_across(&cache, (1, 0), || {
        cache.invalidate_tag(Tag::new(1)).unwrap();
        let told = cache.insert(one(), "first done");
        assert_eq!(told.ok(), Some(Inserted::Stored));
    });
    assert_eq!(told, Inserted::Replaced);
    assert_eq!(cache.get(&one()), Lookup::Fresh("from before"));
}

#[test]
fn an_insert_is_born_when_it_is_stored_and_is_not_replaced_by_one_that_died_before() {
    let cache: Cache<Stops, &str> = Cache::builder(8).tags(2).build().unwrap();
    let told = insert_across(&cache, (1, 0), || {
        let forget = || cache.invalidate_tag(Tag::new(0)).unwrap();
        assert_eq!(insert_across(&cache, (1, 1), forget), Inserted::Stored);
    });
    assert_eq!(told, Inserted::Stored);
    assert_eq!(cache.get(&one()), Lookup::Fresh("from before"));
}

/// Says that it is asked, and then what it is told.
struct Told(Mutex<(Sender<()>, Receiver<&'static str>)>);

impl Load<Stops, &'static str> for Told {
    type Error = ();
    fn load(&self, _: &Stops) -> Result<Option<&'static str>, ()> {
        let (asked, told) = &*self.0.lock().unwrap();
        asked.send(()).unwrap();
        told.recv().map(Some).map_err(drop)
    }
}

#[test]
fn an_insert_that_an_invalidation_overtakes_ends_no_load_that_was_asked_since() {
    let (tell, told) = channel();
    let (asked, is_asked) = channel();
    let loader = Told(Mutex::new((asked, told)));
    let cache = Cache::builder(8).tags(1).loader(loader).build().unwrap();
    insert_across(&cache, (1, 0), || {
        cache.invalidate_all();
        let _ = cache.get_or_load(&one(), Duration::ZERO);
        is_asked.recv().unwrap();
    });
    tell.send("loaded").unwrap();
    while cache.stats().loads_active > 0 {
        thread::yield_now();
    }
    assert_eq!(cache.get(&one()), Lookup::Fresh("loaded"));
    assert_eq!(cache.stats().superseded, 0);
}

thread_local! {
    /// What the next clone of a [`Hooked`] does.
    static HOOK: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// A key whose clone does something else first.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Hooked(u32);

impl Clone for Hooked {
    fn clone(&self) -> Self {
        if let Some(hook) = HOOK.take() {
            hook();
        }
        Self(self.0)
    }
}

struct Asked;

impl Load<Hooked, u32> for Asked {
    type Error = ();
    fn load(&self, key: &Hooked) -> Result<Option<u32>, ()> {
        Ok(Some(key.0))
    }
}

/// What a caller of key 1 gets, and one of `other` who comes while its keys are made, where there
/// is room for one load.
fn while_keys_are_made(other: u32) -> [Outcome<u32, ()>; 2] {
    let built = Cache::builder(10).loader(Asked).loads_max(1).build_manual();
    let (cache, _loads) = built.unwrap();
    let cache = Rc::new(cache);
    let inner = Rc::new(Cell::new(None));
    let hook = {
        let (cache, inner) = (Rc::clone(&cache), Rc::clone(&inner));
        move || inner.set(Some(cache.get_or_load(&Hooked(other), Duration::ZERO)))
    };
    HOOK.set(Some(Box::new(hook)));
    let outer = cache.get_or_load(&Hooked(1), Duration::ZERO);
    assert_eq!(cache.stats().loads_active, 1);
    [outer, inner.take().expect("a key was made")]
}

#[test]
fn who_makes_the_keys_of_a_load_takes_no_place_from_who_wants_the_same() {
    let [outer, inner] = while_keys_are_made(1);
    assert_eq!(inner, Outcome::Miss(Miss::LoadStarted));
    assert_eq!(outer, Outcome::Miss(Miss::InFlight));
}

#[test]
fn room_that_is_gone_once_the_keys_are_made_is_not_taken() {
    let [outer, inner] = while_keys_are_made(2);
    assert_eq!(inner, Outcome::Miss(Miss::LoadStarted));
    assert_eq!(outer, Outcome::Miss(Miss::Shed));
}

#[test]
fn who_is_shed_for_want_of_room_makes_no_key() {
    let built = Cache::builder(10).loader(Asked).loads_max(1).build_manual();
    let (cache, _loads) = built.unwrap();
    let ask = |key| cache.get_or_load(&Hooked(key), Duration::ZERO);
    assert_eq!(ask(1), Outcome::Miss(Miss::LoadStarted));
    HOOK.set(Some(Box::new(|| unreachable!("a key is made"))));
    assert_eq!(ask(2), Outcome::Miss(Miss::Shed));
    drop(HOOK.take());
}
