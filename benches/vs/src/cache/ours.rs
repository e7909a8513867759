//! shorttail's cache, as it is by default and with a time to live on either clock.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use shorttail::cache::{Cache as Ours, Inserted, KeyedState, NoLoad, Refused};
use shorttail::time::{Clock, CoarseClock, StdClock};

use super::{Cache, Expires, Forgets, Sent};

/// Longer than any run.
const HOUR: Duration = Duration::from_secs(3_600);

/// How fine the coarse clock is.
const TICK: Duration = Duration::from_millis(1);

/// Ticked by a thread that sleeps between ticks, as a service would do it.
static TICKED: LazyLock<Arc<CoarseClock>> = LazyLock::new(|| {
    let clock = Arc::new(CoarseClock::new());
    let (ticked, std) = (Arc::clone(&clock), StdClock);
    drop(std::thread::spawn(move || {
        loop {
            ticked.tick(std.now_ns());
            std::thread::sleep(TICK);
        }
    }));
    clock
});

fn is_taken<K, V>(told: Result<Inserted, Refused<K, V>>) -> bool {
    told.is_ok()
}

impl<V: Sent> Cache<V> for Ours<u64, V> {
    const NAME: &'static str = "shorttail";

    fn with_room(entries: usize) -> Self {
        Self::builder(entries).build().expect("a sound capacity")
    }
    fn offer(&self, key: u64, value: V) -> bool {
        is_taken(self.insert(key, value))
    }
    fn get(&self, key: u64) -> Option<V> {
        Self::get(self, &key).fresh()
    }
}

impl<V: Sent> Forgets<V> for Ours<u64, V> {
    fn forget_all(&self) {
        self.invalidate_all();
    }
}

/// With a time to live, and the system's clock.
pub(super) struct Timed<V>(Ours<u64, V>);

impl<V: Sent> Cache<V> for Timed<V> {
    const NAME: &'static str = "shorttail, std clock";

    fn with_room(entries: usize) -> Self {
        Self::with_ttl(entries, HOUR)
    }
    fn offer(&self, key: u64, value: V) -> bool {
        is_taken(self.0.insert(key, value))
    }
    fn get(&self, key: u64) -> Option<V> {
        self.0.get(&key).fresh()
    }
}

impl<V: Sent> Expires<V> for Timed<V> {
    fn with_ttl(entries: usize, ttl: Duration) -> Self {
        let builder = Ours::builder(entries).ttl(ttl).jitter(0.0);
        Self(builder.build().expect("a sound capacity"))
    }
}

/// With a time to live, and a clock that is ticked each millisecond.
pub(super) struct Coarse<V>(Ours<u64, V, NoLoad, KeyedState, Arc<CoarseClock>>);

impl<V: Sent> Cache<V> for Coarse<V> {
    const NAME: &'static str = "shorttail, ttl";

    fn with_room(entries: usize) -> Self {
        Self::with_ttl(entries, HOUR)
    }
    fn offer(&self, key: u64, value: V) -> bool {
        is_taken(self.0.insert(key, value))
    }
    fn get(&self, key: u64) -> Option<V> {
        self.0.get(&key).fresh()
    }
}

impl<V: Sent> Expires<V> for Coarse<V> {
    fn with_ttl(entries: usize, ttl: Duration) -> Self {
        let builder = Ours::builder(entries).ttl(ttl).jitter(0.0);
        let builder = builder.clock(Arc::clone(&TICKED));
        Self(builder.build().expect("a sound capacity"))
    }
}

/// As [`Coarse`], by inserts that do not wait for another writer but give up.
pub(super) struct Trying<V>(Coarse<V>);

impl<V: Sent> Cache<V> for Trying<V> {
    const NAME: &'static str = "shorttail, try_insert";

    fn with_room(entries: usize) -> Self {
        Self(Coarse::with_room(entries))
    }
    fn offer(&self, key: u64, value: V) -> bool {
        is_taken(self.0.0.try_insert(key, value))
    }
    fn get(&self, key: u64) -> Option<V> {
        self.0.get(key)
    }
}
